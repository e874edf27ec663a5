"""Taking over what somebody filled in on a sheet: each is kept as if it had been done on the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import define, field

from ocr_async.jobs.names import to_column
from ocr_async.jobs.values import values
from ocr_async.review.desk import Desk, GoneError, as_text

_VERDICTS = ("accepted", "skipped", "unreadable")


@define
class Applied:
    """What became of a file of corrections."""

    corrections: int = 0
    verdicts: int = 0
    already: int = 0
    """Steps that had been taken before."""
    unfit: list[str] = field(factory=list[str])
    """The items, with their fields, that are not what they were when the sheet was made."""


def apply(desk: Desk, steps: Iterable[Mapping[str, Any]]) -> Applied:
    """Take over the steps of a sheet; what does not fit any more is left out and named.

    Raises:
        JobError: the ledger cannot be written.
    """
    done = Applied()
    for step in steps:
        try:
            _take(desk, step, done)
        except (GoneError, ValueError):
            done.unfit.append(" ".join(str(step[name]) for name in ("key", "field") if step.get(name)))
    return done


def _take(desk: Desk, step: Mapping[str, Any], done: Applied) -> None:
    number = _number(desk, step["key"])
    line = desk.line(number)
    if line.get("sha256") != step.get("sha256"):
        raise GoneError
    verdict, name = step.get("verdict"), step.get("field")
    if verdict in _VERDICTS:
        if desk.verdict_on(line["key"]) == verdict:
            done.already += 1
        else:
            desk.decide(number, verdict)
            done.verdicts += 1
        return
    value = next((each for each in values(line.get("result")) if each.name == name), None)
    new = step.get("new")
    if value is None or not (new is None or isinstance(new, str)):
        raise GoneError
    if as_text(value.value) == new:
        done.already += 1
    elif as_text(value.value) != step.get("old"):
        raise GoneError
    else:
        desk.correct(number, value.name, new)
        done.corrections += 1


def _number(desk: Desk, key: str) -> int:
    found = next(desk.ledger.select("select line from item where key = ?", (to_column(key),)), (None,))[0]
    if found is None:
        raise GoneError
    return int(found)
