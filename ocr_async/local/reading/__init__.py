"""Reads real pictures: from the bytes of a file to the fields of a document.

The way is the same for every document: `pictures` decodes, `outlines` finds where the documents lie, `upright` cuts
each out, turns it and reads its lines into a `Page`; the readers of `documents` compete for it, and the one that knows it
best finds the fields by labels, places and forms, and puts them right by check digits and dictionaries. How sure a field
is (`confidence`) is part of the reading. What documents have in common is in `zones`, what they may say in `words`.

A reader is one value (`reader.Reader`) in one module, and may come from outside of the package:

    ANCHORS = ((r"PARKING", 0.5), (r"PLATE", 0.3), (r"PAID UNTIL", 0.3))

    def read(page: Page, options: Options) -> Reading:
        label = page.first("PLATE")
        beside = page.right_of(label) if label else []
        return Reading({"plate": field_of(beside[0])} if beside else {})

    PARKING_TICKET = Reader(
        api="parking-ticket",
        versions={"v2": Api(max_side=4096)},
        layout=Layout.SLIP,
        item_type="parking_ticket",
        fields=("plate",),
        needs=("plate",),
        likeness=lambda page: anchored(page, ANCHORS),
        read=read,
    )

    OcrSession.local(readers=[PARKING_TICKET])

Most documents are forms, and their readers hardly more than declarations: `zones.forms` says how the labels of a form
declare its fields, `zones.key_value` makes `read` and `likeness` from them.

The table of APIs, the list of readers and auto-classification follow from it. The rules see only a `Page`, so that lines
written by hand are enough to test them.
"""

from __future__ import annotations

from ocr_async.local.reading.registry import APIS
from ocr_async.local.reading.threads import OcrRecognizer

__all__ = ["APIS", "OcrRecognizer"]
