"""Which proxy a request goes through: the one given, or what the environment says."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx
from attrs import field, frozen

from ocr_async.transport.origin import Origin, origin_of


@frozen
class Proxy:
    """An HTTP or HTTPS proxy, and the Proxy-Authorization header it wants ("" without)."""

    origin: Origin
    authorization: str = field(default="", repr=False)


@frozen
class Proxies:
    """The proxies by scheme ("http", "https", "all"); "no" lists what is reached directly, as `requests` reads NO_PROXY.

    Its entries are hosts with all that is below them, addresses, networks such as 10.0.0.0/8, or `*`; each may have a port.
    Link-local addresses are always reached directly.
    """

    by_scheme: Mapping[str, str] = field(factory=dict[str, str], repr=False)

    @classmethod
    def of(cls, proxy: str | None, *, trust_env: bool) -> Proxies:
        """Return `proxy` for everything, or else HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY."""
        if proxy is not None:
            return cls({"all": proxy})
        if not trust_env:
            return cls()
        from urllib.request import getproxies_environment  # noqa: PLC0415  slow to import

        return cls({name: value.strip() for name, value in getproxies_environment().items()})

    @property
    def need_httpx(self) -> bool:
        """Whether one of them speaks something else than HTTP, such as SOCKS."""
        return any(_scheme(url) not in ("http", "https") for name, url in self.by_scheme.items() if name in _SCHEMES)

    def url_for(self, origin: Origin) -> str | None:
        """Return the address of the proxy that leads to this origin, None for a direct connection."""
        if not self.by_scheme or _is_link_local(origin.host):
            return None
        url = self.by_scheme.get(origin.scheme) or self.by_scheme.get("all")
        if url is None or self._bypassed(origin):
            return None
        return url if "://" in url else f"http://{url}"

    def proxy_for(self, origin: Origin) -> Proxy | None:
        """Return the proxy that leads to this origin, None for a direct connection."""
        address = self.url_for(origin)
        if address is None:
            return None
        try:
            proxy = httpx.Proxy(address)
            first = origin_of(proxy.url)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError):
            raise httpx.UnsupportedProtocol(
                f"the proxy of {origin.scheme} addresses is not an http or https URL"
            ) from None
        pair = b":".join(proxy.raw_auth) if proxy.raw_auth else None
        return Proxy(first, "" if pair is None else f"Basic {b64encode(pair).decode()}")

    def _bypassed(self, origin: Origin) -> bool:
        return any(_covers(entry.strip().lower(), origin) for entry in self.by_scheme.get("no", "").split(","))


def check_proxy(proxy: object) -> None:
    """Raise TypeError or ValueError for what is no address of a proxy, without showing it."""
    if not isinstance(proxy, str):
        raise TypeError(f"proxy is of {type(proxy)}, not an address as text.")
    try:
        url = httpx.Proxy(proxy if "://" in proxy else f"http://{proxy}").url
        is_place = bool(re.fullmatch(r"[^\s%]+", url.host)) and 0 < (url.port or 1) < 65536
    except (httpx.InvalidURL, ValueError):
        is_place = False
    if not is_place:
        raise ValueError("proxy is no address of the form http://user:password@host:port")


def _covers(entry: str, origin: Origin) -> bool:
    """Tell whether an entry of NO_PROXY covers an origin: `*`, a host with all below it, an address or network, each with a port or not."""
    if not entry:
        return False
    host, port = _split_port(entry)
    if port is not None and port != origin.port:
        return False
    address = _address(origin.host)
    if address is not None:
        try:
            network = ip_network(host, strict=False)
        except ValueError:
            return host == "*"
        return address.version == network.version and address in network
    name = origin.host.lower().rstrip(".")
    host = host.removeprefix("*").strip(".")
    return not host or name == host or name.endswith(f".{host}")


def _split_port(entry: str) -> tuple[str, int | None]:
    """Return the host and the port of an entry; an IPv6 address has a port only behind brackets."""
    host, colon, port = entry.rpartition(":")
    if colon and port.isdecimal() and (":" not in host or host.endswith("]")):
        return host.strip("[]"), int(port)
    return entry.strip("[]"), None


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def _is_link_local(host: str) -> bool:
    """Tell an address that only this machine's own link has, such as that of the metadata service, whose keys no proxy may see."""
    address = _address(host)
    return address is not None and (address.is_link_local or str(address) == "fd00:ec2::254")


_SCHEMES = frozenset(("http", "https", "all"))


def _scheme(url: str) -> str:
    return url.partition("://")[0].lower() if "://" in url else "http"
