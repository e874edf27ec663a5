"""The version of what an address leads to, asked from its server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import anyio
from attrs import define, evolve

from ocr_async.jobs.entry import Entry
from ocr_async.jobs.source import Address

if TYPE_CHECKING:
    import httpx

ETAG = "etag"
"""The `url_version` that has servers asked."""

AT_ONCE = 16
"""Addresses that are asked at the same time."""

_HEAD_REFUSED = frozenset((403, 405, 501))
"""Statuses of servers that know no HEAD, or of addresses that are signed for GET alone."""

_USELESS = "its server tells no ETag and no Last-Modified: give a text of your own as url_version"


@define(eq=False)
class Versions:
    """Asks with HEAD for the ETag, or else the time and length; where HEAD is refused, with a GET whose body is not read.

    An address that cannot be asked is one entry that fails: whether its object has changed is not known.
    """

    client: httpx.AsyncClient
    seconds: float

    async def of(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return the entries, those with an address with the version that its server tells."""
        known, limiter = list(entries), anyio.CapacityLimiter(AT_ONCE)
        async with anyio.create_task_group() as tasks:
            for place, entry in enumerate(entries):
                if isinstance(entry.source, Address) and entry.problem is None:
                    tasks.start_soon(self._ask, known, place, entry.source, limiter)
        return known

    async def _ask(self, known: list[Entry], place: int, source: Address, limiter: anyio.CapacityLimiter) -> None:
        import httpx  # noqa: PLC0415  on first use

        async with limiter:
            try:
                with anyio.fail_after(self.seconds):
                    version = await self._version(source.address)
            except TimeoutError:
                problem = f"no answer within {self.seconds:g} s"
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
                problem = str(error) or type(error).__name__
            else:
                known[place] = evolve(known[place], source=evolve(source, version=version))
                return
        known[place] = known[place].with_problem(f"the version of its object cannot be asked: {problem}")

    async def _version(self, address: str) -> str:
        if not address.lower().startswith(("http://", "https://")):
            raise ValueError("only http and https addresses can be asked")
        reply = await self.client.head(address)
        if reply.status_code in _HEAD_REFUSED:
            async with self.client.stream("GET", address, headers={"Range": "bytes=0-0"}) as reply:
                pass
        if not reply.is_success:
            raise ValueError(f"HTTP {reply.status_code}")
        headers = reply.headers
        told = headers.get("ETag") or " ".join(filter(None, (headers.get("Last-Modified"), _length(headers))))
        if not told or not (headers.get("ETag") or headers.get("Last-Modified")):
            raise ValueError(_USELESS)
        return told


def _length(headers: httpx.Headers) -> str | None:
    """Return the length of the whole object, also from the reply to a part."""
    ranged = headers.get("Content-Range")
    return str(ranged).rpartition("/")[2] if ranged else headers.get("Content-Length")
