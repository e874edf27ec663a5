"""Blocking work off the event loop, in threads that a read which hangs takes from nobody else.

A thread is started whenever none is idle, so that reads which hang hold up no other. They are daemons: a read that
never ends must not keep the program from ending. A hop costs a third of one through `anyio.to_thread`.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from math import inf
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias, TypeVar

import anyio.to_thread
from attrs import define, field

from ocr_async.loops import PerLoop

T = TypeVar("T")

IDLE_SECONDS = 10.0
"""A thread without work for so long ends."""


async def in_thread(function: Callable[..., T], *args: Any) -> T:
    """Return `function(*args)`, called in a thread; when the caller is cancelled, its end is not waited for."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        limiter = _unlimited.get()
        return await anyio.to_thread.run_sync(function, *args, abandon_on_cancel=True, limiter=limiter)
    future: asyncio.Future[T] = loop.create_future()
    _threads.submit((future, function, args))
    return await future


_unlimited = PerLoop(lambda: anyio.CapacityLimiter(inf))


async def computed(function: Callable[..., T], *args: Any) -> T:
    """Return `function(*args)`, computed in a thread when a processor is free for it."""
    async with _processors.get():
        return await in_thread(function, *args)


_processors = PerLoop(lambda: anyio.CapacityLimiter(max(1, (os.cpu_count() or 1) - 1)))
"""One processor is left to the event loop, and more threads would get into each other's way."""

_Call: TypeAlias = "tuple[asyncio.Future[Any], Callable[..., Any], tuple[Any, ...]]"


@define(eq=False)
class _Threads:
    calls: SimpleQueue[_Call] = field(factory=SimpleQueue["_Call"])
    lock: threading.Lock = field(factory=threading.Lock)
    idle: int = 0
    """The threads that wait for a call and that no call waits for."""

    def submit(self, call: _Call) -> None:
        with self.lock:
            starts = not self.idle
            self.idle -= not starts
        if starts:
            threading.Thread(target=self.work, name="ocr_async reader", daemon=True).start()
        self.calls.put(call)

    def work(self) -> None:
        while True:
            try:
                future, function, args = self.calls.get(timeout=IDLE_SECONDS)
            except Empty:
                with self.lock:
                    if self.idle:
                        self.idle -= 1
                        return
                continue
            result, error = _outcome(function, args)
            with self.lock:
                self.idle += 1
            _hand_over(future, result, error)
            del future, function, args, result, error  # an idle thread must not keep a picture alive


def _outcome(function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, BaseException | None]:
    try:
        return function(*args), None
    except StopIteration as error:  # no future takes it
        return None, RuntimeError(f"StopIteration: {error}")
    except BaseException as error:  # noqa: BLE001  the awaiting task gets it
        return None, error


def _hand_over(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits any more
        future.get_loop().call_soon_threadsafe(_settle, future, result, error)


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


_threads = _Threads()


def _start_afresh() -> None:
    global _threads  # noqa: PLW0603  a child process has none of its parent's threads
    _threads = _Threads()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_afresh)
