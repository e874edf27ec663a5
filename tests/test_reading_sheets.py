from __future__ import annotations

import pytest

cv2 = pytest.importorskip("cv2")
np = pytest.importorskip("numpy")

from ocr_async.local.reading import quads, sheets  # noqa: E402  need numpy
from ocr_async.local.reading.outlines import Outline  # noqa: E402  as above
from tests.outlined import box, lines_in  # noqa: E402  as above

SHEET = box(20, 20, 880, 980)


def pasted(*slips):
    """Return a picture of a sheet with slips of light paper, each over those before it and with its shadow."""
    picture = np.full((1000, 900, 3), 90, np.uint8)
    cv2.fillConvexPoly(picture, SHEET.astype(np.int32), (245, 245, 245))
    for place, slip in enumerate(slips):
        cv2.fillConvexPoly(picture, (slip + 3).astype(np.int32), (180, 180, 180))
        cv2.fillConvexPoly(picture, slip.astype(np.int32), (225 - 15 * (place % 2), 228, 230))
    return picture


def found_on(picture, lines, most=6):
    """Return what is found where a document has a few lines of text."""

    def is_one(quad):
        return 4 <= sum(quads.contains(quad, line.mean(axis=0)) for line in lines) <= most

    return sheets.documents_on(Outline(SHEET, tuple(lines)), picture, is_one)


def best_fit(found, slip):
    return max((quads.fit(quads.clockwise(it.quad), slip) for it in found), default=0.0)


def test_slips_that_lie_over_each_other_like_tiles_are_found_one_by_one():
    slips = [box(60, top, 340, top + 230) for top in (100, 300, 500)]
    lines = [line for slip in slips for line in lines_in(*slip[0])]

    found = found_on(pasted(*slips), lines)
    assert len(found) == 3
    assert all(best_fit(found, slip) > 0.8 for slip in slips)


def test_text_that_no_edge_surrounds_is_found_by_itself():
    slip, faint = box(60, 100, 340, 330), lines_in(500, 600)
    found = found_on(pasted(slip), [*lines_in(60, 100), *faint])

    assert len(found) == 2
    assert best_fit(found, slip) > 0.9
    assert all(any(quads.contains(it.quad, line.mean(axis=0)) for it in found) for line in faint)


def test_the_border_of_the_sheet_is_no_side_of_a_document_far_from_it():
    slips = [box(300, 300, 600, 500), box(300, 510, 600, 740)]
    lines = [line for slip in slips for line in lines_in(*slip[0])]

    assert all(best_fit(found_on(pasted(*slips), lines), slip) > 0.9 for slip in slips)


def test_what_lies_over_a_document_is_none_of_its_text():
    below, above = box(60, 100, 340, 330), box(60, 285, 340, 515)
    lines = [*lines_in(60, 100), *lines_in(60, 285)]

    found = found_on(pasted(below, above), lines)
    assert sorted(len(it.lines) for it in found) == [5, 5]
