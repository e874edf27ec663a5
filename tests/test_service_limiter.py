from __future__ import annotations

import anyio
import pytest

from ocr_async.local.service.replies import Refused
from ocr_async.testing import Limiter, Rate, ServiceLimits, schedule

OVER = "The throttling threshold has been reached: policy user over ratelimit,limit:"


def refused(limiter):
    with pytest.raises(Refused) as refusal, limiter.admit():
        pass
    return refusal.value


def admitted(limiter, calls):
    """Say how many of so many calls in a row were admitted."""
    count = 0
    for _ in range(calls):
        try:
            with limiter.admit():
                count += 1
        except Refused:
            pass
    return count


def test_a_call_beyond_the_cap_is_refused_until_one_ends():
    limiter = Limiter(ServiceLimits(concurrency=2))
    with limiter.admit(), limiter.admit():
        assert refused(limiter).code == "ModelArts.4401"
    with limiter.admit():
        assert limiter.in_flight == 1
    assert (limiter.in_flight, limiter.peak) == (0, 2)


def test_a_failed_call_gives_its_place_back():
    limiter = Limiter(ServiceLimits(concurrency=1))
    with pytest.raises(ZeroDivisionError), limiter.admit():
        raise ZeroDivisionError

    assert admitted(limiter, 1) == 1


def test_a_rate_admits_its_number_in_each_window(clock):
    limiter = Limiter(ServiceLimits(rate=Rate(50)), clock)

    assert admitted(limiter, 60) == 50
    clock.now += 0.9
    assert admitted(limiter, 10) == 0
    clock.now += 0.1
    assert admitted(limiter, 60) == 50


def test_a_rate_with_a_burst_comes_back_one_by_one(clock):
    limiter = Limiter(ServiceLimits(rate=Rate(60, 60, burst=10)), clock)

    assert admitted(limiter, 60) == 10
    clock.now += 0.5
    assert admitted(limiter, 1) == 0
    clock.now += 2.5
    assert admitted(limiter, 60) == 3
    clock.now += 3600
    assert admitted(limiter, 60) == 10


def test_a_rate_of_nothing_admits_nothing(clock):
    limiter = Limiter(ServiceLimits(rate=Rate(0, burst=1)), clock)

    assert admitted(limiter, 1) == 1
    clock.now += 1000
    assert admitted(limiter, 1) == 0


@pytest.mark.parametrize(("seconds", "stretch"), [(60, "1 minute"), (1, "1 second"), (10, "10 second")])
def test_an_announced_rate_is_named_in_the_refusal(clock, seconds, stretch):
    refusal = refused(Limiter(ServiceLimits(rate=Rate(0, seconds)), clock))

    assert (refusal.status, refusal.code) == (429, "APIG.0308")
    assert refusal.message == f"{OVER}0,time:{stretch}."
    assert "Retry-After" not in refusal.headers


def test_an_unannounced_rate_is_a_bare_429(clock):
    refusal = refused(Limiter(ServiceLimits(rate=Rate(0, announced=False)), clock))

    assert (refusal.status, refusal.code) == (429, "")


def test_retry_after_is_the_rest_of_the_window_in_whole_seconds(clock):
    limiter = Limiter(ServiceLimits(rate=Rate(0, 60, retry_after=True)), clock)
    clock.now += 12.5

    assert refused(limiter).headers["Retry-After"] == "48"


def test_limits_can_be_set_while_calls_are_in_flight():
    limiter = Limiter(ServiceLimits(concurrency=2))
    with limiter.admit(), limiter.admit():
        limiter.limits = ServiceLimits(concurrency=3)
        with limiter.admit():
            limiter.limits = ServiceLimits(concurrency=1)
            refused(limiter)


def test_a_schedule_counts_from_the_first_call(clock):
    caps = schedule(
        (0, ServiceLimits(rate=Rate(16))), (10, ServiceLimits(rate=Rate(32))), (20, ServiceLimits(rate=Rate(8)))
    )
    limiter = Limiter(caps, clock)

    seen = []
    for _ in range(3):
        seen.append(admitted(limiter, 100))
        clock.now += 10

    assert seen == [16, 32, 8]


async def test_the_service_refuses_what_its_limiter_does_not_admit(caller_of):
    caller = caller_of(limits=ServiceLimits(concurrency=2), seconds=30)

    async with anyio.create_task_group() as group:
        group.start_soon(caller.recognize)
        group.start_soon(caller.recognize)
        await anyio.wait_all_tasks_blocked()
        assert (await caller.recognize()).json()["error_code"] == "ModelArts.4401"
        group.cancel_scope.cancel()

    caller.service.recognizer.seconds = 0
    assert (await caller.recognize()).status_code == 200


async def test_a_refusal_by_rate_reaches_the_caller_with_its_header(caller_of):
    caller = caller_of(limits=ServiceLimits(rate=Rate(0, 60, retry_after=True)))

    response = await caller.recognize()

    assert (response.status_code, response.headers["Retry-After"]) == (429, "60")
    assert response.json()["error_msg"] == f"{OVER}0,time:1 minute."
