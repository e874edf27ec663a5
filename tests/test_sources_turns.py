"""Long steps on the event loop come in turns, so that nobody else waits for many of them."""

from __future__ import annotations

from collections import Counter

import anyio
import anyio.lowlevel
import pytest

from ocr_async.sources.content import MemoryContent
from ocr_async.sources.picture import Picture

PICTURE = Picture("a", "PNG", 40, 30, MemoryContent(bytes(300_000)))


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param


class Passes:
    """Counts the passes of the loop, and what is made in each."""

    def __init__(self):
        self.number = 0
        self.made = Counter()

    async def count(self):
        while True:
            self.number += 1
            await anyio.lowlevel.checkpoint()

    async def make(self, picture=PICTURE):
        assert await picture.body(b"<", b">")
        self.made[self.number] += 1


@pytest.mark.anyio
async def test_of_many_pictures_at_once_few_are_encoded_in_one_pass_of_the_loop():
    passes = Passes()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(passes.count)
        async with anyio.create_task_group() as makers:
            for _ in range(20):
                makers.start_soon(passes.make)
        tasks.cancel_scope.cancel()
    assert passes.made.total() == 20
    assert max(passes.made.values()) <= 2


@pytest.mark.anyio
async def test_small_pictures_need_not_wait_for_another_pass():
    passes = Passes()
    async with anyio.create_task_group() as tasks:
        for _ in range(16):
            tasks.start_soon(passes.make, Picture("a", "PNG", 40, 30, MemoryContent(bytes(30_000))))
    assert passes.made == {0: 16}


@pytest.mark.anyio
async def test_who_is_cancelled_while_it_waits_for_its_turn_takes_it_from_nobody():
    passes = Passes()
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            async with anyio.create_task_group() as others:
                for _ in range(5):
                    tasks.start_soon(passes.make)
                for _ in range(5):
                    others.start_soon(passes.make)
                await anyio.lowlevel.checkpoint()
                others.cancel_scope.cancel()
            await passes.make()
    assert 6 <= passes.made.total() <= 8
