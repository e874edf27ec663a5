"""What every document type and every result share.

A new API is two small classes: a `DocumentType[SomeResult]` whose attrs fields are the options of the request,
and a `Result` whose attrs fields are the fields of the reply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast, dataclass_transform, get_args

import attrs
from attrs import field, frozen

if TYPE_CHECKING:
    from ocr_async.model import Json

MEBIBYTE = 1024 * 1024
NOTHING: Mapping[str, Any] = MappingProxyType({})
_CELL = (str, bool, int, float)
_ABOUT = {"about": "the fields of the document, and none of them"}

T = TypeVar("T")


@frozen
class ImageLimits:
    """What the service accepts as a picture of one type: base64 size in bytes, sides in pixels, file formats."""

    max_base64_bytes: int = 10 * MEBIBYTE
    min_side: int = 15
    max_side: int = 8192
    formats: tuple[str, ...] = ("JPEG", "PNG", "BMP", "TIFF")


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

    identifiers: ClassVar[tuple[str, ...]] = ()
    """The fields that are numbers by name only, so that a table keeps them as text."""

    json_type: ClassVar[type] = dict
    """The JSON type it is decoded from: an object, or a list."""

    raw: Json = field(default=None, kw_only=True, metadata=_ABOUT)
    """The object as the service sent it."""

    @classmethod
    def field_names(cls) -> tuple[str, ...]:
        """Return the names of the documented fields, in the order of the reference pages."""
        return tuple(a.name for a in attrs.fields(cast("Any", cls)) if "about" not in a.metadata)

    @property
    def unknown_fields(self) -> Mapping[str, Json]:
        """What the service sent beyond the documented fields, as it came."""
        if not isinstance(self.raw, Mapping):
            return NOTHING
        known = frozenset(self.field_names())
        return {name: value for name, value in self.raw.items() if name not in known}

    @classmethod
    def prepare(cls, raw: Any) -> dict[str, object]:
        """Return what the fields are decoded from; a class overrides it when one field decides the shape of another."""
        return dict(raw)

    def to_dict(self) -> dict[str, Json]:
        """Return plain data that is ready for JSON: every documented field, then the unknown ones."""
        return {name: _plain(getattr(self, name)) for name in self.field_names()} | dict(self.unknown_fields)

    def typed_values(self) -> dict[str, object]:
        """Return what was found as table cells: text, or the typed reading where there is a certain one.

        Fields of inner objects have dotted names; what is missing is left out.
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
        return cells

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

    confidence: Mapping[str, float] = field(factory=dict[str, float], kw_only=True, metadata=_ABOUT)
    """How sure the service is of each field, 0 to 1, keyed by the names of the fields."""

    meta: Meta | None = field(default=None, kw_only=True, eq=False, metadata=_ABOUT)
    """How the result came about; `None` for a result that did not come from a call."""

    @property
    def unknown_fields(self) -> Mapping[str, Json]:
        """What the service sent beyond the documented fields, as it came."""
        return {name: value for name, value in super().unknown_fields.items() if name != "confidence"}

    def to_dict(self) -> dict[str, Json]:
        """Return plain data that is ready for JSON: every documented field, the unknown ones, the confidences."""
        return super().to_dict() | {"confidence": dict(self.confidence)}

    def _repr_html_(self) -> str:
        """Show the fields as a table in a notebook."""
        from ocr_async.documents.display import table  # noqa: PLC0415  only notebooks need it

        return table(self)


@frozen
class Chosen:
    """A value whose class another field decides, made by `prepare`; without a class it is kept as it came."""

    result_class: type[Result] | None
    value: Json


R = TypeVar("R", bound=Result, covariant=True)


@frozen
class DocumentType(Generic[R]):
    """One recognition API; the attrs fields of a subclass are the options of its request.

    A value that equals its default is left out of the request.
    """

    api: ClassVar[str]
    """The last part of the path, such as "train-ticket"."""

    result_class: ClassVar[type[Result]]
    """The class of the results: the argument of `DocumentType[...]` in the class statement."""

    source_parameter: ClassVar[str] = "image"
    """The parameter that takes the base64 of the picture."""

    regions: ClassVar[tuple[str, ...]] = ()
    """The ids of the regions that offer the API; empty when unknown, and then no region is refused."""

    only_on: ClassVar[Mapping[str, str]] = NOTHING
    """The options that one cloud alone understands, with the name of that cloud."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for base in cls.__dict__.get("__orig_bases__", ()):
            for argument in get_args(base):
                if isinstance(argument, type) and issubclass(argument, Result):
                    cls.result_class = argument

    @property
    def limits(self) -> ImageLimits:
        """What the service accepts as a picture of this type."""
        return ImageLimits()

    def path(self, project_id: str) -> str:
        """Return the path of the API for a project."""
        return f"/v2/{project_id}/ocr/{self.api}"

    def options(self) -> dict[str, Json]:
        """Return the JSON parameters beside the source."""
        chosen: dict[str, Json] = {}
        for attribute in attrs.fields(type(self)):
            value = getattr(self, attribute.name)
            if value != attribute.default:
                chosen[attribute.name] = _plain(value)
        return chosen


def instance(document_type: DocumentType[R] | type[DocumentType[R]]) -> DocumentType[R]:
    """Return the document type itself, or the one with all options left out that a class stands for.

    Raises TypeError for what is neither.
    """
    if isinstance(document_type, DocumentType):
        return document_type
    if not _is_document_type(document_type):
        raise TypeError(
            f"{document_type!r} is no document type: pass a class such as TrainTicket, or an instance of one"
        )
    return cast(
        "DocumentType[R]",
        _without_options.get(document_type) or _without_options.setdefault(document_type, document_type()),
    )


def _is_document_type(cls: object) -> bool:
    return hasattr(cls, "api") and isinstance(cls, type) and issubclass(cls, DocumentType)


_without_options: dict[type[Any], object] = {}


def one_of(*choices: object) -> Any:
    """Make an attrs validator that refuses every value but these with a ValueError that lists them.

    None stands for "left out" and always passes.
    """

    def check(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if value is not None and not any(type(value) is type(choice) and value == choice for choice in choices):
            listed = ", ".join(repr(choice) for choice in choices)
            raise ValueError(f"{attribute.name}={value!r} is not one of {listed}")

    return check


boolean = one_of(*(True, False))
"""The validator of an option that is true or false."""


def _plain(value: object) -> Json:
    if value is None or type(value) is str:  # nearly all of them, and the checks below are slow
        return cast("Json", value)
    if isinstance(value, Fields):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in cast("Mapping[str, object]", value).items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in cast("Sequence[object]", value)]
    return cast("Json", value)
