"""What `doctor` looks at, one finding after the other; at most one of them is a signed call."""

from __future__ import annotations

import platform
import struct
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from importlib import metadata
from typing import TYPE_CHECKING

from attrs import frozen

from ocr_async.auth.credentials import AkSk, Credential, Password, Token
from ocr_async.auth.providers import Chain, Found, default_chain
from ocr_async.calls.addresses import Address
from ocr_async.cli.connection import Connection
from ocr_async.errors import (
    ApiError,
    AuthError,
    DocumentError,
    OcrError,
    RegionError,
    SubscriptionError,
    ThrottledError,
    TransportError,
)
from ocr_async.fields import DocumentType, Result, check_offered
from ocr_async.model import VERSION
from ocr_async.protocol import http_date
from ocr_async.retry import RetryPolicy

if TYPE_CHECKING:
    import httpx


class State(Enum):
    """How a finding is to be taken."""

    GOOD = "ok"
    NOTE = "note"
    BAD = "FAIL"


@frozen
class Finding:
    """One thing that was looked at, and what to do about it when it is not well."""

    state: State
    about: str
    text: str
    remedy: str = ""


KINDS: Mapping[type[Credential], str] = {AkSk: "access key", Password: "IAM user", Token: "token"}

MOST_SKEW = 15 * 60.0
"""Seconds that the clock may be off before signatures are refused."""

NOTED_SKEW = 60.0

CALL_SECONDS = 30.0

PARTS = (
    ("engine", "local", ("rapidocr", "onnxruntime", "starlette", "uvicorn"), "--local, demo and serve"),
    ("pdf", "pdf", ("pypdfium2",), "pages of PDF files in `batch`"),
    ("tables", "tables", ("openpyxl", "pyarrow"), "`batch --to xlsx` and parquet"),
)


async def findings(where: Connection, kind: DocumentType[Result]) -> AsyncIterator[Finding]:
    """Yield what is found, in the order in which a call would come across it."""
    from ocr_async.transport import NetworkTransport  # noqa: PLC0415  with the command

    yield Finding(State.GOOD, "ocr-async", f"{VERSION} on Python {platform.python_version()}")
    for finding in parts():
        yield finding
    if where.local:
        yield await call(where, kind)
        return
    transport = NetworkTransport()
    try:
        well = True
        async for finding in way(where, kind, transport):
            well = well and finding.state is not State.BAD
            yield finding
    finally:
        await transport.aclose()
    if well:
        yield await call(where, kind)


async def way(
    where: Connection, kind: DocumentType[Result], transport: httpx.AsyncBaseTransport
) -> AsyncIterator[Finding]:
    """Yield what is found on the way to the service: credentials, address, clock, region."""
    async for finding in credentials(where, transport):
        yield finding
    address = where.address
    async for finding in answer(address, transport):
        yield finding
    yield offer(kind, address)


def parts() -> Iterator[Finding]:
    """Yield which optional parts are installed."""
    for about, extra, packages, use in PARTS:
        versions = [_version(package) for package in packages]
        if None in versions:
            yield Finding(State.NOTE, about, f"not installed: needed for {use}", f"pip install 'ocr-async[{extra}]'")
        else:
            yield Finding(State.GOOD, about, ", ".join(f"{p} {v}" for p, v in zip(packages, versions, strict=True)))
    yield arabic()


def arabic() -> Finding:
    """Return whether Arabic can be read here."""
    from ocr_async.local.reading.zones.tesseract import way  # noqa: PLC0415  part of the reader

    match way():
        case "tesserocr":
            return Finding(State.GOOD, "Arabic", f"tesserocr {_version('tesserocr')} with the data of this package")
        case "tesseract":
            return Finding(State.GOOD, "Arabic", "the command tesseract with its language ara")
        case _:
            remedy = "pip install 'ocr-async[arabic]'; or the command tesseract with the language ara"
            return Finding(State.NOTE, "Arabic", "not installed: Arabic fields stay empty with --local", remedy)


async def credentials(where: Connection, transport: httpx.AsyncBaseTransport) -> AsyncIterator[Finding]:
    """Yield what each place has, up to the first credential; never the credential itself."""
    chain = Chain(where.credentials) if where.credentials else default_chain()
    for place in chain.providers:
        found = await Chain(place).find(transport)
        if isinstance(found, Found):
            project = f", with project {found.project_id}" if found.project_id else ""
            yield Finding(State.GOOD, "credentials", f"{KINDS[type(found.credential)]} from {found.place}{project}")
            return
        for missing in found:
            state = State.BAD if missing.broken else State.NOTE
            yield Finding(state, "credentials", f"{missing.place}: {missing.reason}")
        if any(missing.broken for missing in found):
            return  # as a session does
    yield Finding(
        State.BAD,
        "credentials",
        "none found",
        "set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, from My Credentials > Access Keys in the console; or work with --local",
    )


async def answer(address: Address, transport: httpx.AsyncBaseTransport) -> AsyncIterator[Finding]:
    """Yield whether the endpoint answers at all, and how far its clock is from ours."""
    from ocr_async.transport import new_request, send  # noqa: PLC0415  with the command

    begun = time.monotonic()
    try:
        reply = await send(transport, new_request("GET", address.url + "/"), seconds=60.0)
    except TransportError as error:
        yield Finding(State.BAD, "endpoint", str(error))
        return
    yield Finding(State.GOOD, "endpoint", f"{address.url} answers in {time.monotonic() - begun:.2f} s")
    if (theirs := http_date(reply.headers.get("date"))) is not None:
        yield clock(datetime.now(UTC), theirs)


def clock(now: datetime, theirs: datetime) -> Finding:
    """Return how far our clock is from theirs."""
    skew = abs((now - theirs).total_seconds())
    text = (
        f"{skew:.0f} s {'ahead of' if now > theirs else 'behind'} the service's"
        if skew >= 2
        else "agrees with the service's"
    )
    if skew <= NOTED_SKEW:
        return Finding(State.GOOD, "clock", text)
    state = State.BAD if skew > MOST_SKEW else State.NOTE
    return Finding(state, "clock", text, "set this machine's clock (NTP): signatures are refused beyond 15 minutes")


def offer(kind: DocumentType[Result], address: Address) -> Finding:
    """Return whether the region offers the document type."""
    if address.region is None:
        return Finding(
            State.NOTE, "region", f"{address.name} is in no known region: whether it offers {kind.api} is not known"
        )
    try:
        check_offered(kind, address.region)
    except RegionError as error:
        return Finding(State.BAD, "region", error.describe(), "choose another --region")
    return Finding(State.GOOD, "region", f"{address.region.id} offers {kind.api}")


async def call(where: Connection, kind: DocumentType[Result]) -> Finding:
    """Send one blank picture: a service that finds no document in it has taken key and subscription for good."""
    about, error = "call", None
    try:
        async with where.open(retry=RetryPolicy(attempts=1, refusals=0), timeout=CALL_SECONDS) as session:
            await session.recognize(kind, blank_picture(max(64, kind.limits.min_side)))
    except (DocumentError, ThrottledError) as refusal:
        return Finding(
            State.GOOD,
            about,
            f"{kind.api} takes calls (a blank picture was answered with {refusal.code or refusal.status})",
        )
    except OcrError as failure:
        error = failure
    if error is None:
        return Finding(State.GOOD, about, f"{kind.api} takes calls")
    return Finding(State.BAD, about, _said(error), _remedy(error))


def blank_picture(side: int) -> bytes:
    """Return a white square as BMP with sides of that many pixels, a multiple of 4."""
    size = side * side * 3
    fields = (b"BM", 54 + size, 0, 0, 54, 40, side, side, 1, 24, 0, size, 2835, 2835, 0, 0)
    return struct.pack("<2sIHHIIiiHHIIiiII", *fields) + b"\xff" * size


def _said(error: OcrError) -> str:
    return f"HTTP {error.status} {error.code}: {error.message}" if isinstance(error, ApiError) else error.describe()


def _remedy(error: OcrError) -> str:
    if isinstance(error, AuthError):
        return "check key and secret, or user and password; five refusals in a row lock a key for five minutes"
    if isinstance(error, SubscriptionError):
        return "subscribe to this API in the OCR console, in this region"
    return error.remedy if isinstance(error, ApiError) else ""


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
