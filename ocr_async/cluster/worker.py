"""What one worker process has for all that it reads: one session in an event loop of its own thread."""

from __future__ import annotations

import atexit
import os
from collections.abc import Awaitable, Callable, Mapping
from threading import Lock
from typing import Any, TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal
from attrs import define, field

from ocr_async.cluster.shared_limits import SharedLimits
from ocr_async.gates import Limits
from ocr_async.session import OcrSession
from ocr_async.sources.storage import Buckets

T = TypeVar("T")

Plain = Mapping[str, Any]
"""Arguments of `OcrSession.from_env` that can be sent to another process: texts, numbers, lists and mappings of them."""


@define(eq=False)
class Worker:
    """Runs async work in this process, on one session for all; safe to call from any thread."""

    session: OcrSession
    _portal: BlockingPortal
    _end: Callable[[], object]

    @classmethod
    def start(cls, settings: Plain, limits: SharedLimits | Limits | None) -> Worker:
        """Open a session with the credentials that are in the environment of this process."""
        session = OcrSession.from_env(**settings, limits=limits)
        portal = start_blocking_portal("asyncio", name="ocr-worker")
        worker = cls(session, portal.__enter__(), lambda: portal.__exit__(None, None, None))
        atexit.register(worker.close)
        return worker

    @property
    def buckets(self) -> Buckets:
        """What leads to the stores, with the session's key for OBS."""
        return self.session.buckets

    def run(self, function: Callable[..., Awaitable[T]], *arguments: object) -> T:
        """Return what an async function comes to."""
        return self._portal.call(function, *arguments)

    def close(self) -> None:
        """Close the session and end the thread."""
        self._portal.call(self.session.aclose)
        self._end()


@define(eq=False)
class _Workers:
    """The workers of this process by their settings: tasks with the same ones share theirs."""

    _lock: Lock = field(factory=Lock)
    _pid: int = 0
    _known: dict[tuple[str, str], Worker] = field(factory=dict[tuple[str, str], Worker])

    def get(self, settings: Plain, limits: SharedLimits | Limits | None) -> Worker:
        key = repr(sorted(settings.items())), repr(limits)
        with self._lock:
            if self._pid != os.getpid():  # threads do not come along into a fork
                self._pid, self._known = os.getpid(), {}
            worker = self._known.get(key)
            if worker is None:
                worker = self._known[key] = Worker.start(settings, limits)
            return worker


_workers = _Workers()


def worker(settings: Plain | None = None, limits: SharedLimits | Limits | None = None) -> Worker:
    """Return the worker of this process for these settings, started with the first task.

    Raises:
        TypeError: a setting is none of `OcrSession.from_env`; credentials are none: they come from the environment.
    """
    return _workers.get(settings or {}, limits)
