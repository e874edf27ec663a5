from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from replies import reply_of

from ocr_async.documents import registry
from ocr_async.documents.classification import AutoClassificationResult
from ocr_async.fields import Fields, Result
from ocr_async.protocol import read

SAMPLES = Path(__file__).parent / "samples"
REPLIES = sorted(path for api in registry.apis() for path in (SAMPLES / api).glob("200-*.json"))


def result_of(path: Path) -> Result:
    return read(registry.find(path.parent.name)(), reply_of(status=200, body=path.read_bytes()))


def objects_in(fields: object) -> list[Fields]:
    if isinstance(fields, AutoClassificationResult):
        return [fields, *(inner for item in fields for inner in objects_in(item))]
    if not isinstance(fields, Fields):
        return []
    return [fields, *(inner for name in fields.field_names() for inner in objects_in(getattr(fields, name)))]


@pytest.fixture(params=REPLIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def reply(request) -> Path:
    return request.param


def test_every_sample_is_of_a_known_type():
    assert {path.parent.name for path in REPLIES} <= set(registry.apis())


def test_equal_results_are_one_in_a_set(reply):
    one, same = result_of(reply), result_of(reply)
    assert one == same
    assert len({one, same, copy.deepcopy(same)}) == 1


def test_a_documented_reply_has_no_unknown_field_at_any_level(reply):
    assert [each.unknown_fields for each in objects_in(result_of(reply)) if each.unknown_fields] == []


def test_every_confidence_is_under_the_name_of_a_field_that_was_found(reply):
    for each in objects_in(result_of(reply)):
        for name in getattr(each, "confidence", {}):
            assert getattr(each, name) is not None


def test_every_string_of_the_reply_arrives_unchanged(reply):
    for each in objects_in(result_of(reply)):
        sent = each.raw if isinstance(each.raw, dict) else {}
        strings = {name: value for name, value in sent.items() if isinstance(value, str)}
        assert {name: getattr(each, name) for name in strings} == strings


def test_a_result_becomes_plain_json_and_nothing_is_lost(reply):
    result = result_of(reply)
    plain = json.loads(json.dumps(result.to_dict(), ensure_ascii=False))
    sent = json.loads(reply.read_bytes())["result"]
    assert values_in(sent) <= values_in(plain)


def test_the_repr_holds_no_value_of_the_document(reply):
    result = result_of(reply)
    texts = {value for value in result.typed_values().values() if isinstance(value, str) and len(value) > 2}
    assert not [text for text in texts if text in repr(result)]


def values_in(value: object) -> set[object]:
    if isinstance(value, dict):
        return set().union(*(values_in(inner) for inner in value.values()))
    if isinstance(value, list):
        return set().union(*(values_in(inner) for inner in value))
    return {value}
