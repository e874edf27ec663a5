"""Where the CPU time of a request goes: a sample of the stack every millisecond of CPU time, by floor of the library."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

FLOORS = (
    ("_sha256", "SHA-256 of the body"),
    ("ocr_async/auth/", "signature without its hash"),
    ("ocr_async/signing", "signature without its hash"),
    ("ocr_async/transport/", "transport"),
    ("httpx/", "requests and replies (httpx)"),
    ("ocr_async/sources/", "picture: read, check, base64"),
    ("ocr_async/protocol", "reply: decode"),
    ("ocr_async/documents/", "reply: decode"),
    ("<cattrs", "reply: decode"),
    ("ocr_async/", "session: batch, gates, retry, events"),
    ("anyio/", "deadlines and clocks (anyio)"),
    ("sniffio/", "deadlines and clocks (anyio)"),
    ("asyncio/selector_events", "socket: send and receive (kernel)"),
    ("selectors.py", "waiting for sockets (kernel)"),
    ("asyncio/", "event loop (asyncio)"),
)


@contextmanager
def sampling(shares: dict[str, float]) -> Iterator[None]:
    """Fill `shares` with the percentage of each floor while the block runs; counts the main thread only."""
    counts: Counter[str] = Counter()

    def note(_: int, frame: FrameType | None) -> None:
        counts[_floor(frame)] += 1

    previous = signal.signal(signal.SIGPROF, note)
    signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)
        total = counts.total() or 1
        shares.update({floor: 100 * count / total for floor, count in counts.most_common()})


def _floor(frame: FrameType | None) -> str:
    """Return the floor of the innermost frame that belongs to one."""
    while frame is not None:
        place = f"{frame.f_code.co_filename}:{frame.f_code.co_name}"
        for part, floor in FLOORS:
            if part in place:
                return floor
        frame = frame.f_back
    return "other"
