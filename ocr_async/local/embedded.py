"""The embedded service in this process: the HTTP contract, an account of its own, and a recognizer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from ocr_async.gates import Limits
from ocr_async.local.recognizer import load
from ocr_async.local.service import Account, create_app

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from ocr_async.local.reading.reader import Reader
    from ocr_async.local.recognizer import Recognizer


class LocalService(Protocol):
    """An ASGI app with the HTTP contract of the service, and the account that may call it."""

    account: Account
    capacity: Limits | None
    """How many calls it works on at once, where it knows; a session on it keeps to that unless it was given limits."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        ...

    async def load(self) -> None:
        """Bring into memory what the first call would else wait for."""
        ...

    async def aclose(self) -> None:
        """Let go of what the service holds."""
        ...


class EmbeddedService:
    """The service for one process: nobody else knows its key.

    `recognizer` reads the pictures, by default the OCR engine; `readers` are further kinds of document for that.
    """

    def __init__(
        self,
        recognizer: Recognizer | None = None,
        *,
        account: Account | None = None,
        readers: Sequence[Reader] = (),
    ) -> None:
        from ocr_async.local.reading import APIS, OcrRecognizer  # noqa: PLC0415  loads the rules of all documents

        if recognizer is None:
            recognizer = OcrRecognizer(readers=readers)
        elif readers:
            raise ValueError("readers are for the engine's own recognizer: give either them or a recognizer.")
        apis, self.capacity = APIS, None
        if isinstance(recognizer, OcrRecognizer):
            apis, self.capacity = recognizer.apis, Limits(concurrency=recognizer.concurrency)
        self.account = account or Account.random()
        self._recognizer = recognizer
        self._app: ASGIApp = create_app(recognizer, accounts=[self.account], apis=apis)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        await self._app(scope, receive, send)

    async def load(self) -> None:
        """Load the recognizer's models, as a session on the service does when it is entered."""
        await load(self._recognizer)

    async def aclose(self) -> None:
        """End the recognizer's work and let go of its models."""
        await self._recognizer.aclose()
