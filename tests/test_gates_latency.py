"""Windows at services that queue instead of refusing: latency tells what no refusal does."""

from __future__ import annotations

import sys
from collections import deque
from pathlib import Path

import anyio
import pytest

from ocr_async.gates import Gate, Limits
from ocr_async.gates.admission import Admission
from ocr_async.gates.latency import Guard
from ocr_async.gates.tuning import Tuning

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

from limits_clients import Gated
from limits_services import Queue, Work
from limits_simulation import simulate


@pytest.mark.parametrize(("servers", "seconds"), [(8, 0.3), (2, 0.8), (32, 0.1)])
def test_a_service_that_queues_is_used_and_not_flooded(servers, seconds):
    for seed in (1, 2):
        result = simulate(Queue([(0, servers)]), Gated, Work(seconds, spread=0.3), seed=seed, seconds=60)
        assert result.used > 90
        assert result.wait < 2.5
        assert result.most <= 4 * servers


@pytest.mark.parametrize("work", [Work(slower=[(0, 1), (20, 3), (40, 1)]), Work(spread=1.0), Work(rare=10)])
def test_slow_or_uneven_calls_are_not_taken_for_a_queue(work):
    assert simulate(Queue([(0, 16)]), Gated, work, seed=5, seconds=60).used > 85


class Now:
    """Time that passes only when a test says so."""

    seconds = 0.0

    def __call__(self):
        return self.seconds


def test_a_window_does_not_grow_while_more_in_flight_only_wait():
    now = Now()
    admission = Admission(Limits(), now)
    for seconds in (1.0,) * 2 + (5.0,) * 60:
        number = admission.start()
        now.seconds += seconds
        admission.admit(number)

    assert admission.is_slow
    assert admission.window.limit <= 8


def test_a_first_call_that_waits_for_a_cold_service_is_not_what_calls_take():
    now = Now()
    admission = Admission(Limits(), now)
    for seconds in (8.0, 1.0):  # alone
        number = admission.start()
        now.seconds += seconds
        admission.admit(number)
    free, under_way, most = [now.seconds] * 2, deque[tuple[float, int]](), 0
    for _ in range(400):  # at a service that works on two at a time
        delay = admission.delay()
        if delay == 0:
            free.append(max(now.seconds, free.pop(0)) + 1.0)
            under_way.append((free[-1], admission.start()))
        elif under_way and under_way[0][0] <= now.seconds + delay:
            now.seconds, number = under_way.popleft()
            admission.admit(number)
        else:
            now.seconds += delay
        most = max(most, len(under_way))

    assert most <= 6


def test_calls_of_a_few_milliseconds_do_not_hold_the_window():
    now = Now()
    admission = Admission(Limits(), now)
    under_way: deque[tuple[float, int]] = deque()
    for _ in range(2000):  # that take the longer the more there are
        while admission.delay() == 0:
            under_way.append((now.seconds + 0.001 * min(20, 1 + len(under_way)), admission.start()))
        due, number = under_way.popleft()
        now.seconds = max(now.seconds, due)
        admission.admit(number)

    assert admission.window.limit > 60


def test_stated_limits_are_not_lowered_by_latency():
    now = Now()
    admission = Admission(Limits(concurrency=16), now)
    for seconds in (0.1,) * 4 + (50.0,) * 200:
        number = admission.start()
        now.seconds += seconds
        admission.admit(number)

    assert (admission.window.limit, admission.is_slow) == (16, False)


def learn(guard, seconds, calls, *, first, limit):
    """Let calls end that take so long; return the limits that were found, and the next number."""
    found = [
        guard.learn(seconds, limit, number=number, last=number + limit, limit=limit)
        for number in range(first, first + calls)
    ]
    return [limit for limit in found if limit is not None], first + calls


def test_what_is_queued_is_let_go_and_what_is_served_is_held():
    guard = Guard(Tuning())
    _, number = learn(guard, 1.0, 2, first=1, limit=8)
    found, number = learn(guard, 4.0, 40, first=number, limit=32)
    assert found == [13]  # 1.6 times the 8 that are served at once

    learn(guard, 1.5, 100, first=number, limit=13)
    assert guard.is_queueing
    assert guard.room() > 13


def test_a_service_that_has_become_slower_gets_its_window_back():
    guard = Guard(Tuning())
    _, number = learn(guard, 1.0, 2, first=1, limit=8)
    found, number = learn(guard, 4.0, 40, first=number, limit=32)
    for _ in range(4):
        again, number = learn(guard, 4.0, 120, first=number, limit=found[-1])
        found += again

    assert found[-1] == 32
    assert not guard.is_queueing


async def test_a_gate_says_in_a_word_why_it_is_where_it_is():
    gate = Gate()
    assert gate.stats().reason == "ramping"
    gate.pause(60)
    assert gate.stats().reason == "paused"


def test_what_a_gate_has_learnt_survives_a_change_of_event_loop():
    gate = Gate()

    async def call():
        for _ in range(4):
            slots = [await gate.acquire() for _ in range(gate.stats().window)]
            for slot in slots:
                slot.admitted()

    async def waits_for_its_turn():
        held = [await gate.acquire() for _ in range(gate.stats().window)]
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call)
            await anyio.wait_all_tasks_blocked()
            for slot in held:
                slot.admitted()

    anyio.run(call)
    learnt = gate.stats().window
    anyio.run(waits_for_its_turn)
    anyio.run(waits_for_its_turn, backend="trio")

    assert learnt > 4
    assert gate.stats().in_flight == 0
    assert gate.stats().window >= learnt // 2


async def test_a_gate_at_its_stated_limit_holds_it():
    gate = Gate(Limits(concurrency=4))
    for _ in range(20):
        (await gate.acquire()).admitted()
    assert gate.stats().reason == "holding"
