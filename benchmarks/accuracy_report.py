"""Shows the outcome of a run as tables on the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median

from benchmarks.accuracy_scores import Outcome, Score

BANDS = ((0.0, 0.5), (0.5, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 0.99), (0.99, 1.001))


def show(outcomes: list[Outcome]) -> None:
    _accuracy(outcomes)
    _calibration([score for outcome in outcomes for score in outcome.scores])
    _classification(outcomes)
    _times(outcomes)
    print("\nWrong fields, the surest first")
    for outcome, score in worst(outcomes):
        print(
            f"  {score.confidence:.2f} {Path(outcome.file).name}: {score.name} {score.truth!r} read as {score.read!r}"
        )


def worst(outcomes: list[Outcome]) -> list[tuple[Outcome, Score]]:
    wrong = [(outcome, score) for outcome in outcomes for score in outcome.scores if not score.right]
    return sorted(wrong, key=lambda pair: -pair[1].confidence)


def _accuracy(outcomes: list[Outcome]) -> None:
    print(f"{'':38}{'pictures':>9}{'exact':>7}{'fields':>8}{'right':>8}")
    with_fields = [outcome for outcome in outcomes if outcome.scores]
    for title, key in (
        ("document", lambda o: o.document),
        ("kind and level", lambda o: f"{o.kind}, level {o.level}"),
        ("document, kind and level", lambda o: f"{o.document}, {o.kind}, level {o.level}"),
        ("all", lambda _: "all"),
    ):
        print(f"by {title}")
        for name, group in _grouped(with_fields, key):
            scores = [score for outcome in group for score in outcome.scores]
            print(
                f"  {name:36}{len(group):9}{sum(o.exact for o in group):7}{len(scores):8}"
                f"{sum(s.right for s in scores) / len(scores):8.1%}"
            )


def _calibration(scores: list[Score]) -> None:
    print("\nconfidence      fields   right")
    for low, high in BANDS:
        band = [score for score in scores if low <= score.confidence < high and score.read]
        if band:
            print(f"{low:.2f} to {min(high, 1):.2f}  {len(band):7}{sum(s.right for s in band) / len(band):8.1%}")
    sure = [score for score in scores if score.confidence > 0.9]
    if sure:
        print(f"above 0.90    {len(sure):7}{sum(s.right for s in sure) / len(sure):8.1%}")


def _classification(outcomes: list[Outcome]) -> None:
    finds = [find for outcome in outcomes for find in outcome.finds]
    if finds:
        print(
            f"\ndocuments in composites: {len(finds)}, found with type and IoU >= 0.75 {sum(f.found for f in finds)}, "
            f"lowest IoU {min(f.overlap for f in finds):.2f}, false finds {sum(o.false_finds for o in outcomes)}"
        )
    refusals = [outcome.refused_rightly for outcome in outcomes if outcome.refused_rightly is not None]
    if refusals:
        print(f"pictures without a supported document: {len(refusals)}, refused {sum(refusals)}")


def _times(outcomes: list[Outcome]) -> None:
    for name, group in _grouped(outcomes, lambda o: "composite" if o.finds else "one document"):
        times = sorted(outcome.seconds for outcome in group)
        print(
            f"seconds, {name}: median {median(times):.2f}, p95 {times[int(0.95 * (len(times) - 1))]:.2f}, max {times[-1]:.2f}"
        )


def _grouped(outcomes: Iterable[Outcome], key: Callable[[Outcome], str]) -> list[tuple[str, list[Outcome]]]:
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome), []).append(outcome)
    return sorted(groups.items())
