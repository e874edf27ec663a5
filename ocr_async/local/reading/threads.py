"""The recognizer that reads real pictures, one for each core at a time, with a bounded queue."""

from __future__ import annotations

from collections.abc import Sequence

from anyio import CapacityLimiter, to_thread

from ocr_async.local.reading.answers import answer
from ocr_async.local.reading.documents import READERS
from ocr_async.local.reading.engine import Engine, cores
from ocr_async.local.reading.reader import Reader
from ocr_async.local.reading.registry import apis
from ocr_async.local.recognizer import Busy, Refusal, Task
from ocr_async.loops import PerLoop
from ocr_async.model import Json


class OcrRecognizer:
    """Reads pictures in threads: the engine lets go of the interpreter, so threads use all cores with one model.

    `threads` pictures are read at a time (the number of cores unless given); `waiting` more may queue (four for each
    thread unless given), and beyond that `recognize` raises `Busy`, as the cloud does. A cancelled call leaves the
    queue at once; one that is being read ends at the engine's next step, within about half a second.
    `readers` are further kinds of document than those of `ocr_async.local.reading.documents`.
    """

    def __init__(
        self, *, readers: Sequence[Reader] = (), threads: int | None = None, waiting: int | None = None
    ) -> None:
        self._readers = (*readers, *READERS)
        self.apis = apis(self._readers)
        """The APIs that the readers answer, by version and name."""
        self._threads = threads or cores()
        self._places = self._threads + (4 * self._threads if waiting is None else waiting)
        self._taken = 0
        self._limiter = PerLoop(lambda: CapacityLimiter(self._threads))
        self._engine = Engine(threads=self._threads)
        self._closed = False

    @property
    def concurrency(self) -> int:
        """Calls at once that keep all threads at work: one for each, and one that is there when another ends."""
        return self._threads + 1

    async def load(self) -> None:
        """Load the models, so that the first picture need not wait for them (1 to 2 s)."""
        await to_thread.run_sync(self._engine.load, abandon_on_cancel=True)

    async def recognize(self, task: Task) -> Json:
        """Return the value of `result`; raises `Unreadable`, `Busy`, or another `Refusal`."""
        if self._closed:
            raise Refusal("ModelArts.4502", "The recognizer is closed.")
        if self._taken >= self._places:
            raise Busy
        self._taken += 1
        try:
            return await to_thread.run_sync(
                answer, self._engine, task.api, task.image, task.options, self._readers, limiter=self._limiter.get()
            )
        finally:
            self._taken -= 1

    async def aclose(self) -> None:
        """Refuse further tasks and let the models go."""
        self._closed = True
        self._engine = Engine()
