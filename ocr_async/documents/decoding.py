"""JSON values into result classes: strict, quick, and with every problem named when something does not fit.

Nothing is coerced: a number is no string, `"false"` is no boolean, null is None. The hooks of a class are made when
it is first decoded. The quick converter stops at the first problem; then the explaining one runs and lists them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NoReturn, TypeVar, cast

import attrs
from cattrs import BaseValidationError, Converter, transform_error
from cattrs.gen import AttributeOverride, make_dict_structure_fn, override

from ocr_async.documents.base import Chosen, Fields, Meta, Result
from ocr_async.model import Corners, Json

R = TypeVar("R", bound=Result)
Structure = Callable[[Any, Any], Any]


class MismatchError(ValueError):
    """A value of the reply has the wrong type; the text names types only, never the value."""


class ProblemsError(ValueError):
    """A value does not fit its class; `problems` are lines of the form "what is wrong @ $.result.field"."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def decode(result_class: type[R], value: Json, meta: Meta | None = None) -> R:
    """Return the value as a result, or raise ProblemsError with all that does not fit."""
    quick, explaining = _assembler(result_class, explain=False), _assembler(result_class, explain=True)
    try:
        return cast("R", quick(value, meta))
    except MismatchError:
        pass
    try:
        return cast("R", explaining(value, meta))
    except (MismatchError, BaseValidationError) as error:
        raise ProblemsError(transform_error(error, "$.result", _say)) from None


@cache
def _assembler(cls: type[Fields], *, explain: bool) -> Callable[[Json, Meta | None], Fields]:
    """Make the function that turns an object of the reply into `cls`, keeping the object as `raw`."""
    attrs.resolve_types(cls, localns={"Json": object})
    converter = _converter(explain=explain)
    about: dict[str, AttributeOverride] = {"raw": override(struct_hook=_same), "meta": override(struct_hook=_same)}
    keyed = {
        each.name: override(struct_hook=_keyed_by_field(cls, each.type, converter))
        for each in attrs.fields(cls)
        if each.type in (Mapping[str, float], Mapping[str, Corners] | None)
    }
    here = {name: each for name, each in (about | keyed).items() if hasattr(attrs.fields(cls), name)}
    structure = make_dict_structure_fn(cls, converter, _cattrs_detailed_validation=explain, **here)  # type: ignore[arg-type]
    takes_meta = issubclass(cls, Result)

    def assemble(value: Json, meta: Meta | None = None) -> Fields:
        if type(value) is not cls.json_type:
            _refuse(value, "a list" if cls.json_type is list else "an object")
        prepared = cls.prepare(value)
        prepared["raw"] = value
        if takes_meta:
            prepared["meta"] = meta
        return structure(prepared, cls)

    return assemble


@cache
def _converter(*, explain: bool) -> Converter:
    converter = Converter(detailed_validation=explain)
    for kind, name in ((str, "a string"), (bool, "true or false")):
        converter.register_structure_hook(kind, _strict(kind, name))
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook_func(lambda kind: kind == str | None, _text)
    converter.register_structure_hook_func(lambda kind: kind == Corners, _corners)
    converter.register_structure_hook_func(
        lambda kind: kind == Result | Mapping[str, object] | None,
        lambda chosen, _: _chosen(chosen, explain=explain),
    )
    converter.register_structure_hook_func(
        lambda kind: isinstance(kind, type) and issubclass(kind, Fields),
        lambda value, kind: _assembler(kind, explain=explain)(value, None),
    )
    return converter


def _text(value: object, _: object) -> str | None:
    if value is None or type(value) is str:
        return value
    return _refuse(value, "a string")


def _strict(kind: type, name: str) -> Structure:
    def check(value: object, _: object) -> object:
        return value if type(value) is kind else _refuse(value, name)

    return check


def _number(value: object, _: object) -> float:
    if type(value) is float or type(value) is int:
        return float(value)
    return _refuse(value, "a number")


def _corners(value: object, _: object) -> Corners:
    if not isinstance(value, list) or not all(map(_is_point, value)):
        _refuse(value, "a list of [x, y] points")
    return tuple((x, y) for x, y in value)


def _is_point(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(number) is int for number in value)


def _chosen(chosen: Chosen, *, explain: bool) -> Result | Mapping[str, Json] | None:
    if chosen.value is None:
        return None
    if chosen.result_class is not None:
        return cast("Result", _assembler(chosen.result_class, explain=explain)(chosen.value, None))
    return chosen.value if isinstance(chosen.value, Mapping) else _refuse(chosen.value, "an object")


def _keyed_by_field(cls: type[Fields], kind: Any, converter: Converter) -> Structure:
    """Make the hook of a mapping whose keys are fields, some of them under another name; null stands for none."""
    aliases = cls.confidence_aliases if issubclass(cls, Result) else {}
    nothing = None if kind == Mapping[str, Corners] | None else {}
    mapping = Mapping[str, float] if nothing is not None else Mapping[str, Corners]
    structure = converter.get_structure_hook(mapping)

    def rename(value: object, _: object) -> object:
        if value is None:
            return nothing
        if not isinstance(value, dict):
            _refuse(value, "an object")
        return structure({aliases.get(key, key): inner for key, inner in value.items() if inner is not None}, mapping)

    return rename


def _same(value: object, _: object) -> object:
    return value


def _refuse(value: object, wanted: str) -> NoReturn:
    raise MismatchError(f"expected {wanted}, not {_JSON_NAMES.get(type(value), 'something else')}")


def _say(error: BaseException, _: type | None) -> str:
    return str(error) if isinstance(error, MismatchError) else type(error).__name__


_JSON_NAMES: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}
