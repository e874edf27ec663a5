"""Papers of the pandemic."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from ocr_async.fields import DocumentType, Reading, Result, Words, chinese_id, document, readings


@document
class HealthCodeResult(Words, Result):
    """What a screen shot shows; which fields there are depends on its type."""

    type: Annotated[str | None, "`health_code`, `pcr_test_record`, `travel_card` or `other`."] = None
    name: str | None = None
    idcard_number: str | None = None
    phone_number: str | None = None
    province: str | None = None
    city: str | None = None
    time: str | None = None
    color: Annotated[str | None, "`green`, `yellow`, `red` or `gray`."] = None
    vaccination_status: str | None = None
    test_interval: Annotated[str | None, "How long ago the last test was."] = None
    pcr_test_result: Annotated[str | None, "`positive`, `negative` or `unknown`."] = None
    pcr_test_organization: str | None = None
    pcr_test_time: str | None = None
    pcr_sampling_time: str | None = None
    reached_city: Annotated[tuple[str, ...] | None, "The places on a travel card."] = None

    time_value = pcr_test_time_value = pcr_sampling_time_value = Reading(readings.timestamp)
    checks = (chinese_id("idcard_number"),)


@frozen
class HealthCode(DocumentType[HealthCodeResult]):
    """A screen shot of a Chinese health code or travel card."""

    api = "health-code"
    detect_direction: bool = False


@document
class PcrTestRecordResult(Words, Result):
    """What a screen shot shows."""

    name: str | None = None
    sampling_time: str | None = None
    test_time: str | None = None
    test_result: Annotated[str | None, "`positive`, `negative` or `unknown`."] = None

    sampling_time_value = test_time_value = Reading(readings.timestamp)


@frozen
class PcrTestRecord(DocumentType[PcrTestRecordResult]):
    """A screen shot of the result of a Chinese PCR test."""

    api = "pcr-test-record"
    detect_direction: bool = False
