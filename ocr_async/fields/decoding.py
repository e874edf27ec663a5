"""JSON values into result classes: strict, quick, and with every problem named when something does not fit.

Nothing is coerced: a number is no string, `"false"` is no boolean, null is None. The hooks of a class are made when
it is first decoded. The quick converter stops at the first problem; then the explaining one runs and lists them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args, get_origin

import attrs
from cattrs import BaseValidationError, Converter, transform_error
from cattrs.gen import make_dict_structure_fn, override

from ocr_async.fields.annotations import NAMES, Annotation, annotations_of
from ocr_async.fields.base import Chosen, Fields, Meta, Result
from ocr_async.fields.mismatch import JSON_NAMES, MismatchError, ProblemsError, number, refuse
from ocr_async.fields.scores import flat
from ocr_async.fields.shapes import Count, Quad
from ocr_async.model import Json

if TYPE_CHECKING:
    from cattrs.gen._consts import AttributeOverride

R = TypeVar("R", bound=Result)
Hook = Callable[[Any, Any], Any]
Assemble = Callable[[Json, Meta | None], Fields]


_LONGEST_COUNT = 9


class _Score:
    """A score, or scores inside an object or a list: a name for the explaining converter."""


def decode(result_class: type[R], value: Json, meta: Meta | None = None) -> R:
    """Return the value as a result, or raise ProblemsError with all that does not fit."""
    cls: Any = result_class
    quick = _quick(cls)
    try:
        return cast("R", quick(value, meta))
    except Exception:  # noqa: BLE001, S110  the explaining converter says what it was
        pass
    try:
        return cast("R", _assembler(cls, explain=True)(value, meta))
    except (MismatchError, BaseValidationError) as error:
        problems = transform_error(error, "$.result", _say)
        if cls.json_type is list:  # its items have no key in the reply
            problems = [problem.replace("$.result.items[", "$.result[") for problem in problems]
        raise ProblemsError(problems) from None


def restore(result_class: type[R], plain: Mapping[str, Json]) -> R:
    """Return the result that `to_dict` made plain; ProblemsError when the class has changed since."""
    if result_class.json_type is not list:
        return decode(result_class, plain)
    return decode(result_class, plain.get("items"))


@cache
def _quick(cls: Any) -> Assemble:
    return _assembler(cls, explain=False)


@cache
def _assembler(cls: type[Any], *, explain: bool) -> Assemble:
    """Make the function that turns a value of the reply into `cls`, a class of Fields, keeping the value as `raw`."""
    attrs.resolve_types(cls, localns=NAMES, include_extras=False)
    overrides: dict[str, AttributeOverride] = {
        each.name: override(struct_hook=_hook_of_field(cls, each, explain=explain), rename=each.name.removesuffix("_"))
        for each in attrs.fields(cls)
    }
    structure = make_dict_structure_fn(
        cls, _converter(explain=explain), _cattrs_detailed_validation=explain, **cast("Any", overrides)
    )
    json_type: type = cls.json_type
    has_meta = issubclass(cls, Result)

    def assemble(value: Json, meta: Meta | None = None) -> Fields:
        if type(value) is not json_type:
            refuse(value, JSON_NAMES[json_type])
        prepared = cls.prepare(value)
        prepared["raw"] = value
        if has_meta:
            prepared["meta"] = meta
        fields: Fields = structure(prepared, cls)
        return fields

    return assemble


def _hook_of_field(cls: type[Any], attribute: attrs.Attribute[Any], *, explain: bool) -> Hook | None:
    """Return the hook of a field that is not decoded by its type alone."""
    if attribute.name == "raw" or attribute.type == Meta | None:
        return _same
    if attribute.type == Mapping[str, float]:
        return _scores_of(cls, explain=explain)
    if attribute.type == Mapping[str, Quad] | None:
        return _places_of(cls, explain=explain)
    if getattr(attribute.type, "__parameters__", ()):
        return _of_kind(annotations_of(cls)[attribute.name], explain=explain)
    return None


def _of_kind(said: Annotation, *, explain: bool) -> Hook:
    """Make the hook of a field whose type a generic base leaves open."""
    kind = said.kind | None if said.is_optional else said.kind
    hook = _converter(explain=explain).get_structure_hook(kind)
    return lambda value, _: hook(value, kind)


def _scores_of(cls: type[Result], *, explain: bool) -> Hook:
    """Make the hook of `confidence`: numbers by field, some under another name, or inside lists and objects."""
    aliases: Mapping[str, str] = getattr(cls, "confidence_aliases", {})
    about: str = getattr(cls, "confidence_of", "")

    def scores(value: Any, _: object) -> Mapping[str, float]:
        if value is None:
            return {}
        if about and type(value) is not dict:
            return {about: number(value, None)}
        if type(value) is not dict:  # pyright: ignore[reportUnknownArgumentType]
            refuse(value, "an object")  # pyright: ignore[reportUnknownArgumentType]
        sent = dict(cast("dict[str, Any]", value))
        kinds = set(map(type, sent.values()))
        if NoneType in kinds:
            sent = {key: score for key, score in sent.items() if score is not None}
        if explain:  # for the path of each score that does not fit
            _converter(explain=True).structure(sent, cast("Any", Mapping[str, _Score]))
        if not aliases.keys().isdisjoint(sent):
            sent = {aliases.get(key, key): score for key, score in sent.items()}
        if not kinds <= {float, NoneType}:
            sent = {name: score for key, value in sent.items() for name, score in flat(key, value).items()}
        return sent

    return scores


def _places_of(cls: type[Any], *, explain: bool) -> Hook:
    """Make the hook of `text_location`: corners by field, some under another name."""
    aliases: Mapping[str, str] = getattr(cls, "confidence_aliases", {})

    def places(value: Any, _: object) -> Mapping[str, Quad] | None:
        if value is None:
            return None
        if type(value) is not dict:
            refuse(value, "an object")
        sent = {key: corners for key, corners in cast("dict[str, Any]", value).items() if corners is not None}
        if explain:
            _converter(explain=True).structure(sent, cast("Any", Mapping[str, Quad]))
        found = {aliases.get(key, key): _corners(corners, None) for key, corners in sent.items()}
        return {name: corners for name, corners in found.items() if corners is not None}

    return places


@cache
def _converter(*, explain: bool) -> Converter:
    converter = Converter(detailed_validation=explain)
    for kind in (str, bool, int):
        converter.register_structure_hook(kind, _exactly(kind))
    converter.register_structure_hook(float, number)
    converter.register_structure_hook_func(lambda kind: kind is object, _same)
    converter.register_structure_hook(Quad, _corners)
    converter.register_structure_hook(_Score, _explained_score)
    converter.register_structure_hook_func(lambda kind: kind == str | None, _text)
    converter.register_structure_hook_func(lambda kind: kind == Count | int | None, _count)
    converter.register_structure_hook_func(
        lambda kind: kind == Result | Mapping[str, object] | None,
        lambda chosen, _: _chosen(chosen, explain=explain),
    )
    converter.register_structure_hook_factory(_is_list, partial(_list_of, converter, explain=explain))
    converter.register_structure_hook_func(
        lambda kind: isinstance(kind, type) and issubclass(kind, Fields),
        lambda value, kind: _assembler(kind, explain=explain)(value, None),
    )
    return converter


def _is_list(kind: Any) -> bool:
    origin: object = get_origin(kind)
    return origin is tuple


def _list_of(converter: Converter, lists: Any, *, explain: bool) -> Hook:
    """Make the hook of a list, which nothing but a list becomes."""
    kind: Any = get_args(lists)[0]
    hook = converter.get_structure_hook(kind)

    def items(value: Any, _: object) -> tuple[object, ...]:
        if type(value) is not list:
            refuse(value, "a list")
        if explain:  # for the place of each item that does not fit
            return tuple(converter.structure(value, list[kind]))
        return tuple([hook(each, kind) for each in cast("list[object]", value)])

    return items


def _exactly(kind: type) -> Hook:
    return lambda value, _: value if type(value) is kind else refuse(value, JSON_NAMES[kind])


def _text(value: object, _: object) -> str | None:
    return value if value is None or type(value) is str else refuse(value, "a string")


def _count(value: Any, _: object) -> int | None:
    if value is None or type(value) is int:
        return value
    if type(value) is str and value.isdecimal() and len(value) <= _LONGEST_COUNT:
        return int(value)
    return refuse(value, "a number, or its digits")


def _corners(value: Any, _: object) -> Quad | None:
    if type(value) is not list:
        refuse(value, "a list of points")
    if not value or [None, None] in value:  # not known
        return None
    return Quad(_point(point) for point in cast("Sequence[Any]", value))


def _point(value: Any) -> tuple[int, int]:
    match value:
        case [x, y] if type(x) is int and type(y) is int:
            return x, y
        case _:
            raise MismatchError("expected points of two integers")


def _explained_score(value: Any, _: object) -> None:
    """Check a score, or those inside an object or a list, for the paths of all that do not fit."""
    kind: Any = float
    if type(value) is dict:
        kind = Mapping[str, float | None]
    elif type(value) is list:
        inner = [each for each in value if type(each) is dict]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        kind = list[Mapping[str, float | None]] if inner else list[float]
    _converter(explain=True).structure(value, kind)


def _chosen(chosen: Chosen, *, explain: bool) -> Result | Mapping[str, Json] | None:
    if chosen.value is None:
        return None
    if chosen.result_class is not None:
        return cast("Result", _assembler(cast("Any", chosen.result_class), explain=explain)(chosen.value, None))
    return chosen.value if isinstance(chosen.value, Mapping) else refuse(chosen.value, "an object")


def _same(value: object, _: object) -> object:
    return value


def _say(error: BaseException, _: type | None) -> str:
    return str(error) if isinstance(error, MismatchError) else type(error).__name__
