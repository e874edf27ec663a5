"""Shows the outcome of a run as an HTML page: pictures and crops of their fields beside truth and reading."""

from __future__ import annotations

import base64
import html
import io
from pathlib import Path

from PIL import Image

from benchmarks.accuracy_scores import Outcome, Score
from ocr_async.local.reading.drawing import Marks, draw, marks
from ocr_async.local.reading.engine import Engine
from ocr_async.local.recognizer import Refusal
from ocr_async.model import Corners


def page(engine: Engine, outcomes: list[tuple[Path, Outcome]]) -> str:
    """Return the page, the pictures with most errors first; every picture is read once more for the places."""
    order = sorted(outcomes, key=lambda pair: -len([s for s in pair[1].counted if not s.right]))
    return _HEAD + "".join(_section(engine, *pair) for pair in order)


def _section(engine: Engine, file: Path, outcome: Outcome) -> str:
    image = file.read_bytes()
    found = _found(engine, outcome, image)
    places = found[0].fields if len(found) == 1 else {}
    rows = "".join(_row(score, image, places.get(score.name)) for score in outcome.scores)
    about = f"{outcome.file} · {outcome.kind}, level {outcome.level} · {outcome.seconds:.2f} s"
    with Image.open(io.BytesIO(draw(image, found))) as picture:
        shown = _embedded(picture, 900)
    return (
        f"<section><h2>{html.escape(about)}</h2>{shown}"
        f"<table><tr><th>field<th>picture<th>truth<th>read<th>confidence{rows}</table></section>"
    )


def _found(engine: Engine, outcome: Outcome, image: bytes) -> list[Marks]:
    try:
        return list(marks(engine, outcome.document.replace("_", "-"), image))
    except Refusal:
        return []


def _row(score: Score, image: bytes, place: Corners | None) -> str:
    return (
        f"<tr class={'right' if score.right else 'wrong'}><td>{html.escape(score.name)}<td>{_crop(image, place)}"
        f"<td>{html.escape(score.truth)}<td>{html.escape(score.read)}<td>{score.confidence:.2f}"
    )


def _crop(image: bytes, place: Corners | None) -> str:
    if place is None:
        return ""
    across, down = [x for x, _ in place], [y for _, y in place]
    with Image.open(io.BytesIO(image)) as picture:
        box = max(0, min(across)), max(0, min(down)), min(picture.width, max(across)), min(picture.height, max(down))
        return _embedded(picture.crop(box), 240) if box[0] < box[2] and box[1] < box[3] else ""


def _embedded(picture: Image.Image, side: int) -> str:
    small = picture.convert("RGB")
    small.thumbnail((side, side))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=75)
    return f"<img src='data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}'>"


_HEAD = """<!doctype html><meta charset=utf-8><title>Accuracy</title><style>
body{font:14px/1.4 system-ui;margin:2em}section{display:flex;flex-wrap:wrap;gap:1em;border-top:1px solid #ccc;padding:1em 0}
h2{flex-basis:100%;font-size:1em;margin:0}section>img{max-width:45%;align-self:start}table{border-collapse:collapse}
td,th{padding:.1em .6em;text-align:left}td img{max-height:2.2em;display:block}.wrong{background:#fdd}</style>
"""
