"""What can go wrong on the way to the service and back, as values; and scripts of faults."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

import orjson
from attrs import field, frozen


@frozen
class Answer:
    """The call is answered with this instead of being processed."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(factory=dict[str, str])


@frozen
class Reset:
    """The connection breaks without a reply, before or after the picture was processed."""

    processed: bool


@frozen
class Cut:
    """The picture is processed, and only this share of the reply's body arrives, in well-formed HTTP."""

    share: float


@frozen
class Stall:
    """The call waits so many seconds before it is processed."""

    seconds: float = 3.0


Fault: TypeAlias = Answer | Reset | Cut | Stall


def _refusal(status: int, code: str, message: str, **headers: str) -> Answer:
    body = orjson.dumps({"error_code": code, "error_msg": message})
    json = {"Content-Type": "application/json", "X-Request-Id": "fault"}
    return Answer(status, body, json | {name.replace("_", "-"): value for name, value in headers.items()})


# A limit so high that a client which believes it is not slowed down by a fault that hits at random.
_OVER = "The throttling threshold has been reached: policy user over ratelimit,limit:600000,time:1 minute."
_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"

FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        "too many requests": Answer(429),
        "too many requests, retry after": Answer(429, headers={"Retry-After": "1"}),
        "over the rate": _refusal(429, "APIG.0308", _OVER),
        "over the concurrency": _refusal(429, "ModelArts.4401", "Max concurrency error."),
        "backend timeout": _refusal(504, "ModelArts.4402", "Backend service timeout error."),
        "internal error": _refusal(500, "ModelArts.4505", "Backend service internal error."),
        "bad gateway": Answer(502, _HTML, {"Content-Type": "text/html"}),
        "unavailable": Answer(503),
        "reset before processing": Reset(processed=False),
        "reset after processing": Reset(processed=True),
        "truncated": Cut(0.5),
        "empty": Cut(0.0),
        "stall": Stall(),
    }
)
"""The faults that a client of this service meets, by name."""


def fault_name(fault: Fault) -> str:
    """Return the name of a fault in `FAULTS`, or the name of its class."""
    return next((name for name, known in FAULTS.items() if known == fault), type(fault).__name__)


def checked_faults(faults: Iterable[Fault | None]) -> Iterator[Fault | None]:
    """Return an iterator over faults; raise TypeError for a list with something else in it, later for another iterable."""
    if isinstance(faults, Collection):
        for fault in faults:
            _checked(fault)
    return map(_checked, faults)


def _checked(fault: object) -> Fault | None:
    if fault is None or isinstance(fault, Fault):
        return fault
    raise TypeError(f"{fault!r} is no fault: give an Answer, Reset, Cut or Stall, such as FAULTS['bad gateway']")


def random_faults(share: float, *, faults: Mapping[str, Fault] = FAULTS, seed: int = 0) -> Iterator[Fault | None]:
    """Yield a fault for that share of the calls, each kind as often as the others; the same for the same seed."""
    kinds = list(faults.values())
    return weighted_faults([(share / len(kinds), fault) for fault in kinds], seed=seed)


def weighted_faults(weights: list[tuple[float, Fault]], *, seed: int = 0) -> Iterator[Fault | None]:
    """Yield faults with a probability for each kind; `None` is a call that goes well."""
    dice = random.Random(seed)
    kinds: list[Fault | None] = [None, *(fault for _, fault in weights)]
    shares = [1 - sum(share for share, _ in weights), *(share for share, _ in weights)]
    while True:
        yield dice.choices(kinds, shares)[0]
