"""Asyncio client for the OCR services of Huawei Cloud and G42 Cloud.

    async with OcrSession.from_env(region="cn-north-4") as session:
        ticket = await session.recognize(TrainTicket, "ticket.jpg")

`OcrSession.local()` is the same on a service in this process, with no account and no network.
"""

from ocr_async.public_names import lazily

__getattr__, __dir__, __all__ = lazily(__name__)
