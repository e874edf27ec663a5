"""From the bytes of a picture to the `result` of its API: the way that every reader shares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import permutations
from typing import TYPE_CHECKING, TypeAlias

from ocr_async.local.reading.classification import LEAST_LIKENESS, Known, classify, known
from ocr_async.local.reading.documents import READERS
from ocr_async.local.reading.engine import Engine
from ocr_async.local.reading.page import Box, Line, Page
from ocr_async.local.reading.reader import Layout, Options, Reader
from ocr_async.local.reading.registry import CLASSIFICATION
from ocr_async.local.reading.several import is_several, with_lines
from ocr_async.local.reading.splits import are_among, part, splits
from ocr_async.local.reading.torn import tell_different_things, whole_of
from ocr_async.local.reading.views import Views
from ocr_async.local.recognizer import Refusal, Unreadable
from ocr_async.model import Json

if TYPE_CHECKING:
    from ocr_async.local.reading.outlines import Outline

BOTH_SIDES = "double_side"
SMALL = frozenset({Layout.CARD, Layout.SLIP})
CLEARLY = 0.4
"""Likeness by which the parts of a page must be better known in sum than the page, for each but one."""

GAIN = 0.15
"""Likeness by which the whole of a picture must be better known than its parts."""

Asked: TypeAlias = tuple[Page, Known | None]
"""A page, and what readers know of it."""


def answer(engine: Engine, api: str, image: bytes, options: Options, readers: Sequence[Reader] = READERS) -> Json:
    """Return the value of `result` of one API for a picture; blocks for as long as reading takes (0.3 to 4 s).

    Raises `Unreadable` when the picture holds no document of that kind, and `Refusal` for an API without a reader.
    """
    return answer_from(Views(engine, image), api, options, readers)


def answer_from(views: Views, api: str, options: Options, readers: Sequence[Reader]) -> Json:
    """Return what `answer` returns, from a picture that may have been looked at before."""
    if api == CLASSIFICATION:
        asked = options.get("type_list")
        types = [str(item) for item in asked] if isinstance(asked, Sequence) and not isinstance(asked, str) else None
        return classify(documents_of(views, readers), types)
    if options.get("side") == BOTH_SIDES:
        return _both_sides(views, readers, readers_of(readers, api), options)
    best = best_document(views, readers, readers_of(readers, api), options)
    return best.reader.result(best.page, options)


def readers_of(readers: Iterable[Reader], api: str) -> list[Reader]:
    """Return the readers of an API, those of its sides or layouts; raises `Refusal` when there is none."""
    found = [reader for reader in readers if reader.api == api]
    if not found:
        raise Refusal("APIG.0101", f"The embedded service has no reader for {api}.")
    return found


def best_document(views: Views, readers: Sequence[Reader], wanted: Sequence[Reader], options: Options) -> Known:
    """Return the page of a picture that is most like what is wanted, and its reader; raises `Unreadable` when none is."""
    if wanted[0].layout is Layout.PICTURE:
        for page in views.whole():
            return Known(page, wanted[0])
        raise Unreadable

    def fitting(found: Iterable[Known]) -> list[Known]:
        return [one for one in found if one.reader in wanted and one.reader.serves(options)]

    found = fitting(documents_of(views, readers)) or fitting(_known(views.together, readers))
    if not found:
        raise Unreadable
    return max(found, key=lambda one: (one.likeness, len(one.page.lines)))


def documents_of(views: Views, readers: Sequence[Reader]) -> list[Known]:
    """Return the documents that readers know: those that can be told apart, or one of all the text where that tells more.

    A form that fills its picture has no border, but its cells have one each: what is known of the parts is less than
    what is known of the whole. Where neither is known, a document may lie on print that hides where it ends.
    """
    apart = [one for page in views.apart() for one in _parted(views, page, readers)]
    found = [one for _, one in _mended(views, apart, readers)]
    sure = [one for one in found if one]
    if len(sure) > 1 or len(sure) == len(found) > 0:
        return sure
    most = max((one.likeness for one in sure), default=0)
    whole = [one for one in _known(views.together, readers) if one.likeness > most + GAIN]
    return whole or sure or _known(views.read(views.on_print), readers)


def _mended(views: Views, apart: Sequence[Asked], readers: Sequence[Reader]) -> list[Asked]:
    """Return the pages, those as one that are two parts of one document, such as those on each side of a fold."""
    for (first, one), (second, other) in permutations(apart, 2):
        best = one or other
        same = best is not None and all(it is None or it.reader is best.reader for it in (one, other))
        corners = whole_of(first, second) if same else None
        if best and corners and tell_different_things(best.reader, first, second):
            whole = views.cornered(corners)
            rest = [it for it in apart if it[0] is not first and it[0] is not second]
            return _mended(views, [*rest, (whole, known(whole, readers))], readers)
    return list(apart)


def _parted(views: Views, page: Page, readers: Sequence[Reader]) -> list[Asked]:
    """Return a page, or the documents that it is made of or that lie on it, each with what is known of it."""
    whole = known(page, readers)
    boxes = _split(page, readers, whole.likeness if whole else 0.0)
    found = _lying_on(views, page, readers)
    halves = [page.to_picture(box) for box in boxes]
    if len(found) > 1 and not are_among([views.corners(it) for it in found], halves):
        read = _known(views.read(found), readers)
        if len(read) > 1:
            return [(one.page, one) for one in read]
    if boxes:
        return [(one, known(one, readers)) for one in views.cut(page, boxes)]
    return [(page, whole)]


def _split(page: Page, readers: Sequence[Reader], least: float) -> tuple[Box, ...]:
    """Return the places of the two or four documents that a page is made of, none when it is one.

    Cards and slips that touch may have no edge between them. All parts have to be known, and together far better than
    the page is, which is known by `least`: one document may be known by each half.
    """
    for boxes in splits(page):
        parts = [one for one in _known([part(page, box) for box in boxes], readers) if one.reader.layout in SMALL]
        likeness = sum(one.likeness for one in parts)
        if len(parts) == len(boxes) and likeness > least + CLEARLY * (len(boxes) - 1):
            return boxes
    return ()


def _lying_on(views: Views, page: Page, readers: Sequence[Reader]) -> list[Outline]:
    """Return the documents whose text a page has, where they lie on it as on a sheet: each of one kind, and not several."""

    def is_one(lines: Sequence[Line]) -> bool:
        text = with_lines(page, lines)
        return known(text, readers) is not None and not is_several(text, readers, LEAST_LIKENESS)

    return views.lying_on(page, is_one) if is_several(page, readers) else []


def _known(pages: Iterable[Page], readers: Sequence[Reader]) -> list[Known]:
    return [one for page in pages if (one := known(page, readers))]


def _both_sides(views: Views, readers: Sequence[Reader], wanted: Sequence[Reader], options: Options) -> Json:
    """Return the result of each side that the picture shows, by the name of the side."""
    sides: dict[str, Json] = {}
    for one in documents_of(views, readers):
        if one.reader in wanted and one.reader.side:
            sides.setdefault(one.reader.side, one.reader.result(one.page, options))
    if not sides:
        raise Unreadable
    return sides
