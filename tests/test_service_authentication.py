from __future__ import annotations

from urllib.parse import quote

import pytest
from attrs import evolve

from ocr_async.testing import ACCOUNT, picture, picture_number

FAILED = "Incorrect IAM authentication information: verify aksk signature fail"
LOCKED = "Incorrect IAM authentication information: AK access failed to reach the limit"


def problem(response):
    return response.status_code, response.json()["error_code"], response.json()["error_msg"]


async def test_a_signed_call_is_answered(caller):
    response = await caller.recognize(image=picture(7))

    assert response.status_code == 200
    assert response.json()["result"]["ticket_id"] == picture_number(picture(7))


@pytest.mark.parametrize("path", ["/v3/projects", f"/v3/projects?name=cn-north-4&a={quote('ü /')}&b=&a=0"])
async def test_the_query_is_part_of_the_signature(caller, path):
    headers = caller.signed("GET", path)

    assert (await caller.http.get(path, headers=headers)).status_code == 200
    assert (await caller.http.get(path + ("&" if "?" in path else "?") + "c=1", headers=headers)).status_code == 401


async def test_a_wrong_secret_is_refused_with_the_documented_words(caller):
    caller.secret = "another"

    assert problem(await caller.recognize()) == (401, "APIG.0301", FAILED)


async def test_a_body_that_was_changed_after_signing_is_refused(caller):
    headers = caller.signed("POST", caller.path("train-ticket"), b"{}")

    assert problem(await caller.recognize(headers=headers)) == (401, "APIG.0301", FAILED)


async def test_a_signed_header_that_was_changed_is_refused(caller):
    path = caller.path("train-ticket")
    headers = caller.signed("POST", path, b"{}", {"X-Project-Id": "one"}) | {"X-Project-Id": "two"}

    assert problem(await caller.post(path, b"{}", headers)) == (401, "APIG.0301", FAILED)


async def test_a_body_declared_as_unsigned_is_not_hashed(caller):
    unsigned = {"X-Sdk-Content-Sha256": "UNSIGNED-PAYLOAD"}
    headers = caller.signed("POST", caller.path("train-ticket"), headers=unsigned, digest="UNSIGNED-PAYLOAD")

    assert (await caller.recognize(headers=headers)).status_code == 200


async def test_a_hash_in_a_header_must_be_that_of_the_body(caller):
    headers = caller.signed(
        "POST", caller.path("train-ticket"), headers={"X-Sdk-Content-Sha256": "0" * 64}, digest="0" * 64
    )

    assert problem(await caller.recognize(headers=headers)) == (401, "APIG.0301", FAILED)


@pytest.mark.parametrize(("seconds", "status"), [(-901, 401), (-899, 200), (899, 200), (901, 401)])
async def test_a_signature_holds_for_fifteen_minutes_around_its_date(caller, clock, seconds, status):
    headers = caller.signed("GET", "/v3/projects")
    clock.now += seconds

    assert (await caller.http.get("/v3/projects", headers=headers)).status_code == status


async def test_five_failures_in_a_row_lock_the_key_also_for_a_right_signature(caller, clock):
    right, caller.secret = caller.secret, "another"
    for _ in range(5):
        assert problem(await caller.recognize())[2] == FAILED
    caller.secret = right

    assert problem(await caller.recognize()) == (401, "APIG.0301", LOCKED)
    clock.now += 299
    assert problem(await caller.recognize()) == (401, "APIG.0301", LOCKED)
    clock.now += 1
    assert (await caller.recognize()).status_code == 200


async def test_only_consecutive_failures_lock_a_key(caller):
    right = caller.secret
    for _ in range(3):
        for secret in ("another", "another", right):
            caller.secret = secret
            response = await caller.recognize()

    assert response.status_code == 200


async def test_an_unknown_key_fails_and_locks_like_a_known_one(caller):
    caller.key = "UNKNOWN"

    messages = [problem(await caller.recognize())[2] for _ in range(6)]

    assert messages == [FAILED] * 5 + [LOCKED]


@pytest.mark.parametrize(
    "header", ["", "Basic abc", "SDK-HMAC-SHA256 Access=a", "SDK-HMAC-SHA256 Access=a, SignedHeaders=b, Signature=c"]
)
async def test_an_authorization_that_is_no_signature_is_refused(caller, header):
    response = await caller.recognize(headers={"Authorization": header})

    assert problem(response) == (401, "APIG.0301", FAILED)


async def test_a_key_with_a_security_token_needs_it_signed(caller_of):
    caller = caller_of(account=evolve(ACCOUNT, security_token="temporary"))
    assert (await caller.recognize()).status_code == 200

    for wrong in (None, "other"):
        caller.security_token = wrong
        assert problem(await caller.recognize()) == (401, "APIG.0301", FAILED)


async def test_a_call_without_any_credential_is_refused(caller):
    response = await caller.recognize(headers={"Content-Type": "application/json"})

    assert problem(response)[2] == "Incorrect IAM authentication information: x-auth-token not found"


async def test_an_unknown_token_is_refused(caller):
    response = await caller.recognize(headers={"X-Auth-Token": "made up"})

    assert problem(response)[2] == "Incorrect IAM authentication information: decrypt token fail"


async def test_a_token_ends_with_its_life(caller_of, clock):
    caller = caller_of(account=evolve(ACCOUNT, token_life=3))
    headers = {"X-Auth-Token": (await caller.log_in()).headers["X-Subject-Token"]}
    assert (await caller.recognize(headers=headers)).status_code == 200

    clock.now += 3

    assert (
        problem(await caller.recognize(headers=headers))[2] == "Incorrect IAM authentication information: token expires"
    )


async def test_a_token_without_a_project_opens_no_recognition(caller):
    token = (await caller.log_in(scope=None)).headers["X-Subject-Token"]

    response = await caller.recognize(headers={"X-Auth-Token": token})

    assert problem(response)[1] == "ModelArts.0212"


async def test_another_project_in_the_path_is_refused(caller):
    response = await caller.post("/v2/ffffffffffffffffffffffffffffffff/ocr/train-ticket", b"{}")

    assert problem(response)[:2] == (403, "ModelArts.4203")
