from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_async.gates.tuning import Tuning
from ocr_async.gates.window import Window


def window_of(limit=4, ceiling=512):
    return Window(Tuning(), ceiling, limit)


class Calls:
    """Calls in flight behind a window, at a service that admits so many at once."""

    def __init__(self, cap, window=None):
        self.cap, self.window = cap, window or window_of()
        self.flying, self.number = [], 0
        self.admitted = self.refused = 0

    def start(self):
        self.number += 1
        self.window.start(self.number)
        self.flying.append(self.number)

    def round_trip(self):
        """Fill the window, refuse what is above the cap, then let all others end one by one."""
        while self.window.has_room:
            self.start()
        for number in self.flying[self.cap :]:
            self.window.refuse(number)
            self.refused += 1
        self.flying = self.flying[: self.cap]
        for _ in range(len(self.flying)):
            self.flying.pop(0)
            self.window.admit()
            self.admitted += 1
            if self.window.has_room and len(self.flying) < self.cap:
                self.start()


def settled(cap):
    calls = Calls(cap)
    while not calls.refused:
        calls.round_trip()
    return calls


def test_the_window_doubles_each_round_trip_until_the_first_refusal():
    calls = Calls(cap=1000)
    for expected in (8, 16, 32):
        numbers = range(calls.number, calls.number + calls.window.limit)
        calls.number = numbers[-1] + 1
        for number in numbers:
            calls.window.start(number)
        for _ in numbers:
            calls.window.in_flight = calls.window.limit  # the place of each call that ends is taken at once
            calls.window.admit()
        calls.window.in_flight = 0
        assert calls.window.limit == expected


@pytest.mark.parametrize("cap", [1, 2, 5, 16, 64])
def test_what_was_admitted_is_held_after_the_first_refusal(cap):
    calls = settled(cap)
    for _ in range(3):
        calls.round_trip()
    assert calls.window.limit - calls.window.is_probing == cap


def test_a_window_that_is_not_used_does_not_grow():
    window = window_of()
    for number in range(1000):
        window.start(number)
        window.admit()
    assert window.limit == 4


def test_a_refused_probe_leaves_the_window_unchanged():
    calls = settled(16)
    limit, refused = calls.window.limit, calls.refused
    while calls.refused == refused:
        calls.round_trip()
    assert calls.refused == refused + 1
    assert calls.window.limit == limit


def test_a_refused_probe_costs_one_request_and_makes_the_next_one_wait_longer():
    calls = settled(16)
    gaps = []
    for _ in range(4):
        refused, admitted = calls.refused, calls.admitted
        while calls.refused == refused:
            calls.round_trip()
        assert calls.refused == refused + 1
        gaps.append(calls.admitted - admitted)
    assert gaps == sorted(gaps)
    assert gaps[-1] >= 280


def test_a_risen_limit_is_found_in_doubling_steps():
    calls = settled(8)
    calls.cap = 64
    admitted = calls.admitted
    while calls.window.limit < 60:
        calls.round_trip()
    assert calls.admitted - admitted < 1000


def test_a_limit_that_falls_far_is_found_in_a_few_refusals():
    window = window_of()
    window.settle(128)
    flying = list(range(128))
    for number in flying:
        window.start(number)
    number, refused, cap = 128, 0, 16
    while len(flying) > cap:
        flying.pop()
        window.admit()
        while window.has_room:
            window.start(number)
            window.refuse(number)
            number, refused = number + 1, refused + 1
    assert refused <= 14
    assert cap / 2 <= window.limit <= cap


def test_refusals_of_calls_sent_before_the_last_cut_count_as_one_event():
    window = window_of()
    window.settle(100)
    for number in range(100):
        window.start(number)
    for number in range(5):
        window.refuse(number)
    assert window.limit == 95  # what is still in flight, and no more than that is given up


def test_a_call_that_is_refused_alone_has_the_window_grow_soon():
    window = window_of(1)
    for number in range(2):
        window.start(number)
        window.refuse(number)
    window.start(2)
    window.admit()
    assert window.limit == 2


def test_a_second_surprise_soon_gives_others_a_share():
    window = window_of()
    window.settle(40)
    window.is_ramping = False
    for number in range(40):
        window.start(number)
    window.refuse(39)
    assert window.limit == 39
    window.admit()
    window.start(40)
    window.refuse(40)
    assert window.limit == 33


def test_the_window_never_closes():
    window = window_of()
    for number in range(100):
        window.start(number)
        window.refuse(number)
    assert window.limit == 1
    assert window.has_room


def test_a_stated_limit_is_never_exceeded():
    calls = Calls(cap=1000, window=window_of(10, 10))
    for _ in range(200):
        calls.round_trip()
        assert calls.window.limit <= 10
    assert calls.refused == 0


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["start", "admit", "refuse", "release"]), max_size=300), st.data())
def test_calls_in_flight_are_never_negative_nor_above_the_allowance(actions, data):
    window, flying, number = window_of(ceiling=20), [], 0
    for action in actions:
        if action == "start":
            if window.has_room:
                window.start(number)
                flying.append(number)
                number += 1
                assert window.in_flight <= 20
        elif flying:
            gone = flying.pop(data.draw(st.integers(0, len(flying) - 1)))
            window.refuse(gone) if action == "refuse" else getattr(window, action)()
        assert window.in_flight == len(flying)
        assert 1 <= window.limit <= 20
        assert window.has_room or flying
