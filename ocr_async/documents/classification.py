"""Pictures of which one does not know what they show: several documents, each with its type, corners and fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, TypeVar, get_args

from attrs import field, frozen

from ocr_async.documents import registry
from ocr_async.error_codes import SUCCEEDED, api_error
from ocr_async.fields import CardAlarms, CardAlarmScores, Chosen, Fields, ListResult, Quad, Result, as_tuple, document
from ocr_async.fields.document_type import PICTURES, DocumentType, ImageLimits, VersionedType
from ocr_async.fields.sides import merged
from ocr_async.model import Json

if TYPE_CHECKING:
    from ocr_async.errors import ApiError

ContentType: TypeAlias = Literal[
    "id_card_portrait_side", "id_card_emblem_side", "vehicle_license_front", "vehicle_license_back",
    "driver_license_front", "driver_license_back", "passport", "bankcard", "transportation_license", "vat_invoice",
    "vat_roll_invoice", "mvs_invoice", "taxi_invoice", "train_ticket", "quota_invoice", "toll_invoice",
    "flight_itinerary",
]  # fmt: skip
"""The types of document that one picture is searched for."""

CONTENT_TYPES: tuple[str, ...] = get_args(ContentType)

R = TypeVar("R", bound=Result)
AnyDocumentType: TypeAlias = "type[DocumentType[Result]]"


@document
class ItemStatus(Fields):
    """The outcome of one document: `AIS.0000` when it was read."""

    error_code: str | None = None
    error_msg: str | None = None


@document
class AutoClassificationItem(Fields):
    """One document of a picture."""

    status: ItemStatus | None = None
    type: Annotated[str | None, "One of `CONTENT_TYPES`, or a newer one."] = None
    location: Annotated[Quad | None, "The corners in the picture."] = None
    content: Annotated[Result | Mapping[str, Json] | None, "As the class of its type, or as it came."] = None
    seal_mark: Annotated[bool | None, "Whether the document carries a seal, with `detect_seal`."] = None

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
class AutoClassificationResult(ListResult[AutoClassificationItem]):
    """The documents of one picture, in the order of the reply."""

    def of(self, result_class: type[R]) -> tuple[R, ...]:
        """Return the contents that were read as this class, such as `TrainTicketResult`."""
        return tuple(item.content for item in self.items if isinstance(item.content, result_class))

    def cards(self) -> tuple[Result, ...]:
        """Return the contents with both sides of a card as one result, at the place of the first side.

        Sides go together when both name the same number, or when the picture has one of each; else they stay apart.
        """
        return merged([(item.type or "", item.content) for item in self.items if isinstance(item.content, Result)])

    @property
    def failed(self) -> tuple[AutoClassificationItem, ...]:
        """The documents that were found and not read."""
        return tuple(item for item in self.items if item.error is not None)

    def _repr_html_(self) -> str:
        """Show one table for each document that was read, and one line for each other."""
        from ocr_async.fields import display  # noqa: PLC0415  only notebooks need it

        shown: list[str] = []
        for number, item in enumerate(self.items, start=1):
            caption = f"{number}. {item.type}"
            if isinstance(item.content, Result):
                shown.append(display.table(item.content, caption))
            else:
                shown.append(display.notice(f"{caption}: {item.error or 'has no result class yet, see its content'}"))
        return "".join(shown)


def content_class(content_type: object) -> type[Result] | None:
    """Return the result class of a type of document, or None when there is none yet."""
    found = registry.of_content(content_type) if isinstance(content_type, str) else None
    return found.result_class if found else None


@frozen
class AutoClassification(VersionedType[AutoClassificationResult]):
    """A picture with several documents, which the service finds, classifies and reads one by one.

    `type_list` are the types to look for, by default all. `extended_parameters` has options for single types, such as
    `{"passport": {"country_code": "CHN"}}`, under one name for both sides of a card.
    """

    api = "auto-classification"
    regions = ("cn-north-4",)
    picture = ImageLimits(max_side=8000, formats=(*PICTURES, "PDF", "OFD"))
    picture_v1 = ImageLimits(max_side=8000)
    options_v1 = ("type_list",)
    type_list: Sequence[ContentType] | None = field(default=None, converter=as_tuple)
    detect_seal: Annotated[bool, "Whether each document is also searched for a seal."] = False
    extended_parameters: Mapping[str, Mapping[str, Json]] | None = None
    pdf_page_number: Annotated[int, "The page of a PDF."] = 1


@document
class IdDocAlarms(CardAlarms):
    """What is wrong with the picture, with `alarm`."""

    detect_insufficient_lighting_result: bool | None = None
    detect_copy_result: bool | None = None


@document
class IdDocAlarmScores(CardAlarmScores):
    """How sure the service is of each alarm."""

    insufficient_lighting_score: int | None = None
    copy_score: int | None = None


@document
class AutoIdDocClassificationResult(Result):
    """What a picture shows; nothing is read. The confidence is that of the location."""

    confidence_of = "location"

    type: Annotated[str | None, "Such as `peru_id_card`, `hongkong_id_card` or `passport`."] = None
    location: Quad | None = None
    alarm_result: IdDocAlarms | None = None
    alarm_confidence: IdDocAlarmScores | None = None

    @property
    def document_type(self) -> AnyDocumentType | None:
        """The type that reads the document, to recognize the same picture with; None when there is none."""
        return registry.of_content(self.type) if self.type else None


@frozen
class AutoIdDocClassification(DocumentType[AutoIdDocClassificationResult]):
    """A picture of an identity document whose kind the service finds out."""

    api = "auto-id-doc-classification"
    source_parameter = "data"
    alarm: Annotated[bool, "Whether the picture is checked as well."] = False
