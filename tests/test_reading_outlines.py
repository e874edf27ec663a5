from __future__ import annotations

import pytest

cv2 = pytest.importorskip("cv2")
np = pytest.importorskip("numpy")

from ocr_async.local.reading import outlines, quads  # noqa: E402  need numpy


def box(left, top, right, bottom):
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=np.float32)


def lines_in(left, top, count=5):
    return [box(left + 20, top + 20 + 30 * row, left + 220, top + 40 + 30 * row) for row in range(count)]


def desk(*documents):
    """Return a dark picture with a light rectangle for each document."""
    picture = np.full((600, 900, 3), 60, np.uint8)
    for quad in documents:
        cv2.fillConvexPoly(picture, quad.astype(np.int32), (235, 240, 245))
    return picture


def turned(quad, degrees, about=(450.0, 300.0)):
    return ((quad - about) @ quads.rotation(np.radians(degrees)).T + about).astype(np.float32)


def test_a_document_is_found_by_its_border():
    paper = box(200, 100, 700, 420)

    (outline,) = outlines.find(desk(paper), lines_in(220, 120))
    assert quads.fit(outline.quad, paper) > 0.97


@pytest.mark.parametrize("degrees", [-40, 12, 75])
def test_a_document_is_found_at_any_angle(degrees):
    paper = turned(box(300, 150, 600, 400), degrees)
    lines = [turned(line, degrees) for line in lines_in(300, 160)]

    (outline,) = outlines.find(desk(paper), lines)
    assert quads.fit(quads.clockwise(outline.quad), paper) > 0.95


def test_documents_beside_each_other_are_told_apart():
    left, right = box(60, 100, 400, 400), box(480, 120, 840, 420)

    found = outlines.find(desk(left, right), lines_in(80, 120) + lines_in(500, 140))
    assert len(found) == 2


def test_the_sheet_that_documents_lie_on_is_none():
    left, right = box(120, 120, 420, 400), box(480, 140, 780, 420)
    picture = desk(box(40, 40, 860, 560))
    for paper in (left, right):
        cv2.fillConvexPoly(picture, paper.astype(np.int32), (150, 150, 150))

    found = outlines.find(picture, lines_in(130, 140) + lines_in(490, 160))
    assert len(found) == 2


def test_an_outline_reaches_past_a_line_right_below_its_border():
    paper = box(200, 100, 700, 300)
    below = box(220, 308, 500, 328)

    (outline,) = outlines.find(desk(paper), [*lines_in(220, 110), below])
    assert all(quads.contains(outline.quad, corner) for corner in below)


def test_text_without_a_border_is_outlined_by_itself():
    (outline,) = outlines.find(desk(), lines_in(300, 200))

    assert len(outline.lines) == 5
    assert all(quads.contains(outline.quad, line.mean(axis=0)) for line in outline.lines)


def test_a_rectangle_without_text_is_no_document():
    assert outlines.find(desk(box(200, 100, 700, 420)), []) == []


def test_text_far_apart_is_not_one_group():
    assert len(quads.neighbours(lines_in(0, 0) + lines_in(600, 400))) == 2


def test_a_shape_that_no_camera_makes_of_a_rectangle_is_not_plausible():
    assert quads.is_plausible(box(0, 0, 100, 60))
    assert not quads.is_plausible(np.array([(0, 0), (100, 0), (60, 60), (45, 60)], dtype=np.float32))


def test_a_shape_that_holds_the_lines_of_two_documents_is_what_they_lie_on_though_they_stick_out():
    def line(top):
        return np.array([(20, top), (120, top), (120, top + 8), (20, top + 8)], np.float32)

    def box(left, top, right, bottom):
        return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)

    upper, lower = tuple(line(top) for top in (10, 30, 50)), tuple(line(top) for top in (130, 150, 170))
    held = [(box(0, 0, 200, 90), 1.0, upper), (box(0, 110, 200, 200), 1.0, lower)]
    leaning = np.array([(0, 0), (160, 0), (190, 200), (0, 200)], np.float32)

    assert outlines._is_ground(leaning, (*upper, *lower), [*held, (leaning, 0.95, (*upper, *lower))])
    assert not outlines._is_ground(held[0][0], upper, held)
