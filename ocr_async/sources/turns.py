"""Long steps on the event loop, such as encoding and hashing a picture, in turns: others never wait for many of them."""

from __future__ import annotations

from collections import deque

from attrs import define, field

from ocr_async.loops import PerLoop, Wake, run_soon

PASS_BYTES = 512 * 1024
"""What is encoded and hashed in one pass of the loop, but for a larger picture alone: 1 to 2 ms."""


async def turn(size: int) -> None:
    """Wait until this pass of the event loop has time for a step on `size` bytes, which must follow without waiting."""
    passes = _passes.get()
    if passes.has_time(size):
        passes.take(size)
    else:
        await passes.wait(size)


@define(eq=False)
class _Passes:
    taken: int = 0
    """Bytes of this pass."""
    waiting: deque[tuple[int, Wake]] = field(factory=deque[tuple[int, Wake]])

    def has_time(self, size: int) -> bool:
        return not self.taken or (not self.waiting and self.taken + size <= PASS_BYTES)

    def take(self, size: int) -> None:
        if not self.taken:
            run_soon(self.begin)
        self.taken += size

    async def wait(self, size: int) -> None:
        wake = Wake()
        self.waiting.append((size, wake))
        await wake.wait()

    def begin(self) -> None:
        """Wake those for whom the pass that begins has time; who was cancelled meanwhile wastes a turn, no more."""
        self.taken = 0
        while self.waiting and (not self.taken or self.taken + self.waiting[0][0] <= PASS_BYTES):
            size, wake = self.waiting.popleft()
            self.take(size)
            wake.set()


_passes = PerLoop(_Passes)
