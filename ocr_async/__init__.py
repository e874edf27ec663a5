"""Asyncio client for the OCR services of Huawei Cloud and G42 Cloud.

    async with OcrSession.from_env(region="cn-north-4") as session:
        ticket = await session.recognize(TrainTicket, "ticket.jpg")

`OcrSession.local()` is the same on a service in this process, with no account and no network.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from ocr_async.model import VERSION as __version__  # noqa: N811  its usual name

if TYPE_CHECKING:
    from ocr_async import errors as errors
    from ocr_async import events as events
    from ocr_async.auth import AkSk as AkSk
    from ocr_async.auth import Chain as Chain
    from ocr_async.auth import Env as Env
    from ocr_async.auth import Metadata as Metadata
    from ocr_async.auth import Password as Password
    from ocr_async.auth import Profile as Profile
    from ocr_async.auth import Token as Token
    from ocr_async.batch import Batch as Batch
    from ocr_async.batch import BatchStats as BatchStats
    from ocr_async.batch import Done as Done
    from ocr_async.batch import Failed as Failed
    from ocr_async.batch import Item as Item
    from ocr_async.documents.auto_classification import AutoClassification as AutoClassification
    from ocr_async.documents.auto_classification import AutoClassificationItem as AutoClassificationItem
    from ocr_async.documents.auto_classification import AutoClassificationResult as AutoClassificationResult
    from ocr_async.documents.bankcard import Bankcard as Bankcard
    from ocr_async.documents.bankcard import BankcardResult as BankcardResult
    from ocr_async.documents.base import DocumentType as DocumentType
    from ocr_async.documents.base import ImageLimits as ImageLimits
    from ocr_async.documents.base import Meta as Meta
    from ocr_async.documents.base import Result as Result
    from ocr_async.documents.emirates_id_card import EmiratesIdCard as EmiratesIdCard
    from ocr_async.documents.emirates_id_card import EmiratesIdCardResult as EmiratesIdCardResult
    from ocr_async.documents.passport import Passport as Passport
    from ocr_async.documents.passport import PassportResult as PassportResult
    from ocr_async.documents.quota_invoice import QuotaInvoice as QuotaInvoice
    from ocr_async.documents.quota_invoice import QuotaInvoiceResult as QuotaInvoiceResult
    from ocr_async.documents.train_ticket import TrainTicket as TrainTicket
    from ocr_async.documents.train_ticket import TrainTicketResult as TrainTicketResult
    from ocr_async.errors import OcrError as OcrError
    from ocr_async.gates import Limits as Limits
    from ocr_async.images import Source as Source
    from ocr_async.images import Url as Url
    from ocr_async.jobs import read_results as read_results
    from ocr_async.jobs import run_job as run_job
    from ocr_async.jobs import to_arrow as to_arrow
    from ocr_async.jobs import to_pandas as to_pandas
    from ocr_async.jobs import to_polars as to_polars
    from ocr_async.retry import RetryPolicy as RetryPolicy
    from ocr_async.session import OcrSession as OcrSession
    from ocr_async.session import SessionStats as SessionStats

_NAMES = {
    "auth": ("AkSk", "Chain", "Env", "Metadata", "Password", "Profile", "Token"),
    "batch": ("Batch", "BatchStats", "Done", "Failed", "Item"),
    "documents.auto_classification": (
        "AutoClassification",
        "AutoClassificationItem",
        "AutoClassificationResult",
    ),
    "documents.bankcard": ("Bankcard", "BankcardResult"),
    "documents.base": ("DocumentType", "ImageLimits", "Meta", "Result"),
    "documents.emirates_id_card": ("EmiratesIdCard", "EmiratesIdCardResult"),
    "documents.passport": ("Passport", "PassportResult"),
    "documents.quota_invoice": ("QuotaInvoice", "QuotaInvoiceResult"),
    "documents.train_ticket": ("TrainTicket", "TrainTicketResult"),
    "errors": ("OcrError",),
    "gates": ("Limits",),
    "images": ("Source", "Url"),
    "jobs": ("read_results", "run_job", "to_arrow", "to_pandas", "to_polars"),
    "retry": ("RetryPolicy",),
    "session": ("OcrSession", "SessionStats"),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}
_MODULES = ("errors", "events")

__all__ = ["__version__", *_MODULES, *_HOMES]  # pyright: ignore[reportUnsupportedDunderAll]  # noqa: PLE0604


def __getattr__(name: str) -> object:
    """Load a public name on first use, so that a program pays for the parts that it names."""
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
