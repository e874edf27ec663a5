"""What a reviewer can do with the documents of a job: look, accept, correct, skip, take back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any, Literal, TypeAlias

from attrs import define, evolve, field

from ocr_async.jobs.corrections import Review, Step, corrected
from ocr_async.jobs.ledger import Ledger
from ocr_async.jobs.names import to_column
from ocr_async.jobs.paths import ledger_of
from ocr_async.jobs.record import parse
from ocr_async.jobs.values import Plain, Value, values
from ocr_async.model import Json
from ocr_async.review.judging import contradictions
from ocr_async.review.queue import Filter, Queue, ReviewProgress

Decision: TypeAlias = Literal["accepted", "skipped", "unreadable"]

DOUBTFUL = 0.8
"""The confidence below which a field is marked."""


class GoneError(Exception):
    """There is no such document, or not any more."""


@define(eq=False)
class Desk:
    """The documents of one job and one reviewer; for one thread at a time."""

    ledger: Ledger
    reviewer: str
    _review: Review
    _queue: Queue = field(factory=Queue)
    sorted: int = 0
    """Documents that are in their order by now."""
    is_sorted: bool = False

    @classmethod
    def open(cls, path: Path, reviewer: str) -> Desk:
        """Open the job of an output or ledger.

        Raises:
            JobError: there is no ledger, or it cannot be written.
        """
        where = ledger_of(path)
        ledger = Ledger.look(where)
        try:
            return cls(ledger, reviewer, Review.open(where))
        except BaseException:
            ledger.close()
            raise

    def close(self) -> None:
        """Close the files."""
        self._queue.close()
        self._review.close()
        self.ledger.close()

    def sort(self) -> None:
        """Put the documents in their order; everything else waits for it."""

        def count(number: int) -> None:
            self.sorted = number

        self._queue.fill(self._lines(), dict(self._review.verdicts()), count)
        self.is_sorted = True

    def _lines(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        known = self._review.corrections()
        for number, text in self.ledger.lines():
            line = parse(text)
            yield number, corrected(line, known.get(line["key"], ()))

    def order(self, wanted: Filter) -> Queue:
        """Return the order of the documents, ready for a filter."""
        if wanted.field is not None:
            self._queue.fill_fields(self._lines())
        return self._queue

    def line(self, number: int) -> Mapping[str, Any]:
        """Return a line with its corrections.

        Raises:
            GoneError: the job has replaced it.
        """
        line = self._original(number)
        return corrected(line, self._review.corrections(line["key"]).get(line["key"], ()))

    def _original(self, number: int) -> Mapping[str, Any]:
        found = next(self.ledger.select("select text from line where number = ?", (number,)), None)
        if found is None:
            raise GoneError
        return parse(found[0])

    def place_of(self, line: Mapping[str, Any]) -> str | None:
        """Return the path of the picture of a line."""
        query = "select place from item where key = ?"
        found = next(self.ledger.select(query, (to_column(line["key"]),)), (None,))[0]
        return found.decode("utf-8", "surrogateescape") if isinstance(found, bytes) else found

    def document(self, number: int, wanted: Filter) -> dict[str, Json]:
        """Return a document as the page shows it.

        Raises:
            GoneError: there is none any more.
        """
        line = self.line(number)
        error: Mapping[str, Any] = line.get("error") or {}
        return {
            "number": number,
            "key": line["key"],
            "type": line["type"],
            "page": line.get("page"),
            "status": line["status"],
            "code": error.get("code") or error.get("kind"),
            "message": error.get("message"),
            "verdict": self.verdict_on(line["key"]),
            "contradictions": [
                {"fields": list(each.fields), "sentence": each.sentence} for each in self._contradictions(line)
            ],
            "fields": list(self._fields(line)),
            "next": self.order(wanted).after(number, wanted),
            "before": self.order(wanted).before(number, evolve(wanted, state=None)),
        }

    def _contradictions(self, line: Mapping[str, Any]) -> Iterator[Any]:
        return contradictions(line) if line["status"] == "done" else iter(())

    def _fields(self, line: Mapping[str, Any]) -> Iterator[dict[str, Json]]:
        wrong = {name for each in self._contradictions(line) for name in each.fields}
        changed = line.get("corrected", ())
        for value in values(line.get("result")):
            is_low = value.score is not None and value.score < DOUBTFUL
            marked = "wrong" if value.name in wrong else "doubtful" if is_low else ""
            mark = "corrected" if value.name in changed else marked
            yield {"name": value.name, "value": as_text(value.value), "score": value.score, "mark": mark}

    def verdict_on(self, key: str) -> str | None:
        """Return the last verdict on an item."""
        return dict(self._review.verdicts(key)).get(key)

    def decide(self, number: int, verdict: Decision) -> None:
        """Keep a verdict on a document.

        Raises:
            GoneError: there is none any more.
            JobError: it cannot be kept.
        """
        line = self._original(number)
        self._review.note(line["key"], verdict, self.reviewer, sha256=line.get("sha256"))
        self._queue.set_verdict(line["key"], verdict)

    def correct(self, number: int, name: str, text: str | None) -> bool:
        """Keep another value of a field; return False when it is the same as before.

        Raises:
            GoneError: there is no such document or field.
            ValueError: the field holds numbers, and the text is none.
            JobError: it cannot be kept.
        """
        line = self.line(number)
        value = next((each for each in values(line.get("result")) if each.name == name), None)
        if value is None:
            raise GoneError
        new = like(value, text)
        if new == value.value:
            return False
        self._review.note(
            line["key"], "corrected", self.reviewer, sha256=line.get("sha256"), field=name, old=value.value, new=new
        )
        return True

    def undo(self) -> tuple[int | None, Step] | None:
        """Take back the reviewer's last step; return its document and what it was."""
        step = self._review.undo(self.reviewer)
        if step is None:
            return None
        return self._queue.set_verdict(step.key, self.verdict_on(step.key)), step

    def progress(self, wanted: Filter) -> ReviewProgress:
        """Count the documents of a filter."""
        return self.order(wanted).progress(wanted)


def as_text(value: Plain) -> str | None:
    """Return a value as it is shown and typed."""
    return value if value is None or isinstance(value, str) else json.dumps(value)


def like(value: Value, text: str | None) -> Plain:
    """Return what was typed as a value of the same type as the one before.

    Raises:
        ValueError: it is none.
    """
    before = value.value
    if text is None or (not text.strip() and not isinstance(before, str)):
        return None
    if isinstance(before, bool):
        if text.strip().lower() not in ("true", "false"):
            raise ValueError("true or false is wanted")
        return text.strip().lower() == "true"
    return _number(text) if isinstance(before, int | float) else text


def _number(text: str) -> int | float:
    number = float(text)
    if not isfinite(number):
        raise ValueError("a number is wanted")
    return int(number) if number.is_integer() and "." not in text else number
