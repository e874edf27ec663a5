from __future__ import annotations

import sys
from pathlib import Path
from statistics import mean

import pytest

sys.path.append(str(Path(__file__).parent.parent / "benchmarks"))

from limits_clients import Gated, Semaphore
from limits_services import Both, Bucket, Cap, FixedWindow, Noisy, SlidingWindow, Work
from limits_simulation import simulate

from ocr_async.gates import Limits, Rate

SEEDS = [1, 2, 3]


def at_once(*steps):
    return Cap(steps)


def reaches(service, *, used, refused, seconds=120, clients=1, client=Gated, work=None):
    """Run a service for each seed; the shares, in percent, must hold for every one."""
    for seed in SEEDS:
        result = simulate(service(), client, work, seconds=seconds, clients=clients, seed=seed)
        assert result.used >= used, result
        assert result.refused <= refused, result


@pytest.mark.parametrize("cap", [16, 64])
def test_a_constant_cap_is_used_by_97_percent_with_under_one_refused(cap):
    reaches(lambda: at_once((0, cap)), used=97, refused=1)


def test_a_cap_of_one_is_used_fully():
    reaches(lambda: at_once((0, 1)), used=97, refused=4)


def test_a_cap_that_rises_and_falls_is_followed():
    reaches(lambda: at_once((0, 16), (40, 32), (80, 8)), used=93, refused=1.3)


@pytest.mark.parametrize("period", [None, 60, 1])
def test_a_constant_rate_is_used_by_97_percent_announced_or_not(period):
    reaches(lambda: Bucket([(0, 50)], period=period), used=97, refused=1)


@pytest.mark.parametrize("announced", [True, False])
def test_a_rate_that_counts_in_windows_of_a_second_is_used(announced):
    reaches(lambda: FixedWindow(50, 1, announced), used=96, refused=1)


@pytest.mark.parametrize("announced", [True, False])
def test_a_minute_is_enough_to_find_a_rate_that_counts_in_windows_of_a_second(announced):
    reaches(lambda: FixedWindow(50, 1, announced), used=94, refused=1.6, seconds=60)


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("window", [SlidingWindow, FixedWindow])
def test_a_limit_that_counts_each_minute_is_used_announced_or_not(window, announced):
    reaches(lambda: window(600, 60, announced), used=94, refused=1.2, seconds=600)


def test_an_announced_rate_that_changes_is_followed():
    reaches(lambda: Bucket([(0, 20), (40, 40), (80, 10)], period=60), used=94, refused=1)


def test_a_rate_that_changes_unannounced_is_followed():
    reaches(lambda: Bucket([(0, 20), (200, 40), (400, 10)]), used=94, refused=1.5, seconds=600)


def test_both_limits_at_once_are_kept():
    reaches(lambda: Both(at_once((0, 16)), Bucket([(0, 50)])), used=97, refused=1.5)


def test_two_clients_on_one_cap_use_it_without_many_refusals():
    reaches(lambda: at_once((0, 20)), used=95, refused=1.3, clients=2)


def test_two_clients_on_one_rate_use_it_without_many_refusals():
    reaches(lambda: Bucket([(0, 50)]), used=95, refused=1.5, clients=2)


def test_five_clients_on_one_announced_rate_use_it_without_many_refusals():
    reaches(lambda: Bucket([(0, 20)], period=60), used=98, refused=6, clients=5)


def test_a_client_that_comes_later_gets_a_fair_part_of_a_full_cap():
    for seed in SEEDS:
        result = simulate(at_once((0, 20)), Gated, seconds=120, clients=2, stagger=10, seed=seed)
        assert result.even >= 50, result


EVEN = Work(spread=0.02, travel=0.01, jitter=0.002)
"""All calls take as long, so that they come and go together."""


def test_two_clients_whose_calls_all_take_as_long_share_a_rate_within_a_minute():
    results = [simulate(Bucket([(0, 20)]), Gated, EVEN, seconds=60, clients=2, seed=seed) for seed in SEEDS]
    assert min(result.used for result in results) >= 95, results
    assert mean(result.refused for result in results) <= 2, results
    assert mean(result.even for result in results) >= 70, results


def test_who_comes_later_gets_a_part_where_all_calls_take_as_long():
    work = Work(spread=0.0, travel=0.01, jitter=0.002)
    results = [simulate(at_once((0, 20)), Gated, work, seconds=60, clients=2, stagger=10, seed=seed) for seed in SEEDS]
    assert mean(result.even for result in results) >= 50, results


def test_who_comes_later_to_a_full_cap_has_a_part_of_it_within_twenty_seconds():
    results = [simulate(at_once((0, 20)), Gated, seconds=30, clients=2, stagger=10, seed=seed) for seed in range(8)]
    assert mean(result.even for result in results) >= 55, results


def test_who_comes_later_is_not_shut_out_where_places_are_free_for_a_moment_only():
    work = Work(spread=0.003, travel=0.002, jitter=0.001)
    results = [
        simulate(at_once((0, 20)), Gated, work, seconds=60, clients=2, stagger=10, seed=seed) for seed in range(12)
    ]
    assert mean(result.even for result in results) >= 60, results


class Hasty(Noisy):
    """A service that refuses a share of the calls as coming too soon, for no reason."""

    def arrive(self, now):
        return Rate() if self.dice.random() < self.share else self.service.arrive(now)


@pytest.mark.parametrize("share", [0.01, 0.05])
def test_single_refusals_that_come_however_little_is_sent_are_disregarded(share):
    reaches(lambda: Hasty(at_once((0, 16)), share), used=55, refused=7, seconds=240)


def test_refusals_at_random_slow_calls_down_but_do_not_bring_them_to_a_halt():
    reaches(lambda: Noisy(at_once((0, 16)), 0.05), used=5, refused=12)


def test_stated_limits_that_are_right_are_used_without_a_refusal():
    for service, limits in [
        (lambda: at_once((0, 16)), Limits(concurrency=16)),
        (lambda: Bucket([(0, 50)]), Limits(rate=50)),
    ]:
        reaches(service, used=97, refused=0, client=lambda world, limits=limits: Gated(world, limits))


def test_stated_limits_that_are_too_high_are_corrected():
    reaches(lambda: at_once((0, 16)), used=97, refused=2, client=lambda world: Gated(world, Limits(concurrency=32)))


def test_a_latency_that_doubles_changes_nothing_about_the_cap():
    reaches(lambda: at_once((0, 16)), used=94, refused=1, work=Work(slower=[(0, 1), (60, 2)]))


def test_a_semaphore_twice_too_large_wastes_a_quarter_of_all_calls():
    result = simulate(at_once((0, 16)), lambda world: Semaphore(world, 32))
    assert result.refused > 25
