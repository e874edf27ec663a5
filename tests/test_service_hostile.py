"""Whatever is sent, the answer is a documented one: never a fault of the service, never silence."""

from __future__ import annotations

import json
import socket
from base64 import b64encode

import anyio
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocr_async.error_codes import error_codes
from ocr_async.testing import bmp, jpeg, png, serve

quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(["image", "url", "side", "country_code", "type_list", "extended_parameters", "auth"])
apis = st.sampled_from(["passport", "emirates-id-card", "auto-classification", "train-ticket"])


def token_of(caller):
    return {"X-Auth-Token": anyio.run(caller.log_in).headers["X-Subject-Token"]}


def send(caller, path, body, headers):
    async def post():
        return await caller.http.post(path, content=body, headers=headers)

    return anyio.run(post)


@pytest.fixture
def headers(caller):
    return token_of(caller)


@quick
@given(api=apis, body=st.binary(max_size=200))
def test_any_bytes_are_answered(caller, headers, api, body):
    response = send(caller, caller.path(api), body, headers)

    assert response.json()["error_code"] in {"ModelArts.4105", "AIS.0101"}


@quick
@given(api=apis, content=st.dictionaries(names, anything, max_size=3))
def test_any_json_is_answered(caller, headers, api, content):
    response = send(caller, caller.path(api), json.dumps(content).encode(), headers)

    assert response.status_code == 400
    assert response.json()["error_code"] in error_codes()


@st.composite
def damaged_pictures(draw):
    image = bytearray(draw(st.sampled_from([png, bmp, jpeg]))(1))
    start = draw(st.integers(0, 120))
    patch = draw(st.binary(max_size=8))
    image[start : start + len(patch)] = patch
    return bytes(image[: len(image) - draw(st.integers(0, 120))])


@quick
@given(image=damaged_pictures())
def test_any_damaged_picture_is_answered(caller, headers, image):
    body = json.dumps({"image": b64encode(image).decode()}).encode()

    response = send(caller, caller.path("passport"), body, headers)

    assert response.status_code == 200 or response.json()["error_code"] in {"AIS.0101", "AIS.0102", "AIS.0103"}


@quick
@given(
    value=st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=80),
    name=st.sampled_from(["ak", "whole", "date"]),
)
def test_any_authorization_is_answered(caller, name, value):
    path = caller.path("passport")
    headers = caller.signed("POST", path)
    changes = {
        "ak": {"Authorization": headers["Authorization"].replace(caller.key, value or "x")},
        "whole": {"Authorization": value},
        "date": {"X-Sdk-Date": value},
    }
    encoded = {key: text.encode("latin-1") for key, text in (headers | changes[name]).items()}

    assert send(caller, path, b"", encoded).status_code == 401


@quick
@given(content=anything)
def test_any_token_request_is_answered(caller, content):
    response = send(caller, "/v3/auth/tokens", json.dumps({"auth": content}).encode(), {})

    assert response.status_code == 400


@quick
@given(url=st.text(max_size=40) | st.from_regex(r"https?://[a-z0-9.:@/\[\]%-]{0,30}", fullmatch=True))
def test_no_address_is_fetched_without_a_list(caller, headers, url):
    response = send(caller, caller.path("passport"), json.dumps({"url": url}).encode(), headers)

    assert response.json()["error_code"] in {"ModelArts.4601", "AIS.0101"}


def test_a_caller_that_leaves_in_the_middle_holds_nothing(caller):
    head = f"POST {caller.path('passport')} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n".encode()

    with serve(caller.service) as url:
        with socket.create_connection(("127.0.0.1", httpx.URL(url).port)) as connection:
            connection.sendall(head + bytes(500_000))
        assert httpx.get(f"{url}/testing/ledger").json()["calls"] <= 1

    assert caller.service.ledger.in_flight == 0
