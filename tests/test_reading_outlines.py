from __future__ import annotations

import pytest

cv2 = pytest.importorskip("cv2")
np = pytest.importorskip("numpy")

from ocr_async.local.reading import contours, outlines, quads  # noqa: E402  need numpy
from ocr_async.local.reading.candidates import Candidate, documents_among, held_by  # noqa: E402
from tests.outlined import box, lines_in  # noqa: E402  as above


def desk(*documents):
    """Return a dark picture with a light rectangle for each document."""
    picture = np.full((600, 900, 3), 60, np.uint8)
    for quad in documents:
        cv2.fillConvexPoly(picture, quad.astype(np.int32), (235, 240, 245))
    return picture


def found_in(picture, lines):
    return outlines.find(contours.quadrilaterals(picture), lines)


def turned(quad, degrees, about=(450.0, 300.0)):
    return ((quad - about) @ quads.rotation(np.radians(degrees)).T + about).astype(np.float32)


def test_a_document_is_found_by_its_border():
    paper = box(200, 100, 700, 420)

    (outline,) = found_in(desk(paper), lines_in(220, 120))
    assert quads.fit(outline.quad, paper) > 0.97


@pytest.mark.parametrize("degrees", [-40, 12, 75])
def test_a_document_is_found_at_any_angle(degrees):
    paper = turned(box(300, 150, 600, 400), degrees)
    lines = [turned(line, degrees) for line in lines_in(300, 160)]

    (outline,) = found_in(desk(paper), lines)
    assert quads.fit(quads.clockwise(outline.quad), paper) > 0.95


def test_documents_beside_each_other_are_told_apart():
    left, right = box(60, 100, 400, 400), box(480, 120, 840, 420)

    found = found_in(desk(left, right), lines_in(80, 120) + lines_in(500, 140))
    assert len(found) == 2


def test_the_sheet_that_documents_lie_on_is_none():
    left, right = box(120, 120, 420, 400), box(480, 140, 780, 420)
    picture = desk(box(40, 40, 860, 560))
    for paper in (left, right):
        cv2.fillConvexPoly(picture, paper.astype(np.int32), (150, 150, 150))

    found = found_in(picture, lines_in(130, 140) + lines_in(490, 160))
    assert len(found) == 2


def test_an_outline_reaches_past_a_line_right_below_its_border():
    paper = box(200, 100, 700, 300)
    below = box(220, 308, 500, 328)

    (outline,) = found_in(desk(paper), [*lines_in(220, 110), below])
    assert all(quads.contains(outline.quad, corner) for corner in below)


def test_text_without_a_border_is_outlined_by_itself():
    (outline,) = found_in(desk(), lines_in(300, 200))

    assert len(outline.lines) == 5
    assert all(quads.contains(outline.quad, line.mean(axis=0)) for line in outline.lines)


def test_a_rectangle_without_text_is_no_document():
    assert found_in(desk(box(200, 100, 700, 420)), []) == []


def test_text_far_apart_is_not_one_group():
    assert len(quads.neighbours(lines_in(0, 0) + lines_in(600, 400))) == 2


def test_a_shape_that_no_camera_makes_of_a_rectangle_is_not_plausible():
    assert quads.is_plausible(box(0, 0, 100, 60))
    assert not quads.is_plausible(np.array([(0, 0), (100, 0), (60, 60), (45, 60)], dtype=np.float32))
    assert not quads.is_plausible(np.array([(-40, 0), (100, 5), (100, 60), (15, 55)], dtype=np.float32))


def test_a_card_held_at_an_angle_is_plausible():
    assert quads.is_plausible(np.array([(15, 0), (85, 0), (100, 45), (0, 45)], dtype=np.float32))


def candidate(quad, *lines, fit=0.99):
    return Candidate(quad, fit, lines)


def rows(left, top, count=4):
    return [box(left, top + 20 * row, left + 100, top + 20 * row + 8) for row in range(count)]


def is_one_of(quad, found):
    return any(quad is it for it in found)


def test_a_shape_that_holds_the_lines_of_two_documents_is_what_they_lie_on_though_they_stick_out():
    upper, lower = rows(20, 10, 3), rows(20, 130, 3)
    documents = [candidate(box(0, 0, 200, 90), *upper), candidate(box(0, 110, 200, 200), *lower)]
    leaning = candidate(np.array([(0, 0), (160, 0), (190, 200), (0, 200)], np.float32), *upper, *lower, fit=0.95)

    found = documents_among([*documents, leaning])
    assert [is_one_of(it.quad, found) for it in (*documents, leaning)] == [True, True, False]


def test_documents_that_touch_or_lie_a_little_over_each_other_are_told_apart():
    one, other = rows(20, 10), rows(220, 10)
    left, right = candidate(box(0, 0, 203, 120), *one), candidate(box(199, 0, 400, 120), *other)

    found = documents_among([left, right, candidate(box(0, 0, 400, 120), *one, *other, fit=1.0)])
    assert len(found) == 2
    assert is_one_of(left.quad, found)
    assert is_one_of(right.quad, found)


def test_a_shape_over_parts_of_two_documents_is_none_though_it_holds_more_lines_than_either():
    one, other = rows(20, 10, 6), rows(220, 10, 6)
    left, right = candidate(box(0, 0, 198, 140), *one), candidate(box(202, 0, 400, 140), *other)
    between = candidate(box(0, 0, 380, 110), *one[:4], *other[:4])

    found = documents_among([left, right, between])
    assert not is_one_of(between.quad, found)
    assert len(found) == 2


def test_a_line_read_over_two_documents_moves_the_border_of_neither():
    left, right = box(60, 100, 440, 400), box(470, 100, 840, 400)
    over = box(400, 300, 600, 320)

    found = found_in(desk(left, right), [*lines_in(80, 110, 9), *lines_in(500, 110, 9), over])
    assert sorted(round(float(outline.quad[:, 0].max()), -1) for outline in found) == [440, 840]


def test_with_a_line_or_two_only_what_is_as_large_as_another_document_is_one():
    full, bare = candidate(box(0, 0, 200, 120), *rows(20, 10)), candidate(box(220, 0, 420, 122), *rows(240, 10, 1))
    portrait = candidate(box(0, 140, 60, 200), *rows(0, 150, 1))

    found = documents_among([full, bare, portrait])
    assert [is_one_of(it.quad, found) for it in (full, bare, portrait)] == [True, True, False]


def test_text_beside_a_border_that_goes_on_is_of_another_document_and_moves_nothing():
    paper = box(60, 100, 440, 400)
    beside = [line for column in (425, 620) for line in lines_in(column, 120, 9)]

    found = found_in(desk(paper), [*lines_in(80, 110, 9), *beside])
    assert max(quads.fit(quads.clockwise(it.quad), paper) for it in found) > 0.97


def test_a_line_beyond_a_corner_moves_no_border():
    paper = box(200, 100, 600, 400)
    beyond = box(602, 402, 760, 422)

    (outline,) = found_in(desk(paper), [*lines_in(220, 120, 8), beyond])
    assert quads.fit(quads.clockwise(outline.quad), paper) > 0.97


def test_a_line_apart_from_the_only_text_belongs_to_it_where_no_border_can_be_seen():
    bank = box(320, 120, 480, 150)

    (outline,) = found_in(desk(), [bank, *lines_in(300, 240)])
    assert all(quads.contains(outline.quad, corner) for corner in bank)


def test_a_line_far_from_the_only_text_is_left_out():
    far = box(20, 570, 120, 590)

    (outline,) = found_in(desk(), [far, *lines_in(600, 40)])
    assert len(outline.lines) == 5


def test_text_that_runs_aslant_beside_a_border_is_of_another_document_and_moves_nothing():
    paper = box(200, 100, 600, 400)
    aslant = [turned(box(602, top, 700, top + 18), 6, (650.0, top)) for top in (150, 200)]

    (outline,) = found_in(desk(paper), [*lines_in(220, 120, 8), *aslant])
    assert quads.fit(quads.clockwise(outline.quad), paper) > 0.97


def test_a_border_moves_less_along_the_lines_than_across_them():
    paper = box(200, 100, 600, 400)
    below, beside = box(220, 404, 560, 500), box(604, 150, 720, 170)

    (outline,) = found_in(desk(paper), [*lines_in(220, 120, 8), below, beside])
    assert quads.contains(outline.quad, below.mean(axis=0))
    assert not quads.contains(outline.quad, beside.mean(axis=0))


def test_a_border_that_cuts_through_the_lines_moves_past_their_ends():
    paper = box(200, 100, 600, 400)
    cut = [box(90, top, 540, top + 18) for top in (150, 200, 250)]

    (outline,) = found_in(desk(paper), [*lines_in(300, 300), *cut])
    assert all(quads.contains(outline.quad, corner) for line in cut for corner in line)


def test_many_documents_on_a_table_are_told_apart_from_it():
    places = [(x, y) for y in (40, 420, 800) for x in (40, 440, 840)]
    documents = [candidate(box(x, y, x + 240, y + 150), *rows(x + 10, y + 10)) for x, y in places]
    table = candidate(box(0, 0, 1200, 1100), *(line for it in documents for line in it.lines), fit=1.0)

    found = documents_among([*documents, table])
    assert len(found) == len(documents)
    assert not is_one_of(table.quad, found)


def test_the_sides_of_a_quadrilateral_have_an_edge_where_the_contour_runs_along_them():
    paper = box(0, 0, 300, 200)
    around = np.array([(x, y) for x in range(301) for y in (0, 200)] + [(x, y) for y in range(201) for x in (0, 300)])

    assert quads.edged(paper, around, 4.0) == pytest.approx(1.0, abs=0.02)
    assert quads.edged(paper, around[around[:, 1] < 3], 4.0) == pytest.approx(0.3, abs=0.02)


def test_a_document_is_alone_unless_something_apart_from_it_has_text():
    paper, other = box(60, 100, 400, 400), box(480, 120, 840, 420)
    lines, edged = lines_in(80, 120), [(paper, 1.0), (other, 1.0)]
    found = outlines.find(edged, lines)

    assert outlines.is_alone(found, edged, lines)
    assert not outlines.is_alone(found, edged, [*lines, *lines_in(500, 140, 1)])


def print_around(left, top, right, bottom):
    """Return short lines of print on all sides of a document."""
    beside = [box(x, y, x + 60, y + 20) for y in range(top, bottom, 40) for x in (left - 68, right + 8)]
    across = [box(left, y, right, y + 20) for y in (top - 30, bottom + 10)]
    return beside + across


def test_a_document_askew_on_print_keeps_its_border_and_the_print_is_no_document():
    paper = turned(box(250, 150, 650, 400), 3)

    (outline,) = found_in(desk(paper), [turned(it, 3) for it in lines_in(260, 160)] + print_around(250, 150, 650, 400))
    assert quads.fit(outline.quad, paper) > 0.97


def test_text_round_a_frame_that_runs_along_it_is_of_the_form():
    frame = box(250, 150, 650, 400)

    found = found_in(desk(frame), lines_in(260, 160) + print_around(250, 150, 650, 400))
    assert any(quads.overlap(it.quad, frame) > 1.2 * 100_000 or len(it.lines) > 8 for it in found)


def test_print_on_which_a_document_lies_aslant_is_none():
    card = turned(box(300, 200, 600, 400), 8)
    lines = tuple(turned(line, 8) for line in lines_in(300, 200))
    sheet = box(100, 80, 800, 520)
    print_lines = tuple(box(110, y, 280, y + 20) for y in range(90, 510, 30))

    (found,) = documents_among([Candidate(sheet, 0.99, lines + print_lines), Candidate(card, 0.99, lines)])
    assert found is card


def test_a_line_of_print_that_reaches_under_a_document_does_not_cut_it():
    paper = turned(box(300, 200, 600, 400), 12)
    reaching = box(100, 240, 340, 260)

    assert len(held_by(paper, [*(turned(line, 12) for line in lines_in(310, 210)), reaching])) == 5


def on_form(card, card_lines):
    """Return what is found of a form with a card drawn on it, and the lines that are the form's."""
    form = box(60, 40, 840, 560)
    picture = desk(form)
    cv2.fillConvexPoly(picture, card.astype(np.int32), (120, 90, 60))
    form_lines = [box(80, y, 260, y + 20) for y in range(60, 540, 40)]
    return found_in(picture, form_lines + card_lines), form_lines


@pytest.mark.parametrize("degrees", [7, -20])
def test_a_card_that_lies_aslant_on_a_form_is_found_and_its_text_is_not_that_of_the_form(degrees):
    card = turned(box(400, 250, 640, 410), degrees)
    lines = [turned(box(410, y, 600, y + 14), degrees) for y in range(260, 400, 22)]

    found, form_lines = on_form(card, lines)
    lower, upper = sorted(found, key=lambda it: -cv2.contourArea(it.quad))
    assert quads.fit(quads.clockwise(upper.quad), card) > 0.95
    assert len(upper.lines) == len(lines)
    assert len(lower.lines) == len(form_lines)
    assert [quads.fit(it, upper.quad) for it in lower.hidden] == [pytest.approx(1)]
    assert upper.hidden == ()


def test_a_stamp_on_a_form_is_part_of_it():
    stamp = turned(box(500, 350, 600, 430), 10)
    lines = [turned(box(510, y, 590, y + 18), 10) for y in range(356, 420, 24)]

    (form,), _ = on_form(stamp, lines)
    assert form.hidden == ()


def test_a_document_is_not_alone_in_text_that_something_turned_in_it_has_edges():
    lines = lines_in(200, 140)
    (found,) = outlines.find([], lines)
    card = turned(box(210, 150, 480, 330), 15)

    assert not outlines.is_alone([found], [(card, 0.99)], lines)
    assert outlines.is_alone([found], [(box(210, 150, 480, 330), 0.99)], lines)


def test_a_shape_of_which_nothing_but_text_of_an_upper_document_is_known_is_none():
    form, card = box(60, 40, 840, 560), turned(box(300, 200, 640, 410), 12)
    lines = [turned(box(310, y, 600, y + 14), 12) for y in range(210, 400, 22)]
    picture = desk(form)
    cv2.fillConvexPoly(picture, card.astype(np.int32), (120, 90, 60))

    (found,) = found_in(picture, [*lines, box(80, 60, 200, 80)])
    assert quads.fit(quads.clockwise(found.quad), card) > 0.9


def test_a_document_that_ends_in_a_coloured_band_reaches_to_the_end_of_the_band():
    inner, outer, shadow = box(200, 100, 700, 400), box(200, 100, 700, 460), box(190, 90, 730, 430)
    lines = lines_in(220, 120)
    near = [Candidate(quad, fit, tuple(lines)) for quad, fit in ((inner, 0.992), (outer, 0.99), (shadow, 0.99))]

    assert documents_among(near)[0] is outer
    assert documents_among([near[0], near[2]])[0] is inner


def test_a_band_that_is_of_the_next_document_is_not_taken():
    inner, outer, below = box(200, 100, 700, 300), box(200, 100, 700, 360), box(200, 305, 700, 505)
    lines, others = lines_in(220, 110), lines_in(220, 320)
    near = [Candidate(inner, 0.99, tuple(lines)), Candidate(outer, 0.99, tuple(lines))]

    found = documents_among([*near, Candidate(below, 0.99, tuple(others))])
    assert any(quad is inner for quad in found)


def test_a_document_on_a_page_of_print_keeps_its_border_though_both_run_alike():
    paper = box(250, 150, 650, 400)
    far = [
        box(10 + 60 * column, 10 + 25 * row, 60 + 60 * column, 24 + 25 * row) for column in range(14) for row in (0, 1)
    ]
    near = [box(250 + 60 * column, 130, 300 + 60 * column, 144) for column in range(6)]
    beside = [box(190, 160 + 25 * row, 240, 174 + 25 * row) for row in range(9)]

    found = found_in(desk(paper), lines_in(260, 160) + far + near + beside)
    assert any(quads.fit(it.quad, paper) > 0.97 for it in found)


def printed(paper, card):
    """Return a picture of a page full of print with a card on it, and the lines of both."""
    picture = np.full((600, 900, 3), 235, np.uint8)
    lines = []
    for top in range(10, 580, 24):
        cv2.putText(picture, "monthly report of every office " * 3, (10, top + 14), 0, 0.55, (40, 40, 40), 1)
        covered = card[0, 1] - 16 < top < card[2, 1]
        ends = [(10, card[0, 0] - 4), (card[1, 0] + 4, 890)] if covered else [(10, 890)]
        lines += [box(left, top, right, top + 16) for left, right in ends]
    cv2.fillConvexPoly(picture, card.astype(np.int32), paper)
    return picture, [*lines, *lines_in(*card[0])]


@pytest.mark.parametrize("paper", [(120, 160, 140), (190, 215, 225), (200, 90, 60)])
def test_a_document_that_lies_straight_on_a_page_of_print_is_found_once_the_print_is_gone(paper):
    card = box(250, 150, 650, 400)
    picture, lines = printed(paper, card)

    (found,) = outlines.on_print(contours.quadrilaterals(contours.without_print(picture)), lines)
    assert quads.fit(quads.clockwise(found.quad), card) > 0.95
    assert len(found.lines) == 5


def test_what_holds_most_of_the_text_of_a_picture_lies_on_no_print():
    paper = box(100, 50, 800, 550)

    assert outlines.on_print([(paper, 0.99)], [*lines_in(120, 60, 14), *lines_in(820, 60, 2)]) == []
