"""Several documents in one picture, each with its type, its corners and its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, TypeVar, get_args

import attrs
from attrs import field, frozen

from ocr_async.documents import registry
from ocr_async.documents.base import Chosen, DocumentType, Fields, ImageLimits, Result, boolean, document
from ocr_async.error_codes import SUCCEEDED, api_error

if TYPE_CHECKING:
    from ocr_async.errors import ApiError
    from ocr_async.model import Corners, Json

R = TypeVar("R", bound=Result)

ContentType: TypeAlias = Literal[
    "id_card_portrait_side",
    "id_card_emblem_side",
    "vehicle_license_front",
    "vehicle_license_back",
    "driver_license_front",
    "driver_license_back",
    "passport",
    "bankcard",
    "transportation_license",
    "vat_invoice",
    "vat_roll_invoice",
    "mvs_invoice",
    "taxi_invoice",
    "train_ticket",
    "quota_invoice",
    "toll_invoice",
    "flight_itinerary",
]
"""The types of document that one picture is searched for."""

CONTENT_TYPES: tuple[str, ...] = get_args(ContentType)

_API_OF_CONTENT: Mapping[str, str] = MappingProxyType(
    {
        "id_card_portrait_side": "id-card",
        "id_card_emblem_side": "id-card",
        "vehicle_license_front": "vehicle-license",
        "vehicle_license_back": "vehicle-license",
        "driver_license_front": "driver-license",
        "driver_license_back": "driver-license",
        "vat_roll_invoice": "vat-invoice",
    }
)


@document
class ItemStatus(Fields):
    """The outcome of one document: `AIS.0000` when it was read."""

    error_code: str | None = None
    error_msg: str | None = None


@document
class AutoClassificationItem(Fields):
    """One document of a picture."""

    status: ItemStatus | None = None
    type: str | None = None
    """One of `CONTENT_TYPES`, or a newer one."""
    location: Corners | None = None
    """The corners in the picture."""
    content: Result | Mapping[str, Json] | None = None
    """The fields, as the result class of the type, or as they came when the type has no class; `None` on failure."""
    seal_mark: bool | None = None
    """Whether the document carries a seal, with `detect_seal`."""

    @property
    def error(self) -> ApiError | None:
        """Why this document was not read, as a value; `None` when it was. Only documents that were read are billed."""
        code = (self.status and self.status.error_code) or SUCCEEDED
        if self.status is None or code == SUCCEEDED:
            return None
        return api_error(200, code, self.status.error_msg or "")

    @classmethod
    def prepare(cls, raw: Mapping[str, Json]) -> dict[str, object]:
        """Return what the fields are decoded from: the type decides the class of the content."""
        status = raw.get("status")
        failed = isinstance(status, Mapping) and status.get("error_code", SUCCEEDED) != SUCCEEDED
        content = None if failed and not raw.get("content") else raw.get("content")
        return {**raw, "content": Chosen(content_class(raw.get("type")), content)}


@document
class AutoClassificationResult(Result):
    """The documents of one picture, in the order of the reply; `len`, indexing and iteration work on them."""

    json_type: ClassVar[type] = list

    items: tuple[AutoClassificationItem, ...] = ()

    def of(self, result_class: type[R]) -> tuple[R, ...]:
        """Return the contents that were read as this class, such as `TrainTicketResult`."""
        return tuple(item.content for item in self.items if isinstance(item.content, result_class))

    @property
    def failed(self) -> tuple[AutoClassificationItem, ...]:
        """The documents that were found and not read."""
        return tuple(item for item in self.items if item.error is not None)

    @classmethod
    def prepare(cls, raw: Sequence[Json]) -> dict[str, object]:
        """Return what the fields are decoded from: the reply is a list."""
        return {"items": raw}

    def typed_values(self) -> dict[str, object]:
        """Return what was found as table cells: `0.type`, `0.content.amount`, `1.type` and so on."""
        cells: dict[str, object] = {}
        for place, item in enumerate(self.items):
            cells |= {f"{place}.{name}": cell for name, cell in item.typed_values().items()}
        return cells

    def _repr_html_(self) -> str:
        """Show one table for each document that was read, and one line for each other."""
        from ocr_async.documents import display  # noqa: PLC0415  only notebooks need it

        shown: list[str] = []
        for number, item in enumerate(self.items, start=1):
            caption = f"{number}. {item.type}"
            if isinstance(item.content, Result):
                shown.append(display.table(item.content, caption))
            else:
                shown.append(display.notice(f"{caption}: {item.error or 'has no result class yet, see its content'}"))
        return "".join(shown)

    def __iter__(self) -> Iterator[AutoClassificationItem]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, place: int) -> AutoClassificationItem:
        return self.items[place]

    def __bool__(self) -> bool:
        return True


def content_class(content_type: object) -> type[Result] | None:
    """Return the result class of a type of document, or None when there is none yet."""
    if not isinstance(content_type, str):
        return None
    api = _API_OF_CONTENT.get(content_type, content_type.replace("_", "-"))
    return registry.find(api).result_class if api in registry.APIS else None


def _type_list(value: Sequence[ContentType] | None) -> tuple[ContentType, ...] | None:
    return None if value is None else tuple(value)


def _check_type_list(_: object, attribute: attrs.Attribute[Any], value: tuple[str, ...] | None) -> None:
    unknown = [each for each in value or () if each not in CONTENT_TYPES]
    if unknown or value == ():
        raise ValueError(f"{attribute.name}={value!r} is not a choice of {', '.join(CONTENT_TYPES)}")


@frozen
class AutoClassification(DocumentType[AutoClassificationResult]):
    """A picture with several documents, which the service finds, classifies and reads one by one."""

    api = "auto-classification"
    regions = ("cn-north-4",)

    type_list: Sequence[ContentType] | None = field(default=None, converter=_type_list, validator=_check_type_list)
    """The types to look for; by default all."""
    detect_seal: bool = field(default=False, validator=boolean)
    """Whether each document is also searched for a seal."""
    extended_parameters: Mapping[str, Mapping[str, Json]] | None = None
    """Options for single types, such as `{"passport": {"country_code": "CHN"}}`; one name for both sides of a card."""

    @property
    def limits(self) -> ImageLimits:
        """What the service accepts as a picture of this type."""
        return ImageLimits(max_side=8000)
