from __future__ import annotations

import itertools
from math import inf

import pytest

from ocr_async.gates import Limits, Rate
from ocr_async.gates.admission import Admission
from ocr_async.gates.pace import Pace
from ocr_async.gates.tuning import Tuning


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
    pace = Pace(clock, Tuning())
    for number in range(1, 1000):
        assert pace.delay() == 0
        pace.start(number)
        pace.admit(number)
    assert pace.rate is None


def test_an_announced_limit_is_taken_at_the_first_refusal(clock):
    pace = Pace(clock, Tuning())
    refused_after(pace, clock, 10, Rate(1200, 60))
    assert pace.rate == pytest.approx(0.995 * 20)
    assert starts(pace, clock, 5, after=10) == pytest.approx(100, abs=2)


def test_another_announcement_is_taken_at_once(clock):
    pace = Pace(clock, Tuning())
    refused_after(pace, clock, 10, Rate(1200, 60))
    pace.start(11)
    pace.refuse(11, Rate(300, 60))
    assert pace.rate == pytest.approx(0.995 * 5)


def test_an_unannounced_limit_starts_the_search_below_what_was_accepted_of_which_a_part_was_a_burst(clock):
    pace = Pace(clock, Tuning())
    refused_after(pace, clock, 21, Rate(), gap=0.05)
    assert pace.rate == pytest.approx(12, rel=0.1)


def test_refusals_in_a_row_make_the_next_call_wait_but_set_the_rate_only_once(clock):
    pace = Pace(clock, Tuning())
    refused_after(pace, clock, 50, Rate(50, 1), gap=0.02)
    for number in range(51, 54):
        clock.now += pace.delay()
        pace.start(number)
        pace.refuse(number, Rate(50, 1))
    assert pace.rate == pytest.approx(0.995 * 50)
    assert pace.delay() > 1 / 50


def test_an_announced_limit_that_is_refused_is_tried_again_within_seconds(clock):
    pace = Pace(clock, Tuning())
    refused_after(pace, clock, 50, Rate(50, 1), gap=0.02)
    count = starts(pace, clock, 3, after=50)
    pace.start(51 + count)
    pace.refuse(51 + count, Rate(50, 1))
    assert pace.rate < 49
    starts(pace, clock, 15, after=51 + count)
    assert pace.tried > 49.5


def test_the_rate_that_is_tried_rises_slowly_at_first_and_then_steeply(clock):
    pace = Pace(clock, Tuning())
    refused_after(pace, clock, 10, Rate(1200, 60))
    tried, after = [], 10
    for _ in range(12):
        after += starts(pace, clock, 1, after=after)
        tried.append(pace.tried / pace.rate)
    assert tried == sorted(tried)
    assert tried[3] < 1.01
    assert tried[-1] > 1.5


def after_surprises(clock, rate, surprises):
    """Return a pace and the number of its last call, after refusals at a rate that was told, with some seconds between them."""
    pace, last = Pace(clock, Tuning()), 10
    refused_after(pace, clock, last, Rate(60 * rate, 60))
    for _ in range(surprises):
        last += starts(pace, clock, 3, after=last) + 1
        clock.now += pace.delay()
        pace.start(last)
        pace.refuse(last, Rate(60 * rate, 60))
    return pace, last


def test_where_others_share_a_rate_all_search_for_more_after_the_same_time(clock):
    risen = []
    for rate in (5, 20):
        pace, last = after_surprises(clock, rate, 3)
        starts(pace, clock, 50, after=last)
        risen.append(pace.tried / pace.rate)
    assert risen[0] == pytest.approx(risen[1], rel=0.05)
    assert risen[0] > 1.3


def test_one_surprise_may_be_chance_and_slows_the_search_down_a_little(clock):
    risen = []
    for surprises in range(3):
        pace, last = after_surprises(clock, 30, surprises)
        starts(pace, clock, 10, after=last)
        risen.append(pace.tried / pace.rate)
    assert risen[0] > risen[1] > risen[2]


def test_a_refused_probe_keeps_the_rate_that_was_held(clock):
    pace = Pace(clock, Tuning())
    refused_after(pace, clock, 10, Rate(1200, 60))
    held, after = pace.rate, 10
    while pace.tried < 1.1 * held:
        after += starts(pace, clock, 0.5, after=after)
    pace.start(after + 1)
    pace.refuse(after + 1, Rate(1200, 60))
    assert pace.rate == pytest.approx(held)


def test_what_was_accepted_between_refusals_sets_the_rate_once_there_was_enough_of_it(clock):
    pace = Pace(clock, Tuning(), stated=100.0)
    starts(pace, clock, 2)
    for number, gap in ((1000, 0.0), (1100, 5.0)):
        pace.start(number)
        clock.now += gap
        pace.refuse(number, Rate())
    assert 20 <= pace.rate < 25  # 100 calls in 5 s, and a little of what was expected


def test_refusals_of_calls_sent_before_the_last_change_change_nothing(clock):
    pace = Pace(clock, Tuning())
    for number in range(1, 31):
        pace.start(number)
    clock.now += 1
    pace.refuse(1, Rate())
    rate = pace.rate
    for number in range(2, 31):
        pace.refuse(number, Rate())
    assert pace.rate == rate


def test_after_refusals_in_a_row_only_single_scouts_are_sent(clock):
    pace = Pace(clock, Tuning(), stated=100.0)
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
    pace = Pace(clock, Tuning(), stated=100.0)
    for number in range(1, 5):
        clock.now += pace.delay()
        pace.start(number)
        pace.refuse(number, Rate())
    for number in (5, 6):
        clock.now += pace.delay()
        pace.start(number)
    assert pace.delay() == pytest.approx(1 / pace.rate)


def test_a_limit_is_still_seen_where_single_refusals_are_disregarded(clock):
    pace, number = Pace(clock, Tuning()), 0
    while pace.rate is None or pace.rate > 1:  # one call in twenty is refused, however seldom they start
        clock.now += pace.delay() + 0.01
        number += 1
        pace.start(number)
        pace.refuse(number, Rate()) if number % 20 == 0 else pace.admit(number)
        if number > 20 and pace.rate is None:
            break
    assert pace.delay() == 0
    for again in range(number + 1, number + 5):
        pace.start(again)
        clock.now += 0.01
        pace.refuse(again, Rate())
    assert pace.rate is not None


def test_a_stated_rate_holds_from_the_first_call_and_is_never_exceeded(clock):
    pace = Pace(clock, Tuning(), stated=50.0)
    assert starts(pace, clock, 60) == pytest.approx(3000, abs=3)


def test_calls_that_are_late_catch_up_a_little_but_not_in_a_burst(clock):
    pace = Pace(clock, Tuning(), stated=1000.0)
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
    pace = Pace(clock, Tuning())
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


def test_a_refusal_never_leaves_the_rate_above_an_announced_limit(clock):
    pace = Pace(clock, Tuning())
    refused_after(pace, clock, 10, Rate(1200, 60))
    after = 10
    while pace.tried < 30:
        after += starts(pace, clock, 0.5, after=after)
    pace.start(after + 1)
    pace.refuse(after + 1, Rate(1200, 60))
    assert pace.rate == pytest.approx(0.995 * 20)


def test_starts_at_a_stated_rate_are_never_closer_than_it_says_however_late_they_are(clock):
    admission = Admission(Limits(rate=50.0), clock)
    times = []
    for late in [0.0, 0.03, 0.0, 0.001, 0.049, 0.0, 0.0] * 30:
        clock.now += admission.delay() + late
        times.append(clock.now)
        admission.admit(admission.start())
    assert all(later - sooner >= 1 / 50 - 1e-9 for sooner, later in itertools.pairwise(times))


def test_starts_handed_out_ahead_of_their_time_keep_a_stated_rate_however_late_each_is_handed_out(clock):
    admission, times = Admission(Limits(rate=50.0), clock, ahead=0.1), []
    for late in [0.0] * 6 + [0.0, 0.03, 0.0, 0.001, 0.049, 0.0, 0.0] * 30:
        clock.now += admission.delay() + late
        number = admission.start()
        times.append(clock.now + admission.starts_in(number))
        admission.admit(number)

    assert all(later - sooner == pytest.approx(1 / 50) for sooner, later in itertools.pairwise(times))
