"""The holder of a bank card, and the bank: found among all that a card says besides."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from functools import cache

from attrs import evolve

from ocr_async.local.reading.confidence import doubtful, repaired
from ocr_async.local.reading.page import Box, Line, Page
from ocr_async.local.reading.reader import MISSING, Field, field_of
from ocr_async.local.reading.words import lines
from ocr_async.local.reading.zones.second_look import agreed

BANK = re.compile(r"银行|信用社|农信|\bbank\b|\bbanque\b|\bbanco\b|\bcredit union\b|bank$", re.IGNORECASE)
NAME = re.compile(r"[^\W\d_][^\d\W]*[.]?(?:[ .,'/&-]+[^\W\d_]+[.]?)*", re.UNICODE)
PRINTED = re.compile(
    r"\bATM\b|VAL[IT]?D\b(?!UE)|THRU|\bFROM\b|MONTH|YEAR|EXPIR|\bGOOD\b|UNTIL|DEBIT|CREDIT|VISA|MASTER|UNION|PLATINUM"
    r"|\bGOLD\b|CLASSIC|WORLD|ELECTRON|SIGNATURE|SINCE|BANK|TRANSFERABLE|AMERICAN|EXPRESS|REWARDS?|CASH|BUSINESS|MAESTRO"
    r"|\bEXP\b|\bDATES?\b|PREPAID|TRAVEL|STUDENT|ELITE|INFINITE|TITANIUM|CORPORATE|COMMERCIAL|\bISSUED\b|SECURITY|TELEPHONE"
    r"|CIRRUS|PLUS\b|CONTACTLESS|AUTHORI[SZ]ED|CUSTOMER|SERVICE|^\W*\w*(?:SPEC|CIMEN)\w*\W*$|\b(?:LTD|LIMITED|INC|LLC|GMBH|CORP|COMPANY|CO)\b"
    r"|CARD$",
    re.IGNORECASE,
)
"""What cards print that is no name of a person."""

START, END = (
    re.compile("FROM|START|起始", re.IGNORECASE),
    re.compile(
        r"THRU|\bGOOD\b|EXP(?!RESS)|UNTIL|\bEND\b|VALID(?!.*FROM)|HASTA|CADUCA|VENC|G[UÜ]LTIG|BIS\b|SCADENZA|有效期|MONTH|MM ?/? ?YY|月 ?/ ?年",
        re.IGNORECASE,
    ),
)
"""What stands beside the start of validity, and beside its end."""

PLACEHOLDER = re.compile(r"CARD ?(?:HOLDER|MEMBER)(?:'?S)?(?: ?NAME)?|(?:YOUR|FULL) ?NAME", re.IGNORECASE)
LEAST_LETTERS, LEAST_ALONE = 4, 5
"""Letters of a name, and of one word alone."""

SMALL_PRINT = (
    "VALID",
    "THRU",
    "FROM",
    "MONTH",
    "YEAR",
    "EXPIRES",
    "GOOD",
    "UNTIL",
    "MEMBER",
    "SINCE",
    "DEBIT",
    "CREDIT",
)
"""Words printed so small that they are often misread."""

PHRASES = ("VALIDTHRU", "VALIDFROM", "GOODTHRU", "EXPIRESEND", "UNTILEND", "MEMBERSINCE", "MONTHYEAR")
MISREAD_PHRASE = 0.7
"""Likeness of words to such a phrase from which on they are it."""

UNCHECKED = 3
"""The power to which the score of a name is raised: nothing confirms its letters, which are often embossed."""

SURE = 0.9
"""Confidence of a name from which on it is looked at again."""

GUESSED = 0.55
"""How sure a name is that only its place tells: one word, or words above the number."""

ABOVE = 3.0
"""Heights of the number within which a name stands above it, where none stands below."""

LINE_BELOW = 1.8
"""Heights of a line within which the next one of the same text stands below it."""

SIGN = re.compile(r"^(?:[O0QCG] +|[^\w\s] *)(?=\w{2})")
ROUND = re.compile(r"(?<!\d)0(?!\d)")
SMALL_FIRST = re.compile(r"[cosuvwxz](?=[a-z]*[ .].*[A-Z])")
"""A small first letter that looks like its capital, before other words of a name."""


def holder(page: Page, number: Box) -> Field:
    """Return the holder: the name at a label that says so, else the lowest line of words that may be a name.

    Of two lines of one text the upper is the person, the lower the company (ISO/IEC 7811-3 keeps lines for both).

    A placeholder such as CARD HOLDER is the name on a card of advertising, where no other stands.
    """
    page = evolve(page, lines=tuple(map(_spelled, page.lines)))
    below = [line for line in page.lines if line.box.middle[1] > number.bottom and line.box.left < 0.65 * page.width]
    labels = [line for line in page.lines if PLACEHOLDER.search(line.text)]
    for label in labels:
        under = [it for it in page.below(label, within=1.2 * label.box.height) if _is_name(it)]
        if under and under[0].box.left < label.box.right:
            return field_of(under[0], confidence=under[0].score ** UNCHECKED)
    names = [line for line in below if _is_name(line)]
    if likely := [line for line in names if _is_of_words(line)]:
        line = max(likely, key=lambda line: line.box.middle[1])
        person = next((it for it in likely if _is_right_above(it.box, line.box)), None)
        return _guessed(person) if person else _read_again(page, line)
    if likely := [line for line in page.lines if _is_close_above(line.box, number) and _is_of_words(line)] or names:
        return _guessed(max(likely, key=lambda line: line.box.middle[1]))
    named = [line for line in labels if line in below]
    return field_of(max(named, key=lambda line: line.box.middle[1])) if named else MISSING


def _read_again(page: Page, line: Line) -> Field:
    """Return a name that looks sure as most of several looks have it: those of embossed letters are sure of wrong ones."""
    it = field_of(line, confidence=line.score**UNCHECKED)

    def said(text: str) -> str:
        look = _spelled(evolve(line, text=text))
        return look.text if _is_name(look) else ""

    return agreed(page, it, line.box, said) if it.confidence > SURE else it


def _guessed(line: Line) -> Field:
    return field_of(line, confidence=min(line.score**UNCHECKED, GUESSED))


def _is_right_above(box: Box, other: Box) -> bool:
    """Whether one line of the embossed name and address stands right above another: the person, then the company."""
    height = other.height
    apart = other.middle[1] - box.middle[1]
    return abs(box.left - other.left) < height and 0.7 < box.height / height < 1.4 and 0 < apart < LINE_BELOW * height


def _spelled(line: Line) -> Line:
    """Return a line with the letters of names on cards for what they are read as: no accents, O for 0, a capital first."""
    bare = "".join(it for it in unicodedata.normalize("NFKD", line.text) if not unicodedata.combining(it))
    text = ROUND.sub("O", bare)
    text = text[:1].upper() + text[1:] if SMALL_FIRST.match(text) else text
    if text == line.text or not NAME.fullmatch(text):
        return line
    return evolve(line, text=text, score=repaired(line.score, 1))


def _is_close_above(box: Box, number: Box) -> bool:
    return 0 < number.middle[1] - box.middle[1] < ABOVE * number.height and box.overlap_along(number) > 0.5


def _is_of_words(line: Line) -> bool:
    return len(line.text.split()) > 1 and _is_name(line) and not BANK.search(line.text)


def _is_name(line: Line) -> bool:
    text = line.text
    if len(re.sub(r"\W", "", text)) < LEAST_LETTERS or not NAME.fullmatch(text) or not text.isascii():
        return False
    words = text.split()
    if len(words) == 1 and (len(text) < LEAST_ALONE or get_close_matches(text.upper(), SMALL_PRINT, 1)):
        return False
    if get_close_matches(re.sub(r"\W", "", text.upper()), PHRASES, 1, MISREAD_PHRASE):
        return False
    capital = text == text.upper() or all(word[0].isupper() or len(word) < 4 for word in words)
    return capital and not any(it.search(text) for it in (PRINTED, PLACEHOLDER, START, END))


def bank(page: Page, number: Box) -> Field:
    """Return the bank: the line above the number that says so, else a known name."""
    above = [line for line in page.lines if line.box.middle[1] < number.top or line.box.height > number.height]
    above = list(map(_without_sign, above))
    said = next((line for line in above if BANK.search(line.text)), None)
    if said:
        return field_of(said)
    known = next((line for line in above if re.sub(r"\W", "", line.text).casefold() in _banks()), None)
    return field_of(known, confidence=doubtful(known.score)) if known else MISSING


def _without_sign(line: Line) -> Line:
    """Return a line without the round sign of a bank before its name, which is read as a letter or a bracket."""
    text = SIGN.sub("", line.text)
    return line if text == line.text else evolve(line, text=text, score=repaired(line.score, 1))


@cache
def _banks() -> frozenset[str]:
    pairs = (re.split(r"(?<=[一-鿿]) ", line) for line in lines("banks"))
    return frozenset(re.sub(r"\W", "", name).casefold() for pair in pairs for name in pair)
