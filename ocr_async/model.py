"""The words that every floor uses: JSON, a request and its reply as values, corner points."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol, TypeAlias

from attrs import field, frozen

VERSION = "0.1.0"

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""A decoded JSON value."""

Point: TypeAlias = tuple[int, int]
"""A pixel of a picture: x to the right, y down, origin at the top left."""

Corners: TypeAlias = tuple[Point, ...]
"""The corners of a document in its picture, as the service lists them."""


class Body(Protocol):
    """A request body that is made while it is sent, so that a large picture is never whole in memory."""

    @property
    def length(self) -> int:
        """The number of bytes in all: the Content-Length."""
        ...

    def __aiter__(self) -> AsyncGenerator[bytes, None]:  # noqa: PYI058  to be closed early
        """Yield the body from its start, afresh at each call, without blocking the event loop."""
        ...

    async def sha256(self) -> str:
        """Return the lower-case hex SHA-256 of the whole body, computed off the event loop."""
        ...


@frozen
class Request:
    """One HTTP request, complete but for what its credential adds."""

    method: str
    url: str
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    body: bytes | Body = field(default=b"", repr=False)
    once: bool = False
    """True when whoever made it counts each time that it is sent: a lost connection is an error then, not a reason to dial."""


@frozen
class Reply:
    """One HTTP reply, read to its end; header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default=MappingProxyType({}), repr=False)
    body: bytes = field(default=b"", repr=False)
