from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replies import reply_of

from ocr_async.documents import registry
from ocr_async.errors import ApiError, DecodeError
from ocr_async.fields import mrz, numbers, readings
from ocr_async.protocol import error, rate_limit, read, retry_after

TYPES = registry.document_types()
NEEDED = {
    "custom-template": {"template_id": "t"},
    "invoice-verification": {"code": "1", "number": "2", "issue_date": "2024-01-01"},
}
"""What the types need that say nothing without options."""
NAMES = sorted(
    {"confidence", "raw", "meta", "items", "status", "error_code", "content", "type", "result"}
    | {name for each in TYPES for name in each.result_class.field_names()}
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(NAMES),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
READINGS = [
    readings.calendar_date,
    readings.day_first_date,
    readings.timestamp,
    readings.first_of_month,
    readings.last_of_month,
    readings.amount,
    readings.percentage,
    numbers.card_number,
]
SHAPES = st.text(alphabet="0123456789年月日:：-/., ￥¥元整拾佰仟万零壹伍角分%T９*X", max_size=24)


@pytest.mark.parametrize("document_type", TYPES, ids=lambda each: each.api)
@given(value=JSON)
@settings(max_examples=30, deadline=None)
def test_any_json_is_a_result_or_one_of_two_errors(document_type, value):
    reply = reply_of(200, {}, json.dumps({"result": value}).encode())
    try:
        result = read(document_type(**NEEDED.get(document_type.api, {})), reply)
    except (DecodeError, ApiError):
        return
    json.dumps(result.to_dict())
    assert isinstance(result.typed_values(), dict)
    assert isinstance(result._repr_html_(), str)
    repr(result)


@given(status=st.integers(100, 599), body=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
@settings(max_examples=100, deadline=None)
def test_any_body_is_an_error_with_a_message(status, body):
    assert str(error(reply_of(status, {}, body)))


@given(text=SHAPES | st.text(max_size=24))
@settings(max_examples=200, deadline=None)
def test_no_text_makes_a_reading_fail(text):
    for reading in READINGS:
        reading(text)
    rate_limit(text)
    retry_after(reply_of(429, {"retry-after": text}))


@given(lines=st.lists(st.text(alphabet="AZ09<", min_size=28, max_size=46), max_size=4))
@settings(max_examples=100, deadline=None)
def test_no_lines_make_the_zone_fail(lines):
    zone = mrz.parse(lines)
    assert zone is None or isinstance(zone.valid, bool)
    if zone is not None:
        assert zone.date_of_birth_value is None or zone.date_of_expiry_value is not None
