from __future__ import annotations

import re
from datetime import datetime

import pytest


async def test_a_password_buys_a_token_for_24_hours(caller, clock):
    response = await caller.log_in()

    token = response.json()["token"]
    assert response.status_code == 201
    assert token["project"]["id"] == caller.project
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", token["expires_at"])
    assert datetime.fromisoformat(token["expires_at"]).timestamp() == clock.now + 24 * 3600
    assert "catalog" not in token
    assert (await caller.recognize(headers={"X-Auth-Token": response.headers["X-Subject-Token"]})).status_code == 200


async def test_a_project_can_be_named_by_its_id(caller):
    assert (await caller.log_in(scope="id")).json()["token"]["project"]["name"] == "cn-north-4"


async def test_a_new_token_does_not_end_an_older_one(caller):
    tokens = [(await caller.log_in()).headers["X-Subject-Token"] for _ in range(2)]

    assert [(await caller.recognize(headers={"X-Auth-Token": token})).status_code for token in tokens] == [200, 200]


async def test_a_wrong_password_is_refused_in_the_shape_of_iam(caller):
    response = await caller.log_in(password="wrong")

    error = {"code": 401, "message": "The username or password is wrong.", "title": "Unauthorized"}
    assert (response.status_code, response.json()) == (401, {"error": error})


async def test_five_wrong_passwords_lock_the_user_for_fifteen_minutes(caller, clock):
    for _ in range(5):
        await caller.log_in(password="wrong")

    assert (await caller.log_in()).json()["error"]["message"] == "Account locked."
    clock.now += 15 * 60
    assert (await caller.log_in()).status_code == 201


async def test_an_unknown_project_is_not_found(caller):
    assert (await caller.log_in(scope="other")).status_code == 404


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"[]", b'{"auth":1}', b'{"auth":{"identity":{"methods":["token"]}}}', b"1" * 40_000]
)
async def test_a_body_that_is_no_token_request_is_a_bad_request(caller, body):
    response = await caller.http.post("/v3/auth/tokens", content=body)

    assert (response.status_code, response.json()["error"]["title"]) == (400, "Bad Request")


async def test_the_project_of_a_region_is_found_with_a_signature_or_a_token(caller):
    path = "/v3/projects?name=cn-north-4"
    token = (await caller.log_in(scope=None)).headers["X-Subject-Token"]

    for headers in (caller.signed("GET", path), {"X-Auth-Token": token}):
        projects = (await caller.http.get(path, headers=headers)).json()["projects"]
        assert [(project["id"], project["name"]) for project in projects] == [(caller.project, "cn-north-4")]


async def test_another_region_has_no_project(caller):
    path = "/v3/projects?name=cn-east-3"

    assert (await caller.http.get(path, headers=caller.signed("GET", path))).json()["projects"] == []


async def test_projects_are_not_listed_for_strangers(caller):
    assert (await caller.http.get("/v3/projects")).json()["error_code"] == "APIG.0301"


def key_request(**token):
    return {"auth": {"identity": {"methods": ["token"], "token": token}}}


async def test_a_token_buys_a_temporary_key_that_ends(caller, clock):
    headers = {"X-Auth-Token": (await caller.log_in()).headers["X-Subject-Token"]}
    path = "/v3.0/OS-CREDENTIAL/securitytokens"

    response = await caller.http.post(path, json=key_request(duration_seconds=900), headers=headers)
    credential = response.json()["credential"]
    caller.key, caller.secret, caller.security_token = (credential[k] for k in ("access", "secret", "securitytoken"))

    assert response.status_code == 201
    assert (await caller.recognize()).status_code == 200
    clock.now += 900
    assert (await caller.recognize()).status_code == 401


@pytest.mark.parametrize("seconds", [899, 86401, "900"])
async def test_a_temporary_key_lives_from_15_minutes_to_a_day(caller, seconds):
    headers = {"X-Auth-Token": (await caller.log_in()).headers["X-Subject-Token"]}
    body = key_request(duration_seconds=seconds)

    response = await caller.http.post("/v3.0/OS-CREDENTIAL/securitytokens", json=body, headers=headers)

    assert response.status_code == 400


async def test_a_temporary_key_needs_a_token(caller):
    response = await caller.http.post("/v3.0/OS-CREDENTIAL/securitytokens", json=key_request())

    assert response.json()["error_code"] == "APIG.0301"
