"""What the service must know of a recognition API: its limits and its parameters, as the reference pages state them.

Each reader brings those of its document. They are stated apart from the client's document types on purpose: the two
meet over HTTP only, so that a slip of one of them shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from attrs import frozen

from ocr_async.model import Json

Check: TypeAlias = Callable[[Json], bool]
"""Says whether a value is allowed for its parameter."""

MEBIBYTE = 1024 * 1024
FORMATS = frozenset(("JPEG", "PNG", "BMP", "TIFF"))


@frozen
class Api:
    """One API in one version: its limits (base64 in bytes, sides in pixels) and its parameters beside the picture."""

    max_side: int
    max_base64: int = 10 * MEBIBYTE
    min_side: int = 15
    parameters: Mapping[str, Check] = MappingProxyType({})
    source: str = "image"
    """The parameter that holds the picture; "" for an API that takes none."""

    formats: frozenset[str] = FORMATS
    """The formats that it takes; a PDF or OFD document has no sides to check."""


def boolean(value: Json) -> bool:
    """Take JSON booleans only: the text "true" is refused, as the real service does."""
    return isinstance(value, bool)


def integer(value: Json) -> bool:
    """Take whole numbers from 1."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def mapping(value: Json) -> bool:
    """Take JSON objects."""
    return isinstance(value, Mapping)


def text(value: Json) -> bool:
    """Take any text."""
    return isinstance(value, str)


def one_of(*allowed: str) -> Check:
    """Take one of these texts."""
    return lambda value: isinstance(value, str) and value in allowed


def list_of(*allowed: str) -> Check:
    """Take a list of these texts, each once or more."""
    each = one_of(*allowed)
    return lambda value: isinstance(value, list) and all(each(item) for item in value)
