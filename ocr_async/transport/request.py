"""Building requests from what is known: text, content and URLs are what httpx takes long for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import httpx

from ocr_async.errors import TransportError

if TYPE_CHECKING:
    from ocr_async.sources.bodies import Body

_BODILESS = frozenset(("GET", "HEAD", "OPTIONS"))


def new_request(
    method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | Body = b"", *, once: bool = False
) -> httpx.Request:
    """Return a request with these headers and those that HTTP demands.

    `once` is true when whoever made it counts each time that it is sent: a lost connection is an error then, not a
    reason to dial again. Raises TransportError for an address or a header that no request can have.
    """
    address, fixed = _fixed(url, tuple(headers.items()) if headers else ())
    extensions = {"once": True} if once else None
    stream = httpx.ByteStream(body) if isinstance(body, bytes) else body
    request = httpx.Request(method, address, headers=fixed, stream=stream, extensions=extensions)
    length = len(body) if isinstance(body, bytes) else body.length
    if length or method not in _BODILESS:
        request.headers["Content-Length"] = str(length)
    return request


@lru_cache(maxsize=256)
def _fixed(url: str, headers: tuple[tuple[str, str], ...]) -> tuple[httpx.URL, httpx.Headers]:
    """Return what the requests of one API have in common."""
    try:
        address = httpx.URL(url)
        lines = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers]
    except UnicodeEncodeError:
        raise TransportError("a header of the request holds a character outside Latin-1", sent=False) from None
    except (httpx.InvalidURL, ValueError) as error:
        raise TransportError(f"{url.partition('?')[0]}: {error}", sent=False) from None
    return address, httpx.Headers([(b"Host", address.netloc), *lines, (b"Accept-Encoding", b"identity")])
