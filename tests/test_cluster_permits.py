"""What a process does with the permits that it was lent: it uses each for a turn, and asks for few at once."""

from __future__ import annotations

import pytest

from ocr_async.cluster.permits import MOST_ASKED, Permits
from ocr_async.cluster.place import CLASS, TURN, Grant, Outcome, Place
from ocr_async.gates import Gate, Limits


class Lender:
    """A place that does what a test says, at a time that the test says."""

    def __init__(self):
        self.asked, self.left, self.ended, self.now = [], 0, [], 0.0

    def ask(self, permits, kind):
        self.asked.append(kind)

    def leave(self, permits):
        self.left += 1

    def end(self, number, outcome):
        self.ended.append((number, outcome.ending))

    def close(self):
        pass

    def clock(self):
        return self.now


@pytest.fixture
def lender():
    return Lender()


@pytest.fixture
def permits(lender):
    return Permits(lender, "a x", lender.clock)


def grant(number, turn=0.25):
    return Grant(number, Gate().stats(), turn=turn)


def test_a_free_permit_goes_to_the_next_of_its_process_without_a_word_to_the_place(lender, permits):
    waiting = [permits.wait(position) for position in range(3)]
    permits.take(0, grant(1))
    asked = len(lender.asked)
    for number in range(2):
        permits.end(waiting[number].result(), Outcome("admitted"))

    assert waiting[2].result() is waiting[0].result()
    assert (lender.ended, len(lender.asked)) == ([], asked)


@pytest.mark.parametrize("ending", ["refused", "failed"])
def test_what_says_something_of_the_limits_is_told_at_once(lender, permits, ending):
    first, _ = permits.wait(0), permits.wait(1)
    permits.take(0, grant(1))
    permits.end(first.result(), Outcome(ending))

    assert lender.ended == [(1, ending)]


def test_after_its_turn_a_permit_goes_round(lender, permits):
    first, second, _ = (permits.wait(position) for position in range(3))
    permits.take(0, grant(1))
    permits.end(first.result(), Outcome("admitted"))
    lender.now = 0.3
    permits.end(second.result(), Outcome("admitted"))

    assert lender.ended == [(1, "abandoned")]  # what took several calls tells the place nothing of how long one takes


def test_a_permit_for_one_call_goes_back_after_it(lender, permits):
    first, _ = permits.wait(0), permits.wait(1)
    permits.take(0, grant(1, turn=0.0))
    permits.end(first.result(), Outcome("admitted"))

    assert lender.ended == [(1, "admitted")]


def test_few_permits_are_asked_for_at_once_and_the_next_with_each_that_comes(lender, permits):
    for position in range(100):
        permits.wait(CLASS + position)
    first = list(lender.asked)
    permits.take(1, grant(1))

    assert first == [1] * MOST_ASKED
    assert lender.asked == [1] * (MOST_ASKED + 1)


def test_a_permit_goes_to_the_lowest_position_whatever_it_was_asked_for(permits):
    item, single = permits.wait(CLASS), permits.wait(3)
    permits.take(1, grant(1))

    assert (single.done(), item.done()) == (True, False)


def test_a_permit_that_nobody_waits_for_any_more_goes_back_with_all_that_was_asked_for(lender, permits):
    futures = [permits.wait(position) for position in range(3)]
    for future in futures:
        future.cancel()
    permits.take(0, grant(1))
    permits.wait(9)

    assert (lender.ended, lender.left, lender.asked) == ([(1, "abandoned")], 1, [0] * 4)


def test_cancelled_calls_are_passed_over(permits):
    gone, next_one = permits.wait(0), permits.wait(1)
    gone.cancel()
    permits.take(0, grant(1))

    assert next_one.done()


def test_those_who_wait_hear_that_the_place_is_gone_and_later_ones_ask_again(lender, permits):
    waiting = permits.wait(0)
    permits.lose()
    permits.wait(1)

    assert isinstance(waiting.exception(), ConnectionError)
    assert lender.asked == [0, 0]


def paced(number, sent, wait=0.1):
    return Grant(number, Gate(Limits(rate=10)).stats(), wait, sent=sent)


def test_calls_of_a_rate_keep_their_times_though_their_permits_come_together(lender, permits):
    waiting = [permits.wait(position) for position in range(4)]
    lender.now = 5.0
    permits.take(0, paced(1, 1000.0))
    lender.now = 5.12
    for number, sent in ((2, 1000.1), (3, 1000.12)):
        permits.take(0, paced(number, sent))

    assert [future.result().starts for future in waiting[:3]] == pytest.approx([5.1, 5.2, 5.22])


def test_a_start_whose_time_is_past_is_given_up_and_another_one_asked_for(lender, permits):
    first, second = permits.wait(0), permits.wait(1)
    permits.take(0, paced(1, 1000.0))
    asked, lender.now = len(lender.asked), 1.0
    permits.take(0, paced(2, 1000.2))

    assert (first.done(), second.done(), lender.ended) == (True, False, [(2, "abandoned")])
    assert len(lender.asked) == asked + 1


async def test_a_stated_concurrency_is_lent_in_turns_and_a_rate_ahead_of_its_time():
    concurrency, rate = Place(Limits(concurrency=2)), Place(Limits(rate=20), clock=lambda: 0.0)
    turns = [(await concurrency.ask("one", "a x", 1)).turn for _ in range(2)]
    grants = [await rate.ask("one", "a x", 1) for _ in range(2)]

    assert turns == [TURN, TURN]
    assert [grant.turn for grant in grants] == [0.0] * 2
    assert [grant.wait for grant in grants] == pytest.approx([0.0, 0.05], rel=0.01)


async def test_limits_that_are_being_found_out_hear_of_every_call():
    assert (await Place().ask("one", "a x", 1)).turn == 0.0


async def test_a_place_knows_when_the_next_lease_ends():
    now = [0.0]
    place = Place(Limits(concurrency=1), lease=10, clock=lambda: now[0])
    await place.ask("dead", "a x", 0)
    now[0] = 4.0
    place.alive("alive")
    until_then = place.next_sweep
    now[0] += until_then

    assert (until_then, place.sweep()) == (6.0, ["dead"])
