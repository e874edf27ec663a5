"""The types that a user sees, checked by mypy and pyright and never run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, assert_type

import httpx
from attrs import frozen

from ocr_async import AsyncioTransport
from ocr_async.batch import Done, Failed, Item, ItemLike
from ocr_async.documents import (
    Bankcard,
    BankcardResult,
    EmiratesIdCard,
    EmiratesIdCardResult,
    GeneralTable,
    GeneralTableRegion,
    IdCard,
    IdCardFront,
    InvoiceItem,
    InvoiceVerification,
    InvoiceVerificationResult,
    LicensePlate,
    LicensePlateItem,
    LocalLanguage,
    Passport,
    PassportResult,
    QuotaInvoice,
    QuotaInvoiceResult,
    TrainTicket,
    TrainTicketResult,
    VatInvoice,
)
from ocr_async.documents.classification import (
    AutoClassification,
    AutoClassificationItem,
    AutoClassificationResult,
)
from ocr_async.errors import ApiError
from ocr_async.fields import Disagreement, DocumentType, Meta, Mrz, Quad, Result, document
from ocr_async.model import Json
from ocr_async.session import OcrSession


@document
class LibraryCardResult(Result):
    number: str | None = None


@frozen
class LibraryCard(DocumentType[LibraryCardResult]):
    api: ClassVar[str] = "library-card"

    shelf: str | None = None


async def a_class_or_an_instance_gives_its_result_class(session: OcrSession, path: Path) -> None:
    assert_type(await session.recognize(TrainTicket, path), TrainTicketResult)
    assert_type(await session.recognize(TrainTicket(return_text_location=True), path), TrainTicketResult)
    assert_type(await session.recognize(QuotaInvoice(version="v1.0"), "invoice.jpg"), QuotaInvoiceResult)
    assert_type(await session.recognize(Passport(country_code="CHN"), b"", timeout=20), PassportResult)
    assert_type(await session.recognize(EmiratesIdCard(side="back"), path), EmiratesIdCardResult)
    assert_type(await session.recognize(Bankcard, path), BankcardResult)
    assert_type(await session.recognize(AutoClassification(type_list=["passport"]), path), AutoClassificationResult)


async def a_type_of_ones_own_is_as_typed_as_the_others(session: OcrSession, path: Path) -> None:
    assert_type(await session.recognize(LibraryCard, path), LibraryCardResult)
    card = await session.recognize(LibraryCard(shelf="A"), path)
    assert_type(card.number, str | None)
    assert_type(LibraryCardResult(number="7", confidence={"number": 0.5}), LibraryCardResult)


async def a_run_gives_outcomes_of_its_result_class(session: OcrSession, pictures: Iterator[Path]) -> None:
    async with session.recognize_many(TrainTicket, pictures, concurrency=4) as run:
        async for outcome in run:
            assert_type(outcome, Done[TrainTicketResult] | Failed)
            if isinstance(outcome, Done):
                assert_type(outcome.result, TrainTicketResult)
    assert_type(await run.results(), list[TrainTicketResult])


async def a_run_of_several_types_gives_any_result(session: OcrSession, path: Path) -> None:
    items: list[ItemLike] = [(TrainTicket, path), (Passport(country_code="CHN"), b"")]
    async with session.recognize_many(None, [*items, Item("a.jpg", type=Bankcard, key="a"), "b.jpg"]) as run:
        async for outcome in run:
            assert_type(outcome, Done[Result] | Failed)


def a_ticket(ticket: TrainTicketResult) -> None:
    assert_type(ticket.departure_station, str | None)
    assert_type(ticket.seal_mark, bool | None)
    assert_type(ticket.text_location, Mapping[str, Quad] | None)
    assert_type(ticket.departure_time_value, datetime | None)
    assert_type(ticket.ticket_price_value, Decimal | None)
    assert_type(ticket.confidence["departure_time"], float)
    assert_type(ticket.unknown_fields, Mapping[str, Json])
    assert_type(ticket.meta, Meta | None)
    assert_type(ticket.to_dict(), dict[str, Json])


def a_passport(page: PassportResult) -> None:
    assert_type(page.date_of_birth_value, date | None)
    assert_type(page.mrz, Mrz | None)
    assert_type(page.disagreements, tuple[Disagreement, ...])
    if page.extra_info is not None:
        assert_type(page.extra_info.local_language, LocalLanguage | None)


async def every_shape_has_its_type(session: OcrSession, path: Path) -> None:
    invoice = await session.recognize(VatInvoice(advanced_mode=True, page_num=2), path)
    assert_type(invoice.buyer_name, str | None)
    assert_type(invoice.total_value, Decimal | None)
    assert_type(invoice.belong_issue_date_value, date | None)
    assert_type(invoice.item_list, tuple[InvoiceItem, ...] | None)
    assert_type(invoice.text_location, Mapping[str, Quad] | None)
    page = await session.recognize(GeneralTable, path)
    assert_type(page.tables, tuple[GeneralTableRegion, ...])
    assert_type(page.tables[0].rows(), list[list[str]])
    plates = await session.recognize(LicensePlate, path)
    assert_type(plates[0], LicensePlateItem)
    assert_type([each.plate_number_value for each in plates], list[str | None])
    card = await session.recognize(IdCard(side="double_side"), path)
    assert_type(card.front, IdCardFront | None)
    assert_type(await session.recognize(InvoiceVerification("1", "2", "2024-01-01"), None), InvoiceVerificationResult)


def a_picture_with_several_documents(picture: AutoClassificationResult) -> None:
    for item in picture:
        assert_type(item, AutoClassificationItem)
        assert_type(item.error, ApiError | None)
        assert_type(item.content, Result | Mapping[str, Json] | None)
        assert_type(item.location, Quad | None)
    assert_type(picture.of(QuotaInvoiceResult), tuple[QuotaInvoiceResult, ...])


def wrong_options_are_seen_before_the_program_runs() -> None:
    Passport(country_code="china")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    EmiratesIdCard(side="left")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    QuotaInvoice(version="v3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    TrainTicket(return_location=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    AutoClassification(type_list=["visa"])  # pyright: ignore[reportArgumentType]


async def transports() -> None:
    async with httpx.AsyncClient(
        transport=AsyncioTransport(proxy="http://proxy:8080", verify=Path("ca.pem"))
    ) as client:
        OcrSession(http_client=client)
    OcrSession(http_client=httpx.MockTransport(lambda _: httpx.Response(200)))
