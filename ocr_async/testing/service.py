"""The embedded service with a script behind it and faults before it, and a ledger of what it was asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from starlette.types import Receive, Scope, Send

from ocr_async.gates import Limits
from ocr_async.local.service import UNLIMITED, Account, Api, Limiter, ServiceLimits, create_app
from ocr_async.testing.apis import registered_apis
from ocr_async.testing.faults import Answer, Fault, checked_faults, fault_name
from ocr_async.testing.ledger import Ledger
from ocr_async.testing.playing import answer, play
from ocr_async.testing.recognizer import NO_REPLIES, Replies, ScriptedRecognizer

ACCOUNT = Account(
    ak="TESTACCESSKEY0000001",
    sk="test-secret-key",
    user="tester",
    password="test-password",  # noqa: S106  opens nothing but this service
    domain="test",
)


class ScriptedService:
    """An ASGI app for tests: the embedded service that answers from a script.

    Give it to a session in process, or to `serve` for a real socket. `replies` are values of `result` (the documented
    samples by default, with a number of its own for each picture), `faults` are played one a recognition call until
    they run out, `limits` what the service admits, `seconds` how long a picture takes. `recognizer`, `limiter`,
    `faults` and `ledger` may be read and changed while it runs. `GET /testing/ledger` gives the counts as JSON.
    """

    def __init__(  # noqa: PLR0913  each is one thing that a test may script
        self,
        replies: Replies = NO_REPLIES,
        *,
        faults: Iterable[Fault | None] = (),
        limits: ServiceLimits | Callable[[float], ServiceLimits] = UNLIMITED,
        seconds: float | Callable[[], float] = 0.0,
        account: Account = ACCOUNT,
        url_allow_list: Sequence[str] = (),
        apis: Mapping[tuple[str, str], Api] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.account = account
        self.recognizer = ScriptedRecognizer(replies, seconds)
        self.limiter = Limiter(limits, clock)
        self.ledger = Ledger(processed=self.recognizer.processed)
        self.faults = checked_faults(faults)
        self.capacity: Limits | None = None
        self._app = create_app(
            self.recognizer,
            accounts=[account],
            limiter=self.limiter,
            url_allow_list=url_allow_list,
            apis=apis if apis is not None else registered_apis(),
            clock=clock,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        path = scope.get("path", "")
        if "/ocr/" in path:
            with self.ledger.call():
                await self._recognize(scope, receive, self.ledger.noting(send))
        elif path == "/testing/ledger":
            await answer(Answer(200, self.ledger.to_json(), {"Content-Type": "application/json"}), send)
        else:
            self.ledger.token_requests += path == "/v3/auth/tokens"
            self.ledger.project_requests += path == "/v3/projects"
            await self._app(scope, receive, send)

    async def load(self) -> None:
        """Have nothing to load."""

    async def aclose(self) -> None:
        """Close the recognizer; a session on this service does it when it closes."""
        await self.recognizer.aclose()

    async def _recognize(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = next(self.faults, None)
        if fault is not None:
            self.ledger.faults[fault_name(fault)] += 1
        await play(fault, self._process, scope, receive, send)

    async def _process(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.ledger.signature_checks += any(name == b"authorization" for name, _ in scope["headers"])
        await self._app(scope, receive, send)
