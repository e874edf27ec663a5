"""Headers that stay bytes until somebody looks: to everyone but the clock they are those of httpx."""

from __future__ import annotations

import copy
import pickle

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_async.transport.headers import RawHeaders
from ocr_async.transport.request import new_request

LINES = [(b"Host", b"a.example"), (b"X-Id", b"1"), (b"x-id", b"2")]

names = st.sampled_from([b"Host", b"host", b"X-Id", b"x-id", b"Content-Length"])
lines = st.lists(st.tuples(names, st.binary(max_size=5)), max_size=6)
looks = st.sampled_from(
    [
        lambda headers: headers.raw,
        lambda headers: headers.get("x-id"),
        lambda headers: headers.multi_items(),
        lambda headers: "HOST" in headers,
        lambda headers: headers.update({"x-id": "3"}),
        lambda headers: headers.setdefault("y", "4"),
        lambda headers: headers.pop("x-id", None),
        repr,
        len,
        list,
        dict,
    ]
)


@given(lines, st.lists(looks, max_size=4))
def test_they_answer_as_those_of_httpx_do(lines, looks):
    raw, theirs = RawHeaders(lines), httpx.Headers(lines)
    for look in looks:
        assert str(look(raw)).replace("RawHeaders", "Headers") == str(look(theirs))
    assert (raw.raw, raw == theirs) == (theirs.raw, True)


def test_what_is_done_to_the_list_of_them_does_not_change_them():
    headers = RawHeaders(LINES)
    headers.raw.clear()
    assert headers.raw == LINES


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda headers: pickle.loads(pickle.dumps(headers)), httpx.Headers]
)
def test_they_can_be_copied_before_and_after_a_look(copied):
    headers = RawHeaders(LINES)
    assert copied(headers) == headers
    assert headers["x-id"] == "1, 2"
    assert copied(headers).raw == LINES


def test_what_they_do_not_have_is_said_to_be_missing():
    with pytest.raises(AttributeError, match="unknown"):
        _ = RawHeaders(LINES).unknown


def test_a_header_that_a_hook_changes_is_sent_changed():
    request = new_request("POST", "http://a.example/x", (("X-Id", "1"),), b"body")
    request.headers["X-Id"] = "2"
    assert (b"X-Id", b"2") in request.headers.raw
