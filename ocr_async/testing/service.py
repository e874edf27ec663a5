"""The embedded service with a script behind it and faults before it, and a ledger of what it was asked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager

import anyio
import orjson
from attrs import define, field
from starlette.types import Message, Receive, Scope, Send

from ocr_async.local.service import APIS, UNLIMITED, Account, Api, Limiter, Limits, create_app
from ocr_async.testing.faults import Answer, Cut, Fault, Reset, Stall
from ocr_async.testing.recognizer import NO_REPLIES, Replies, ScriptedRecognizer

ACCOUNT = Account(
    ak="TESTACCESSKEY0000001",
    sk="test-secret-key",
    user="tester",
    password="test-password",  # noqa: S106  opens nothing but this service
    domain="test",
)

RESET = "ocr_async.reset"
"""The ASGI extension that breaks the connection; without it a reset is raised as ConnectionResetError."""


@define
class Ledger:
    """What the service was asked and what it did; counters only, so that it can be read at any time."""

    calls: int = 0
    """Recognition calls that arrived, faulty ones included."""

    token_requests: int = 0
    project_requests: int = 0
    signature_checks: int = 0
    in_flight: int = 0
    peak: int = 0
    """The most recognition calls that were there at the same time."""

    processed: Counter[str] = field(factory=Counter[str])
    """How often each picture was recognised, by the SHA-256 of the picture."""

    answers: Counter[str] = field(factory=Counter[str])
    """Answers to recognition calls: by error code, or by HTTP status where there is none, such as "200"."""

    faults: Counter[str] = field(factory=Counter[str])
    """Faults that were played, by the name of their class."""

    def to_json(self) -> bytes:
        """Return the counts for a reader in another process; the pictures as two numbers."""
        sums = {"pictures": len(self.processed), "processed": self.processed.total()}
        counts = {
            name: getattr(self, name) for name in ("calls", "token_requests", "signature_checks", "in_flight", "peak")
        }
        return orjson.dumps(sums | counts | {"answers": dict(self.answers), "faults": dict(self.faults)})


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
        limits: Limits | Callable[[float], Limits] = UNLIMITED,
        seconds: float | Callable[[], float] = 0.0,
        account: Account = ACCOUNT,
        url_allow_list: Sequence[str] = (),
        apis: Mapping[tuple[str, str], Api] = APIS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.account = account
        self.recognizer = ScriptedRecognizer(replies, seconds)
        self.limiter = Limiter(limits, clock)
        self.ledger = Ledger(processed=self.recognizer.processed)
        self.faults = iter(faults)
        self._app = create_app(
            self.recognizer,
            accounts=[account],
            limiter=self.limiter,
            url_allow_list=url_allow_list,
            apis=apis,
            clock=clock,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        path = scope.get("path", "")
        if "/ocr/" in path:
            with self._counted():
                await self._recognize(scope, receive, self._noting(send))
        elif path == "/testing/ledger":
            await _answer(Answer(200, self.ledger.to_json(), {"Content-Type": "application/json"}), send)
        else:
            self.ledger.token_requests += path == "/v3/auth/tokens"
            self.ledger.project_requests += path == "/v3/projects"
            await self._app(scope, receive, send)

    async def aclose(self) -> None:
        """Close the recognizer; a session on this service does it when it closes."""
        await self.recognizer.aclose()

    async def _recognize(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = next(self.faults, None)
        if fault is not None:
            self.ledger.faults[type(fault).__name__] += 1
        match fault:
            case Answer():
                await _drain(receive)
                return await _answer(fault, send)
            case Reset(processed=False):
                return await _reset(scope, receive)
            case Reset():
                await self._process(scope, receive, _nowhere)
                return await _reset(scope, receive)
            case Cut(share=share):
                return await self._process(scope, receive, _cutting(send, share))
            case Stall(seconds=seconds):
                await anyio.sleep(seconds)
            case None:
                pass
        return await self._process(scope, receive, send)

    async def _process(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.ledger.signature_checks += any(name == b"authorization" for name, _ in scope["headers"])
        await self._app(scope, receive, send)

    @contextmanager
    def _counted(self) -> Generator[None]:
        ledger = self.ledger
        ledger.calls += 1
        ledger.in_flight += 1
        ledger.peak = max(ledger.peak, ledger.in_flight)
        try:
            yield
        finally:
            ledger.in_flight -= 1

    def _noting(self, send: Send) -> Send:
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            if message["type"] == "http.response.body":
                self.ledger.answers[_answer_name(status, message.get("body", b""))] += 1
            await send(message)

        return noting


def _answer_name(status: int, body: bytes) -> str:
    if status == 200:
        return "200"
    try:
        return str(orjson.loads(body)["error_code"])
    except (ValueError, KeyError):
        return str(status)


async def _answer(answer: Answer, send: Send) -> None:
    headers = {**answer.headers, "Content-Length": str(len(answer.body))}
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
    await send({"type": "http.response.body", "body": answer.body})


def _cutting(send: Send, share: float) -> Send:
    start: Message = {}

    async def cutting(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
            return
        body: bytes = message.get("body", b"")
        kept = body[: int(len(body) * share)]
        headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
        await send({**start, "headers": [*headers, (b"content-length", str(len(kept)).encode())]})
        await send({**message, "body": kept})

    return cutting


async def _nowhere(_: Message) -> None:
    """Take the reply that nobody will see."""


async def _drain(receive: Receive) -> None:
    while (await receive()).get("more_body", False):
        pass


async def _reset(scope: Scope, receive: Receive) -> None:
    extension = scope.get("extensions", {}).get(RESET)
    if extension is None:
        raise ConnectionResetError("The scripted service broke the connection.")
    extension["abort"]()
    while (await receive())["type"] != "http.disconnect":
        pass
