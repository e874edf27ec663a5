"""Which proxy a request goes through: the one given, or what the environment says."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlsplit

from attrs import field, frozen

from ocr_async.errors import TransportError
from ocr_async.transport.address import Origin, address_of


@frozen
class Proxy:
    """An HTTP or HTTPS proxy, and the Proxy-Authorization header it wants ("" without)."""

    origin: Origin
    authorization: str = field(default="", repr=False)


@frozen
class Proxies:
    """The proxies by scheme ("http", "https", "all"); "no" lists the hosts that are reached directly."""

    by_scheme: Mapping[str, str] = field(factory=dict[str, str], repr=False)

    @classmethod
    def of(cls, proxy: str | None, *, trust_env: bool) -> Proxies:
        """Return `proxy` for everything, or else HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY."""
        if proxy is not None:
            return cls({"all": proxy})
        if not trust_env:
            return cls()
        from urllib.request import getproxies_environment  # noqa: PLC0415  slow to import

        return cls(getproxies_environment())

    @property
    def need_httpx(self) -> bool:
        """Whether one of them speaks something else than HTTP, such as SOCKS."""
        return any(_scheme(url) not in ("http", "https") for name, url in self.by_scheme.items() if name in _SCHEMES)

    def url_for(self, origin: Origin) -> str | None:
        """Return the address of the proxy that leads to this origin, None for a direct connection."""
        if not self.by_scheme:
            return None
        url = self.by_scheme.get(origin.scheme) or self.by_scheme.get("all")
        if url is None or self._bypassed(origin):
            return None
        return url if "://" in url else f"http://{url}"

    def proxy_for(self, origin: Origin) -> Proxy | None:
        """Return the proxy that leads to this origin, None for a direct connection."""
        url = self.url_for(origin)
        if url is None:
            return None
        split = urlsplit(url)
        authorization = ""
        if split.username is not None:
            pair = f"{unquote(split.username)}:{unquote(split.password or '')}"
            authorization = f"Basic {b64encode(pair.encode()).decode()}"
        try:
            return Proxy(address_of(f"{split.scheme}://{split.netloc.rpartition('@')[2]}").origin, authorization)
        except TransportError:
            raise TransportError(
                f"the proxy of {origin.scheme} addresses is not an http or https URL", sent=False
            ) from None

    def _bypassed(self, origin: Origin) -> bool:
        if "no" not in self.by_scheme:
            return False
        import urllib.request  # noqa: PLC0415  slow to import

        bypass: Callable[[str, Mapping[str, str]], bool] = getattr(urllib.request, "proxy_bypass_environment")  # noqa: B009  unknown to type checkers
        return bool(bypass(origin.authority, self.by_scheme))


_SCHEMES = frozenset(("http", "https", "all"))


def _scheme(url: str) -> str:
    return url.partition("://")[0].lower() if "://" in url else "http"
