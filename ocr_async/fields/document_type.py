"""What every document type shares: its limits, its options, its path, and that defining it registers it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar, cast, get_args

import attrs
from attrs import field, frozen

from ocr_async.fields.base import NOTHING, Result, plain
from ocr_async.fields.options import check

if TYPE_CHECKING:
    from ocr_async.model import Json

MEBIBYTE = 1024 * 1024
PICTURES = ("JPEG", "PNG", "BMP", "TIFF")
"""The formats that every API takes."""
_BUILT_IN = "ocr_async."


@frozen
class ImageLimits:
    """What the service accepts as a picture of one type: base64 size in bytes, sides in pixels, file formats."""

    max_base64_bytes: int = 10 * MEBIBYTE
    min_side: int = 15
    max_side: int = 8192
    formats: tuple[str, ...] = PICTURES


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
    """The parameter that takes the base64 of the picture; empty for an API whose options are its whole input."""

    picture: ClassVar[ImageLimits] = ImageLimits()
    """What the service accepts as a picture: the strictest figures of all sources, and every format of any."""

    regions: ClassVar[tuple[str, ...]] = ()
    """The ids of the regions that offer the API; empty when unknown, and then no region is refused."""

    only_on: ClassVar[Mapping[str, str]] = NOTHING
    """The options that one cloud alone understands, with the name of that cloud."""

    content_types: ClassVar[tuple[str, ...]] = ()
    """The names of its documents in the classifying APIs, where those are not the api with underscores.

    Two are the front and the back of a card.
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for base in cls.__dict__.get("__orig_bases__", ()):
            for argument in get_args(base):
                if isinstance(argument, type) and issubclass(argument, Result):
                    cls.result_class = argument
        if "api" in cls.__dict__:
            _register(cls)

    def __attrs_post_init__(self) -> None:
        check(self)

    @property
    def limits(self) -> ImageLimits:
        """What the service accepts as a picture of this type."""
        return self.picture

    def path(self, project_id: str) -> str:
        """Return the path of the API for a project."""
        return f"/v2/{project_id}/ocr/{self.api}"

    def options(self) -> dict[str, Json]:
        """Return the JSON parameters beside the source."""
        chosen: dict[str, Json] = {}
        for attribute in attrs.fields(type(self)):
            value = getattr(self, attribute.name)
            if value != attribute.default:
                chosen[attribute.name] = plain(value)
        return chosen


@frozen
class VersionedType(DocumentType[R]):
    """An API with an older version: its path names no project, and it takes fewer options and smaller pictures."""

    picture_v1: ClassVar[ImageLimits] = ImageLimits(max_side=4096)
    """What `v1.0` accepts as a picture."""

    options_v1: ClassVar[tuple[str, ...]] = ()
    """The options that `v1.0` has too."""

    version: Literal["v2", "v1.0"] = field(default="v2", kw_only=True)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        newer = [name for name in self.options() if name not in self.options_v1]
        if self.version == "v1.0" and newer:
            raise ValueError(f"{', '.join(newer)}: not an option of v1.0 of {self.api}. Leave it out, or the version.")

    @property
    def limits(self) -> ImageLimits:
        """What this version accepts as a picture."""
        return self.picture_v1 if self.version == "v1.0" else self.picture

    def path(self, project_id: str) -> str:
        """Return the path of this version."""
        return f"/v1.0/ocr/{self.api}" if self.version == "v1.0" else super().path(project_id)

    def options(self) -> dict[str, Json]:
        """Return the JSON parameters beside the source; the version is in the path."""
        return {name: value for name, value in super().options().items() if name != "version"}


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


def registered() -> Mapping[str, type[DocumentType[Result]]]:
    """Return the document types that were defined so far, by api."""
    return MappingProxyType(_registered)


def _register(cls: type[DocumentType[Result]]) -> None:
    """Note a type under its api; one from elsewhere goes before the one of this package."""
    known = _registered.get(cls.api)
    if known is None or known.__module__.startswith(_BUILT_IN) or not cls.__module__.startswith(_BUILT_IN):
        _registered[cls.api] = cls


def _is_document_type(cls: object) -> bool:
    return hasattr(cls, "api") and isinstance(cls, type) and issubclass(cls, DocumentType)


_registered: dict[str, type[DocumentType[Result]]] = {}
_without_options: dict[type[Any], object] = {}
