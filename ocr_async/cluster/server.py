"""A place that is spoken with: every connection is one holder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import attrs
from attrs import define, field

from ocr_async.cluster.place import Grant, Outcome, Place
from ocr_async.cluster.wire import Address, Lines, Message
from ocr_async.model import Json


async def serve(place: Place, address: Address, *, started: Callable[[], object] = bool) -> None:
    """Serve a place until cancelled; `started` is called when it listens. Raises OSError when somebody else listens there."""
    connections = _Connections()
    try:
        async with address.listening(lambda: _Connection(place, connections)):
            started()
            while True:
                await asyncio.sleep(max(0.01, place.next_sweep))
                place.sweep()
    finally:
        connections.close()


class _Connections(set["_Connection"]):
    """Those that are open; what was accepted just before the end is closed when it turns up."""

    is_closed = False

    def close(self) -> None:
        self.is_closed = True
        for connection in list(self):
            connection.close()


class _Connection(Lines):
    def __init__(self, place: Place, connections: _Connections) -> None:
        self._connection = HolderConnection(place, self.send)
        self._connections = connections
        super().__init__(self._connection.take, self._left)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._connections.is_closed:
            self.close()
            return
        self._connections.add(self)
        self._connection.open()

    def _left(self) -> None:
        self._connections.discard(self)
        self._connection.close()


@define(eq=False)
class HolderConnection:
    """Where one holder speaks with the place."""

    place: Place
    send: Callable[[Message], object]
    name: str = ""
    _asks: dict[int, asyncio.Task[None]] = field(factory=dict[int, "asyncio.Task[None]"])

    def open(self) -> None:
        """Speak the first word."""
        self.send({"lease": self.place.lease})

    def take(self, message: Message) -> None:
        """Take what the holder says."""
        match message:
            case {"holder": str(name), "has": dict(lent)}:
                self.name = name
                self.place.alive(name)
                for number, gate in lent.items():
                    self.place.adopt(name, int(number), str(gate))
            case {"ask": int(number), "gate": str(gate), "kind": int(kind)} if number not in self._asks:
                self._asks[number] = asyncio.ensure_future(self._ask(number, gate, kind))
            case {"leave": int(number)} if number in self._asks:
                self._asks[number].cancel()
            case {"end": int(number), **how}:
                self.place.end(self.name, number, Outcome(**how))  # type: ignore[arg-type]
            case {"bye": _}:
                self.place.leave(self.name)
            case _:
                self.place.alive(self.name)

    def close(self) -> None:
        """Forget what the holder waits for; what it has is its own until its lease ends."""
        for ask in self._asks.values():
            ask.cancel()

    async def _ask(self, number: int, gate: str, kind: int) -> None:
        try:
            granted = await self.place.ask(self.name, gate, kind)
            self.send({"grant": number, **_plain(granted)})
        finally:
            del self._asks[number]


def _plain(grant: Grant) -> dict[str, Json]:
    return attrs.asdict(grant)
