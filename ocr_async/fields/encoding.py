"""Results as the service sends them, the inverse of `decode`: for scripts of a service, and to see that nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import cast

from ocr_async.fields.base import Fields, ListResult, Result, json_names
from ocr_async.fields.scores import nested
from ocr_async.fields.shapes import Places
from ocr_async.model import Json

_NOTHING: Mapping[str, Json] = MappingProxyType({})


def encode(value: object, sent: object = None) -> Json:
    """Return a result, or a part of one, as JSON of the service: only what there is, under the names of the reply.

    What was sent as nothing (null, corners without numbers) is sent as that again.
    """
    if value is sent:  # free of form, and kept as it came
        return cast("Json", value)
    if isinstance(value, ListResult):
        return [encode(item) for item in cast("ListResult[Fields]", value)]
    if isinstance(value, Fields):
        return _object(value)
    if isinstance(value, Mapping):
        return {key: encode(inner) for key, inner in cast("Mapping[str, object]", value).items()}
    if isinstance(value, tuple | list):
        return [encode(inner) for inner in cast("tuple[object, ...]", value)]
    return cast("Json", sent if isinstance(sent, str) and sent == str(value) else value)


def _object(fields: Fields) -> dict[str, Json]:
    sent = fields.raw if isinstance(fields.raw, Mapping) else _NOTHING
    known: dict[str, Json] = {}
    for name, key in json_names(type(fields)).items():
        value, was = getattr(fields, name), sent.get(key)
        if name == "confidence" and isinstance(value, Mapping):
            if value or key in sent:
                known[key] = _scores(fields, cast("Mapping[str, float]", value), was)
        elif name == "text_location" and value is not None:
            known[key] = _places(fields, cast("Places", value), was)
        elif value is not None:
            known[key] = encode(value, was)
        elif key in sent:
            known[key] = was if _is_nothing(was) else None
    if isinstance(fields, Result) and (fields.confidence or "confidence" in sent):
        known["confidence"] = _scores(fields, fields.confidence, sent.get("confidence"))
    return known | dict(fields.unknown_fields)


def _scores(fields: Fields, found: Mapping[str, float], sent: Json) -> Json:
    about: str = getattr(fields, "confidence_of", "")
    if (about and not isinstance(sent, Mapping)) or (sent is None and not found):
        return found.get(about)
    was = sent if isinstance(sent, Mapping) else _NOTHING
    names = _names_in_reply(fields, was) | _prepared(fields, was)
    left = {".".join((names.get(key, key), *rest)): score for (key, *rest), score in _split(found)}
    return cast("dict[str, Json]", _as_sent(was, left)) | nested(left)


def _split(found: Mapping[str, float]) -> Iterator[tuple[list[str], float]]:
    return ((name.split("."), score) for name, score in found.items())


def _as_sent(was: Json, left: dict[str, float], name: str = "") -> Json:
    """Put scores where they were sent, at any depth, and take them from those that are left."""
    before = f"{name}." if name else ""
    if isinstance(was, Mapping):
        return {key: _as_sent(value, left, before + key) for key, value in was.items()}
    if isinstance(was, list):
        return [_as_sent(value, left, f"{before}{place}") for place, value in enumerate(was)]
    return None if was is None else left.pop(name, None)


def _places(fields: Fields, found: Places, sent: Json) -> Json:
    was = sent if isinstance(sent, Mapping) else _NOTHING
    names = _names_in_reply(fields, was)
    kept = {key: value for key, value in was.items() if _is_nothing(value)}
    return kept | {names.get(name, name): encode(corners) for name, corners in found.items()}


def _names_in_reply(fields: Fields, was: Mapping[str, Json]) -> dict[str, str]:
    """Return the keys of the reply that are not the name of their field, by that name."""
    aliases: Mapping[str, str] = getattr(fields, "confidence_aliases", {})
    return {name: alias for alias, name in aliases.items() if name not in was}


def _prepared(fields: Fields, was: Mapping[str, Json]) -> dict[str, str]:
    """Return the names that `prepare` has given to keys of the confidence, with those keys."""
    if not was or not isinstance(fields.raw, Mapping) or fields.raw.get("confidence") is not was:
        return {}
    prepared = cast("Mapping[str, object]", type(fields).prepare(fields.raw)["confidence"])
    return {} if prepared is was else dict(zip(prepared, was, strict=True))


def _is_nothing(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_nothing, cast("Mapping[str, object]", value).values()))
    return value is None or (isinstance(value, list) and all(map(_is_nothing, cast("list[object]", value))))
