"""Identity cards of the United Arab Emirates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from attrs import field, frozen

from ocr_async.documents import readings
from ocr_async.documents.base import DocumentType, Result, document, one_of
from ocr_async.documents.mrz import Mrz, disagreements, parse, short

if TYPE_CHECKING:
    from datetime import date

    from ocr_async.model import Json


@document
class EmiratesIdCardResult(Result):
    """What is printed on one side of an Emirates ID card; each side has a part of the fields."""

    identifiers: ClassVar[tuple[str, ...]] = ("id_number", "card_number", "laser_number")

    side: str | None = None
    """`front` or `back`."""
    id_number: str | None = None
    name_arabic: str | None = None
    name: str | None = None
    nationality_arabic: str | None = None
    nationality: str | None = None
    sex: str | None = None
    date_of_birth: str | None = None
    expiry_date: str | None = None
    card_number: str | None = None
    country_code: str | None = None
    """The country of issue."""
    machinecode1: str | None = None
    """The first line of the machine-readable zone, on the back."""
    machinecode2: str | None = None
    """The second line of the machine-readable zone, on the back."""
    machinecode3: str | None = None
    """The third line of the machine-readable zone, on the back."""
    laser_number: str | None = None

    @classmethod
    def prepare(cls, raw: Mapping[str, Json]) -> dict[str, object]:
        """Return what the fields are decoded from: on the back `id_number` is the confidence of `card_number`."""
        scores = raw.get("confidence")
        back = raw.get("id_number") is None and raw.get("card_number") is not None
        if not back or not isinstance(scores, Mapping) or "id_number" not in scores or "card_number" in scores:
            return dict(raw)
        renamed = {"card_number" if key == "id_number" else key: score for key, score in scores.items()}
        return {**raw, "confidence": renamed}

    @property
    def date_of_birth_value(self) -> date | None:
        """The day of birth."""
        return readings.day_first_date(self.date_of_birth)

    @property
    def expiry_date_value(self) -> date | None:
        """The last day on which the card is valid."""
        return readings.day_first_date(self.expiry_date)

    @property
    def mrz(self) -> Mrz | None:
        """The machine-readable zone of the back, when it has the layout of a card."""
        return parse((self.machinecode1, self.machinecode2, self.machinecode3))

    @property
    def mrz_disagreements(self) -> tuple[str, ...]:
        """The fields that do not say what the machine-readable zone says; empty without a zone."""
        zone = self.mrz
        if zone is None:
            return ()
        return disagreements(
            {
                "id_number": (self.id_number, zone.optional[0]),
                "sex": ((self.sex or "")[:1], zone.sex),
                "date_of_birth": (short(self.date_of_birth_value), zone.date_of_birth),
                "expiry_date": (short(self.expiry_date_value), zone.date_of_expiry),
                "card_number": (self.card_number, zone.number),
                "country_code": (self.country_code, zone.issuer),
            }
        )


@frozen
class EmiratesIdCard(DocumentType[EmiratesIdCardResult]):
    """One side of an Emirates ID card; G42 Cloud only."""

    api = "emirates-id-card"
    regions = ("ae-ad-1",)

    side: Literal["front", "back"] | None = field(default=None, validator=one_of("front", "back"))
    """The side in the picture; by default the service finds out."""
