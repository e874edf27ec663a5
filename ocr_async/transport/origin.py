"""Where a connection leads."""

from __future__ import annotations

from typing import NamedTuple

import httpx

_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """A server as seen from here; connections are shared by all requests of one origin."""

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


def origin_of(url: httpx.URL) -> Origin:
    """Return the origin of an http or https URL; raise UnsupportedProtocol for any other."""
    scheme, host = url.scheme, url.raw_host.decode()
    port = url.port or _PORTS.get(scheme)
    if port is None or not host:
        raise httpx.UnsupportedProtocol("not an http or https address")
    return Origin(scheme, host, port)
