from __future__ import annotations

import pytest

cv2 = pytest.importorskip("cv2")
np = pytest.importorskip("numpy")

from ocr_async.local.reading import contours, outlines, quads, sides  # noqa: E402  need numpy
from tests.outlined import box, lines_in  # noqa: E402  as above


def turned(quad, degrees):
    return ((quad - (450.0, 300.0)) @ quads.rotation(np.radians(degrees)).T + (450.0, 300.0)).astype(np.float32)


def desk(*papers):
    """Return a dark picture with papers, each over those before it and with the shadow of its border."""
    picture = np.full((600, 900, 3), 60, np.uint8)
    for paper in papers:
        cv2.fillConvexPoly(picture, paper.astype(np.int32), (235, 240, 245))
        cv2.polylines(picture, [paper.astype(np.int32)], isClosed=True, color=(150, 150, 150), thickness=2)
    return picture


def search_in(picture):
    return lambda lines, known: sides.documents(sides.pieces(picture), lines, known)


def found_in(picture, lines):
    return outlines.find(contours.quadrilaterals(picture), lines, search_in(picture))


def fits(outline, paper):
    return quads.fit(quads.clockwise(outline.quad), paper)


@pytest.mark.parametrize("degrees", [8, 25, 40])
def test_a_document_that_another_lies_over_is_found_by_what_is_seen_of_its_sides(degrees):
    below, above = box(120, 80, 500, 330), turned(box(420, 220, 780, 470), degrees)
    lines = lines_in(130, 90) + [turned(line, degrees) for line in lines_in(430, 230)]

    found = found_in(desk(below, above), lines)
    assert len(found) == 2
    assert all(max(fits(outline, paper) for outline in found) > 0.9 for paper in (below, above))


def pieces_of(*rows):
    return sides.Pieces(np.array(rows, dtype=float).reshape(-1, 2, 2), 1.0)


def test_what_a_known_document_hides_of_a_side_does_not_count():
    known = box(280, -200, 470, 700)
    left, right = (100, 100, 100, 350), (500, 100, 500, 160)
    across = [(start, height, end, height) for height in (100, 350) for start, end in ((100, 280), (470, 500))]
    seen = pieces_of(left, right, *across)

    (quad,) = sides.documents(seen, lines_in(100, 100), [known])
    assert quads.fit(quads.clockwise(quad), box(100, 100, 500, 350)) > 0.98
    assert sides.documents(seen, lines_in(100, 100), []) == []


def test_text_without_straight_edges_around_it_is_no_document():
    assert search_in(desk())(lines_in(300, 200), []) == []


def test_a_cell_of_the_only_form_is_no_document():
    cell = box(200, 100, 620, 290)
    picture = np.full((600, 900, 3), 240, np.uint8)
    cv2.polylines(picture, [cell.astype(np.int32)], isClosed=True, color=(40, 40, 40), thickness=3)
    lines = lines_in(210, 100) + lines_in(210, 300, count=3)

    found = outlines.find([], lines, search_in(picture))
    assert [len(outline.lines) for outline in found] == [8]


def test_a_quadrilateral_that_covers_most_of_a_known_document_is_none():
    known, around = box(300, 200, 560, 380), box(200, 100, 700, 480)

    found = search_in(desk(around, known))(lines_in(205, 390, count=2) + lines_in(205, 90, count=3), [known])
    assert all(quads.overlap(quad, known) < 0.5 * cv2.contourArea(known) for quad in found)


def test_text_of_a_document_under_another_moves_no_border_of_the_upper_one():
    upper, lower = box(300, 60, 640, 300), turned(box(250, 220, 660, 470), 6)
    above = lines_in(310, 70)
    beneath = [box(400, 306, 600, 324), *(turned(line, 6) for line in lines_in(260, 320, count=4))]

    found = found_in(desk(lower, upper), above + beneath)
    assert max(fits(outline, upper) for outline in found) > 0.95


def test_parts_of_one_document_are_parallel_and_others_are_turned():
    one = box(100, 100, 300, 200)

    assert quads.turn(one, box(100, 200, 300, 400)) == pytest.approx(0, abs=1e-3)
    assert quads.turn(one, turned(one, 20)) == pytest.approx(np.radians(20), abs=1e-3)
    assert quads.turn(one, turned(one, 80)) == pytest.approx(np.radians(10), abs=1e-3)


def test_an_outline_by_what_is_seen_reaches_past_a_line_in_the_band_below_it():
    below, above = box(120, 80, 500, 330), turned(box(420, 220, 780, 470), 25)
    picture = desk(below, above)
    cv2.rectangle(picture, (120, 292), (400, 330), (60, 60, 60), thickness=-1)  # as dark as the desk
    lines = [*lines_in(130, 90), box(150, 300, 350, 320)]

    found = found_in(picture, lines + [turned(line, 25) for line in lines_in(430, 230)])
    assert max(len(outline.lines) for outline in found if fits(outline, below) > 0.9) == 6


def test_a_band_along_two_documents_is_none():
    band = pieces_of((100, 300, 860, 300), (100, 360, 860, 360), (100, 300, 100, 360), (860, 300, 860, 360))

    assert sides.documents(band, [box(left, 320, left + 150, 340) for left in (120, 320, 520)], []) == []


def test_a_card_with_faint_edges_on_a_form_is_found_by_text_that_runs_aslant():
    form, card = box(60, 40, 840, 560), turned(box(400, 250, 700, 430), 15)
    lines = [turned(box(415, y, 660, y + 16), 15) for y in range(260, 420, 26)]
    picture = desk(form)
    cv2.fillConvexPoly(picture, card.astype(np.int32), (215, 220, 225))

    form_lines = [box(80, y, 320, y + 20) for y in range(60, 540, 40)]
    found = outlines.find([(form, 0.99)], form_lines + lines, search_in(picture))
    assert max(fits(outline, card) for outline in found) > 0.9
