"""How a job went, out of its ledger, cut into as many slices as a plot can show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from attrs import define, field, frozen

from ocr_async.jobs import look
from ocr_async.jobs.ledger import Ledger
from ocr_async.jobs.moments import Moment, moments
from ocr_async.jobs.record import parse
from ocr_async.jobs.values import values
from ocr_async.review.judging import general
from ocr_async.review.plots import Curve, Span

MOST_SLICES = 120
LEAST_SECONDS = 0.5
"""Of a slice: shorter ones would show how answers are written down, and not how they come."""

BINS = 200
"""Into which confidences are counted."""

MOST_FIELDS = 40


@frozen
class Clock:
    """Seconds of work since the first run began: the time between the runs is left out."""

    begun: Mapping[int, float]
    """When each run began, in seconds since 1970."""
    offset: Mapping[int, float]
    """The seconds of work before it."""
    whole: float

    def at(self, run: int | None, time: float) -> float | None:
        """Return a time of a run as seconds of work."""
        if run is None or run not in self.begun:
            return None
        return self.offset[run] + max(0.0, time - self.begun[run])

    @property
    def slices(self) -> int:
        """How many slices a plot has."""
        return min(MOST_SLICES, max(1, int(self.whole / LEAST_SECONDS)))

    def slice(self, seconds: float) -> int:
        """Return the slice that a second lies in."""
        return min(self.slices - 1, int(seconds * self.slices / self.whole))

    def middle(self, slice_: int) -> float:
        """Return the second in the middle of a slice."""
        return (slice_ + 0.5) * self.whole / self.slices


def clock_of(ledger: Ledger) -> Clock:
    """Find out when a job was at work."""
    ends: dict[int, float] = {}
    for run, latest in ledger.select(
        "select read_run, max(read_at) from item where read_at is not null group by read_run"
    ):
        ends[run] = _seconds(latest)
    for moment in moments(ledger):
        ends[moment.run] = max(moment.at, ends.get(moment.run, 0.0))
    begun, offset, whole = dict[int, float](), dict[int, float](), 0.0
    for run in look.runs(ledger):
        if run.number in ends:
            begun[run.number], offset[run.number] = _seconds(run.begun), whole
            whole += max(ends[run.number] - begun[run.number], 0.001)
    return Clock(begun, offset, whole or 1.0)


@define
class _Slice:
    done: int = 0
    failed: int = 0
    seconds: list[float] = field(factory=list[float])


def pace(ledger: Ledger, clock: Clock) -> tuple[list[Curve], list[Curve]]:
    """Return items a second, and seconds an item, over time."""
    slices = [_Slice() for _ in range(clock.slices)]
    query = "select read_run, read_at, state, seconds from item where read_at is not null and line is not null"
    for run, read_at, state, seconds in ledger.select(query):
        at = clock.at(run, _seconds(read_at))
        if at is None or state not in ("done", "failed"):
            continue
        found = slices[clock.slice(at)]
        found.done += state == "done"
        found.failed += state == "failed"
        if seconds is not None:
            found.seconds.append(seconds)
    width = clock.whole / clock.slices
    rates = [
        _curve("done a second", clock, [each.done / width for each in slices]),
        _curve("failed a second", clock, [each.failed / width for each in slices]),
    ]
    latencies = [
        _curve("half are faster (s)", clock, [quantile(sorted(each.seconds), 0.5) for each in slices]),
        _curve("95 % are faster (s)", clock, [quantile(sorted(each.seconds), 0.95) for each in slices]),
    ]
    return rates, latencies


def gates(ledger: Ledger, clock: Clock) -> Iterator[tuple[str, list[Curve]]]:
    """Yield for each gate its window, the calls in flight, and the calls refused, over time."""
    found: dict[str, list[Moment]] = {}
    for moment in moments(ledger):
        found.setdefault(f"{moment.endpoint} {moment.api}", []).append(moment)
    for name, each in sorted(found.items()):
        yield name, _gate(each, clock)


def _gate(found: Sequence[Moment], clock: Clock) -> list[Curve]:
    """Return a point for each slice in which there was a look at the gate, which is about once a second."""
    windows, flights, refused = dict[float, float](), dict[float, float](), dict[float, float]()
    before: dict[int, int] = {}
    for moment in found:
        seconds = clock.at(moment.run, moment.at)
        if seconds is None:
            continue
        at = clock.middle(clock.slice(seconds))
        windows[at] = float(moment.window)
        flights[at] = max(flights.get(at, 0.0), float(moment.in_flight))
        refused[at] = refused.get(at, 0.0) + max(0, moment.refused - before.get(moment.run, 0))
        before[moment.run] = moment.refused
    named = (("window (calls)", windows), ("calls in flight", flights), ("calls refused", refused))
    return [Curve(name, list(points.items())) for name, points in named]


def confidences(ledger: Ledger, threshold: float) -> list[Span]:
    """Return how the confidences of each field are spread, the lowest first."""
    counts: dict[str, list[int]] = {}
    for _, text in ledger.lines():
        for value in values(parse(text).get("result")):
            if value.score is not None:
                bins = counts.setdefault(general(value.name), [0] * (BINS + 1))
                bins[round(min(max(value.score, 0.0), 1.0) * BINS)] += 1
    found = [_span(name, bins, threshold) for name, bins in counts.items()]
    return sorted(found, key=lambda span: (span.low, span.middle))[:MOST_FIELDS]


def _span(name: str, bins: Sequence[int], threshold: float) -> Span:
    count = sum(bins)
    below = sum(bins[: round(threshold * BINS)])
    low, middle, high = (_bin(bins, share * count) / BINS for share in (0.05, 0.5, 0.95))
    return Span(name, low, middle, high, f"{below:,} below {threshold:g}" if below else "")


def _bin(bins: Sequence[int], rank: float) -> int:
    seen = 0
    for place, count in enumerate(bins):
        seen += count
        if seen >= rank and count:
            return place
    return 0


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """Return the value that a share of the others does not exceed, None of nothing."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def _curve(name: str, clock: Clock, figures: Iterable[float | None]) -> Curve:
    return Curve(name, [(clock.middle(place), value) for place, value in enumerate(figures)])


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
