from __future__ import annotations

from math import inf

import pytest

from ocr_async.gates import Limits, Rate
from ocr_async.gates.admission import Admission
from ocr_async.gates.pace import Pace


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def starts(pace, clock, seconds, *, after=0):
    """Start calls as soon as they may for that long, admit each at once, and return how many they were."""
    end, count = clock.now + seconds, 0
    while (delay := pace.delay()) < end - clock.now:
        clock.now += delay
        count += 1
        pace.start(after + count)
        pace.admit(after + count)
    clock.now = end
    return count


def refused_after(pace, clock, calls, refusal, *, gap=0.1):
    for number in range(1, calls + 1):
        pace.start(number)
        clock.now += gap
        pace.admit(number) if number < calls else pace.refuse(number, refusal)


def test_without_a_refusal_there_is_no_pace(clock):
    pace = Pace(clock)
    for number in range(1, 1000):
        assert pace.delay() == 0
        pace.start(number)
        pace.admit(number)
    assert pace.rate is None


def test_an_announced_limit_is_taken_at_the_first_refusal(clock):
    pace = Pace(clock)
    refused_after(pace, clock, 10, Rate(1200, 60))
    assert pace.rate == pytest.approx(0.995 * 20)
    assert starts(pace, clock, 10, after=10) == pytest.approx(199, abs=2)


def test_another_announcement_is_taken_at_once(clock):
    pace = Pace(clock)
    refused_after(pace, clock, 10, Rate(1200, 60))
    pace.start(11)
    pace.refuse(11, Rate(300, 60))
    assert pace.rate == pytest.approx(0.995 * 5)


def test_an_unannounced_limit_starts_the_search_at_half_of_what_was_accepted(clock):
    pace = Pace(clock)
    refused_after(pace, clock, 21, Rate(), gap=0.05)
    assert pace.rate == pytest.approx(10, rel=0.1)


def test_refusals_of_calls_sent_before_the_last_change_change_nothing(clock):
    pace = Pace(clock)
    for number in range(1, 31):
        pace.start(number)
    clock.now += 1
    pace.refuse(1, Rate())
    rate = pace.rate
    for number in range(2, 31):
        pace.refuse(number, Rate())
    assert pace.rate == rate


def test_after_refusals_in_a_row_only_single_scouts_are_sent(clock):
    pace = Pace(clock, stated=100.0)
    number = 0
    for _ in range(4):
        clock.now += pace.delay()
        number += 1
        pace.start(number)
        pace.refuse(number, Rate())
    waits = []
    for _ in range(10):
        waits.append(pace.delay())
        clock.now += waits[-1]
        number += 1
        pace.start(number)
        assert pace.delay() == inf
        pace.refuse(number, Rate())
    assert waits == sorted(waits)
    assert waits[0] == pytest.approx(0.1)
    assert waits[-1] == pytest.approx(5.0)


def test_an_abandoned_scout_lets_the_next_one_go(clock):
    pace = Pace(clock, stated=100.0)
    for number in range(1, 5):
        clock.now += pace.delay()
        pace.start(number)
        pace.refuse(number, Rate())
    clock.now += pace.delay()
    pace.start(5)
    pace.release(5)
    assert pace.delay() < inf


def test_a_stated_rate_holds_from_the_first_call_and_is_never_exceeded(clock):
    pace = Pace(clock, stated=50.0)
    assert starts(pace, clock, 60) == pytest.approx(3000, abs=3)


def test_calls_that_are_late_catch_up_a_little_but_not_in_a_burst(clock):
    pace = Pace(clock, stated=1000.0)
    starts(pace, clock, 1)
    clock.now += 3600
    burst = 0
    while pace.delay() == 0:
        burst += 1
        pace.start(2000 + burst)
    assert burst <= 3


def test_retry_after_pauses_every_call(clock):
    admission = Admission(Limits(), clock)
    admission.refuse(admission.start(), Rate(), retry_after=7.0)
    assert admission.delay() == pytest.approx(7.0)


def test_a_pause_only_moves_forward(clock):
    admission = Admission(Limits(), clock)
    admission.pause(5.0)
    admission.pause(1.0)
    assert admission.delay() == pytest.approx(5.0)
    clock.now += 5.0
    assert admission.delay() == 0


def test_a_clock_that_stands_still_blocks_no_unlimited_call_and_breaks_no_limited_one(clock):
    pace = Pace(clock)
    for number in range(1, 5):
        pace.start(number)
        pace.refuse(number, Rate())
    assert 0 < pace.delay() < inf
    assert pace.rate > 0


def test_an_hour_without_calls_forgets_nothing_and_allows_no_burst(clock):
    admission = Admission(Limits(), clock)
    numbers = [admission.start() for _ in range(4)]
    clock.now += 1
    admission.refuse(numbers[0], Rate(600, 60))
    for number in numbers[1:]:
        admission.admit(number)
    clock.now += 3600
    admission.start()
    assert admission.delay() > 0
    assert admission.pace.rate == pytest.approx(9.95)
