"""Building requests from what is known: text, content and URLs are what httpx takes long for."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import httpx

from ocr_async.errors import TransportError
from ocr_async.transport.headers import HeaderLines, RawHeaders

if TYPE_CHECKING:
    from ocr_async.sources.bodies import Body

Headers: TypeAlias = "tuple[tuple[str, str], ...]"
"""Names and values, in the order in which they are sent."""

_BODILESS = frozenset(("GET", "HEAD", "OPTIONS"))


class RawRequest(httpx.Request):
    """A request whose parts are known: what httpx does to find them out is left away."""

    def __init__(
        self, method: str, url: httpx.URL, lines: HeaderLines, stream: httpx.ByteStream | Body, *, once: bool
    ) -> None:
        self.method, self.url, self.headers, self.stream = method, url, RawHeaders(lines), stream
        self._built = lines
        self.extensions = {"once": True} if once else {}

    @property
    def changed_header(self) -> str:
        """The name of a header that somebody changed since, as a client's auth or hook may, "" where nobody did."""
        built, now = ({name.lower(): value for name, value in lines} for lines in (self._built, self.headers.raw))
        changed = (name for name in (*built, b"authorization") if now.get(name) != built.get(name))
        return next(changed, b"").decode().title()


def new_request(  # noqa: PLR0913  what a request consists of
    method: str, url: str, headers: Headers = (), body: bytes | Body = b"", *, proof: Headers = (), once: bool = False
) -> RawRequest:
    """Return a request with these headers and those that HTTP demands.

    `headers` are those that many requests have in common, `proof` those of this one alone. `once` is true when whoever
    made it counts each time that it is sent: a lost connection is an error then, not a reason to dial again.
    Raises TransportError for an address or a header that no request can have.
    """
    address, lines = address_of(url), [*_lines_in_common(url, headers), *_encoded(proof)]
    length = len(body) if isinstance(body, bytes) else body.length
    if length or method not in _BODILESS:
        lines.append((b"Content-Length", b"%d" % length))
    stream = httpx.ByteStream(body) if isinstance(body, bytes) else body
    return RawRequest(method, address, lines, stream, once=once)


@lru_cache(maxsize=256)
def address_of(url: str) -> httpx.URL:
    """Return the address as it is sent; raise TransportError for one that no request can have."""
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise TransportError(f"{url.partition('?')[0]}: {error}", sent=False) from None


@lru_cache(maxsize=256)
def _lines_in_common(url: str, headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(b"Host", address_of(url).netloc), *_encoded(headers), (b"Accept-Encoding", b"identity")]


def _encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    try:
        return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers]
    except UnicodeEncodeError:
        raise TransportError("a header of the request holds a character outside Latin-1", sent=False) from None
