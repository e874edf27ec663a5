"""Fetching the picture behind a `url` parameter, from the hosts that the operator allows."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

import anyio
from attrs import frozen

from ocr_async.local.service.replies import Refused

DEFAULT_PORTS = {"http": 80, "https": 443}


@frozen
class Downloader:
    """Fetches pictures from allowed hosts only; with no hosts it fetches nothing.

    An entry is `host` or `host:port`, and may hold `*`: `*.example.com`. Without a port it allows the default port of
    the scheme. Redirects are not followed, since they could lead anywhere.
    """

    allowed: Sequence[str] = ()
    seconds: float = 10.0

    async def fetch(self, url: str, max_bytes: int) -> bytes:
        """Return the bytes at an address: ModelArts.4601 when not allowed, 4603 on failure, AIS.0103 when too many."""
        import httpx  # noqa: PLC0415  only a service with an allow-list needs it

        if not self.allows(url):
            raise Refused("ModelArts.4601")
        try:
            with anyio.fail_after(self.seconds):
                return await _get(url, max_bytes)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
            raise Refused("ModelArts.4603") from None

    def allows(self, url: str) -> bool:
        """Say whether the host and port of an address are on the list."""
        try:
            split = urlsplit(url)
            port = split.port
        except ValueError:
            return False
        if split.scheme not in DEFAULT_PORTS or not split.hostname or split.username is not None:
            return False
        default = DEFAULT_PORTS[split.scheme]
        names = [f"{split.hostname}:{port or default}"]
        if port in {None, default}:
            names.append(split.hostname)
        return any(fnmatchcase(name, entry.lower()) for name in names for entry in self.allowed)


async def _get(url: str, max_bytes: int) -> bytes:
    import httpx  # noqa: PLC0415  as above

    chunks: list[bytes] = []
    size = 0
    # Uncompressed, and without the proxies of the environment: the limit holds for what is read, the list for where.
    async with (
        httpx.AsyncClient(trust_env=False, headers={"Accept-Encoding": "identity"}) as client,
        client.stream("GET", url) as response,
    ):
        if response.status_code != 200:
            raise Refused("ModelArts.4603")
        async for chunk in response.aiter_raw():
            size += len(chunk)
            if size > max_bytes:
                raise Refused("AIS.0103")
            chunks.append(chunk)
    return b"".join(chunks)
