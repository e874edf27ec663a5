"""The classes against the catalogue of the HTTP API: nothing of it is missing, and nothing is made up."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from catalogue_walk import APIS, CONTENTS, SAMPLES, differences, fields_of, filled_result, kind_of, made, tree
from replies import reply_of

from ocr_async.documents import Handwriting, registry
from ocr_async.fields import Fields, VersionedType, options_of
from ocr_async.fields.decoding import decode, restore
from ocr_async.fields.encoding import encode
from ocr_async.fields.schema import json_schema
from ocr_async.protocol import read

BESIDE_THE_CATALOGUE = {
    "custom-template": {"template_id", "content"},  # the template decides what is inside
    "handwriting": {"direction", "words_region_count", "words_region_list"},  # of v1.0, another shape at the same path
}
"""The fields that no table of `v2` lists."""
ALSO_CALLED = {"JPG": "JPEG", "TIF": "TIFF"}
VERSIONED = [api for api, each in APIS.items() if each["v1_path"]]


def rows(api, version):
    return [row for row in APIS[api]["limits"] if row["version"] == version]


def strictest(limits):
    return (
        min(row["max_base64_bytes"] for row in limits if row.get("max_base64_bytes")),
        max(row["min_side_px"] for row in limits if row.get("min_side_px")),
        min(row["max_side_px"] for row in limits if row.get("max_side_px")),
    )


def formats(limits):
    return {ALSO_CALLED.get(name, name) for row in limits for name in row.get("formats") or ()}


def told(limits):
    return limits.max_base64_bytes, limits.min_side, limits.max_side


def test_every_api_has_a_type_and_no_type_is_made_up():
    own = {each.api for each in registry.document_types() if each.__module__.startswith("ocr_async.")}
    assert own == APIS.keys()


@pytest.mark.parametrize("api", APIS)
def test_the_path_of_each_version_is_that_of_the_catalogue(api):
    listed = APIS[api]
    versions = [made(api), made(api, version="v1.0")] if listed["v1_path"] else [made(api)]
    assert [each.path("{project_id}") for each in versions] == [
        path for path in (listed["v2_path"], listed["v1_path"]) if path
    ]


@pytest.mark.parametrize("api", APIS)
def test_the_picture_is_in_the_parameter_of_the_catalogue(api):
    listed = {each["name"] for each in APIS[api]["params"] if each.get("one_of") == "source"} - {"url"}
    assert {made(api).source_parameter} == (listed or {""})


@pytest.mark.parametrize("api", APIS)
def test_the_options_their_values_and_defaults_are_those_of_the_catalogue(api):
    listed = {
        each["name"]: (
            {*map(str, each.get("allowed") or ())},
            each["type"].startswith("array"),
            each.get("default"),
            each["required"],
        )
        for each in APIS[api]["params"]
        if each.get("one_of") != "source"
    }
    own = {
        option.name: ({*map(str, option.choices)}, option.takes_several, option.default, option.is_required)
        for option in options_of(registry.find(api))
        if option.name != "version"
    }
    if api == "handwriting":
        assert own.pop("text_type") == (set(), False, None, False)  # of v1.0
    assert own == listed


def test_an_option_that_only_the_older_version_has_is_refused_by_the_newer_one():
    assert Handwriting(version="v1.0", text_type="digit").options() == {"text_type": "digit"}
    with pytest.raises(ValueError, match=r"text_type is an option of v1\.0"):
        Handwriting(text_type="digit")


@pytest.mark.parametrize("api", VERSIONED)
def test_the_options_of_the_older_version_are_those_of_the_catalogue(api):
    assert {*registry.find(api).options_v1} == {*APIS[api]["v1"]["params"]} - {"image", "url"}


@pytest.mark.parametrize("api", [api for api in APIS if rows(api, "v2")])
def test_the_limits_are_the_strictest_and_the_formats_all_of_the_catalogue(api):
    limits = made(api).limits
    assert (told(limits), {*limits.formats}) == (strictest(rows(api, "v2")), formats(rows(api, "v2")))


@pytest.mark.parametrize("api", VERSIONED)
def test_the_limits_of_the_older_version_are_those_of_the_catalogue(api):
    limits = made(api, version="v1.0").limits
    assert (told(limits), {*limits.formats}) == (strictest(rows(api, "v1.0")), formats(rows(api, "v1.0")))


@pytest.mark.parametrize("api", APIS)
def test_the_regions_are_those_of_the_catalogue(api):
    listed = {region for cloud in APIS[api]["clouds"].values() for region in cloud.get("regions") or ()}
    assert {*registry.find(api).regions} == listed


@pytest.mark.parametrize("api", APIS)
def test_every_field_has_its_kind_at_any_depth_and_no_field_is_made_up(api):
    result_class = registry.find(api).result_class
    listed = {each["name"]: kind_of(each) for each in tree(api)}
    own = fields_of(result_class)
    if "confidence" not in own:
        listed.pop("confidence", None)  # every result has it
    beside = BESIDE_THE_CATALOGUE.get(api, set())
    assert own.keys() >= beside
    assert list(differences(listed, {name: kind for name, kind in own.items() if name not in beside})) == []


@pytest.mark.parametrize("api", VERSIONED)
def test_every_field_of_the_older_version_is_one_of_the_class(api):
    listed = {*APIS[api]["v1"].get("result_fields", ())}
    assert listed - {*names_in(fields_of(registry.find(api).result_class)), "confidence"} == set()


def names_in(kinds):
    for each in kinds if isinstance(kinds, list) else [kinds]:
        for name, inner in each.items() if isinstance(each, dict) else ():
            yield name
            yield from names_in(inner)


@pytest.fixture(params=SAMPLES, ids=lambda path: path.stem)
def sample(request) -> Path:
    return request.param


def result_in(path):
    body = json.loads(path.read_text("utf-8"))
    return body.get("result", body)


def class_of(path):
    return registry.find(re.sub(r"-\d$", "", path.stem)).result_class


def test_a_documented_reply_is_read_with_no_unknown_field(sample):
    result = decode(class_of(sample), result_in(sample))
    assert [each.unknown_fields for each in objects_in(result) if each.unknown_fields] == []


def test_a_documented_reply_is_the_same_json_when_it_is_encoded_again(sample):
    result = decode(class_of(sample), result_in(sample))
    assert json.loads(json.dumps(encode(result))) == result_in(sample)


def test_a_documented_reply_is_the_same_result_when_its_plain_data_is_restored(sample):
    result = decode(class_of(sample), result_in(sample))
    plain = json.loads(json.dumps(result.to_dict()))
    assert restore(type(result), plain).to_dict() == result.to_dict()


def test_a_documented_reply_fits_the_json_schema_of_its_result(sample):
    result = decode(class_of(sample), result_in(sample))
    jsonschema.Draft202012Validator(json_schema(class_of(sample))).validate(json.loads(json.dumps(result.to_dict())))


def objects_in(value):
    if isinstance(value, Fields):
        yield value
        for name in ("items",) if value.json_type is list else value.field_names():
            yield from objects_in(getattr(value, name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from objects_in(inner)


def test_the_template_of_a_custom_document_stands_beside_what_it_found():
    reply = reply_of(200, {}, b'{"template_id":"t","result":{"shelf":"7","pages":3,"places":{"shelf":[1]}}}')
    result = read(made("custom-template"), reply)
    assert (result.template_id, dict(result)) == ("t", {"shelf": "7"})
    assert result.content == {"shelf": "7", "pages": 3, "places": {"shelf": [1]}}


@pytest.mark.parametrize(
    ("content_type", "api"),
    [(each["type"], each["api"]) for kind in ("auto_classification", "auto_id_doc_classification") for each in CONTENTS[kind]["types"]],
)  # fmt: skip
def test_a_document_that_was_classified_has_the_type_of_its_api(content_type, api):
    assert registry.of_content(content_type) is registry.find(api)


@pytest.mark.parametrize("each", CONTENTS["auto_classification"]["types"], ids=lambda each: each["type"])
def test_a_classified_document_with_every_field_filled_is_read_and_nothing_is_lost(each):
    sent = [{"type": each["type"], "status": {"error_code": "AIS.0000"}, "content": filled_result(each["api"])}]
    (item,) = found = decode(registry.find("auto-classification").result_class, sent)
    assert isinstance(item.content, registry.find(each["api"]).result_class)
    assert [inner.unknown_fields for inner in objects_in(item.content) if inner.unknown_fields] == []
    assert encode(found) == sent


def test_a_type_without_an_older_version_takes_no_version():
    assert {each.api for each in registry.document_types() if issubclass(each, VersionedType)} >= {*VERSIONED}
    with pytest.raises(TypeError):
        registry.find("vin")(version="v1.0")
