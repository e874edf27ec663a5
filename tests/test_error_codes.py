from __future__ import annotations

import pytest

from ocr_async.error_codes import SUCCEEDED, api_error, error_codes
from ocr_async.errors import (
    AuthError,
    DocumentError,
    RequestError,
    ServiceError,
    SubscriptionError,
    ThrottledError,
)

CODES = list(error_codes().values())


def test_all_documented_codes_are_known():
    families = [code.code.split(".")[0] for code in CODES]
    counts = {family: families.count(family) for family in families}
    assert len(CODES) == 126
    assert counts == {"AIS": 12, "ModelArts": 32, "APIG": 36, "APIGW": 13, "IAM": 33}


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.code)
def test_every_code_has_a_meaning_a_remedy_and_an_action(code):
    assert code.meaning
    assert code.remedy
    assert code.action in ("none", "stop", "retry", "refresh_token", "retry_later")
    assert code.status is None or 200 <= code.status < 600
    assert (code.wait is not None) >= (code.action == "retry_later")


@pytest.mark.parametrize("code", [code for code in CODES if code.code != SUCCEEDED], ids=lambda code: code.code)
def test_every_code_has_an_error_class_that_says_what_to_do(code):
    error = api_error(code.status or 400, code.code, "")
    assert error.message == code.message
    if code.code != "APIG.0201":
        assert type(error) is code.error_class
        assert (error.remedy, error.retryable) == (code.remedy, code.retryable)


@pytest.mark.parametrize(
    ("codes", "error_class"),
    [
        (("APIG.0301", "APIG.0307", "IAM.0062", "ModelArts.0203", "ModelArts.4101", "ModelArts.4102"), AuthError),
        (("ModelArts.4103", "ModelArts.4203", "APIG.0302"), AuthError),
        (("ModelArts.4204",), SubscriptionError),
        (("APIG.0308", "APIGW.0308", "ModelArts.4401", "IAM.0012"), ThrottledError),
        (("AIS.0101", "AIS.0102", "AIS.0103", "AIS.0104", "AIS.0105", "ModelArts.4104"), DocumentError),
        (("ModelArts.4601", "ModelArts.4603", "ModelArts.4702", "ModelArts.4706"), DocumentError),
        (("ModelArts.4302", "ModelArts.4402", "ModelArts.4403", "ModelArts.4505", "APIG.0601"), ServiceError),
        (("APIG.0101", "ModelArts.4105", "ModelArts.4201"), RequestError),
    ],
)
def test_the_class_of_a_code_is_what_a_caller_can_do(codes, error_class):
    assert {error_codes()[code].error_class for code in codes} == {error_class}


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("verify aksk signature fail", "check the keys"),
        ("token expires", "get a new one"),
        (
            "AK access failed to reach the limit",
            "the key is locked after five failures, wait five minutes and check the keys",
        ),
    ],
)
def test_of_several_remedies_the_one_for_the_reason_in_the_message_is_given(reason, remedy):
    assert api_error(401, "APIG.0301", f"Incorrect IAM authentication information: {reason}").remedy == remedy


def test_failures_of_authentication_are_never_repeatable():
    assert not [code.code for code in CODES if code.error_class is AuthError and code.action == "retry"]


def test_a_documented_wait_is_the_hint_of_a_lock():
    locked = api_error(401, "IAM.0061", "")
    assert isinstance(locked, AuthError)
    assert locked.retry_after == 900.0


def test_a_code_of_success_with_a_status_of_failure_is_judged_by_the_status():
    assert isinstance(api_error(500, SUCCEEDED, ""), ServiceError)


def test_a_refusal_without_a_code_also_says_what_to_do():
    assert "To do: check the key" in api_error(401, "", "The username or password is wrong.").describe()
