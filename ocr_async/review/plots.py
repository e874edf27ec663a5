"""Plots as SVG inside a page: drawn by the server, readable without a script, each with its figures as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import floor, log10

from attrs import frozen

from ocr_async import html

WIDTH, HEIGHT = 720, 230
LEFT, RIGHT, TOP, BOTTOM = 58, 12, 34, 28
"""Margins around the plot, for the numbers at its axes and the names of its curves."""

ROW = 26
NAME_WIDTH = 230
MOST_NAME = 34
"""Characters of a name beside a bar; the table has all of it."""

STYLE = """
figure { margin: 0 0 2rem; } figcaption { font-weight: 600; margin-bottom: .3rem; }
.scroll { overflow-x: auto; } svg { width: 100%; min-width: 36rem; height: auto; display: block; } svg text { font: 12px system-ui, sans-serif; fill: var(--faint); }
.grid { stroke: var(--line); stroke-width: 1; } .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
.c0 { stroke: var(--c0); } .c1 { stroke: var(--c1); stroke-dasharray: 6 3; } .c2 { stroke: var(--c2); stroke-dasharray: 2 3; }
.b { fill: var(--c0); } .m { stroke: var(--text); stroke-width: 3; } .run { stroke: var(--faint); stroke-dasharray: 2 4; }
svg text.strong { fill: var(--text); }
"""


@frozen
class Curve:
    """Values over time, None where there are none."""

    name: str
    points: Sequence[tuple[float, float | None]]
    """Seconds and the value."""


@frozen
class Span:
    """How values are spread: the 5th, 50th and 95th percentile, and what stands beside."""

    name: str
    low: float
    middle: float
    high: float
    note: str = ""


def over_time(title: str, curves: Sequence[Curve], marks: Sequence[float] = ()) -> str:
    """Return curves over seconds of work; `marks` are where a new run begins."""
    last = max((at for curve in curves for at, _ in curve.points), default=0.0) or 1.0
    top = _ceiling(max((value for curve in curves for _, value in curve.points if value is not None), default=0.0))

    def x(at: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * at / last

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top

    parts = [*_levels(top, y), *_moments(last, x)]
    parts += [f'<path class="run" d="M{x(at):.1f} {TOP}V{HEIGHT - BOTTOM}"/>' for at in marks if 0 < at < last]
    for number, curve in enumerate(curves):
        points = [(x(at), None if value is None else y(value)) for at, value in curve.points]
        parts.append(f'<path class="curve c{number % 3}" d="{_path(points)}"/>')
        parts.append(_legend(number, curve.name))
    rows = (
        [html.Row((f"{at:.0f}", *_values(curves, place))) for place, (at, _) in enumerate(curves[0].points)]
        if curves
        else []
    )
    return _figure(title, HEIGHT, parts, html.table(("s", *(curve.name for curve in curves)), rows))


def bars(title: str, counts: Sequence[tuple[str, int]]) -> str:
    """Return one bar for each name."""
    most = max((count for _, count in counts), default=1)
    parts: list[str] = []
    for row, (name, count) in enumerate(counts):
        y, width = ROW * row, max(2.0, (WIDTH - NAME_WIDTH - 80) * count / most)
        parts.append(_name(name, y))
        parts.append(f'<rect class="b" x="{NAME_WIDTH}" y="{y + 5}" width="{width:.1f}" height="{ROW - 10}" rx="3"/>')
        parts.append(_text(NAME_WIDTH + width + 8, y + 18, f"{count:,}"))
    table = html.table(("", "number"), [html.Row(each) for each in counts])
    return _figure(title, ROW * max(len(counts), 1), parts, table)


def spans(title: str, found: Sequence[Span]) -> str:
    """Return one bar from the 5th to the 95th percentile for each name, between 0 and 1, with a mark at the middle."""
    width = WIDTH - NAME_WIDTH - 130

    def x(value: float) -> float:
        return NAME_WIDTH + width * value

    height = ROW * len(found)
    parts = [f'<path class="grid" d="M{x(at / 5):.1f} 0V{height}"/>' for at in range(6)]
    parts += [_text(x(at / 5), height + 16, f"{at / 5:.1f}", "middle") for at in range(6)]
    for row, each in enumerate(found):
        y = ROW * row
        parts.append(_name(each.name, y))
        long = max(x(each.high) - x(each.low), 2.0)
        parts.append(
            f'<rect class="b" x="{x(each.low):.1f}" y="{y + 9}" width="{long:.1f}" height="{ROW - 18}" rx="3"/>'
        )
        parts.append(f'<path class="m" d="M{x(each.middle):.1f} {y + 4}v{ROW - 8}"/>')
        parts.append(_text(x(1) + 10, y + 18, each.note))
    rows = [
        html.Row((each.name, *(f"{part:.3f}" for part in (each.low, each.middle, each.high)), each.note))
        for each in found
    ]
    return _figure(title, height + 22, parts, html.table(("field", "5 %", "50 %", "95 %", ""), rows))


def _figure(title: str, height: float, parts: Sequence[str], table: str) -> str:
    name = html.text(title)
    drawing = f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{name}">{"".join(parts)}</svg>'
    return (
        f'<figure><figcaption>{name}</figcaption><div class="scroll">{drawing}</div>'
        f'<details><summary>Figures</summary><div class="figures">{table}</div></details></figure>'
    )


def _levels(top: float, y: Callable[[float], float]) -> Iterator[str]:
    for step in range(5):
        value = top * step / 4
        yield f'<path class="grid" d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}"/>'
        yield _text(LEFT - 8, y(value) + 4, f"{value:g}", "end")


def _moments(last: float, x: Callable[[float], float]) -> Iterator[str]:
    unit, name = (3600.0, "h") if last > 2 * 3600 else (60.0, "min") if last > 2 * 60 else (1.0, "s")
    step = _ceiling(last / unit / 6) or 1.0
    for number in range(int(last / unit / step) + 1):
        yield _text(x(number * step * unit), HEIGHT - 8, f"{number * step:g} {name}", "middle" if number else "start")


def _path(points: Sequence[tuple[float, float | None]]) -> str:
    """Return a path that is broken where there is no value; a lone value is a short stroke."""
    parts: list[str] = []
    for place, (x, y) in enumerate(points):
        if y is None:
            continue
        begins = not parts or points[place - 1][1] is None
        parts.append(f"{'M' if begins else 'L'}{x:.1f} {y:.1f}" + ("h.5" if begins else ""))
    return "".join(parts)


def _legend(number: int, name: str) -> str:
    x = LEFT + 215 * number
    return f'<path class="curve c{number % 3}" d="M{x} 14h28"/>' + _text(x + 34, 18, name, strong=True)


def _name(name: str, y: float) -> str:
    short = name if len(name) <= MOST_NAME else f"{name[: MOST_NAME - 1]}…"
    return _text(NAME_WIDTH - 10, y + 18, short, "end", strong=True)


def _text(x: float, y: float, text: str, anchor: str = "start", *, strong: bool = False) -> str:
    kind = ' class="strong"' if strong else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{html.text(text)}</text>'


def _values(curves: Sequence[Curve], place: int) -> Iterator[str]:
    for curve in curves:
        value = curve.points[place][1]
        yield "" if value is None else f"{value:.3g}"


def _ceiling(value: float) -> float:
    """Return the next number above that is easy to read: 1, 2, 4 or 8 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 4, 8, 10) if step * power >= value * (1 - 1e-9))
