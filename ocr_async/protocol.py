"""Requests and replies as values: what is put into a body, and what a reply says. No I/O.

A request body is `{"image": "<base64>", "option": ...}`; the picture is put between a prefix and a suffix, so that a
large one never has to be whole in memory. A reply is read strictly: a success that does not fit is a DecodeError.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, TypeVar, cast

from ocr_async import json_body
from ocr_async.error_codes import SUCCEEDED, api_error
from ocr_async.errors import ApiError, DecodeError
from ocr_async.fields import DocumentType, Meta, Result
from ocr_async.fields.mismatch import ProblemsError
from ocr_async.json_body import NoJsonError

if TYPE_CHECKING:
    import httpx

    from ocr_async.model import Json

R = TypeVar("R", bound=Result)

_LONGEST_CUT = 80
_REQUEST_ID = b"x-request-id"
_OF_USE = (b"x-ratelimit", b"ratelimit", b"x-rate-limit", b"retry-after")
_WRONG_CLOCK = 10 * 60
_SPANS = (("days", 86400), ("hours", 3600), ("minutes", 60))
_LONGEST_MESSAGE = 500
_LONGEST_ID = 200
_CODE_KEYS = ("error_code", "errorCode", "code")
_ERROR_CODE_KEYS = frozenset(("error_code", "errorCode"))
_MESSAGE_KEYS = ("error_msg", "errorMsg", "message", "error_message")
_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
_KEY_LIKE = r"\b[A-Z0-9]{20}\b|[A-Za-z0-9+/=_-]{40,}"
_USER = r"(://)[^\s/@\"'<>]+@"
_QUERY = r"(://[^\s?\"'<>]+\?)[^\s\"'<>]+"
_LIMIT = r"limit:\s*(\d+)\s*,\s*time:\s*(\d+)\s*(second|minute|hour|day)"
_THRESHOLD = r"Threshold:\s*(\d+) times per (\d+) (second)s"


def parameters(document_type: DocumentType[Result]) -> tuple[bytes, bytes]:
    """Return what stands before and after the base64 of the picture in the body of a request."""
    try:
        return _cached_parameters(document_type)
    except TypeError:  # an option that cannot be hashed
        return _parameters(document_type)


def _parameters(document_type: DocumentType[Result]) -> tuple[bytes, bytes]:
    options = _dumps(document_type.options())
    suffix = b'"}' if options == b"{}" else b'",' + options[1:]
    return b'{"' + document_type.source_parameter.encode() + b'":"', suffix


_cached_parameters = lru_cache(maxsize=128)(_parameters)


def options_body(document_type: DocumentType[Result]) -> bytes:
    """Return the body of a request that has no picture."""
    return _dumps(document_type.options())


def url_body(document_type: DocumentType[Result], url: str) -> bytes:
    """Return the body of a request whose picture the service fetches itself."""
    return _dumps({"url": url, **document_type.options()})


def read(document_type: DocumentType[R], reply: httpx.Response, meta: Meta | None = None) -> R:
    """Return the result in a reply; raise the ApiError that it holds, or DecodeError when it fits neither."""
    if not 200 <= reply.status_code < 300:
        raise error(reply)
    payload = _payload(reply)
    if not isinstance(payload, dict) or not _holds_result(payload):
        if _find(payload, _CODE_KEYS):
            raise error(reply)
        raise _misfit(document_type, reply, ["no result @ $"])
    cls = document_type.result_class
    try:
        return cast("R", _decode()(cls, cls.in_reply(payload), meta))
    except ProblemsError as misfit:
        raise _misfit(document_type, reply, misfit.problems) from None


def _holds_result(payload: Mapping[str, Json]) -> bool:
    """Tell whether a reply has a result, as against an empty one beside or around an error code."""
    result = payload.get("result")
    if isinstance(result, Mapping) and result.keys() & _ERROR_CODE_KEYS:
        return False
    return "result" in payload and (bool(result) or _find(payload, _CODE_KEYS) in ("", SUCCEEDED))


@cache
def _decode() -> Callable[[type[Result], Json, Meta | None], Result]:
    from ocr_async.fields.decoding import decode  # noqa: PLC0415  cattrs loads with the first reply

    return decode


def error(reply: httpx.Response) -> ApiError:
    """Return the error that a reply holds: the class is chosen by its code, then by its status."""
    try:
        payload = json_body.loads(reply)
    except NoJsonError:
        payload = None
    code, message = (_said(_find(payload, keys)) for keys in (_CODE_KEYS, _MESSAGE_KEYS))
    return api_error(
        reply.status_code,
        code,
        message or ("" if code else _describe(reply)),
        request_id=request_id(reply),
        retry_after=retry_after(reply),
    )


def clock_hint(reply: httpx.Response) -> str:
    """Say by how much this machine's clock differs from the reply's Date, where that alone refuses a signature."""
    told = http_date(reply.headers.get("date"))
    seconds = 0.0 if told is None else (datetime.now(UTC) - told).total_seconds()
    if abs(seconds) < _WRONG_CLOCK:
        return ""
    unit, length = next(((unit, length) for unit, length in _SPANS if abs(seconds) >= 2 * length))
    return (
        f"set this machine's clock, which is {abs(seconds) / length:.0f} {unit} {'ahead of' if seconds > 0 else 'behind'} "
        "the service's: a signature holds for 15 minutes"
    )


def http_date(text: str | None) -> datetime | None:
    """Return the moment that a header tells, None where it is left out or no date."""
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def request_id(reply: httpx.Response) -> str | None:
    """Return the id that support asks for."""
    return headers_of_use(reply)[0]


def headers_of_use(reply: httpx.Response) -> tuple[str | None, Mapping[str, str]]:
    """Return the id that support asks for, and what a reply says about limits."""
    found, limits = None, dict[str, str]()
    for raw, value in reply.headers.raw:  # a fifth of what look-ups in the headers cost
        name = raw.lower()
        if name == _REQUEST_ID:
            found = found or _printable(value[:_LONGEST_ID].decode("latin-1"))
        elif name.startswith(_OF_USE):
            key, text = name.decode("latin-1"), value.decode("latin-1")
            limits[key] = f"{limits[key]}, {text}" if key in limits else text
    return found, limits


def retry_after(reply: httpx.Response, now: datetime | None = None) -> float | None:
    """Return the seconds that Retry-After asks to wait, or None: a number, or a date as seen from the reply's own, else from `now`."""
    text = reply.headers.get("retry-after", "").strip()
    seconds = re.fullmatch(r"(\d+(?:\.\d*)?)(?:\s*,.*)?", text, re.ASCII)  # told twice, the first one
    if seconds:
        return float(seconds[1])
    moment = http_date(text)
    if moment is None:
        return None
    start = http_date(reply.headers.get("date")) or now or datetime.now(UTC)
    return max(0.0, (moment - start).total_seconds())


def rate_limit(message: str) -> tuple[int, float] | None:
    """Read `limit:600,time:1 minute` out of a message: how many calls in how many seconds, or None."""
    match = re.search(_LIMIT, message) or re.search(_THRESHOLD, message)
    return (int(match[1]), int(match[2]) * _SECONDS[match[3]]) if match else None


def _payload(reply: httpx.Response) -> Json:
    try:
        return json_body.loads(reply)
    except NoJsonError as no_json:
        raise DecodeError(
            f"HTTP {reply.status_code} with a body that is no JSON: {_describe(reply)}",
            problems=["no JSON @ $"],
            status=reply.status_code,
            body=reply.content,
            request_id=request_id(reply),
            retryable=not no_json.is_whole,
        ) from None


def _misfit(document_type: DocumentType[Result], reply: httpx.Response, problems: list[str]) -> DecodeError:
    return DecodeError(
        f"HTTP {reply.status_code} does not fit {type(document_type).__name__}: {'; '.join(problems)}",
        problems=problems,
        status=reply.status_code,
        body=reply.content,
        request_id=request_id(reply),
    )


def _find(payload: Json, keys: tuple[str, ...]) -> str:
    """Return the first of these keys, at the top or one level below, when it is text (IAM repeats the status as a number)."""
    top = _first(payload)
    for level in (top, *map(_first, top.values() if isinstance(top, Mapping) else ())):
        if not isinstance(level, Mapping):
            continue
        for key in keys:
            value = level.get(key)
            if isinstance(value, str) and value.strip():
                return value.strip()
    return ""


def _first(value: Json) -> Json:
    """Return the first entry of a list, anything else as it is: gateways list their errors."""
    return value[0] if isinstance(value, list) and value else value


def _describe(reply: httpx.Response) -> str:
    """Say what a body is that is no JSON, with its first characters; of what is in braces, not even those."""
    if 300 <= reply.status_code < 400:
        where = _said(reply.headers.get("location", ""))
        return f"redirected to {where or 'nowhere'}; a redirect is not followed, give the address of the service itself"
    if reply.status_code == 407:
        return "the proxy wants a user and password: give proxy='http://user:password@host:port'"
    if not reply.content:
        return "an empty body"
    kind = _said(reply.headers.get("content-type", "a body of unknown type").partition(";")[0])
    text = reply.content[:_LONGEST_MESSAGE].decode("utf-8", "replace")
    if text.lstrip("\ufeff\ufffd\0 \t\r\n")[:1] in ("{", "["):
        return f"{kind}, {len(reply.content)} bytes of JSON that is cut short, damaged or says nothing known"
    begin = _hide_secrets(" ".join(text.partition("{")[0].split()))
    return f"{kind}, {len(reply.content)} bytes that begin with {begin[:_LONGEST_CUT]!r}"


def _said(text: str) -> str:
    """Return what a service says, to be shown in one line: short, printable, without secrets."""
    return _printable(_hide_secrets(" ".join(text[: 4 * _LONGEST_MESSAGE].split()))[:_LONGEST_MESSAGE])


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def _hide_secrets(text: str) -> str:
    """Take out what looks like an access key, a token or an image that the service repeats, and what opens an address."""
    return re.sub(_KEY_LIKE, "***", re.sub(_QUERY, r"\1***", re.sub(_USER, r"\1***@", text)))


def _dumps(value: Json) -> bytes:
    import orjson  # noqa: PLC0415  loads with the first request

    return orjson.dumps(value)
