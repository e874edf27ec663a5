"""What identity documents call a country: ICAO three-letter codes, English names, Arabic names.

The codes are those of ISO 3166-1 and of ICAO Doc 9303 part 3, section 5, which adds organisations, stateless persons,
kinds of British nationals and the Utopia of specimens.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache

from attrs import frozen

from ocr_async.local.reading.words import lines

_ICAO_CODES = """
D EUE GBD GBN GBO GBP GBS IAO INP KSV RKS ROM SCG UNA UNK UNO UTO XBA XCC XCE XCO
XCT XDC XEC XIM XKX XXK XMP XOM XPO XXA XXB XXC XXX YUG ZAR
"""
ICAO_ONLY = frozenset(_ICAO_CODES.split())
"""Codes of machine readable zones without a country of ISO 3166-1, older ones included."""


@frozen
class Country:
    """A country or territory of ISO 3166-1."""

    code: str
    name: str
    name_arabic: str


@cache
def countries() -> dict[str, Country]:
    """Return the countries by their three-letter code."""
    rows = (line.split("|") for line in lines("countries"))
    return {code: Country(code, name, name_arabic) for code, name, name_arabic in rows}


def is_issuer(code: str) -> bool:
    """Tell whether `code`, without fillers, may stand as a state or nationality in a machine readable zone."""
    return code in ICAO_ONLY or code in countries()


def nearest(name: str, cutoff: float) -> Country | None:
    """Return the country whose English name is read as `name`; `cutoff` is how alike the two must be, 0 to 1."""
    by_name = {country.name.casefold(): country for country in countries().values()}
    found = get_close_matches(name.casefold(), by_name, n=1, cutoff=cutoff)
    return by_name[found[0]] if found else None
