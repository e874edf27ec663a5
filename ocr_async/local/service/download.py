"""Fetching the picture behind a `url` parameter, from the hosts that the operator allows."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, TypeAlias, TypedDict
from urllib.parse import urljoin, urlsplit

import anyio
from attrs import frozen

from ocr_async.local.service.replies import Refused

if TYPE_CHECKING:
    import httpx

DEFAULT_PORTS = {"http": 80, "https": 443}
MOST_REDIRECTS = 3
LOOPBACK_NAMES = ("localhost", "ip6-localhost")
TRANSLATED = ip_network("64:ff9b::/96")  # NAT64, RFC 6052

IpAddress: TypeAlias = IPv4Address | IPv6Address


@frozen
class Downloader:
    """Fetches pictures from allowed hosts only; with no hosts it fetches nothing.

    An entry is `host` or `host:port`, and may hold `*`: `*.example.com`. Without a port it allows the default port of
    the scheme. What a name resolves to counts as well: loopback, link-local, private and other addresses that the
    internet does not route are reached only where an entry is that address, or a network such as `10.1.0.0/16`, or
    names `localhost`. The connection goes to the address that was checked, and a redirect is checked like the first.
    """

    allowed: Sequence[str] = ()
    seconds: float = 10.0

    def __attrs_post_init__(self) -> None:
        if isinstance(self.allowed, str):
            raise TypeError(f"{self.allowed!r} is one text: give a list of hosts")
        for entry in self.allowed:
            if "/" in entry and not _is_network(_host(entry)):
                raise ValueError(
                    f"{entry!r} is no host: give such as ocr.example.com, host:8000, *.example.com, 10.1.0.0/16"
                )

    async def fetch(self, url: str, max_bytes: int) -> bytes:
        """Return the bytes at an address: ModelArts.4601 when not allowed, 4603 on failure, AIS.0103 when too many."""
        import httpx  # noqa: PLC0415  only a service with an allow-list needs it

        try:
            with anyio.fail_after(self.seconds):
                return await self._follow(url, max_bytes)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError, UnicodeError):
            raise Refused("ModelArts.4603") from None

    def allows(self, url: str) -> bool:
        """Say whether the host and port of an address are on the list, whatever its name resolves to."""
        try:
            place = _Place.of(url)
        except ValueError:
            return False
        listed = any(fnmatchcase(name, entry.lower()) for name in place.names for entry in self.allowed)
        return listed or (place.is_default_port and _is_network(place.host) and self._opens(ip_address(place.host)))

    async def _follow(self, url: str, max_bytes: int) -> bytes:
        import httpx  # noqa: PLC0415  only a service with an allow-list needs it

        # Uncompressed, and without the proxies of the environment: the limit holds for what is read, the list for where.
        async with httpx.AsyncClient(trust_env=False, headers={"Accept-Encoding": "identity"}) as client:
            for _ in range(1 + MOST_REDIRECTS):
                async with client.stream("GET", **await self._pinned(url)) as response:
                    if not response.is_redirect:
                        return await _read(response, max_bytes)
                    url = urljoin(url, response.headers.get("location", ""))
        raise Refused("ModelArts.4603")

    async def _pinned(self, url: str) -> _Pinned:
        """Return the request for an address with its name resolved and checked, so that no second answer can differ."""
        import httpx  # noqa: PLC0415  as above

        if not self.allows(url):
            raise Refused("ModelArts.4601")
        place = _Place.of(url)
        found = await anyio.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        if not all(self._reaches(place, address) for address in addresses):
            raise Refused("ModelArts.4601")
        pinned = httpx.URL(url).copy_with(host=str(addresses[0]))
        return _Pinned(url=pinned, headers={"Host": place.host_header}, extensions={"sni_hostname": place.host})

    def _reaches(self, place: _Place, address: IpAddress) -> bool:
        by_name = place.host in LOOPBACK_NAMES and place.host in map(_host, self.allowed)
        return _is_public(address) or self._opens(address) or (address.is_loopback and by_name)

    def _opens(self, address: IpAddress) -> bool:
        """Say whether an entry is this address, or a network that it belongs to."""
        networks = (ip_network(host, strict=False) for host in map(_host, self.allowed) if _is_network(host))
        return any(address.version == network.version and address in network for network in networks)


class _Pinned(TypedDict):
    url: httpx.URL
    headers: dict[str, str]
    extensions: dict[str, str]


@frozen
class _Place:
    """Where an address leads: scheme, host and port."""

    scheme: str
    host: str
    port: int
    host_header: str

    @classmethod
    def of(cls, url: str) -> _Place:
        """Take an address apart; ValueError when it is none of http or https, or names a user."""
        split = urlsplit(url)
        if split.scheme not in DEFAULT_PORTS or not split.hostname or split.username is not None:
            raise ValueError(split.scheme)
        return cls(split.scheme, split.hostname.rstrip("."), split.port or DEFAULT_PORTS[split.scheme], split.netloc)

    @property
    def is_default_port(self) -> bool:
        return self.port == DEFAULT_PORTS[self.scheme]

    @property
    def names(self) -> Sequence[str]:
        """How an entry of the list may name it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (f"{host}:{self.port}", *((self.host, host) if self.is_default_port else ()))


def _is_public(address: IpAddress) -> bool:
    """Say whether the internet routes to it, and to whatever IPv4 address is inside an IPv6 one."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in TRANSLATED:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None and not _is_public(inner):
            return False
    return address.is_global and not address.is_multicast


def _host(entry: str) -> str:
    """Return the host or network of an entry, without the port."""
    host, colon, _ = entry.lower().rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        host = entry.lower()
    return host.strip("[]")


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


async def _read(response: httpx.Response, max_bytes: int) -> bytes:
    if response.status_code != 200:
        raise Refused("ModelArts.4603")
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > max_bytes:
            raise Refused("AIS.0103")
        chunks.append(chunk)
    return b"".join(chunks)
