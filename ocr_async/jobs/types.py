"""Document types in words: always the same ones, since they are part of what an item is."""

from __future__ import annotations

from typing import Any, TypeAlias

import attrs

from ocr_async.fields import DocumentType, Result

AnyType: TypeAlias = DocumentType[Result]


def describe(document_type: AnyType | None) -> str:
    """Name a document type with its options, always in the same words."""
    if document_type is None:
        return "several types"
    chosen = options_text(document_type)
    return document_type.api + (f" {chosen}" if chosen else "")


def options_text(document_type: AnyType) -> str:
    """Return the options of a type as JSON, "" when there are none."""
    import orjson  # noqa: PLC0415  on first use

    chosen = options_of(document_type)
    return orjson.dumps(chosen, option=orjson.OPT_SORT_KEYS, default=str).decode() if chosen else ""


def options_of(document_type: AnyType) -> dict[str, Any]:
    """Return the arguments that make a type again: those that differ from their defaults."""
    chosen = {a.name: getattr(document_type, a.name) for a in attrs.fields(type(document_type))}
    defaults = {a.name: a.default for a in attrs.fields(type(document_type))}
    return {name: value for name, value in chosen.items() if value != defaults[name]}
