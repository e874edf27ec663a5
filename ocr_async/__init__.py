"""Asyncio client for the OCR services of Huawei Cloud and G42 Cloud.

    async with OcrSession.from_env(region="cn-north-4") as session:
        ticket = await session.recognize(TrainTicket, "ticket.jpg")

`OcrSession.local()` is the same on a service in this process, with no account and no network.
"""

from typing import TYPE_CHECKING

from ocr_async import errors, events
from ocr_async.auth import AkSk, Chain, Env, Metadata, Password, Profile, Token
from ocr_async.batch import Batch, BatchStats, Done, Failed, Item
from ocr_async.documents.auto_classification import (
    AutoClassification,
    AutoClassificationItem,
    AutoClassificationResult,
)
from ocr_async.documents.bankcard import Bankcard, BankcardResult
from ocr_async.documents.base import DocumentType, ImageLimits, Meta, Result
from ocr_async.documents.emirates_id_card import EmiratesIdCard, EmiratesIdCardResult
from ocr_async.documents.passport import Passport, PassportResult
from ocr_async.documents.quota_invoice import QuotaInvoice, QuotaInvoiceResult
from ocr_async.documents.train_ticket import TrainTicket, TrainTicketResult
from ocr_async.errors import OcrError
from ocr_async.gates import Limits
from ocr_async.images import Source, Url
from ocr_async.model import VERSION as __version__  # noqa: N811  its usual name
from ocr_async.retry import RetryPolicy
from ocr_async.session import OcrSession, SessionStats

if TYPE_CHECKING:
    from ocr_async.jobs import run_job

__all__ = [
    "AkSk",
    "AutoClassification",
    "AutoClassificationItem",
    "AutoClassificationResult",
    "Bankcard",
    "BankcardResult",
    "Batch",
    "BatchStats",
    "Chain",
    "DocumentType",
    "Done",
    "EmiratesIdCard",
    "EmiratesIdCardResult",
    "Env",
    "Failed",
    "ImageLimits",
    "Item",
    "Limits",
    "Meta",
    "Metadata",
    "OcrError",
    "OcrSession",
    "Passport",
    "PassportResult",
    "Password",
    "Profile",
    "QuotaInvoice",
    "QuotaInvoiceResult",
    "Result",
    "RetryPolicy",
    "SessionStats",
    "Source",
    "Token",
    "TrainTicket",
    "TrainTicketResult",
    "Url",
    "__version__",
    "errors",
    "events",
    "run_job",
]


def __getattr__(name: str) -> object:
    if name == "run_job":  # sqlite and the rest of the job code are loaded by those who run jobs
        from ocr_async.jobs import run_job  # noqa: PLC0415

        return run_job
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
