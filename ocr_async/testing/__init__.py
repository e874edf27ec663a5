"""The testing kit: the service with a script instead of an engine, for tests of programs that use this package.

    service = ScriptedService(faults=[FAULTS["bad gateway"]])      # an ASGI app with the real HTTP contract
    with serve(service) as url: ...                                # on a loopback socket, ready at once
    service.ledger.processed, service.ledger.answers               # what it did

`picture(n)` makes distinct small pictures, `picture_number(picture)` is the document number that comes back for one.
"""

from __future__ import annotations

from ocr_async.local.recognizer import Busy, Refusal, Task, Unreadable
from ocr_async.local.service import Account, Limiter, Rate, ServiceLimits, schedule
from ocr_async.testing.faults import FAULTS, Answer, Cut, Fault, Reset, Stall, random_faults, weighted_faults
from ocr_async.testing.ledger import Ledger
from ocr_async.testing.pictures import bmp, jpeg, picture, png
from ocr_async.testing.recognizer import ScriptedRecognizer, picture_number, sample_result
from ocr_async.testing.server import serve
from ocr_async.testing.service import ACCOUNT, ScriptedService

__all__ = [
    "ACCOUNT",
    "FAULTS",
    "Account",
    "Answer",
    "Busy",
    "Cut",
    "Fault",
    "Ledger",
    "Limiter",
    "Rate",
    "Refusal",
    "Reset",
    "ScriptedRecognizer",
    "ScriptedService",
    "ServiceLimits",
    "Stall",
    "Task",
    "Unreadable",
    "bmp",
    "jpeg",
    "picture",
    "picture_number",
    "png",
    "random_faults",
    "sample_result",
    "schedule",
    "serve",
    "weighted_faults",
]
