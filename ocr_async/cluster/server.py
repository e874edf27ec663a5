"""A place on a socket: every connection is one holder."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import attrs
from anyio.abc import SocketStream, TaskGroup
from attrs import define, field

from ocr_async.cluster.place import Grant, Outcome, Place
from ocr_async.cluster.wire import Address, Message, line_of, messages
from ocr_async.model import Json


async def serve(place: Place, address: Address, *, started: Callable[[], object] = bool) -> None:
    """Serve a place until cancelled; `started` is called when it listens. Raises OSError when somebody else listens there."""
    async with address.listening() as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(_sweep, place)
        started()
        await listener.serve(lambda stream: _Connection(place, stream).run())


async def _sweep(place: Place) -> None:
    while True:
        await anyio.sleep(place.lease / 8)
        place.sweep()


@define(eq=False)
class _Connection:
    place: Place
    stream: SocketStream
    name: str = ""
    _asks: dict[int, anyio.CancelScope] = field(factory=dict[int, anyio.CancelScope])
    _sending: anyio.Lock = field(factory=anyio.Lock)

    async def run(self) -> None:
        async with self.stream, anyio.create_task_group() as tasks:
            await self._send({"lease": self.place.lease})
            async for message in messages(self.stream):
                self._take(message, tasks)
            tasks.cancel_scope.cancel()

    def _take(self, message: Message, tasks: TaskGroup) -> None:
        match message:
            case {"holder": str(name)}:
                self.name = name
                self.place.alive(name)
            case {"ask": int(number), "gate": str(gate), "position": int(position), "again": bool(again)}:
                tasks.start_soon(self._ask, number, gate, position, again)
            case {"leave": int(number)} if number in self._asks:
                self._asks[number].cancel()
            case {"end": int(number), **how}:
                self.place.end(self.name, number, Outcome(**how))  # type: ignore[arg-type]
            case {"bye": _}:
                self.place.leave(self.name)
            case _:
                self.place.alive(self.name)

    async def _ask(self, number: int, gate: str, position: int, again: bool) -> None:  # noqa: FBT001  as it came
        granted: Grant | None = None
        with anyio.CancelScope() as scope:
            self._asks[number] = scope
            try:
                granted = await self.place.ask(self.name, gate, position, again=again)
                await self._send({"grant": number, **_plain(granted)})
            except anyio.BrokenResourceError:
                return  # the holder is gone; its lease brings the permit back
            finally:
                self._asks.pop(number, None)
        if scope.cancelled_caught and granted is not None:
            self.place.end(self.name, granted.number, Outcome())

    async def _send(self, message: Message) -> None:
        async with self._sending:
            await self.stream.send(line_of(message))


def _plain(grant: Grant) -> dict[str, Json]:
    return attrs.asdict(grant)
