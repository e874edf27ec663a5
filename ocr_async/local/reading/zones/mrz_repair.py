"""Repair the text of a machine readable zone: lengths, field types and check digits decide between look-alikes.

Everything here is about strings. A repair is the cheapest explanation of what was read: each changed character
costs what such a mistake is unlikely, each check digit that does not fit costs more than two likely mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise, product
from types import MappingProxyType

from attrs import field, frozen

from ocr_async.fields.mrz import FILLER, Mrz, check_digit, parse
from ocr_async.local.reading.words.countries import is_issuer
from ocr_async.local.reading.zones.mrz_layouts import LAYOUTS, SMALL_PASSPORT, Layout

AS_LETTER = MappingProxyType(dict(zip("0123456789", "OIZBASGTBP", strict=True)))
AS_DIGIT = MappingProxyType(dict(zip("OQDUILJTZASGB", "0000111724568", strict=True)))
AS_SEX = MappingProxyType({"N": "M", "H": "M", "W": "M", "P": "F", "E": "F", "R": "F", "K": FILLER})
TWINS = ("0O", "1I", "2Z", "5S", "8B", "6G")
COUSINS = ("0OQD", "1ILJT7", "4A", "3B8", "MNHW", "UVY", "EF", "PRF", "0689", "56", "CG", "KC<")

MISREAD_FILLERS = re.compile(r"<<[CK<]+$")
RUN_OF_FILLERS = re.compile(r"([CK])\1{4}.*")
"""No name has five of one letter in a row: from there on fillers were misread."""
LONGEST_SEARCH = 200
RARE = 2.0  # a passport with the short lines of TD2: few are
HOPELESS = 12.0  # the cost of fitting lines to a layout from which on they have another one
CHANGE = 0.05  # each change between letters and digits in a number: most have few
UNLIKE = 3.0  # a character that no look-alike explains
UNFIT = 4.0  # a check digit that does not fit
LOOK_ALIKE = 0.3  # a letter read for the digit that its field asks for, or the other way about
TWIN = 1.0  # a letter for the digit that looks the same, or the other way about, told by the check digit alone
PRINTED = 2.5  # what it speaks for a number that it is printed elsewhere too: more than any one look-alike costs
COUSIN = 2.0  # any other look-alike, told by the check digit alone
MISREAD = 2.0  # a check digit that was itself read wrong
SHIFTED = 0.4  # a filler too few or too many in a run
TORN = 2.0  # any other character too few or too many


@frozen
class Zone:
    """A machine readable zone after repair: its lines, what they say, and what the repair cost."""

    layout: Layout
    lines: tuple[str, ...] = field(repr=False)
    mrz: Mrz = field(repr=False)
    cost: float


def repair(rows: Sequence[str], printed: Iterable[str] = ()) -> Zone | None:
    """Return the cheapest reading of `rows` as a machine readable zone, None if they are none.

    `printed` holds the words and lines that stand elsewhere on the page: a document number among them is the likelier
    one, and they tell the surname from the given names where the fillers between them were misread.
    """
    words = frozenset(printed)
    zones = [
        _solve(layout, "".join(texts), cost, words)
        for layout in LAYOUTS
        if layout.height == len(rows)
        for cost, texts in _fits(layout, rows)
    ]
    return min(zones, key=lambda zone: zone.cost, default=None)


def _fits(layout: Layout, rows: Sequence[str]) -> Iterator[tuple[float, tuple[str, ...]]]:
    kinds = [layout.kinds[i : i + layout.width] for i in range(0, len(layout.kinds), layout.width)]
    choices = [_lines(row, kind) for row, kind in zip(rows, kinds, strict=True)]
    for combination in product(*choices):
        cost = sum(cost for cost, _ in combination)
        if cost < HOPELESS:
            yield cost, tuple(text for _, text in combination)


def _lines(row: str, kinds: str, keep: int = 3) -> list[tuple[float, str]]:
    """Return the cheapest ways to see `row` as a line of these kinds, most likely first."""
    fits: dict[str, float] = {}
    for paid, aligned in _aligned(row, len(kinds)):
        cost, text = _coerce(aligned, kinds)
        fits[text] = min(paid + cost, fits.get(text, HOPELESS))
    likely = sorted((cost, text) for text, cost in fits.items() if cost < HOPELESS)
    return likely[:keep]


def _aligned(row: str, width: int) -> Iterator[tuple[float, str]]:
    """Yield `row` brought to `width` characters, with what that costs."""
    missing = width - len(row)
    if missing == 0:
        yield 0.0, row
    elif missing > 0:
        run = _longest_run(row)
        yield _stretch(row, missing), row[: run[1]] + FILLER * missing + row[run[1] :]
        if missing <= 2:
            yield from ((TORN * missing, row[:i] + FILLER * missing + row[i:]) for i in range(len(row) + 1))
    elif missing >= -4:
        start, end = _longest_run(row)
        if end - start > -missing:
            yield -missing * SHIFTED, row[:start] + row[start - missing :]
        yield from ((TORN * -missing, row[:i] + row[i - missing :]) for i in range(width + 1))


def _stretch(row: str, missing: int) -> float:
    """Return the cost of fillers that were not read: little at the end of a long run, where they are often lost."""
    start, end = _longest_run(row)
    return SHIFTED * min(missing, 4) if end - start >= 3 or missing > 4 else TORN * missing


def _longest_run(row: str) -> tuple[int, int]:
    """Return where the longest run of fillers starts and ends, the end of the row if there is none."""
    best = (len(row), len(row))
    start = 0
    for i, char in enumerate(row + " "):
        if char != FILLER:
            if i - start > best[1] - best[0]:
                best = (start, i)
            start = i + 1
    return best


def _coerce(row: str, kinds: str) -> tuple[float, str]:
    """Return `row` with each character made to fit its kind, and the cost of that."""
    pairs = [_fit(char, kind) for char, kind in zip(row, kinds, strict=True)]
    return sum(cost for cost, _ in pairs), "".join(char for _, char in pairs)


def _fit(char: str, kind: str) -> tuple[float, str]:
    if _allowed(char, kind):
        return 0.0, char
    table = {"A": AS_LETTER, "D": AS_DIGIT, "C": AS_DIGIT, "S": AS_SEX}[kind]
    return (LOOK_ALIKE, table[char]) if char in table else (UNLIKE, char)


def _allowed(char: str, kind: str) -> bool:
    match kind:
        case "A":
            return char == FILLER or char.isalpha()
        case "D":
            return char.isdigit()
        case "C":
            return char == FILLER or char.isdigit()
        case "S":
            return char in "MFX<"
        case _:
            return True


def _solve(layout: Layout, text: str, cost: float, printed: frozenset[str]) -> Zone:
    """Return the cheapest choice of look-alikes for this text under all its check digits."""
    text, named = _name_countries(layout, _part_names(layout, _end_names(layout, text), printed))
    if layout is SMALL_PASSPORT and text.startswith("P"):
        named += RARE
    choices = [_candidates(layout, text, name, printed) for name in layout.checks]
    ranked = sorted((sum(price for price, _ in some), [value for _, value in some]) for some in product(*choices))
    (price, values), *others = ranked[:LONGEST_SEARCH]
    best = _priced(layout, _patched(layout, text, values), cost + named + price)
    for price, values in others:
        if cost + named + price >= best.cost:
            break
        zone = _priced(layout, _patched(layout, text, values), cost + named + price)
        best = min(best, zone, key=lambda zone: zone.cost)
    return best


def _priced(layout: Layout, text: str, paid: float) -> Zone:
    """Return the zone of `text`; a composite check digit that does not fit has its price."""
    lines = tuple(text[i : i + layout.width] for i in range(0, len(text), layout.width))
    mrz = parse(lines)
    if mrz is None:
        raise ValueError("A zone has capital letters, digits and fillers only.")
    return Zone(layout, lines, mrz, paid if mrz.checks["composite"] else paid + UNFIT)


def _patched(layout: Layout, text: str, values: Sequence[str]) -> str:
    """Return `text` with the checked fields (each with its check digit at the end) replaced by `values`."""
    chars = list(text)
    for (name, at), value in zip(layout.checks.items(), values, strict=True):
        start, end = layout.fields[name]
        chars[start:end] = value[:-1]
        chars[at] = value[-1]
    return "".join(chars)


def _candidates(
    layout: Layout, text: str, name: str, printed: frozenset[str], keep: int = 6
) -> list[tuple[float, str]]:
    """Return the likely readings of a checked field together with its check digit, cheapest first."""
    start, end = layout.fields[name]
    at = layout.checks[name]
    value, digit = text[start:end], text[at]
    fitting: list[tuple[float, str]] = []
    if digit == FILLER and not value.strip(FILLER):
        fitting.append((0.0, value + digit))
    for cost, variant in _variants(value, layout.kinds[start:end]):
        right = check_digit(variant)
        bonus = PRINTED if name == "number" and variant.strip(FILLER) in printed else 0.0
        if right == digit:
            fitting.append((cost - bonus + CHANGE * _changes(variant), variant + digit))
        elif cost == 0:
            fitting.append((MISREAD if right in _others(digit, COUSINS) else 1.5 * MISREAD - bonus, variant + right))
    fitting.append((UNFIT, value + digit))
    return sorted(fitting)[:keep]


def _changes(text: str) -> int:
    """Return how often letters and digits take turns."""
    return sum(one.isdigit() != other.isdigit() for one, other in pairwise(text.rstrip(FILLER)))


def _variants(value: str, kinds: str) -> Iterator[tuple[float, str]]:
    """Yield `value` itself, then with one and with two characters exchanged for look-alikes."""
    swaps = [(i, cost, other) for i, char in enumerate(value) for cost, other in _look_alikes(char, kinds[i])]
    yield 0.0, value
    for i, cost, other in swaps:
        yield cost, value[:i] + other + value[i + 1 :]
    for (i, paid, first), (j, more, second) in combinations(swaps, 2):
        if i < j:
            yield paid + more, value[:i] + first + value[i + 1 : j] + second + value[j + 1 :]


def _look_alikes(char: str, kind: str) -> list[tuple[float, str]]:
    twins = _others(char, TWINS)
    cousins = _others(char, COUSINS) - twins
    likely = [(TWIN, other) for other in twins] + [(COUSIN, other) for other in cousins]
    return [(cost, other) for cost, other in likely if _allowed(other, kind)]


def _others(char: str, groups: Iterable[str]) -> set[str]:
    return {other for group in groups if char in group for other in group if other != char}


def _name_countries(layout: Layout, text: str) -> tuple[str, float]:
    """Replace a country code that does not exist by the one that looks like it, or by the other code of the zone."""
    price = 0.0
    for name, other in (("issuer", "nationality"), ("nationality", "issuer")):
        (start, end), (first, last) = layout.fields[name], layout.fields[other]
        code, known = text[start:end], text[first:last]
        if is_issuer(code.rstrip(FILLER)):
            continue
        likely = {variant for _, variant in _variants(code, "AAA") if is_issuer(variant.rstrip(FILLER))}
        if is_issuer(known.rstrip(FILLER)) and sum(map(str.__ne__, code, known)) == 1:
            likely = {known}
        price += TWIN if len(likely) == 1 else MISREAD
        if len(likely) == 1:
            text = text[:start] + likely.pop() + text[end:]
    return text, price


def _end_names(layout: Layout, text: str) -> str:
    """Return the text with fillers alone after the names: three fillers in a row end them.

    Two do too where only what a filler is misread as follows: surname and given names are parted once.
    """
    start, end = layout.fields["names"]
    names = RUN_OF_FILLERS.sub("", text[start:end])
    text = text[:start] + names.ljust(end - start, FILLER) + text[end:]
    names, fillers, _ = text[start:end].partition(FILLER * 3)
    if not (fillers and names):
        return text
    surname, parted, given = names.partition(FILLER * 2)
    names = surname + parted + MISREAD_FILLERS.sub("", given)
    return text[:start] + names.ljust(end - start, FILLER) + text[end:]


def _part_names(layout: Layout, text: str, printed: frozenset[str]) -> str:
    """Part surname and given names where a page prints both but the zone has one filler between them, or one misread."""
    start, end = layout.fields["names"]
    names = text[start:end].rstrip(FILLER)
    if FILLER * 2 in names:
        return text
    for place in (place for place, character in enumerate(names) if character == FILLER):
        for given in (names[place + 1 :], names[place + 2 :] if names[place + 1 : place + 2] in {"C", "K"} else ""):
            parts = names[:place], given
            if all(part.replace(FILLER, " ") in printed for part in parts):
                whole = (FILLER * 2).join(parts).ljust(end - start, FILLER)
                return text[:start] + whole[: end - start] + text[end:]
    return text
