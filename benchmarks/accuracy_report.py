"""Shows the outcome of a run as tables on the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import TypeAlias

from benchmarks.accuracy_scores import Outcome, Score

BANDS = ((0.0, 0.6), (0.6, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 0.99), (0.99, 1.001))
HALVES = ("seen", "unseen")

Rows: TypeAlias = Sequence[tuple[str, str, Outcome]]
"""The set of each picture, its half, and its outcome."""


def show(rows: Rows) -> None:
    outcomes = [outcome for _, _, outcome in rows]
    _accuracy(rows)
    _texts(rows)
    _composites(rows)
    _negatives(outcomes)
    for kind in sorted({outcome.kind for outcome in outcomes}):
        _calibration(kind, [score for outcome in outcomes if outcome.kind == kind for score in outcome.counted])
    _times(outcomes)
    print("\nWrong fields of the seen half, the surest first")
    for outcome, score in worst([outcome for _, half, outcome in rows if half == "seen"]):
        print(
            f"  {score.confidence:.2f} {Path(outcome.file).name}: {score.name} {score.truth!r} read as {score.read!r}"
        )


def worst(outcomes: list[Outcome]) -> list[tuple[Outcome, Score]]:
    wrong = [(outcome, score) for outcome in outcomes for score in outcome.counted if not score.right]
    return sorted(wrong, key=lambda pair: -pair[1].confidence)


def _accuracy(rows: Rows) -> None:
    print(f"{'fields right':60}{'seen':>16}{'unseen':>16}")
    fields = [row for row in rows if row[2].scores]
    single = [row for row in fields if not row[2].finds]
    for title, counted, key in (
        ("set and level", single, lambda s, o: f"{s}, {o.kind}, level {o.level}"),
        ("set and document", fields, lambda s, o: f"{s}, {o.kind}, {o.document}"),
        ("set", single, lambda s, o: f"{s}, {o.kind}"),
    ):
        print(f"by {title}")
        for name, group in _grouped(counted, key):
            scores = {half: [s for _, h, o in group if h == half for s in o.counted] for half in HALVES}
            print(f"  {name:58}" + "".join(f"{_share(scores[half]):>16}" for half in HALVES))
    apart = [score for _, _, outcome in rows for score in outcome.scores if score.apart]
    if apart:
        print(f"  {'seals and ciphers, counted apart':58}{_share(apart):>32}")


def _share(scores: Sequence[Score]) -> str:
    return f"{sum(s.right for s in scores) / len(scores):.1%} of {len(scores)}" if scores else "-"


def _texts(rows: Rows) -> None:
    texts = [(f"{s}, {o.kind}, level {o.level}, {half}", o.text) for s, half, o in rows if o.text]
    for name in sorted({name for name, _ in texts}):
        group = [text for key, text in texts if key == name]
        right = sum(text.right for text in group) / sum(text.characters for text in group)
        order = sum(text.order for text in group) / len(group)
        print(f"text, {name}: {len(group)} pages, characters right {right:.1%}, neighbours in order {order:.1%}")


def _composites(rows: Rows) -> None:
    for name, group in _grouped([row for row in rows if row[2].finds], lambda s, o: f"{s}, {o.kind}"):
        for half in HALVES:
            outcomes = [outcome for _, of, outcome in group if of == half]
            finds = [find for outcome in outcomes for find in outcome.finds]
            if finds:
                found, false = sum(find.found for find in finds), sum(outcome.false_finds for outcome in outcomes)
                print(
                    f"composites, {name}, {half}: {found} of {len(finds)} found with type and IoU >= 0.75, {false} false"
                )


def _negatives(outcomes: Sequence[Outcome]) -> None:
    refusals = [(outcome.file, api, refused) for outcome in outcomes for api, refused in outcome.refusals.items()]
    if refusals:
        print(f"\npictures without the document asked for, refused: {sum(r for *_, r in refusals)} of {len(refusals)}")
        for file, api, _ in (it for it in refusals if not it[2]):
            print(f"  {Path(file).name} was answered by {api}")


def _calibration(kind: str, scores: Sequence[Score]) -> None:
    print(f"\nconfidence, {kind:12} fields   right")
    for low, high in BANDS:
        band = [score for score in scores if low <= score.confidence < high and score.read]
        if band:
            print(
                f"{low:.2f} to {min(high, 1):.2f}           {len(band):7}{sum(s.right for s in band) / len(band):8.1%}"
            )
    sure = [score for score in scores if score.confidence >= 0.9 and score.read]
    if sure:
        print(f"0.90 and above          {len(sure):7}{sum(s.right for s in sure) / len(sure):8.1%}")


def _times(outcomes: Sequence[Outcome]) -> None:
    print()
    for composite in (False, True):
        times = sorted(outcome.seconds for outcome in outcomes if bool(outcome.finds) == composite)
        if times:
            name = "composite" if composite else "one document"
            print(
                f"seconds, {name}: median {median(times):.2f}, p95 {times[int(0.95 * (len(times) - 1))]:.2f}, max {times[-1]:.2f}"
            )


def _grouped(rows: Iterable[tuple[str, str, Outcome]], key: Callable[[str, Outcome], str]) -> list[tuple[str, list]]:
    groups: dict[str, list] = {}
    for row in rows:
        groups.setdefault(key(row[0], row[2]), []).append(row)
    return sorted(groups.items())
