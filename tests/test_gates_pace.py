from __future__ import annotations

from math import inf

import pytest

from ocr_async.gates import Limits, Rate
from ocr_async.gates.admission import Admission
from ocr_async.gates.pace import Pace
from ocr_async.gates.search import Search


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


def test_an_unannounced_limit_starts_the_search_a_little_below_what_was_accepted(clock):
    pace = Pace(clock)
    refused_after(pace, clock, 21, Rate(), gap=0.05)
    assert pace.rate == pytest.approx(15, rel=0.1)


def test_refusals_in_a_row_make_the_next_call_wait_but_set_the_rate_only_once(clock):
    pace = Pace(clock)
    refused_after(pace, clock, 50, Rate(50, 1), gap=0.02)
    for number in range(51, 54):
        clock.now += pace.delay()
        pace.start(number)
        pace.refuse(number, Rate(50, 1))
    assert pace.rate == pytest.approx(0.995 * 50)
    assert pace.delay() > 1 / 50


def test_an_announced_limit_that_is_refused_is_tried_again_soon(clock):
    pace = Pace(clock)
    refused_after(pace, clock, 50, Rate(50, 1), gap=0.02)
    count = starts(pace, clock, 5, after=50)
    pace.start(51 + count)
    pace.refuse(51 + count, Rate(50, 1))
    assert pace.rate < 49
    starts(pace, clock, 4, after=51 + count)
    assert pace.rate == pytest.approx(0.995 * 50)


def test_a_refused_probe_leaves_the_rate_unchanged_and_the_next_one_goes_half_as_far():
    search = Search(50.0)
    search.climb(now=0.0)
    search.fall_back(50.0, now=2.0)
    gaps = []
    now = 2.0
    for _ in range(3):
        while not search.is_probing:
            now += 0.02
            search.succeed(now)
        gaps.append(search.attempted / search.rate - 1)
        rate = search.rate
        search.fall_back(rate, now)
        assert search.rate == rate
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[0] < 0.25 / 2 + 0.01


def test_what_was_accepted_between_refusals_sets_the_rate_once_there_was_enough_of_it(clock):
    pace = Pace(clock, stated=100.0)
    starts(pace, clock, 2)
    for number, gap in ((1000, 0.0), (1100, 5.0)):
        pace.start(number)
        clock.now += gap
        pace.refuse(number, Rate())
    assert pace.rate == pytest.approx(50, rel=0.1)


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
    for _ in range(14):
        waits.append(pace.delay())
        clock.now += waits[-1]
        number += 1
        pace.start(number)
        assert pace.delay() >= waits[-1] - 1e-6
        pace.refuse(number, Rate())
    assert waits == pytest.approx(sorted(waits))
    assert waits[0] == pytest.approx(0.1, rel=0.2)
    assert waits[-1] == pytest.approx(5.0)


def test_a_scout_that_is_not_refused_in_time_opens_the_way_before_its_answer_is_back(clock):
    pace = Pace(clock, stated=100.0)
    for number in range(1, 5):
        clock.now += pace.delay()
        pace.start(number)
        pace.refuse(number, Rate())
    for number in (5, 6):
        clock.now += pace.delay()
        pace.start(number)
    assert pace.delay() == pytest.approx(1 / pace.rate)


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


def test_a_refusal_never_leaves_the_rate_above_an_announced_limit():
    search = Search(50.0)
    search.announce(20.0, now=0.0)
    now = 0.0
    while search.rate < 25:
        now += 0.05
        search.succeed(now)
    search.fall_back(30.0, now)
    assert search.rate == pytest.approx(0.995 * 20)
