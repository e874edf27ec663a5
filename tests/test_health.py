from __future__ import annotations

from ocr_async.calls.health import FAULTS, FIRST, LONGEST, Health


def left_alone(now=100.0):
    health = Health()
    for _ in range(FAULTS):
        health.failed(now, scout=False)
    return health


def test_a_well_endpoint_takes_calls_at_once():
    assert Health().delay(0.0) == 0


def test_single_faults_between_answers_change_nothing():
    health = Health()
    for _ in range(5 * FAULTS):
        assert health.failed(0.0, scout=False) is None
        health.answered()

    assert health.well


def test_repeated_faults_leave_the_endpoint_alone_for_a_while():
    health = left_alone(now=100.0)

    assert health.delay(100.0) == FIRST
    assert health.delay(100.0 + FIRST) == 0


def test_one_call_tries_it_and_the_others_wait_for_its_end():
    health = left_alone()

    assert health.start()
    assert health.delay(1000.0) is None


def test_each_failed_try_doubles_the_time_up_to_a_bound():
    health = left_alone(now=0.0)
    waits = []
    for _ in range(8):
        health.start()
        waits.append(health.failed(0.0, scout=True))

    assert waits[:3] == [2 * FIRST, 4 * FIRST, 8 * FIRST]
    assert waits[-1] == LONGEST


def test_an_answer_brings_it_back():
    health = left_alone()
    health.start()

    assert health.answered()
    assert health.delay(100.0) == 0


def test_a_try_that_was_cancelled_lets_the_next_one_try():
    health = left_alone(now=0.0)
    health.start()
    health.abandoned(scout=True)

    assert health.delay(FIRST) == 0


def test_faults_of_calls_that_were_on_their_way_do_not_lengthen_the_wait():
    health = left_alone(now=0.0)

    assert health.failed(0.5, scout=False) is None
    assert health.delay(FIRST) == 0
