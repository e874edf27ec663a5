"""Reads real pictures: from the bytes of a file to the fields of a document.

The way is the same for every document: `pictures` decodes, `outlines` finds where the documents lie, `upright` cuts
each out, turns it and reads its lines into a `Page`; a reader finds the fields on it by labels, places and forms, puts
them right by check digits and dictionaries, and says how sure it is (`confidence`). `classification` does that for
every document of a picture, `threads` for many pictures at a time.

A reader for one more document is a module with three declarations and two functions, added to `registry.READERS`:

    ANCHORS = ((r"出租汽车|TAXI", 0.4), (r"单价|里程", 0.3), (r"上车|下车", 0.3))

    def likeness(page: Page) -> float:
        return min(1.0, sum(weight for pattern, weight in ANCHORS if re.search(pattern, page.text)))

    def read(page: Page, options: Options) -> Reading:
        label = page.first("里程")
        value = next(iter(page.right_of(label)), None) if label else None
        if value is None:
            raise Unreadable
        return Reading({"mileage": field_of(value)})

    TAXI_INVOICE = Reader(api="taxi-invoice", item_type="taxi_invoice", fields=("mileage",), likeness=likeness, read=read)

The rules of a reader see only a `Page`, so that lines written by hand are enough to test them.
"""

from __future__ import annotations

from ocr_async.local.reading.threads import OcrRecognizer

__all__ = ["OcrRecognizer"]
