"""The machine-readable zone of passports and identity cards, with its check digits.

Layouts and check digits are those of ICAO Doc 9303, parts 3 to 6: TD1 has three lines of 30 characters, TD2 two of
36, TD3 (passports) two of 44. Positions in the code count from zero.
"""

from __future__ import annotations

import re
from datetime import date
from itertools import cycle
from operator import mul
from typing import TYPE_CHECKING, overload

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FILLER = "<"
_WEIGHTS = (7, 3, 1)
_VALUES = {character: int(character, 36) for character in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"} | {FILLER: 0}


@frozen
class Mrz:
    """What the zone says. Dates are as printed, YYMMDD; `optional` is what the issuer put into the free places."""

    layout: str
    """`TD1`, `TD2` or `TD3`."""
    document_code: str
    issuer: str
    number: str
    nationality: str
    date_of_birth: str
    sex: str
    """`M`, `F`, or empty when unspecified."""
    date_of_expiry: str
    optional: tuple[str, ...]
    surname: str
    given_names: str
    names_cut: bool
    """Whether the names fill their line, so that their end may be missing."""
    checks: Mapping[str, bool]
    """Whether each check digit is right: number, date_of_birth, date_of_expiry, composite, and optional in TD3."""

    @property
    def valid(self) -> bool:
        """Whether all check digits are right."""
        return all(self.checks.values())

    @property
    def date_of_birth_value(self) -> date | None:
        """The date of birth, of the century in which the bearer is under 100 when the document ends."""
        end = self.date_of_expiry_value
        born = _date(20, self.date_of_birth)
        if born is None or end is None:
            return None
        return born if born <= end else _date(19, self.date_of_birth)

    @property
    def date_of_expiry_value(self) -> date | None:
        """The date of expiry: from 1970 to 2069."""
        return _date(20 if self.date_of_expiry < "70" else 19, self.date_of_expiry)


class Zone:
    """The machine-readable zone of a result, as an attribute that is read from its lines."""

    def __init__(self, *lines: str) -> None:
        self._lines = lines

    @overload
    def __get__(self, result: None, owner: type) -> Zone: ...
    @overload
    def __get__(self, result: object, owner: type) -> Mrz | None: ...
    def __get__(self, result: object, owner: type) -> Zone | Mrz | None:
        """Return the zone; None without one, and when it has no known layout."""
        return self if result is None else parse([getattr(result, line) for line in self._lines])


def check_digit(text: str) -> str:
    """Return the check digit of a text: weights 7, 3, 1 over 0-9, A-Z as 10-35 and the filler as 0, modulo 10."""
    return str(sum(map(mul, map(_VALUES.__getitem__, text), cycle(_WEIGHTS))) % 10)


def parse(lines: Sequence[str | None]) -> Mrz | None:
    """Read the lines of a zone, or return None when they have no known layout.

    Spaces inside the lines are ignored. A line of names may have too many or too few fillers at its end.
    """
    clean = [re.sub(r"\s", "", line or "").upper() for line in lines]
    if not all(re.fullmatch(r"[A-Z0-9<]+", line) for line in clean):
        return None
    if len(clean) == 3:
        return _td1(clean[0].ljust(30, FILLER), clean[1], _fit(clean[2], 30))
    if len(clean) == 2 and len(clean[1]) in (36, 44):
        return _two_lines(_fit(clean[0], len(clean[1])), clean[1])
    return None


def differ(printed: str | None, said: str, *, cut: bool = False) -> bool:
    """Say whether a printed text is not what the zone says.

    Letters and digits count. What is missing on one side, or printed in letters that the zone has to transcribe,
    cannot differ. With `cut` the printed text may go on where the zone ends.
    """
    ours, theirs = (re.sub(r"[^A-Z0-9]", "", text.upper()) for text in (printed or "", said))
    if not (printed or "").isascii() or not ours or not theirs:
        return False
    return not ours.startswith(theirs) if cut else ours != theirs


def _td1(first: str, second: str, third: str) -> Mrz | None:
    if (len(first), len(second), len(third)) != (30, 30, 30):
        return None
    composite = first[5:30] + second[0:7] + second[8:15] + second[18:29]
    number, number_is_right, rest = _long_number(first[5:14], first[14], first[15:30])
    return _mrz(
        "TD1",
        first,
        third,
        number=number,
        dates=second[0:7] + second[8:15],
        nationality=second[15:18],
        sex=second[7],
        optional=(rest, second[18:29]),
        checks={"number": number_is_right, "composite": check_digit(composite) == second[29]},
    )


def _two_lines(first: str, second: str) -> Mrz | None:
    if len(first) != len(second):
        return None
    number, number_is_right, rest = _long_number(second[0:9], second[9], second[28:35])
    composite = check_digit(second[0:10] + second[13:20] + second[21:-1]) == second[-1]
    checks = {"number": number_is_right, "composite": composite}
    if len(second) == 44:
        number, rest = second[0:9], second[28:42]
        checks["number"] = check_digit(number) == second[9]
        checks["optional"] = _is_right(rest, second[42])
    return _mrz(
        "TD3" if len(second) == 44 else "TD2",
        first,
        first[5:],
        number=number,
        dates=second[13:20] + second[21:28],
        nationality=second[10:13],
        sex=second[20],
        optional=(rest,),
        checks=checks,
    )


def _mrz(  # noqa: PLR0913  the parts of a zone, by name
    layout: str,
    first: str,
    names: str,
    *,
    number: str,
    dates: str,
    nationality: str,
    sex: str,
    optional: tuple[str, ...],
    checks: dict[str, bool],
) -> Mrz:
    surname, _, given_names = names.partition(2 * FILLER)
    checks["date_of_birth"] = check_digit(dates[0:6]) == dates[6]
    checks["date_of_expiry"] = check_digit(dates[7:13]) == dates[13]
    return Mrz(
        layout=layout,
        document_code=first[0:2].rstrip(FILLER),
        issuer=first[2:5].rstrip(FILLER),
        number=number.rstrip(FILLER),
        nationality=nationality.rstrip(FILLER),
        date_of_birth=dates[0:6],
        sex=sex.rstrip(FILLER),
        date_of_expiry=dates[7:13],
        optional=tuple(part.strip(FILLER) for part in optional),
        surname=_words(surname),
        given_names=_words(given_names),
        names_cut=not names.endswith(FILLER),
        checks=checks,
    )


def _long_number(number: str, check: str, optional: str) -> tuple[str, bool, str]:
    """Return the number, whether its check digit is right, and what is left of the optional places.

    A number of more than nine characters has a filler for its check digit and goes on in the optional places,
    where its check digit is the last character before a filler.
    """
    tail, _, rest = optional.partition(FILLER)
    if check != FILLER or len(tail) < 2:
        return number, check_digit(number) == check, optional
    return number + tail[:-1], check_digit(number + tail[:-1]) == tail[-1], rest


def _is_right(text: str, check: str) -> bool:
    """Compare a check digit that may be left out when there is nothing to check."""
    return check_digit(text) == check or (check == FILLER and not text.strip(FILLER))


def _fit(line: str, length: int) -> str:
    return line.rstrip(FILLER).ljust(length, FILLER)


def _words(text: str) -> str:
    return " ".join(text.replace(FILLER, " ").split())


def _date(century: int, text: str) -> date | None:
    try:
        return date(100 * century + int(text[0:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None
