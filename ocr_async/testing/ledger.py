"""What the scripted service was asked and what it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

import orjson
from attrs import define, field
from starlette.types import Message, Send


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
    """Faults that were played, by their name in `FAULTS`, or the name of their class."""

    @contextmanager
    def call(self) -> Generator[None]:
        """Count a recognition call for as long as it takes."""
        self.calls += 1
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            yield
        finally:
            self.in_flight -= 1

    def noting(self, send: Send) -> Send:
        """Return a `send` that notes the answer on its way."""
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            if message["type"] == "http.response.body":
                self.answers[_answer_name(status, message.get("body", b""))] += 1
            await send(message)

        return noting

    def to_json(self) -> bytes:
        """Return the counts for a reader in another process; the pictures as two numbers."""
        sums = {"pictures": len(self.processed), "processed": self.processed.total()}
        counts = {
            name: getattr(self, name) for name in ("calls", "token_requests", "signature_checks", "in_flight", "peak")
        }
        return orjson.dumps(sums | counts | {"answers": dict(self.answers), "faults": dict(self.faults)})


def _answer_name(status: int, body: bytes) -> str:
    if status == 200:
        return "200"
    try:
        return str(orjson.loads(body)["error_code"])
    except (ValueError, KeyError):
        return str(status)
