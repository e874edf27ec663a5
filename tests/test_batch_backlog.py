from __future__ import annotations

import random
import sys
from pathlib import Path
from statistics import quantiles

import anyio
import pytest

from ocr_async import Item, OcrSession, TrainTicket
from ocr_async.documents import Bankcard
from ocr_async.gates import Limits
from ocr_async.local.embedded import EmbeddedService
from ocr_async.testing import ScriptedService, ServiceLimits, picture, sample_result

sys.path.append(str(Path(__file__).parent))

from virtual_time import VirtualGates, now, run

SECONDS = 0.2


class Servers:
    """A recognizer that reads so many pictures at once, whatever waits."""

    def __init__(self, count):
        self.free, self.dice = anyio.CapacityLimiter(count), random.Random(1)

    async def recognize(self, task):
        async with self.free:
            await anyio.sleep(SECONDS * self.dice.uniform(0.8, 1.2))
        return sample_result(task.api, task.image)

    async def aclose(self):
        """Hold nothing."""


class Cores:
    """A recognizer whose pictures share two cores: one alone uses three quarters of them."""

    def __init__(self):
        self.at_work, self.changed, self.dice = 0, anyio.Event(), random.Random(1)

    @property
    def speed(self):
        return 1.0 if self.at_work == 1 else 1.5 / self.at_work

    def count(self, more):
        self.at_work += more
        self.changed.set()
        self.changed = anyio.Event()

    async def recognize(self, task):
        left = SECONDS * self.dice.uniform(0.9, 1.1)
        self.count(1)
        while left > 1e-9:
            began, speed = now(), self.speed
            with anyio.move_on_after(left / speed):
                await self.changed.wait()
            left -= (now() - began) * speed
        self.count(-1)
        return sample_result(task.api, task.image)

    async def aclose(self):
        """Hold nothing."""


class SlowPicture:
    """A file that takes its time to be read."""

    def __init__(self, number, seconds):
        self.content, self.seconds = picture(number), seconds

    async def read(self, size=-1):
        await anyio.sleep(self.seconds)
        content, self.content, self.seconds = self.content, b"", 0
        return content


def pictures(count):
    return (picture(number) for number in range(count))


def varying(seconds=SECONDS):
    dice = random.Random(1)
    return lambda: seconds * dice.uniform(0.7, 1.3)


async def outcomes_of(session, items, kind=TrainTicket, **options):
    """Return each outcome with the time at which it came."""
    async with session.recognize_many(kind, items, **options) as running:
        return [(now(), outcome) async for outcome in running]


def test_an_item_of_a_long_run_takes_little_longer_than_a_call_and_the_service_is_fully_used():
    async def main():
        async with OcrSession.local(EmbeddedService(Servers(2)), limits=VirtualGates()) as session:
            await session.recognize(TrainTicket, picture(1000))  # tells how long a call takes alone
            began = now()
            outcomes = await outcomes_of(session, pictures(200))
            return now() - began, [outcome.seconds for _, outcome in outcomes]

    took, seconds = run(main())
    assert took <= 1.03 * 200 * SECONDS / 2
    assert quantiles(seconds, n=20)[-1] <= 4 * SECONDS


@pytest.mark.parametrize("calls", [1, 9])
def test_an_item_takes_at_most_three_times_as_long_as_a_call_alone_where_pictures_share_the_cores(calls):
    async def main():
        async with OcrSession.local(EmbeddedService(Cores()), limits=VirtualGates()) as session:
            for number in range(calls):
                await session.recognize(TrainTicket, picture(1000 + number))
            began = now()
            outcomes = await outcomes_of(session, pictures(200))
            return now() - began, [outcome.seconds for _, outcome in outcomes]

    took, seconds = run(main())
    assert took <= 1.03 * 200 * SECONDS / 1.5
    assert quantiles(seconds, n=20)[-1] <= 3 * SECONDS


def test_few_pictures_are_taken_ahead_of_those_in_flight():
    taken = 0

    def counted():
        nonlocal taken
        for taken in range(1, 201):
            yield picture(taken)

    async def main():
        most = 0
        async with OcrSession.local(EmbeddedService(Servers(2)), limits=VirtualGates()) as session:
            async with session.recognize_many(TrainTicket, counted()) as running:
                async for _ in running:
                    most = max(most, taken - running.stats.done)
        return most

    assert run(main()) <= 16


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("cap", [16, 64])
def test_a_cap_that_is_not_known_is_found_and_used_with_few_waiting(cap, ordered):
    service = ScriptedService(limits=ServiceLimits(cap), seconds=varying())

    async def main():
        async with OcrSession.local(service, limits=VirtualGates()) as session:
            began = now()
            outcomes = await outcomes_of(session, pictures(100 * cap), ordered=ordered)
            return now() - began, [outcome.seconds for _, outcome in outcomes]

    took, seconds = run(main())
    assert took <= 1.08 * 100 * SECONDS
    assert quantiles(seconds, n=20)[-1] <= 3 * SECONDS


def test_a_run_that_was_left_does_not_count_beside_later_ones():
    service = ScriptedService(limits=ServiceLimits(16), seconds=varying())

    async def main():
        async with OcrSession.local(service, limits=VirtualGates()) as session:
            for taken in range(12):
                async with session.recognize_many(TrainTicket, pictures(500)) as left:
                    for _ in range(taken):
                        await anext(left)
            return [outcome.seconds for _, outcome in await outcomes_of(session, pictures(1600))]

    assert quantiles(run(main()), n=2)[0] <= 1.1 * SECONDS  # none waits for a slot


def test_no_item_waits_for_a_slot_within_a_cap_that_was_stated():
    service = ScriptedService(seconds=varying())

    async def main():
        async with OcrSession.local(service, limits=VirtualGates(train_ticket=Limits(16))) as session:
            return [outcome.seconds for _, outcome in await outcomes_of(session, pictures(800))]

    assert quantiles(run(main()), n=2)[0] <= 1.1 * SECONDS


def test_a_run_finds_that_a_cap_has_been_raised():
    service = ScriptedService(limits=lambda _: ServiceLimits(4 if now() < 20 else 12), seconds=varying())

    async def main():
        async with OcrSession.local(service, limits=VirtualGates()) as session:
            return [time for time, _ in await outcomes_of(session, pictures(3000))]

    times = run(main())
    assert sum(40 < time <= 60 for time in times) >= 0.75 * 12 * 20 / SECONDS


def test_pictures_that_come_slowly_still_fill_the_window():
    service = ScriptedService(seconds=varying())

    async def main():
        limits = VirtualGates(train_ticket=Limits(16))
        async with OcrSession.local(service, limits=limits) as session:
            began = now()
            items = (SlowPicture(number, 2 * SECONDS) for number in range(1600))
            await outcomes_of(session, items, max_bytes=10**10)
            return now() - began

    assert run(main()) <= 1.15 * 100 * SECONDS


def test_two_runs_at_once_get_alike():
    service = ScriptedService(seconds=varying())

    async def main():
        came = [], []
        async with OcrSession.local(service, limits=VirtualGates(train_ticket=Limits(8))) as session:

            async def later(at):
                await anyio.sleep(2.0 * at)
                came[at].extend([time for time, _ in await outcomes_of(session, pictures(800))])

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(later, 0)
                tasks.start_soon(later, 1)
        end = came[0][-1]
        return [sum(3.0 < time < end for time in times) for times in came]

    first, second = run(main())
    assert abs(first - second) <= 0.05 * first


def test_an_api_whose_calls_hang_does_not_keep_those_of_another_back():
    service = ScriptedService(seconds=varying())

    async def main():
        gates = VirtualGates(bankcard=Limits(4), train_ticket=Limits(4))
        async with OcrSession.local(service, limits=gates) as session:
            await session.recognize(TrainTicket, picture(1000))  # the first call of a credential goes alone
            held = [Item(picture(number), Bankcard, f"held {number}", before_send=forever) for number in range(60)]
            free = [Item(picture(number), TrainTicket, f"free {number}") for number in range(60)]
            items = [item for pair in zip(held, free, strict=True) for item in pair]
            async with session.recognize_many(None, items) as running:
                return [(await anext(running)).key for _ in range(60)]

    async def forever(tally):
        await anyio.sleep(10**6)

    assert all(key.startswith("free") for key in run(main()))


def test_a_mixed_run_uses_the_limits_of_all_its_apis():
    service = ScriptedService(seconds=varying())
    kinds = random.Random(3).choices([TrainTicket, Bankcard], k=3200)

    async def main():
        limits = VirtualGates(train_ticket=Limits(16), bankcard=Limits(16))
        async with OcrSession.local(service, limits=limits) as session:
            began = now()
            items = [(kind, picture(number)) for number, kind in enumerate(kinds)]
            outcomes = await outcomes_of(session, items, kind=None)
            return now() - began, [outcome.seconds for _, outcome in outcomes]

    took, seconds = run(main())
    most = max(kinds.count(TrainTicket), kinds.count(Bankcard))
    assert took <= 1.04 * most / 16 * SECONDS
    assert quantiles(seconds, n=20)[-1] <= 8 * SECONDS


def test_pictures_that_are_never_read_do_not_keep_those_behind_them_waiting():
    async def main():
        hung = [SlowPicture(number, 10_000) for number in range(60)]
        good = list(pictures(40))
        async with OcrSession.local(ScriptedService(seconds=SECONDS), limits=VirtualGates()) as session:
            began = now()
            async with session.recognize_many(TrainTicket, [*hung, *good]) as running:
                for _ in good:
                    await anext(aiter(running))
            return now() - began

    assert run(main()) < 8


def test_a_run_ends_as_soon_as_its_last_item():
    async def main():
        async with OcrSession.local(ScriptedService(seconds=0.01), limits=VirtualGates()) as session:
            began = now()
            await outcomes_of(session, pictures(1))
            return now() - began

    assert run(main()) < 0.02
