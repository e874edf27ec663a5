from __future__ import annotations

import random
import time

import anyio
import anyio.lowlevel
import pytest

from ocr_async.gates import Concurrency, Gate, Limits, Rate


def on_both_backends(test):
    """Run an async test on asyncio and on trio."""

    @pytest.mark.parametrize("backend", ["asyncio", "trio"])
    def run(backend):
        anyio.run(test, backend=backend)

    return run


async def queue(gate, group, served, names):
    """Let callers wait in this order; each adds its name to `served` when its call starts."""

    async def caller(name):
        with await gate.acquire() as slot:
            served.append(name)
            await anyio.lowlevel.checkpoint()
            slot.admitted()

    for name in names:
        group.start_soon(caller, name)
        await anyio.wait_all_tasks_blocked()


@on_both_backends
async def test_a_free_gate_does_not_make_a_call_wait():
    gate = Gate()
    assert gate.available
    slot = await gate.acquire()
    assert gate.stats().in_flight == 1
    slot.admitted()
    assert gate.stats().in_flight == 0
    assert gate.stats().admitted == 1


@on_both_backends
async def test_calls_beyond_the_window_wait_and_start_in_the_order_of_their_arrival():
    gate, served = Gate(Limits(concurrency=1)), []
    first = await gate.acquire()
    async with anyio.create_task_group() as group:
        await queue(gate, group, served, "abcdef")
        assert gate.stats().waiting == 6
        assert not gate.available
        assert gate.try_acquire() is None
        first.admitted()
    assert "".join(served) == "abcdef"
    assert gate.stats().waiting == gate.stats().in_flight == 0


@on_both_backends
async def test_a_refused_call_goes_back_to_the_front():
    gate, served = Gate(Limits(concurrency=1)), []
    slot = await gate.acquire()

    async def repeat():
        slot.refused(Concurrency())
        with await gate.acquire(slot.position) as again:
            served.append("first")
            again.admitted()

    async with anyio.create_task_group() as group:
        await queue(gate, group, served, "abc")
        group.start_soon(repeat)
    assert served == ["first", "a", "b", "c"]


@on_both_backends
async def test_a_call_that_moves_to_another_gate_keeps_its_place():
    crowded, other = Gate(Limits(concurrency=1)), Gate(Limits(concurrency=1))
    early = await crowded.acquire()
    held, served = await other.acquire(), []
    async with anyio.create_task_group() as group:
        await queue(other, group, served, "ab")

        async def move():
            with await other.acquire(early.position):
                served.append("early")

        group.start_soon(move)
        await anyio.wait_all_tasks_blocked()
        held.admitted()
    assert served == ["early", "a", "b"]


@on_both_backends
async def test_a_cancelled_waiter_frees_its_place():
    gate = Gate(Limits(concurrency=1))
    slot = await gate.acquire()
    with anyio.move_on_after(0.01):
        await gate.acquire()
    assert gate.stats().waiting == 0
    slot.admitted()
    assert gate.available


@on_both_backends
async def test_a_start_that_is_granted_at_the_moment_of_cancellation_goes_to_the_next():
    gate, served = Gate(Limits(concurrency=1)), []
    slot = await gate.acquire()
    async with anyio.create_task_group() as group:
        doomed = anyio.CancelScope()

        async def cancelled():
            with doomed:
                with await gate.acquire():
                    await anyio.lowlevel.checkpoint()
                    pytest.fail("the call was cancelled before it was sent")

        group.start_soon(cancelled)
        await anyio.wait_all_tasks_blocked()
        await queue(gate, group, served, "b")
        slot.admitted()
        doomed.cancel()
    assert served == ["b"]
    assert gate.stats().in_flight == 0


@on_both_backends
async def test_a_call_that_ends_without_a_word_gives_its_slot_back():
    gate = Gate()
    with pytest.raises(RuntimeError, match="broken"):
        with await gate.acquire():
            raise RuntimeError("broken")
    assert gate.stats().in_flight == 0
    assert gate.stats().admitted == gate.stats().refused == 0


@on_both_backends
async def test_only_the_first_word_about_a_call_counts():
    gate = Gate()
    slot = await gate.acquire()
    slot.refused(Concurrency())
    slot.admitted()
    slot.failed()
    slot.abandoned()
    assert (gate.stats().in_flight, gate.stats().admitted, gate.stats().refused) == (0, 0, 1)


@on_both_backends
async def test_a_paced_gate_starts_calls_at_its_rate():
    gate, served = Gate(Limits(rate=200)), []
    began = anyio.current_time()
    async with anyio.create_task_group() as group:
        for _ in range(40):
            group.start_soon(_call, gate, served)
    assert len(served) == 40
    assert anyio.current_time() - began >= 36 / 200  # no upper bound: that would measure the machine


async def _call(gate, served):
    with await gate.acquire() as slot:
        served.append(anyio.current_time())
        slot.admitted()


@on_both_backends
async def test_nothing_starts_during_a_pause_and_everything_after_it():
    gate, served = Gate(), []
    began = anyio.current_time()
    gate.pause(0.05)
    assert not gate.available
    assert 0 < gate.stats().paused_for <= 0.05
    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(_call, gate, served)
    assert len(served) == 10
    assert min(served) >= began + 0.045


@on_both_backends
async def test_a_pause_that_is_made_longer_while_calls_wait_holds():
    gate, served = Gate(), []
    gate.pause(0.02)
    async with anyio.create_task_group() as group:
        group.start_soon(_call, gate, served)
        await anyio.lowlevel.checkpoint()
        await anyio.lowlevel.checkpoint()
        assert gate.stats().waiting == 1
        gate.pause(0.06)
        until = anyio.current_time() + 0.06
    assert served[0] >= until - 0.005


@on_both_backends
async def test_whoever_watches_the_clock_may_be_cancelled():
    gate, served = Gate(), []
    gate.pause(0.05)
    async with anyio.create_task_group() as group:
        watcher = anyio.CancelScope()

        async def watch():
            with watcher:
                await gate.acquire()

        group.start_soon(watch)
        await anyio.wait_all_tasks_blocked()
        for _ in range(3):
            group.start_soon(_call, gate, served)
        await anyio.wait_all_tasks_blocked()
        watcher.cancel()
    assert len(served) == 3


@on_both_backends
async def test_a_waiter_costs_the_same_however_many_wait():
    gate = Gate(Limits(concurrency=1))
    await gate.acquire()
    few, many = (min(_seconds_each(gate, count) for _ in range(3)) for count in (500, 20_000))
    assert many < 15 * few  # 40 times as many: quadratic would be far above


def _seconds_each(gate, count):
    """Queue and cancel so many waiters; return the seconds for each."""
    began = time.perf_counter()
    waits = [gate.acquire() for _ in range(count)]
    for wait in waits:
        wait.send(None)
    assert gate.stats().waiting == count
    for wait in waits:
        wait.close()
    assert gate.stats().waiting == 0
    return (time.perf_counter() - began) / count


@on_both_backends
async def test_no_wake_up_is_lost_whatever_happens_to_the_calls():
    dice, gate, finished = random.Random(4), Gate(), 0

    async def call(number):
        nonlocal finished
        with anyio.move_on_after(0.001 if dice.random() < 0.2 else None):
            position = None
            while True:
                with await gate.acquire(position) as slot:
                    position = slot.position
                    await anyio.sleep(0.001 * dice.random())
                    fate = dice.random()
                    if fate < 0.05:
                        slot.refused(Concurrency())
                    elif fate < 0.06:
                        slot.refused(Rate(60_000, 60), 0.002)
                    elif fate < 0.1:
                        slot.failed()
                        break
                    else:
                        slot.admitted()
                        break
        finished += 1

    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            for number in range(1000):
                group.start_soon(call, number)
    assert finished == 1000
    assert gate.stats().in_flight == gate.stats().waiting == 0
