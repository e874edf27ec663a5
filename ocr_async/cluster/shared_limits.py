"""One limit for many processes: a gate whose permits come from a place that all of them share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self, TypeVar, cast

import anyio
from anyio.lowlevel import current_token
from attrs import define, evolve, field

from ocr_async.cluster.link import SocketLink
from ocr_async.cluster.permits import MOST_ASKED, Lender, Permit, Permits
from ocr_async.cluster.place import LEASE, Outcome, Place
from ocr_async.cluster.wire import Address
from ocr_async.gates import AnySlot, Ending, Gate, GateStats, Limits, Refusal, Slot
from ocr_async.gates.waiting import arrivals

T = TypeVar("T")


class SharedLimits:
    """The limits of an account, kept to by all processes that name the same address: `OcrSession(limits=SharedLimits(...))`.

    `address`: `unix:///run/ocr.sock` or `tcp://127.0.0.1:7421`: the first process there serves the others from a thread
    of its own, and another one takes over when it ends. `redis://host:6379/0` (extra `redis`): the server keeps count, also
    between machines; then `limits` must state what is to be kept. `ray://` (extra `ray`): a named actor of the cluster.
    `limits`: what is known of the account's limits; what is left out is found by trying, once for all.
    `share`: how many processes there are. A process that cannot reach the place goes on with this part of the limits.
    `lease`: seconds after which the permits of a process that died or hangs return to the others.

    One object serves any number of sessions, and can be sent to other processes; close it after them, or leave it to the end of the process.

    Raises ValueError for an address or numbers that cannot be.
    """

    def __init__(self, address: str, limits: Limits | None = None, *, share: int, lease: float = LEASE) -> None:
        if share < 1 or not lease > 0:
            raise ValueError(f"share={share} and lease={lease} must be above 0")
        self.limits = limits or Limits()
        self.share = share
        self.lease = lease
        self.address = address
        self._lender = _lender(address, self.limits, lease)

    def gate(self, endpoint: str, api: str) -> SharedGate:
        """Return the gate of one API of an endpoint."""
        return SharedGate(Permits(self._lender, f"{endpoint} {api}"), self.limits, self.share)

    def close(self) -> None:
        """Give back what is lent and end the link."""
        self._lender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[Callable[..., SharedLimits], tuple[object, ...]]:
        return _made_again, (self.address, self.limits, self.share, self.lease)

    def __repr__(self) -> str:
        return f"SharedLimits({self.address.rpartition('@')[2]!r}, {self.limits!r}, share={self.share})"


@define(eq=False)
class SharedGate:
    """A gate as `ocr_async.gates.Gate` is one, whose permits come from the place; alone with a share when that is gone."""

    _permits: Permits
    _limits: Limits
    _share: int
    _in_flight: int = field(default=0, init=False)
    _waiting: int = field(default=0, init=False)
    _last: GateStats | None = field(default=None, init=False)
    _alone: Gate | None = field(default=None, init=False)

    async def acquire(self, position: int | None = None) -> SharedSlot | Slot:
        """Wait until a call may start. A repeated call passes the position of its first slot, and so goes before later ones."""
        position = next(arrivals) if position is None else position
        self._waiting += 1
        try:
            permit = await self._permit(position)
        except ConnectionError:
            return await self._by_itself().acquire(position)
        finally:
            self._waiting -= 1
        self._last, self._alone = permit.grant.stats, None
        self._in_flight += 1
        return SharedSlot(position, self, permit)

    async def _permit(self, position: int) -> Permit:
        """Wait for a permit and its time; one that comes at the moment of a cancellation goes to the next."""
        while True:
            future = self._permits.wait(position)
            try:
                permit = await _outcome_of(future)
                if (early := permit.starts - self._permits.clock()) > 0:
                    await anyio.sleep(early)
            except BaseException:
                if not future.cancel() and future.exception() is None:
                    self._permits.end(future.result(), Outcome())
                raise
            if not permit.is_late(self._permits.clock()):
                return permit
            self._permits.end(permit, Outcome())

    def wanted(self, opening: float) -> int:
        """How many calls of a run are to wait here: as many as are asked for ahead, so that there is always one on the way."""
        return max(MOST_ASKED, self._in_flight) if self._alone is None else self._alone.wanted(opening)

    def stats(self) -> GateStats:
        """Return what this process is doing, at the window and pace of all."""
        if self._alone is not None:
            return self._alone.stats()
        last = self._last or Gate(self._limits).stats()
        return evolve(last, in_flight=self._in_flight, waiting=self._waiting)

    def end(self, permit: Permit, outcome: Outcome) -> None:
        """Give a permit back with what became of its call."""
        self._in_flight -= 1
        self._permits.end(permit, outcome)

    def _by_itself(self) -> Gate:
        if self._alone is None:
            self._alone = Gate(_share_of(self._limits, self._last, self._share))
        return self._alone


@define(eq=False)
class SharedSlot(AnySlot):
    """The right to send one call, lent by the place."""

    _gate: SharedGate
    _permit: Permit

    def _end(self, ending: Ending, refusal: Refusal | None = None, retry_after: float | None = None) -> None:
        if self._open:
            self._open = False
            self._gate.end(self._permit, Outcome.of(ending, refusal, retry_after))


def _made_again(address: str, limits: Limits, share: int, lease: float) -> SharedLimits:
    """Make in another process what keeps to the same limits."""
    return SharedLimits(address, limits, share=share, lease=lease)


def _lender(address: str, limits: Limits, lease: float) -> Lender:
    if address.startswith(("redis://", "rediss://")):
        from ocr_async.cluster.redis import RedisLink  # noqa: PLC0415  the extra `redis`

        return RedisLink(address, limits, lease)
    if address.startswith("ray://"):
        from ocr_async.cluster.actor import ActorLink  # noqa: PLC0415  the extra `ray`

        return ActorLink(address.removeprefix("ray://") or "limits", limits, lease)
    return SocketLink(Address.of(address), lambda opens: Place(limits, lease=lease, opens=opens))


def _share_of(limits: Limits, last: GateStats | None, share: int) -> Limits:
    """Return a process's part: of the limits that are known, else of what was last found, else a single call at once."""
    concurrency = limits.concurrency or (last.window if last else None)
    rate = limits.rate or (last.pace if last else None)
    if concurrency is None and rate is None:
        return Limits(concurrency=1)
    return Limits(max(1, concurrency // share) if concurrency else None, rate / share if rate else None)


async def _outcome_of(future: Future[T]) -> T:
    """Wait for what another thread brings, on asyncio or trio."""
    done = anyio.Event()
    wake = _waker()
    future.add_done_callback(lambda _: wake(done.set))
    await done.wait()
    return future.result()


def _waker() -> Callable[[Callable[[], object]], None]:
    """Return what calls a function in the running loop, from any thread."""
    token = current_token().native_token

    def wake(function: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
            if isinstance(token, asyncio.AbstractEventLoop):
                token.call_soon_threadsafe(function)
            else:
                cast("_TrioToken", token).run_sync_soon(function)

    return wake


class _TrioToken(Protocol):
    def run_sync_soon(self, function: Callable[[], object], /) -> None: ...
