"""The bulk promise under fire: a fault on every fifth attempt, and yet every picture ends with its own result."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import anyio
from trio.testing import MockClock

from ocr_async import Done, OcrSession
from ocr_async.documents import TrainTicket
from ocr_async.testing import FAULTS, ScriptedService, picture, picture_number, random_faults

sys.path.append(str(Path(__file__).parent))

from virtual_time import VirtualGates

PICTURES = 10_000


async def numbers_read(service):
    """Recognise the pictures, and return how often each index ended with the number of its own picture."""
    numbers = Counter()
    async with (
        OcrSession.local(service, limits=VirtualGates()) as session,
        session.recognize_many(TrainTicket, map(picture, range(PICTURES))) as run,
    ):
        async for item in run:
            assert isinstance(item, Done), item
            numbers[item.index, item.result.ticket_id] += 1
    return numbers


def test_ten_thousand_pictures_all_end_done_under_random_faults():
    service = ScriptedService(faults=random_faults(0.2))

    # Waiting costs nothing here: when all tasks wait, the clock jumps to the next one that may go on.
    options = {"clock": MockClock(autojump_threshold=0)}
    numbers = anyio.run(numbers_read, service, backend="trio", backend_options=options)

    assert numbers == {(index, picture_number(picture(index))): 1 for index in range(PICTURES)}
    assert service.ledger.faults.keys() == FAULTS.keys()
    assert len(service.ledger.processed) == PICTURES
    lost = sum(service.ledger.faults[name] for name in ("reset after processing", "truncated", "empty"))
    assert service.ledger.processed.total() == PICTURES + lost
