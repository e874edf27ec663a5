"""The kinds of document that the embedded service reads, one module each."""

from __future__ import annotations

from ocr_async.local.reading.documents.bankcard import BANKCARD
from ocr_async.local.reading.documents.business_license import BUSINESS_LICENSE
from ocr_async.local.reading.documents.driver_license import DRIVER_LICENSE_BACK, DRIVER_LICENSE_FRONT
from ocr_async.local.reading.documents.emirates_id_card import EMIRATES_ID_CARD
from ocr_async.local.reading.documents.flight_itinerary import FLIGHT_ITINERARY
from ocr_async.local.reading.documents.general_table import GENERAL_TABLE
from ocr_async.local.reading.documents.general_text import GENERAL_TEXT, WEB_IMAGE
from ocr_async.local.reading.documents.id_card import ID_CARD_EMBLEM_SIDE, ID_CARD_PORTRAIT_SIDE
from ocr_async.local.reading.documents.mvs_invoice import MVS_INVOICE
from ocr_async.local.reading.documents.passport import PASSPORT
from ocr_async.local.reading.documents.quota_invoice import QUOTA_INVOICE
from ocr_async.local.reading.documents.taxi_invoice import TAXI_INVOICE
from ocr_async.local.reading.documents.toll_invoice import TOLL_INVOICE
from ocr_async.local.reading.documents.train_ticket import TRAIN_TICKET
from ocr_async.local.reading.documents.transportation_license import TRANSPORTATION_LICENSE
from ocr_async.local.reading.documents.vat_invoice import VAT_INVOICE
from ocr_async.local.reading.documents.vat_roll_invoice import VAT_ROLL_INVOICE
from ocr_async.local.reading.documents.vehicle_license import VEHICLE_LICENSE_BACK, VEHICLE_LICENSE_FRONT
from ocr_async.local.reading.reader import Reader

READERS: tuple[Reader, ...] = (
    *(TRAIN_TICKET, PASSPORT, EMIRATES_ID_CARD, BANKCARD),
    *(ID_CARD_PORTRAIT_SIDE, ID_CARD_EMBLEM_SIDE, DRIVER_LICENSE_FRONT, DRIVER_LICENSE_BACK),
    *(VEHICLE_LICENSE_FRONT, VEHICLE_LICENSE_BACK, TRANSPORTATION_LICENSE, BUSINESS_LICENSE),
    *(VAT_INVOICE, VAT_ROLL_INVOICE, MVS_INVOICE, FLIGHT_ITINERARY, TAXI_INVOICE, TOLL_INVOICE, QUOTA_INVOICE),
    *(GENERAL_TEXT, WEB_IMAGE, GENERAL_TABLE),
)
"""All of them; of two that know a page equally well the first is asked."""
