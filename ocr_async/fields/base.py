"""What every result shares: its fields, what else the service sent, how sure it is, and what contradicts itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, SupportsIndex, TypeAlias, TypeVar, cast, dataclass_transform

import attrs
from attrs import field, frozen

from ocr_async.fields.annotations import per_class
from ocr_async.fields.scores import nested

if TYPE_CHECKING:
    from os import PathLike

    from PIL.Image import Image

    from ocr_async.fields.disagreements import Disagreement
    from ocr_async.fields.shapes import Quad
    from ocr_async.model import Json

NOTHING: Mapping[str, Any] = MappingProxyType({})
_CELL = (str, bool, int, float)
_ABOUT = {"about": "the fields of the document, and none of them"}

T = TypeVar("T")


@frozen
class Meta:
    """How a result came about: for support, for logs, for billing; never part of the document."""

    request_id: str | None = None
    endpoint: str = ""
    region: str | None = None
    status: int = 200
    attempts: int = 1
    seconds: float = 0.0
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    """What the reply said of limits, by lower-case header name: `x-ratelimit-...`, `retry-after`."""


@dataclass_transform(frozen_default=True, field_specifiers=(attrs.field,))
def document(cls: type[T]) -> type[T]:
    """Make an attrs class of a result or of an inner object: frozen, and its repr says how much but never what."""
    return frozen(cls, repr=False, slots=False, unsafe_hash=False)


@document
class Fields:
    """An object of a reply: its attrs fields are the documented ones, `None` where the reply has none."""

    json_type: ClassVar[type] = dict
    """The JSON type it is decoded from: an object, or a list."""

    checks: ClassVar[Sequence[Check]] = ()
    """What has to agree, beside the checks of the bases: see `disagreements`."""

    raw: Json = field(default=None, kw_only=True, metadata=_ABOUT)
    """The object as the service sent it."""

    @classmethod
    def field_names(cls) -> tuple[str, ...]:
        """Return the names of the documented fields, those of base classes first."""
        return tuple(json_names(cls))

    @property
    def unknown_fields(self) -> Mapping[str, Json]:
        """What the service sent beyond the documented fields, as it came."""
        if not isinstance(self.raw, Mapping):
            return NOTHING
        known = json_names(type(self)).values()
        return {name: value for name, value in self.raw.items() if name not in known}

    @classmethod
    def prepare(cls, raw: Any) -> dict[str, object]:
        """Return what the fields are decoded from; a class overrides it when one field decides the shape of another."""
        return dict(raw)

    def to_dict(self) -> dict[str, Json]:
        """Return plain data that is ready for JSON: every documented field, then the unknown ones."""
        sent: Mapping[str, Json] = self.raw if isinstance(self.raw, Mapping) else NOTHING
        names = json_names(type(self)).items()
        return {key: plain(getattr(self, name), sent.get(key)) for name, key in names} | dict(self.unknown_fields)

    def typed_values(self) -> dict[str, object]:
        """Return what was found as table cells: text, or the typed reading where there is a certain one.

        Fields of inner objects have dotted names, several texts stand between semicolons, other lists and what is
        missing are left out.
        """
        cells: dict[str, object] = {}
        for name in self.field_names():
            value = getattr(self, name)
            if isinstance(value, Fields):
                cells |= {f"{name}.{inner}": cell for inner, cell in value.typed_values().items()}
            elif isinstance(value, Mapping):
                inner_values = cast("Mapping[str, object]", value)
                cells |= {f"{name}.{key}": inner for key, inner in inner_values.items() if isinstance(inner, _CELL)}
            elif isinstance(value, _CELL):
                reading = getattr(self, f"{name}_value", None)
                cells[name] = value if reading is None else reading
            elif isinstance(value, tuple) and value and isinstance(value[0], str):
                cells[name] = "; ".join(cast("tuple[str, ...]", value))
        return cells

    @property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """What contradicts itself, at any depth: check digits, sums, amounts in words, machine-readable zones.

        Empty when all agrees, and when too little was read to say; never an error.
        """
        inner = (each.inside(name) for name, fields in self._inner_fields() for each in fields.disagreements)
        own = (found for check in _checks(type(self)) for found in check(self))
        return (*own, *inner)

    def _inner_fields(self) -> Iterator[tuple[str, Fields]]:
        for name in self.field_names():
            value = getattr(self, name)
            for place, each in enumerate(cast("tuple[object, ...]", value) if isinstance(value, tuple) else ()):
                if isinstance(each, Fields):
                    yield f"{name}.{place}", each
            if isinstance(value, Fields):
                yield name, value

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> Any:
        """Let an endpoint of FastAPI, or a Pydantic model, have one: it is written as `to_dict` gives it."""
        from pydantic_core import core_schema  # noqa: PLC0415  who asks has it

        written = core_schema.plain_serializer_function_ser_schema(
            lambda fields: fields.to_dict(), return_schema=core_schema.dict_schema(core_schema.str_schema())
        )
        return core_schema.is_instance_schema(cls, serialization=written)

    def __hash__(self) -> int:
        """Agree with `==`; what cannot be hashed, such as `raw`, is left to that."""
        texts = (value for name in self.field_names() if isinstance(value := getattr(self, name), str))
        return hash((type(self), *texts, *(inner for _, inner in self._inner_fields())))

    def __repr__(self) -> str:
        """Say how much was found and never what: a result must not get into a log by accident."""
        names = self.field_names()
        found = sum(getattr(self, name) is not None for name in names)
        return f"{type(self).__name__}({found} of {len(names)} fields)"


@document
class Result(Fields):
    """The fields of one recognised document.

    Strings are as the service reads them. For a field `x` that has a certain typed reading there is `x_value`,
    which is `None` when the text does not fit; a reading never raises.
    """

    confidence_aliases: ClassVar[Mapping[str, str]] = NOTHING
    """The keys of `confidence` in the reply that are not the name of their field, with that name."""

    confidence_of: ClassVar[str] = ""
    """The field that `confidence` is about where the reply has one number for all."""

    confidence: Mapping[str, float] = field(factory=dict[str, float], kw_only=True, metadata=_ABOUT)
    """How sure the service is of each field, 0 to 1, keyed by the names of the fields.

    What is inside a list or an object has a dotted name, such as `item_list.0.amount`.
    """

    meta: Meta | None = field(default=None, kw_only=True, eq=False, metadata=_ABOUT)
    """How the result came about; `None` for a result that did not come from a call."""

    @property
    def unknown_fields(self) -> Mapping[str, Json]:
        """What the service sent beyond the documented fields, as it came."""
        return {name: value for name, value in super().unknown_fields.items() if name != "confidence"}

    def to_dict(self) -> dict[str, Json]:
        """Return plain data that is ready for JSON: every documented field, the unknown ones, the confidences."""
        return super().to_dict() | {"confidence": nested(self.confidence)}

    def evidence(self, picture: str | PathLike[str] | bytes | Image) -> Mapping[str, Quad]:
        """Return the place of each field in the picture that was read, by the names that `confidence` has too.

        It is where the API said it is, else where the value is found in the lines that the local engine reads (extra
        `local`, 0.3 to 4 s; blocks: call it in a thread). What is empty or not found is left out.

        Raises:
            OcrError: the picture cannot be read, or the extra is missing and the API gave no places.
        """
        from ocr_async.review.evidence import evidence  # noqa: PLC0415  only who asks needs it

        return evidence(self.to_dict(), picture)

    def show(self, picture: str | PathLike[str] | bytes | Image) -> Image:
        """Return the picture with the fields drawn on it, each in its place: the last value of a cell of a notebook.

        Doubtful fields and those that contradict each other have a colour of their own. Blocks as `evidence` does.

        Raises: see `evidence`.
        """
        from ocr_async.review.drawing import drawn  # noqa: PLC0415  only who asks needs it

        return drawn(self, picture)

    @classmethod
    def in_reply(cls, reply: Mapping[str, Json]) -> Json:
        """Return the part of a reply that is decoded: `result`."""
        return reply["result"]

    def _repr_html_(self) -> str:
        """Show the fields as a table in a notebook."""
        from ocr_async.fields.display import table  # noqa: PLC0415  only notebooks need it

        return table(self)


Check: TypeAlias = "Callable[[Any], Iterator[Disagreement]]"
"""Yields what contradicts itself in a result."""

I = TypeVar("I", bound=Fields, covariant=True)  # noqa: E741


@document
class ListResult(Result, Generic[I]):
    """A reply that is a list; `len`, indexing and iteration work on its items."""

    json_type: ClassVar[type] = list

    items: tuple[I, ...] = ()

    @classmethod
    def prepare(cls, raw: Sequence[Json]) -> dict[str, object]:
        """Return what the fields are decoded from."""
        return {"items": raw}

    def typed_values(self) -> dict[str, object]:
        """Return what was found as table cells, numbered by item: `0.type`, `1.type` and so on."""
        numbered = ((place, item.typed_values()) for place, item in enumerate(self.items))
        return {f"{place}.{name}": cell for place, cells in numbered for name, cell in cells.items()}

    def _inner_fields(self) -> Iterator[tuple[str, Fields]]:
        return ((str(place), item) for place, item in enumerate(self.items))

    def __iter__(self) -> Iterator[I]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, place: SupportsIndex) -> I:
        return self.items[place]

    def __bool__(self) -> bool:
        return True


@frozen
class Chosen:
    """A value whose class another field decides, made by `prepare`; without a class it is kept as it came."""

    result_class: type[Result] | None
    value: Json


@per_class
def _checks(cls: type[Any]) -> tuple[Check, ...]:
    """Return the checks of a class and of its bases."""
    return tuple(dict.fromkeys(each for base in cls.__mro__ for each in base.__dict__.get("checks", ())))


@per_class
def json_names(cls: type[Any]) -> Mapping[str, str]:
    """Return the documented fields with their keys; `class_` is the key `class`, a reserved word."""
    return {a.name: a.name.removesuffix("_") for a in attrs.fields(cls) if "about" not in a.metadata}


def plain(value: object, sent: object = None) -> Json:
    """Return a value of a field as plain data that is ready for JSON."""
    if value is None or type(value) is str or value is sent:  # nearly all of them, and the checks below are slow
        return cast("Json", value)
    if isinstance(value, Fields):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in cast("Mapping[str, object]", value).items()}
    if isinstance(value, tuple | list):
        return [plain(inner) for inner in cast("Sequence[object]", value)]
    return cast("Json", value)
