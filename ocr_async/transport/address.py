"""A URL taken apart into what a connection and a request line need."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from attrs import frozen

from ocr_async.errors import TransportError

_PORTS = {"http": 80, "https": 443}


@frozen
class Origin:
    """Where a connection leads; connections are shared by all requests of one origin."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """host:port, with an IPv6 address in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def is_secure(self) -> bool:
        """Whether TLS is spoken with it."""
        return self.scheme == "https"


@frozen
class Address:
    """One URL: its origin, the target of the request line, and the Host header it implies."""

    origin: Origin
    target: str
    host_header: str


@lru_cache(maxsize=512)
def address_of(url: str) -> Address:
    """Take an http or https URL apart; raise TransportError(sent=False) when it is none."""
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError as error:
        raise TransportError(f"{url.partition('?')[0]}: {error}", sent=False) from None
    if split.scheme not in _PORTS or not split.hostname:
        raise TransportError(f"{url.partition('?')[0]}: not an http or https address", sent=False)
    origin = Origin(split.scheme, split.hostname, port or _PORTS[split.scheme])
    target = (split.path or "/") + (f"?{split.query}" if split.query else "")
    return Address(origin, target, split.netloc.rpartition("@")[2])
