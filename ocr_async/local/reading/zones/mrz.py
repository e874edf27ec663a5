"""Find the machine readable zone of a page, and read its strips again where the check digits do not fit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise, product

from attrs import evolve, field, frozen

from ocr_async.fields.mrz import FILLER, Mrz
from ocr_async.local.reading.confidence import confirmed, doubtful, repaired
from ocr_async.local.reading.page import Box, Line, Page, around
from ocr_async.local.reading.reader import Field
from ocr_async.local.reading.zones.dates import printed_date
from ocr_async.local.reading.zones.mrz_repair import Zone, repair

STRANGE = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТУХ‹〈《«([{人入八", "ABEZHIKMNOPTYXABEKMHOPCTYX<<<<<<<<<<")
"""What the engine writes for characters of a zone: Greek and Cyrillic look-alikes, and brackets for fillers."""

KANA = re.compile(r"[\u3040-\u30ff]")
"""Japanese characters, which blurred fillers are read as."""

NOT_ZONE = re.compile(r"[^A-Z0-9<]")
DOUBTFUL = 3.0
"""The cost of a repair from which on the strips are read again."""
HOPELESS = 14.0
"""The cost of a repair from which on the lines are no machine readable zone."""
SEEN_ONCE, CONTRADICTED = 0.85, 0.59
"""The most that is said of a name that stands only in the zone, and of one that is printed with another letter."""

MOST_STRIPS = 5
"""How many of the lowest rows are tried: the zone is at the foot of a page, and a page of numbers has many rows."""
PITCH = 1.6
"""From one line to the next, in heights of a line's box."""


@frozen
class MachineReadable:
    """A machine readable zone on a page: its text after repair, how sure it is, and where its lines stand."""

    zone: Zone = field(repr=False)
    score: float
    boxes: tuple[Box, ...]

    @property
    def mrz(self) -> Mrz:
        """What the zone says."""
        return self.zone.mrz

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines as printed, fillers included."""
        return self.zone.lines

    def fields(self, page: Page) -> dict[str, Field]:
        """Return what every zone says; a date of birth is in the century in which the page prints it."""
        mrz, printed = self.mrz, [day for line in page.lines if (day := printed_date(line.text))]
        return {
            "country_code": self.field("issuer", mrz.issuer),
            "surname": _seen_twice(self.field("names", mrz.surname), page),
            "given_name": _seen_twice(self.field("names", mrz.given_names), page),
            "number": self.field("number", mrz.number),
            "date_of_birth": self.field("date_of_birth", birth(mrz, printed)),
            "sex": self.field("sex", mrz.sex),
            "date_of_expiry": self.field("date_of_expiry", expiry(mrz)),
        }

    def field(self, name: str, text: str) -> Field:
        """Return a field of the document that says `text`, from the place that the zone calls `name`."""
        return Field(text, self.confidence(name), self.box(name))

    def confidence(self, name: str) -> float:
        """Return how sure a field is: raised by the check digits that cover it, lowered by repair and by misfits."""
        checks, score = self.mrz.checks, repaired(self.score, max(round(self.zone.cost / 2), 0))
        if not checks.get(name, True):
            return doubtful(score)
        if not self.mrz.valid:
            return score * 0.9
        return confirmed(score) if name in checks else score

    def box(self, name: str) -> Box:
        """Return where a field stands, as far as the even spacing of the characters tells."""
        layout = self.zone.layout
        start, end = layout.fields[name]
        line = self.boxes[start // layout.width]
        step = line.width / layout.width
        left = line.left + start % layout.width * step
        return evolve(line, left=left, right=left + (end - start) * step)


def _seen_twice(name: Field, page: Page) -> Field:
    """Return a name of the zone, which no check digit covers, judged by whether the page prints it elsewhere as well."""
    words = {
        word for line in page.lines if FILLER not in line.text for word in re.findall(r"[A-Z]+", _plain(line.text))
    }
    missing = set(name.text.split()) - words
    if not missing:
        return name
    alike = any(len(one) == len(other) and _differing(one, other) == 1 for one in missing for other in words)
    return name.judged(lambda score: min(score, CONTRADICTED if alike else SEEN_ONCE))


def _differing(one: str, other: str) -> int:
    return sum(map(str.__ne__, one, other)) if len(one) > 3 else len(one)


def _plain(text: str) -> str:
    """Return a text in capitals without accents."""
    return "".join(it for it in unicodedata.normalize("NFKD", text) if not unicodedata.combining(it)).upper()


def birth(zone: Mrz, printed: Iterable[date] = ()) -> str:
    """Return the date of birth as YYYY-MM-DD, in the century of the `printed` date that it matches, if one does."""
    known = {day for day in printed if day.strftime("%y%m%d") == zone.date_of_birth}
    born = known.pop() if len(known) == 1 else zone.date_of_birth_value
    return born.isoformat() if born else ""


def expiry(zone: Mrz) -> str:
    """Return the date of expiry as YYYY-MM-DD, empty if it is no date."""
    end = zone.date_of_expiry_value
    return end.isoformat() if end else ""


def glance(page: Page) -> MachineReadable | None:
    """Return the machine readable zone as the page's lines have it, without reading anything again."""
    return _best(_strips(page), frozenset())


def read_zone(page: Page) -> MachineReadable | None:
    """Read the machine readable zone of a page, None if there is none.

    Words printed elsewhere on the page tell which document number is likely. Strips whose check digits do not fit
    are read once more from the picture; each costs some 30 ms.
    """
    words = _printed_words(page)
    strips = _strips(page)
    best = _best(strips, words)
    if strips and best is None:
        best = _best(_again(page, _with_neighbours(strips)), words)
    elif best is not None and best.zone.cost >= DOUBTFUL:
        best = _better(best, _best(_again(page, strips), words))
    return best


def _printed_words(page: Page) -> frozenset[str]:
    """Return the words and the lines of capitals and digits outside the machine readable lines."""
    lines = [line.text for line in page.lines if len(_clean(line.text)) < 30]
    words = [word for line in lines for word in [line, *re.split(r"[\s/,.:]+", line)]]
    return frozenset(word for word in words if word and not NOT_ZONE.search(word.replace(" ", "")))


def _better(one: MachineReadable | None, other: MachineReadable | None) -> MachineReadable | None:
    found = [zone for zone in (one, other) if zone is not None]
    return min(found, key=lambda found: found.zone.cost, default=None)


@frozen
class _Strip:
    """One line of a zone, perhaps from several lines of the engine, with what it may say."""

    readings: tuple[tuple[str, float], ...]
    box: Box


def _strips(page: Page) -> list[_Strip]:
    """Return the rows of the page that may be lines of a machine readable zone, from top to bottom."""
    rows = [[line for line in row.lines if _is_piece(line.text)] for row in page.rows]
    strips = [_joined(row) for row in rows if row]
    return [strip for strip in strips if _is_strip(strip.readings[0][0])][-MOST_STRIPS:]


def _joined(row: Sequence[Line]) -> _Strip:
    text = "".join(_clean(line.text) for line in row)
    return _Strip(((text, min(line.score for line in row)),), around(line.box for line in row))


def _is_piece(text: str) -> bool:
    lower = sum(character.islower() for character in text)
    return len(_clean(text)) > 0 and lower * 4 < len(text) and len(text) - len(_clean(text)) <= 1 + len(text) // 5


def _is_strip(text: str) -> bool:
    if len(text) < 20 or len(text) > 52:
        return False
    return text.count(FILLER) >= 3 or sum(character.isdigit() for character in text) >= 10


def _clean(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text.replace("«", "<<").replace("《", "<<")).translate(STRANGE).upper()
    return NOT_ZONE.sub("", KANA.sub(FILLER, plain))


def _best(strips: Sequence[_Strip], words: frozenset[str]) -> MachineReadable | None:
    """Return the cheapest zone among the strips that stand below each other, None if none is likely."""
    found = [
        zone
        for height in (2, 3)
        for first in range(len(strips) - height + 1)
        for zone in [_repaired(strips[first : first + height], words)]
        if zone is not None
    ]
    return min(found, key=lambda found: found.zone.cost, default=None)


def _repaired(strips: Sequence[_Strip], words: frozenset[str]) -> MachineReadable | None:
    if any(upper.box.overlap_along(lower.box) < 0.7 for upper, lower in pairwise(strips)):
        return None
    best: MachineReadable | None = None
    for readings in product(*(strip.readings for strip in strips)):
        zone = repair([text for text, _ in readings], words)
        if zone is not None and zone.cost < HOPELESS and (best is None or zone.cost < best.zone.cost):
            best = MachineReadable(zone, min(score for _, score in readings), tuple(strip.box for strip in strips))
    return best


def _with_neighbours(strips: Sequence[_Strip]) -> list[_Strip]:
    """Return the strips with places above and below where a line was missed: a zone has two or three."""
    if len(strips) > 2:
        return list(strips)
    first, last = strips[0].box, strips[-1].box
    step = last.top - first.top or PITCH * first.height
    return [_Strip((), _moved(first, -step)), *strips, _Strip((), _moved(last, step))]


def _again(page: Page, strips: Sequence[_Strip]) -> list[_Strip]:
    """Return the strips of the zone with what a second look says."""
    whole = around(strip.box for strip in strips)
    wide = [evolve(strip, box=evolve(strip.box, left=whole.left, right=whole.right)) for strip in strips]
    looked = [evolve(strip, readings=(*strip.readings, _look(page, strip.box))) for strip in wide]
    return [strip for strip in looked if any(_is_strip(text) for text, _ in strip.readings)]


def _look(page: Page, place: Box) -> tuple[str, float]:
    line = page.reread(place.grown(0.1 * place.height, 0.5 * place.height))
    return _clean(line.text), line.score


def _moved(box: Box, down: float) -> Box:
    return evolve(box, top=box.top + down, bottom=box.bottom + down)
