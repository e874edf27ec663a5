"""The two sides of a card, read as two documents of a picture, as one result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve

from ocr_async.fields.base import Result
from ocr_async.fields.document_type import registered


def merged(contents: Sequence[tuple[str, Result]]) -> tuple[Result, ...]:
    """Return the contents with the two sides of each card as one, at the place of the first side."""
    cards: list[Result | None] = [content for _, content in contents]
    for front, back in _pairs(contents):
        cards[min(front, back)] = _merge(contents[front][1], contents[back][1])
        cards[max(front, back)] = None
    return tuple(card for card in cards if card is not None)


def _pairs(contents: Sequence[tuple[str, Result]]) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    two_sided = [each.content_types for each in registered().values() if len(each.content_types) == 2]
    for front_type, back_type in two_sided:
        fronts = [place for place, (name, _) in enumerate(contents) if name == front_type]
        backs = [place for place, (name, _) in enumerate(contents) if name == back_type]
        by_number = {number: place for place in backs if (number := _number(contents[place][1]))}
        if len(by_number) < len([place for place in backs if _number(contents[place][1])]):
            continue  # two cards of one number: whose back is whose, nobody can say
        for front in fronts:
            number = _number(contents[front][1])
            if number in by_number:
                pairs.append((front, by_number.pop(number)))
            elif len(fronts) == len(backs) == 1 and not (number and by_number):
                pairs.append((front, backs[0]))
    return pairs


def _number(content: Result) -> str | None:
    number: object = getattr(content, "number", None)
    return number if isinstance(number, str) and number else None


def _merge(front: Result, back: Result) -> Result:
    missing = {
        name: value
        for name in back.field_names()
        if getattr(front, name) in (None, "") and (value := getattr(back, name)) is not None
    }
    sent = [each.raw for each in (back, front) if isinstance(each.raw, Mapping)]
    raw = {key: value for each in sent for key, value in each.items()}
    return evolve(front, **missing, confidence={**back.confidence, **front.confidence}, raw=raw)  # type: ignore[misc]
