"""Asyncio client for the OCR services of Huawei Cloud and G42 Cloud.

    async with OcrSession.from_env(region="cn-north-4") as session:
        ticket = await session.recognize(TrainTicket, "ticket.jpg")

`OcrSession.local()` is the same on a service in this process, with no account and no network.
"""

from ocr_async import errors, events
from ocr_async.auth import AkSk, Chain, Env, Metadata, Password, Profile, Token
from ocr_async.batch import Batch, BatchStats, Done, Failed, Item

from ocr_async.errors import OcrError
from ocr_async.gates import Limits
from ocr_async.images import Source, Url
from ocr_async.model import VERSION as __version__
from ocr_async.retry import RetryPolicy
from ocr_async.session import OcrSession, SessionStats
