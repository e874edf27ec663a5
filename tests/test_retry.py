from __future__ import annotations

from math import inf

import pytest

from ocr_async.calls.budget import Budget
from ocr_async.errors import (
    AuthError,
    DecodeError,
    DocumentError,
    ServiceError,
    SourceError,
    ThrottledError,
    TransportError,
)
from ocr_async.retry import RetryPolicy, Tally, counts_against_endpoint, decide

POLICY = RetryPolicy(attempts=4, base=1.0, longest=3.0, patience=60.0, refusals=2)


def wait_after(error, *, faults=1, refusals=0, deadline=inf, now=0.0, chance=1.0, policy=POLICY):
    return decide(policy, Tally(deadline, faults=faults, refusals=refusals), error, now, chance=lambda: chance)


def service_error(retry_after=None):
    return ServiceError(status=503, retryable=True, retry_after=retry_after)


def test_the_wait_is_full_jitter_under_a_doubling_bound():
    assert [wait_after(service_error(), faults=n) for n in (1, 2, 3)] == [1.0, 2.0, 3.0]
    assert wait_after(service_error(), faults=3, chance=0.0) == 0.0


def test_the_attempts_end():
    assert wait_after(service_error(), faults=4) is None


def test_a_hint_of_the_service_wins():
    assert wait_after(service_error(retry_after=7.0), chance=0.0) == 7.0


@pytest.mark.parametrize(("hint", "deadline"), [(61.0, inf), (7.0, 6.0)])
def test_a_hint_beyond_patience_or_deadline_ends_the_call(hint, deadline):
    assert wait_after(service_error(retry_after=hint), deadline=deadline) is None


def test_a_wait_that_ends_after_the_deadline_is_not_begun():
    assert wait_after(service_error(), now=9.5, deadline=10.0) is None


def test_a_refusal_goes_back_to_the_gate_at_once():
    error = ThrottledError(status=429, retryable=True)

    assert wait_after(error, refusals=2) == 0.0
    assert wait_after(error, refusals=3) is None


def test_a_refused_call_keeps_the_wait_that_it_was_told():
    assert wait_after(ThrottledError(status=429, retryable=True, retry_after=2.0)) == 2.0


@pytest.mark.parametrize(
    "error", [AuthError(status=401), DocumentError(status=400), SourceError("a.jpg", "is empty"), DecodeError("no")]
)
def test_what_cannot_succeed_later_is_never_repeated(error):
    assert wait_after(error) is None


@pytest.mark.parametrize("error", [TransportError("reset"), DecodeError("cut short", retryable=True)])
def test_a_reply_that_was_lost_or_damaged_is_asked_for_again(error):
    assert wait_after(error) == 1.0


def test_an_endpoint_that_is_not_there_is_tried_four_times():
    patient = RetryPolicy(attempts=8, base=1.0)
    refused = TransportError("cannot connect", sent=False)

    assert wait_after(refused, faults=3, policy=patient) is not None
    assert wait_after(refused, faults=4, policy=patient) is None


def test_a_code_with_a_documented_number_of_repeats_keeps_it():
    error = ServiceError(status=400, code="AIS.0105", retryable=True)

    assert wait_after(error, faults=1) == 1.0
    assert wait_after(error, faults=2) is None


def test_one_attempt_means_one_send():
    once = RetryPolicy(attempts=1)

    assert wait_after(service_error(), policy=once) is None
    assert wait_after(ThrottledError(status=429, retryable=True), policy=once) is None


def test_faults_count_against_the_endpoint_and_refusals_do_not():
    assert counts_against_endpoint(service_error())
    assert counts_against_endpoint(TransportError("reset"))
    assert not counts_against_endpoint(ThrottledError(status=429, retryable=True))
    assert not counts_against_endpoint(DocumentError(status=400))


def test_the_budget_is_a_share_of_the_successes():
    budget = Budget(share=0.5, left=1.0)

    assert budget.spend()
    assert not budget.spend()
    budget.earn()
    budget.earn()
    assert budget.spend()


@pytest.mark.parametrize("setting", [{"attempts": 0}, {"base": -1}, {"refusals": -1}])
def test_an_impossible_policy_is_refused(setting):
    with pytest.raises(ValueError, match=next(iter(setting))):
        RetryPolicy(**setting)
