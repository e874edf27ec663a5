"""All readers, by the API that they answer."""

from __future__ import annotations

from ocr_async.local.reading.bankcard import BANKCARD
from ocr_async.local.reading.emirates_id_card import EMIRATES_ID_CARD
from ocr_async.local.reading.passport import PASSPORT
from ocr_async.local.reading.quota_invoice import QUOTA_INVOICE
from ocr_async.local.reading.reader import Reader
from ocr_async.local.reading.train_ticket import TRAIN_TICKET

READERS: tuple[Reader, ...] = (TRAIN_TICKET, QUOTA_INVOICE, PASSPORT, EMIRATES_ID_CARD, BANKCARD)


def reader_for(api: str) -> Reader | None:
    """Return the reader of an API, None when there is none."""
    return next((reader for reader in READERS if reader.api == api), None)
