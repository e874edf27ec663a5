"""Signals of a job: the first one asks it to end, the second ends it at once, the third ends the process, whatever hangs."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from attrs import define, field

GRACE = 1.0
"""Seconds that the third signal leaves to what the second one has begun: without a hang that is enough."""


@define(eq=False)
class Signals:
    """Takes SIGINT, SIGTERM and SIGHUP inside its block, in a thread that works though the main thread hangs in the kernel.

    A SIGHUP that was to be ignored, as under `nohup`, still is.
    """

    noted: list[int] = field(factory=list[int])
    """The signals that came."""
    _tell: Callable[[], object] = field(default=lambda: None, repr=False)
    _left: bool = False
    _thread: threading.Thread | None = field(default=None, repr=False)

    def attach(self, on_signal: Callable[[], object]) -> None:
        """Have this called in the running event loop after each signal, and now if there were any."""
        loop = asyncio.get_running_loop()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop is closed: there is nothing left to end
                loop.call_soon_threadsafe(on_signal)

        self._tell = tell
        if self.noted:
            on_signal()

    @property
    def code(self) -> int | None:
        """The exit code that says which signal ended the process, None without any."""
        return 128 + self.noted[0] if self.noted else None

    def __enter__(self) -> Self:
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_BLOCK, _taken())
            self._thread = threading.Thread(target=self._wait, name="signals", daemon=True)
            self._thread.start()
        else:  # Windows has no more than Ctrl-C
            signal.signal(signal.SIGINT, lambda number, _: self._note(number))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if len(self.noted) > 1:  # a thread may hang that Python waits for at its end: a third signal is still taken
            return
        if self._thread is None:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            return
        self._left = True
        signal.pthread_kill(self._thread.ident or 0, signal.SIGTERM)
        self._thread.join()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _taken())

    def _wait(self) -> None:
        while True:
            number = signal.sigwait(_taken())
            if self._left:
                return
            self._note(number)

    def _note(self, number: int) -> None:
        self.noted.append(number)
        if len(self.noted) > 2:
            time.sleep(GRACE)
            os._exit(self.code or 1)
        self._tell()


def _taken() -> set[signal.Signals]:
    """Return the signals that are taken."""
    is_ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return {signal.SIGINT, signal.SIGTERM} | (set() if is_ignored else {signal.SIGHUP})
