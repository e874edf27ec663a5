"""Blocking reads off the event loop at a cost that suits small files.

A hop through `anyio.to_thread` costs as much CPU as hashing 80 KB, because every call wakes a worker and the loop by
itself. Here a few long-lived threads take calls from one queue, and the results that gathered in the meantime are
handed to the event loop in one wake-up. A disk that hangs holds up the threads, never the loop.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeAlias, TypeVar

import anyio.to_thread
from attrs import define, field

from ocr_async.loops import PerLoop

T = TypeVar("T")

THREADS = 4
"""More would help only disks that are slower than the network."""


async def read(function: Callable[..., T], *args: Any) -> T:
    """Return `function(*args)`, called in a reader thread; for short blocking reads, not for computing."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return await anyio.to_thread.run_sync(function, *args)
    return await _readers.submit(loop, function, args)


_Done: TypeAlias = "tuple[asyncio.Future[Any], Any, BaseException | None]"


@define(eq=False)
class _Inbox:
    """The results on their way to one event loop."""

    done: deque[_Done] = field(factory=deque[_Done])
    notified: bool = False

    def put(self, future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
        self.done.append((future, result, error))
        if not self.notified:
            self.notified = True
            try:
                future.get_loop().call_soon_threadsafe(self.deliver)
            except RuntimeError:  # the loop was closed while the read went on: nobody waits any more
                self.done.clear()

    def deliver(self) -> None:
        self.notified = False  # before the deque is emptied, so that a result put meanwhile notifies again
        while self.done:
            future, result, error = self.done.popleft()
            if future.done():
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)


_Call: TypeAlias = "tuple[_Inbox, asyncio.Future[Any], Callable[..., Any], tuple[Any, ...]]"


@define(eq=False)
class _Readers:
    calls: SimpleQueue[_Call] = field(factory=SimpleQueue["_Call"])
    inboxes: PerLoop[_Inbox] = field(factory=lambda: PerLoop(_Inbox))
    threads: int = 0

    def submit(
        self, loop: asyncio.AbstractEventLoop, function: Callable[..., T], args: tuple[Any, ...]
    ) -> asyncio.Future[T]:
        inbox = self.inboxes.get()
        future: asyncio.Future[T] = loop.create_future()
        if self.threads < THREADS and (self.threads == 0 or not self.calls.empty()):
            self.threads += 1
            threading.Thread(target=self.work, name="ocr_async reader", daemon=True).start()
        self.calls.put((inbox, future, function, args))
        return future

    def work(self) -> None:
        while True:
            inbox, future, function, args = self.calls.get()
            try:
                result, error = function(*args), None
            except BaseException as raised:  # noqa: BLE001  the awaiting task gets it
                result, error = None, raised
            inbox.put(future, result, error)
            del inbox, future, function, args, result, error  # an idle thread must not keep a picture alive


_readers = _Readers()


def _start_afresh() -> None:
    global _readers  # noqa: PLW0603  a child process has none of its parent's threads
    _readers = _Readers()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_afresh)
