"""The catalogue of the HTTP API, and how it compares with the classes: a node of its trees is a dict with a JSON type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import get_args, get_origin

from ocr_async.documents import registry
from ocr_async.fields import Count, Fields, Quad, Result
from ocr_async.fields.annotations import annotations_of
from ocr_async.fields.base import json_names

CATALOGUE = Path(__file__).parent / "catalogue"
APIS = {each["id"]: each for each in json.loads((CATALOGUE / "apis.json").read_text("utf-8"))["apis"]}
SAMPLES = sorted((CATALOGUE / "samples").glob("*.json"))
CONTENTS = json.loads((CATALOGUE / "auto_classification_types.json").read_text("utf-8"))
NEEDED = {
    "custom-template": {"template_id": "t"},
    "invoice-verification": {"code": "1", "number": "2", "issue_date": "2024-01-01"},
}
"""The options of the types that say nothing without."""


def made(api, **options):
    """Return an instance of the type of an API, with the options that it needs."""
    return registry.find(api)(**NEEDED.get(api, {}) | options)


def tree(api):
    """Return the fields of the result of an API, those of an item where it is a list, those of all variants as one."""
    result = APIS[api]["result"]
    if "variants" in result:
        return [*{field["name"]: field for each in result["variants"] for field in each["fields"] or ()}.values()]
    return result.get("fields") or result.get("items", {}).get("fields", [])


def kind_of(node):
    """Return what a node of the catalogue is, in one word or as a list of the words of its fields."""
    match node:
        case {"type": "object", "fields": fields}:
            return {each["name"]: kind_of(each) for each in fields}
        case {"type": "object", "map": kind}:
            return {"corner points": "corners by name", "number": "numbers by name"}[kind]
        case {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}:
            return "corners"
        case {"type": "array", "items": items}:
            return [kind_of(items)]
        case {"type": kind}:
            return kind


def kind_in_class(kind):
    """Return the same of the type of a field."""
    words = {str: "string", bool: "boolean", int: "integer", float: "number", Quad: "corners"}
    if kind in words:
        return words[kind]
    if Count in get_args(kind):
        return "integer"
    if get_origin(kind) is tuple:
        return [kind_in_class(get_args(kind)[0])]
    if get_origin(kind) is Mapping:
        return {Quad: "corners by name", float: "numbers by name"}.get(get_args(kind)[1], "object")
    if isinstance(kind, type) and issubclass(kind, Fields):
        return fields_of(kind)
    return "object"


def fields_of(cls):
    """Return the fields of a class by their key in the reply."""
    said = annotations_of(cls)
    kinds = {key: kind_in_class(said[name].kind) for name, key in json_names(cls).items()}
    return kinds["items"][0] if issubclass(cls, Result) and cls.json_type is list else kinds


def differences(listed, own, where=""):
    """Yield every place where two descriptions differ: what is missing, what is made up, what has another kind."""
    if isinstance(listed, dict) and isinstance(own, dict):
        yield from (f"{where}{name}: missing" for name in listed.keys() - own.keys())
        yield from (f"{where}{name}: made up" for name in own.keys() - listed.keys())
        for name in listed.keys() & own.keys():
            yield from differences(listed[name], own[name], f"{where}{name}.")
    elif isinstance(listed, list) and isinstance(own, list):
        yield from differences(listed[0], own[0], f"{where[:-1]}[].")
    elif listed != own:
        yield f"{where[:-1]}: {listed} in the catalogue, {own} in the class"


CORNERS = [[1, 2], [30, 2], [30, 40], [1, 40]]
FILLED = {
    "integer": 3,
    "number": 0.25,
    "boolean": True,
    "corners": CORNERS,
    "corners by name": {"name": CORNERS},
    "numbers by name": {"name": 0.5, "number": 1.0},
}


def filled(node, name="x", many=2):
    """Return a value of a node with every field filled: what the service would send if it sent all."""
    match kind_of(node):
        case "string":
            return f"{name} 字 1"
        case "object":
            return {"number": "1"} if name == "content" else {"number": 0.5}
        case str(kind):
            return FILLED[kind]
        case list():
            return [filled(node["items"], name, many) for _ in range(many)]
    return {each["name"]: filled(each, each["name"], many) for each in node["fields"]}


def filled_result(api, many=2):
    """Return a `result` of an API with every field filled."""
    fields = {each["name"]: filled(each, each["name"], many) for each in tree(api)}
    return [fields] * many if APIS[api]["result"]["type"] == "array" else fields
