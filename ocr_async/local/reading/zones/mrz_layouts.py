"""The layouts of machine readable zones: what kind of character stands where, and which check digit covers what.

ICAO Doc 9303: part 4 (TD3, passports), part 5 (TD1, cards) and part 6 (TD2).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen


@frozen
class Layout:
    """Where the fields stand in the lines of one kind of zone; positions count through all lines, from 0.

    `kinds` has one letter a position: A letter, D digit, X either, S sex, C digit or filler; fillers pass in A and X.
    """

    name: str
    width: int
    kinds: str
    fields: Mapping[str, tuple[int, int]]
    checks: Mapping[str, int]

    @property
    def height(self) -> int:
        """The number of lines."""
        return len(self.kinds) // self.width


PASSPORT = Layout(
    name="TD3",
    width=44,
    kinds="A" * 44 + "XXXXXXXXXD" + "AAA" + "DDDDDDD" + "S" + "DDDDDDD" + "X" * 14 + "CD",
    fields=MappingProxyType(
        {
            "type": (0, 2),
            "issuer": (2, 5),
            "names": (5, 44),
            "number": (44, 53),
            "nationality": (54, 57),
            "date_of_birth": (57, 63),
            "sex": (64, 65),
            "date_of_expiry": (65, 71),
            "optional": (72, 86),
        },
    ),
    checks=MappingProxyType({"number": 53, "date_of_birth": 63, "date_of_expiry": 71, "optional": 86}),
)

SMALL_PASSPORT = Layout(
    name="TD2",
    width=36,
    kinds="A" * 36 + "XXXXXXXXXD" + "AAA" + "DDDDDDD" + "S" + "DDDDDDD" + "X" * 7 + "D",
    fields=MappingProxyType(
        {
            "type": (0, 2),
            "issuer": (2, 5),
            "names": (5, 36),
            "number": (36, 45),
            "nationality": (46, 49),
            "date_of_birth": (49, 55),
            "sex": (56, 57),
            "date_of_expiry": (57, 63),
            "optional": (64, 71),
        },
    ),
    checks=MappingProxyType({"number": 45, "date_of_birth": 55, "date_of_expiry": 63}),
)

CARD = Layout(
    name="TD1",
    width=30,
    kinds="AAAAA" + "XXXXXXXXXC" + "X" * 15 + "DDDDDDD" + "S" + "DDDDDDD" + "AAA" + "X" * 11 + "D" + "A" * 30,
    fields=MappingProxyType(
        {
            "type": (0, 2),
            "issuer": (2, 5),
            "number": (5, 14),
            "optional": (15, 30),
            "date_of_birth": (30, 36),
            "sex": (37, 38),
            "date_of_expiry": (38, 44),
            "nationality": (45, 48),
            "names": (60, 90),
        },
    ),
    checks=MappingProxyType({"number": 14, "date_of_birth": 36, "date_of_expiry": 44}),
)

LAYOUTS = (PASSPORT, SMALL_PASSPORT, CARD)
