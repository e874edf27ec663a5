"""Any reply of the documented shape is a result that has all of it; any other is an error that says where."""

from __future__ import annotations

import json
import sys

import pytest
from catalogue_walk import APIS, filled_result, kind_of, made, tree
from hypothesis import given, settings
from hypothesis import strategies as st
from replies import reply_of

from ocr_async.documents import registry
from ocr_async.documents.classification import CONTENT_TYPES
from ocr_async.errors import DecodeError
from ocr_async.fields.decoding import decode
from ocr_async.fields.encoding import encode
from ocr_async.protocol import read

SHAPED = sorted({*APIS} - {"custom-template"})
"""The APIs whose results have a documented shape."""
TEXTS = st.text(max_size=6)
WHOLE = st.integers(-(2**31), 2**31)
NUMBERS = st.integers(0, 1) | st.floats(0, 1)
POINTS = st.lists(st.tuples(WHOLE, WHOLE).map(list), min_size=4, max_size=4)
CORNERS = POINTS | st.just([[None, None]] * 4) | st.just([])
NAMES = st.sampled_from(["name", "number", "ticket_id"])
NO_FIELDS = st.just({})
UNKNOWN = st.dictionaries(
    st.sampled_from(["new_1", "new_2"]), st.none() | TEXTS | st.lists(TEXTS, max_size=2), max_size=1
)


VALUES = {
    "string": TEXTS,
    "integer": WHOLE,
    "number": NUMBERS,
    "boolean": st.booleans(),
    "corners": CORNERS,
    "corners by name": st.dictionaries(NAMES, st.none() | CORNERS, max_size=2),
    "numbers by name": st.dictionaries(NAMES, st.none() | NUMBERS, max_size=2),
}
COUNTS_AS_TEXT = st.integers(0, 999) | st.integers(0, 999).map(str)


def values(node, name, api, unknown=UNKNOWN):
    """Return a strategy for the values that the service may send for a node of the catalogue."""
    if name == "confidence":
        unknown = NO_FIELDS  # it has numbers alone
    match kind_of(node):
        case "object":
            return NO_FIELDS | st.builds(dict, number=TEXTS if name == "content" else NUMBERS)
        case "integer" if (api, name) == ("general-table", "words_block_count"):
            return COUNTS_AS_TEXT
        case str(kind):
            return VALUES[kind]
        case list():
            return st.lists(values(node["items"], name, api, unknown), max_size=2)
    return objects(node["fields"], api, unknown)


def objects(nodes, api, unknown=UNKNOWN):
    """Any of the fields, each missing, null or with a value, and now and then one that nobody knows."""
    fields = st.fixed_dictionaries(
        {}, optional={each["name"]: st.none() | values(each, each["name"], api, unknown) for each in nodes}
    )
    return st.builds(lambda known, others: known | others, fields, unknown)


def results(api):
    items = objects(tree(api), api)
    return st.lists(items, max_size=2) if APIS[api]["result"]["type"] == "array" else items


@pytest.mark.parametrize("api", SHAPED)
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_any_reply_of_the_documented_shape_is_read_and_nothing_is_lost(api, data):
    sent = data.draw(results(api))
    result = read(made(api), reply_of(200, {}, json.dumps({"result": sent}).encode()))

    assert encode(result) == sent
    assert json.dumps(result.to_dict())
    assert isinstance(result.typed_values(), dict)
    assert isinstance(result.disagreements, tuple)


WRONG = {
    "string": [7, True, {}, []],
    "integer": ["x", True, 0.5, {}, []],
    "number": ["x", True, {}, []],
    "boolean": ["true", 1, {}, []],
    "corners": ["x", 1, {}, [1], [[1]], [["x", 1]], [[1, 2, 3]], [[0.5, 1]]],
    "corners by name": ["x", 1, []],
    "numbers by name": ["x", []],
    "object": ["x", 1, []],
}
"""What does not fit each kind of field; there are no others that do."""


def wrong_values(name, kind, *, inside):
    """Return what does not fit a field; scores may stand in objects and lists, so that these fit anywhere inside."""
    if inside or (name, kind) == ("confidence", "number"):
        return ["x", True]
    if isinstance(kind, str):
        return WRONG[kind]
    return ["x", 1, []] if isinstance(kind, dict) else ["x", 1, {}]


def wrong_replies(nodes, path="$.result", *, inside=False):
    """Yield a part of a reply with one value of a wrong kind, and the path of that value, for every field."""
    for node in nodes:
        name, kind = node["name"], kind_of(node)
        here = f"{path}['{name}']" if inside else f"{path}.{name}"
        scores = inside or name == "confidence"  # numbers that may stand in objects and lists
        for wrong in wrong_values(name, kind, inside=inside):
            yield {name: wrong}, here
        if isinstance(kind, dict):
            for part, place in wrong_replies(node["fields"], here, inside=scores):
                yield {name: part}, place
        elif isinstance(kind, list) and isinstance(kind[0], dict):
            for part, place in wrong_replies(node["items"]["fields"], f"{here}[0]", inside=scores):
                yield {name: [part]}, place
        elif isinstance(kind, str) and kind.endswith("by name"):
            yield {name: {"key": "x"}}, f"{here}['key']"


@pytest.mark.parametrize("api", SHAPED)
def test_any_value_of_a_wrong_kind_is_an_error_with_its_path(api):
    is_list = APIS[api]["result"]["type"] == "array"
    for part, place in wrong_replies(tree(api), "$.result[0]" if is_list else "$.result"):
        reply = reply_of(200, {}, json.dumps({"result": [part] if is_list else part}).encode())
        with pytest.raises(DecodeError) as failure:
            read(made(api), reply)
        assert f"@ {place}" in str(failure.value), part


@pytest.mark.parametrize("api", SHAPED)
@pytest.mark.parametrize("wrong", [None, 1, "x", True, {}, []], ids=repr)
def test_a_result_of_a_wrong_kind_is_an_error(api, wrong):
    is_list = registry.find(api).result_class.json_type is list
    reply = reply_of(200, {}, json.dumps({"result": wrong}).encode())
    if isinstance(wrong, list if is_list else dict):
        assert read(made(api), reply)
    else:
        with pytest.raises(DecodeError, match=r"expected an? (object|list), not .* @ \$\.result"):
            read(made(api), reply)


def effort(result_class, value):
    """Return how many functions run while a value is decoded: a measure of time that no machine changes."""
    count = 0

    def note(_frame, event, _argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        decode(result_class, value)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("api", SHAPED)
def test_ten_times_as_much_takes_ten_times_as_long(api):
    result_class = registry.find(api).result_class
    decode(result_class, filled_result(api, many=1))  # makes the converter
    longer, longest = (effort(result_class, filled_result_flat(api, many)) for many in (20, 200))
    assert longest <= 11 * longer


def filled_result_flat(api, many):
    """A result whose outermost lists are long."""
    short = filled_result(api, many=1)
    if isinstance(short, list):
        return short * many
    return {name: value * many if isinstance(value, list) else value for name, value in short.items()}


@pytest.mark.parametrize("name", CONTENT_TYPES)
def test_a_wrong_field_inside_a_classified_document_is_named_with_its_path(name):
    result = [{"type": name, "content": {"confidence": {"x": "y"}, "text_location": 3}}]
    reply = reply_of(200, {}, json.dumps({"result": result}).encode())
    with pytest.raises(DecodeError, match=r"\$\.result\[0\]\.content\.confidence\['x'\]"):
        read(made("auto-classification"), reply)
