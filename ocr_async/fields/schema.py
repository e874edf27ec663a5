"""Results as JSON Schema (draft 2020-12): what `to_dict` gives, for programs that take results from elsewhere."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, get_args, get_origin

from ocr_async.fields.annotations import Annotation, annotations_of
from ocr_async.fields.base import Fields, Result, json_names
from ocr_async.fields.shapes import Count, Quad
from ocr_async.model import Json

Schema = dict[str, Json]

_PLAIN: Mapping[object, str] = {str: "string", bool: "boolean", int: "integer", Count: "integer", float: "number"}
_POINT: Schema = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
_QUAD: Schema = {"description": "Corner points in pixels: x to the right, y down.", "type": "array", "items": _POINT}
_SCORES: Schema = {
    "description": "How sure the service is of each field, 0 to 1; of what is inside, in objects and lists as there.",
    "type": "object",
    "additionalProperties": {"$ref": "#/$defs/Score"},
}
_SCORE: Schema = {
    "anyOf": [
        {"type": "number"},
        {"type": "array", "items": {"$ref": "#/$defs/Score"}},
        {"type": "object", "additionalProperties": {"$ref": "#/$defs/Score"}},
    ]
}


def json_schema(result_class: type[Result]) -> Schema:
    """Return the schema of the plain data of a result class; fields that are not known yet are allowed."""
    definitions: dict[str, Schema] = {}
    schema = _object(result_class, definitions)
    head: Schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": result_class.__name__}
    return head | schema | ({"$defs": definitions} if definitions else {})


def _object(cls: type[Fields], definitions: dict[str, Schema]) -> Schema:
    said = annotations_of(cls)
    properties: Schema = {key: _field(said[name], definitions) for name, key in json_names(cls).items()}
    if issubclass(cls, Result):
        definitions["Score"] = _SCORE
        properties["confidence"] = _SCORES
    return {"description": inspect.getdoc(cls) or "", "type": "object", "properties": properties}


def _field(said: Annotation, definitions: dict[str, Schema]) -> Schema:
    schema = _kind(said.kind, definitions)
    if said.is_optional:
        null: Schema = {"type": "null"}
        either: Schema = {"anyOf": [schema, null]}
        schema = schema | {"type": [schema["type"], "null"]} if "type" in schema else either
    about: Schema = {"description": said.meaning} if said.meaning else {}
    return about | schema


def _kind(kind: Any, definitions: dict[str, Schema]) -> Schema:
    if kind in _PLAIN or Count in get_args(kind):
        return {"type": _PLAIN.get(kind, "integer")}
    if kind is Quad:
        definitions["Quad"] = _QUAD
        return {"$ref": "#/$defs/Quad"}
    if isinstance(kind, type) and issubclass(kind, Fields):
        if kind.__name__ not in definitions:
            definitions[kind.__name__] = {}  # it may hold itself
            definitions[kind.__name__] = _object(kind, definitions)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _kind(get_args(kind)[0], definitions)}
    if get_origin(kind) is Mapping:
        return {"type": "object", "additionalProperties": _kind(get_args(kind)[1], definitions)}
    return {"type": "object"} if Result in get_args(kind) else {}
