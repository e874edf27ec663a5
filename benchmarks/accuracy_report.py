"""Shows the outcome of a run: tables on the terminal, or a page with pictures beside truth and reading."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median

from PIL import Image

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


def page(outcomes: list[Outcome], folder: Path) -> str:
    """Return an HTML page: each picture beside its truth and its reading, the worst first."""
    order = sorted(outcomes, key=lambda o: (o.exact, -len([s for s in o.scores if not s.right])))
    return _HEAD + "".join(_section(outcome, folder) for outcome in order)


def _section(outcome: Outcome, folder: Path) -> str:
    rows = "".join(
        f"<tr class={'right' if s.right else 'wrong'}><td>{html.escape(s.name)}<td>{html.escape(s.truth)}"
        f"<td>{html.escape(s.read)}<td>{s.confidence:.2f}"
        for s in outcome.scores
    )
    return (
        f"<section><h2>{html.escape(outcome.file)} · {outcome.kind}, level {outcome.level} · {outcome.seconds:.2f} s</h2>"
        f"<img src='data:image/jpeg;base64,{_thumbnail(folder / outcome.file)}'>"
        f"<table><tr><th>field<th>truth<th>read<th>confidence{rows}</table></section>"
    )


def _thumbnail(path: Path) -> str:
    with Image.open(path) as picture:
        small = picture.convert("RGB")
        small.thumbnail((800, 800))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=70)
    return base64.b64encode(out.getvalue()).decode()


_HEAD = """<!doctype html><meta charset=utf-8><title>Accuracy</title><style>
body{font:14px/1.4 system-ui;margin:2em}section{display:flex;flex-wrap:wrap;gap:1em;border-top:1px solid #ccc;padding:1em 0}
h2{flex-basis:100%;font-size:1em;margin:0}img{max-width:48%;align-self:start}table{border-collapse:collapse}
td,th{padding:.1em .6em;text-align:left}.wrong{background:#fdd}</style>
"""
