from __future__ import annotations

from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_async.gates import Concurrency, Limits, Rate
from ocr_async.gates.admission import Admission

REFUSALS = [Concurrency(), Rate(), Rate(600, 60), Rate(50, 1), Rate(5, 1)]
OUTCOMES = ["admit", "admit", "refuse", "refuse", "fail", "release"]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(OUTCOMES), st.integers(0, 20), st.sampled_from(REFUSALS)), max_size=200),
    st.sampled_from([Limits(), Limits(concurrency=3), Limits(rate=10)]),
)
def test_a_call_can_always_start_sooner_or_later(events, limits):
    now = 100.0
    admission = Admission(limits, lambda: now)
    flying = []
    for outcome, pick, refusal in events:
        while (delay := admission.delay()) < inf and len(flying) < 5:
            assert delay <= 130  # the slowest rate, or the longest rest
            now += delay + 1e-9
            flying.append(admission.start())
        assert delay < inf or flying
        if flying:
            number = flying.pop(pick % len(flying))
            getattr(admission, outcome)(number, *([refusal] if outcome == "refuse" else []))
        assert admission.window.in_flight == len(flying)


def test_calls_that_take_no_time_by_the_clock_may_be_many():
    for limits in (Limits(), Limits(concurrency=1)):
        admission = Admission(limits, lambda: 100.0)
        for _ in range(20):
            admission.admit(admission.start())
        assert admission.admitted == 20


def test_a_concurrency_refusal_does_not_touch_the_pace_and_a_rate_refusal_not_the_window():
    admission = Admission(Limits(), lambda: 100.0)
    first, second = admission.start(), admission.start()
    admission.refuse(first, Concurrency())
    assert admission.pace.rate is None
    limit = admission.window.limit
    admission.refuse(second, Rate(600, 60))
    assert admission.window.limit == limit


def test_a_lone_call_that_is_refused_waits_longer_each_time():
    now = 0.0
    admission = Admission(Limits(), lambda: now)
    waits = []
    for _ in range(20):
        admission.refuse(admission.start(), Concurrency())
        waits.append(admission.delay())
        now += waits[-1]
    assert max(waits[:3]) < 0.17 < min(waits[6:10]) < 1 <= min(waits[10:])
    assert max(waits) <= 3.0


def test_who_finds_no_place_free_tries_at_every_part_of_the_round_trips_of_the_others():
    now = 0.0
    admission = Admission(Limits(), lambda: now)
    phases = set()
    for _ in range(40):
        admission.refuse(admission.start(), Concurrency())
        now += admission.delay()
        phases.add(int(now / 0.3 % 1 * 10))
    assert phases == set(range(10))


def test_a_probe_comes_at_any_part_of_a_round_trip_and_holds_no_other_call_back():
    clock = Clock()
    admission = Admission(Limits(), clock)
    for _ in range(20):
        number = admission.start()
        clock.now += 0.4
        admission.admit(number)
    admission.window.settle(4)
    put_off, flying = [], []
    for _ in range(4):
        clock.now += 0.1
        flying.append(admission.start())
    for _ in range(2000):
        clock.now += 0.1
        admission.admit(flying.pop(0))
        assert admission.delay() == 0, "a call takes the place of one that ended at once"
        flying.append(admission.start())
        if admission.window.has_room:
            put_off.append(admission.delay())
            clock.now += put_off[-1]
            admission.refuse(admission.start(), Concurrency())
    assert len(put_off) >= 8
    assert max(put_off) <= 0.4, "a call takes as long"
    assert min(put_off) < 0.1
    assert max(put_off) > 0.2


class Clock:
    """Time that passes only when a test says so."""

    now = 100.0

    def __call__(self):
        return self.now


def fill(admission, clock):
    """Start all calls that may be in flight, each as soon as it may; return when each started, by number."""
    starts = {}
    while (delay := admission.delay()) < inf:
        clock.now += delay
        starts[admission.start()] = clock.now
    return starts


def grown(limit):
    """An admission whose window has grown to a limit, with nothing in flight."""
    clock = Clock()
    admission = Admission(Limits(), clock)
    while admission.window.limit < limit:
        for number in fill(admission, clock):
            admission.admit(number)
    return admission


def test_starts_are_spread_over_the_round_trip_while_the_window_doubles():
    clock = Clock()
    admission = Admission(Limits(), clock)
    flying = fill(admission, clock)
    while admission.window.limit < 64:
        number, began = next(iter(flying.items()))
        clock.now = max(clock.now, began + 1.0)  # a round trip takes a second
        del flying[number]
        admission.admit(number)
        flying |= fill(admission, clock)
    last = list(flying.values())[-32:]
    assert all(later - sooner >= 16 / 256 for sooner, later in zip(last, last[16:], strict=False))  # a burst would be 0
    assert last[-1] - last[0] < 1.0


def test_some_failures_between_successes_leave_the_window_alone():
    admission = grown(16)
    limit = admission.window.limit
    for _ in range(50):
        admission.fail(admission.start())
        admission.admit(admission.start())
    assert admission.window.limit >= limit


def test_as_many_failures_in_a_row_as_the_window_is_wide_halve_it():
    admission = grown(16)
    limit = admission.window.limit
    for _ in range(limit):
        assert admission.window.limit == limit
        admission.fail(admission.start())
    assert admission.window.limit == limit // 2
