"""A picture that the service itself downloads."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urlsplit

from attrs import field, frozen

from ocr_async.errors import SourceError
from ocr_async.sources.names import BUCKETS, WEB, address_name, is_in_bucket, text_name
from ocr_async.sources.storage import StoredObject
from ocr_async.sources.threads import in_thread

_LEGAL = "%/:=&?~#+!$,;'@()*[]"
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}")
_IPV6 = re.compile(r"\[[0-9A-Fa-f:.]+\]")
_LONGEST_HOST = 253


def _normalised(address: object) -> str:
    if not isinstance(address, str):
        raise SourceError(f"<{type(address).__name__}>", "is no address; pass it as text")
    address = address.strip()
    if is_in_bucket(address):
        return address
    if not address.lower().startswith(WEB):
        raise SourceError(
            f"<address of {len(address):,} characters>", f"starts with none of {', '.join(WEB + BUCKETS)}"
        )
    name = text_name(address)
    if any(sign < " " or sign == "\x7f" for sign in address):
        raise SourceError(name, "is no address: it holds a line break, a tab or another control character")
    try:
        split = urlsplit(address)
        host = _host(split)
        user, at, place = split.netloc.rpartition("@")
        if not place.isascii():
            port = f":{split.port}" if split.port is not None else ""
            address = split._replace(netloc=f"{user}{at}{host}{port}").geturl()
        return quote(address, safe=_LEGAL)
    except ValueError as error:
        raise SourceError(name, f"is no address: {_reason(error)}") from None


def _host(split: SplitResult) -> str:
    """Return the host in ASCII (IDNA 2008, as browsers do); raise ValueError for what is none."""
    _ = split.port  # raises ValueError where it is none
    host = split.hostname or ""
    if _IPV6.match(split.netloc.rpartition("@")[2]):
        return f"[{host}]"
    if not host.isascii():
        import idna  # noqa: PLC0415  its tables take milliseconds to load

        host = idna.encode(host, uts46=True).decode()
    labels = host.removesuffix(".").split(".")
    if len(host) > _LONGEST_HOST or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError("its host is no name or number of a host")
    return host


def _reason(error: ValueError) -> str:
    """Return what is wrong without the address, which other libraries repeat."""
    if isinstance(error, UnicodeError):
        return "its host is no internationalized name" if type(error).__module__.startswith("idna") else "not Unicode"
    return str(error) if str(error).startswith("its ") else "host or port cannot be read"


@frozen
class Url:
    """A picture that the service itself downloads, from an http(s) address or from a bucket (s3, gs, az, obs).

    Characters outside ASCII are percent-encoded as UTF-8, and a host's name by IDNA, as the service demands. User and
    query are left out of name and repr: they may hold a password or the signature of a temporary address. For an object in
    a bucket the service gets an address that is signed for each send, serves for minutes, and is kept nowhere.

    Raises SourceError for what is no such address.
    """

    address: str = field(converter=_normalised, repr=lambda address: repr(address_name(address)))

    @property
    def name(self) -> str:
        """The address without its user and query, to be shown."""
        return address_name(self.address)

    async def for_service(self) -> str:
        """Return the address to be sent."""
        return self.address


@frozen
class SignedUrl(Url):
    """An object in a bucket; the address for the service is signed anew for each send."""

    found: StoredObject = field(repr=False, eq=False)

    async def for_service(self) -> str:
        """Return an address that serves for some minutes; raise SourceError when the store can sign none."""
        return await in_thread(self.found.signed)
