"""The APIs of the scripted service: those of the embedded one, and every document type that is defined."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from attrs import evolve

from ocr_async.documents import registry
from ocr_async.fields import DocumentType, ImageLimits, Option, Result, VersionedType, options_of
from ocr_async.local.reading import APIS
from ocr_async.local.service import Api
from ocr_async.model import Json


def registered_apis() -> Mapping[tuple[str, str], Api]:
    """Return every API by version and id, with the limits and options that its document type states."""
    types = registry.document_types()
    older = (each for each in types if issubclass(each, VersionedType))
    stated = {("v2", each.api): _api(each, each.picture) for each in types}
    stated |= {("v1.0", each.api): _api(each, each.picture_v1, each.options_v1) for each in older}
    return stated | {key: evolve(api, formats=stated[key].formats) for key, api in APIS.items()}


def _api(cls: type[DocumentType[Result]], limits: ImageLimits, names: tuple[str, ...] | None = None) -> Api:
    options = {option.name: partial(_fits, option) for option in options_of(cls) if option.name != "version"}
    chosen = options if names is None else {name: options[name] for name in names}
    sizes = (limits.max_side, limits.max_base64_bytes, limits.min_side)
    return Api(*sizes, chosen, cls.source_parameter, frozenset(limits.formats))


def _fits(option: Option, value: Json) -> bool:
    """Say whether the service takes a value: JSON of the kind of the option, and one of its choices."""
    if option.takes_several:
        return isinstance(value, list) and bool(value) and all(_is_choice(option, each) for each in value)
    if option.choices:
        return _is_choice(option, value)
    if option.kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 1
    return isinstance(value, str if option.kind is str else Mapping)


def _is_choice(option: Option, value: Json) -> bool:
    return any(type(value) is type(choice) and value == choice for choice in option.choices)
