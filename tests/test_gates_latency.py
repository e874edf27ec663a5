"""Windows at services that queue instead of refusing: latency tells what no refusal does."""

from __future__ import annotations

import sys
from pathlib import Path

import anyio
import pytest

from ocr_async.gates import Gate, Limits
from ocr_async.gates.admission import Admission
from ocr_async.gates.latency import Guard

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

from limits_queueing import SERVICES, Queueing, gated


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_queues_is_used_and_not_flooded(name):
    uses = [gated(SERVICES[name], seed) for seed in (1, 2, 3)]

    assert sum(use.used for use in uses) / 3 > 0.9
    assert sorted(use.median for use in uses)[1] < 3.5
    assert all(use.most < 40 * SERVICES[name].servers(0.0) / 2 for use in uses)


def test_a_service_that_becomes_slower_is_not_taken_for_one_that_queues():
    service = Queueing(lambda _: 16, 0.3, slower=lambda now: 4.0 if now > 30 else 1.0)

    assert gated(service, seed=5).used > 0.9


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


def test_stated_limits_are_not_lowered_by_latency():
    now = Now()
    admission = Admission(Limits(concurrency=16), now)
    for seconds in (0.1,) * 4 + (50.0,) * 200:
        number = admission.start()
        now.seconds += seconds
        admission.admit(number)

    assert (admission.window.limit, admission.is_slow) == (16, False)


def test_the_smaller_window_is_judged_by_calls_that_started_in_it():
    guard = Guard()
    for number in range(1, 3):
        guard.learn(1.0, number=number, in_flight=1, limit=32)
    lower = None
    while lower is None:
        number += 1
        lower = guard.learn(8.0, number=number, in_flight=32, limit=32)
    guard.started(number + 100)

    assert lower <= 8
    assert all(guard.learn(8.0, number=late, in_flight=32, limit=lower) is None for late in range(number, number + 90))
    assert not guard.may_grow


async def test_a_gate_says_in_a_word_why_it_is_where_it_is():
    gate = Gate()
    assert gate.stats().reason == "ramping"
    gate.pause(60)
    assert gate.stats().reason == "paused"


def test_what_a_gate_has_learnt_survives_a_change_of_event_loop():
    gate = Gate()

    async def call():
        slots = [await gate.acquire() for _ in range(4)]
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
    assert gate.stats().window >= learnt
