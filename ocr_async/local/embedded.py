"""The embedded service in this process: the HTTP contract, an account of its own, and a recognizer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ocr_async.local.service import Account, create_app

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from ocr_async.local.recognizer import Recognizer


class LocalService(Protocol):
    """An ASGI app with the HTTP contract of the service, and the account that may call it."""

    account: Account

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        ...

    async def aclose(self) -> None:
        """Let go of what the service holds."""
        ...


class EmbeddedService:
    """The service for one process: nobody else knows its key. `recognizer` reads the pictures, by default the OCR engine."""

    def __init__(self, recognizer: Recognizer | None = None, *, account: Account | None = None) -> None:
        if recognizer is None:
            from ocr_async.local.reading import OcrRecognizer  # noqa: PLC0415  loads the engine's package

            recognizer = OcrRecognizer()
        self.account = account or Account.random()
        self._recognizer = recognizer
        self._app: ASGIApp = create_app(recognizer, accounts=[self.account])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        await self._app(scope, receive, send)

    async def aclose(self) -> None:
        """End the recognizer's work and let go of its models."""
        await self._recognizer.aclose()
