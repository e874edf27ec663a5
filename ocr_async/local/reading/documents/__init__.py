"""The kinds of document that the embedded service reads, one module each."""

from __future__ import annotations

from ocr_async.local.reading.documents.bankcard import BANKCARD
from ocr_async.local.reading.documents.emirates_id_card import EMIRATES_ID_CARD
from ocr_async.local.reading.documents.passport import PASSPORT
from ocr_async.local.reading.documents.quota_invoice import QUOTA_INVOICE
from ocr_async.local.reading.documents.train_ticket import TRAIN_TICKET

READERS = (TRAIN_TICKET, QUOTA_INVOICE, PASSPORT, EMIRATES_ID_CARD, BANKCARD)
"""All of them; of two that know a page equally well the first is asked."""
