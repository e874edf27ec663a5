from __future__ import annotations

import pytest

from ocr_async import html

HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onmouseover='x", "&lt;b&gt;"]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_is_shown_becomes_markup(text):
    shown = html.table([text], [html.Row([text])], text) + html.line(text)
    assert "<script" not in shown
    assert "<img" not in shown
    assert shown.count("'") == 0
    assert "&lt;b&gt;" not in shown


def test_a_name_that_is_not_utf_8_can_be_written():
    shown = html.table(["key"], [html.Row(["caf\udce9.png"])])
    assert "caf\\udce9.png" in shown
    shown.encode()


def test_no_colour_of_text_is_set_so_that_light_and_dark_pages_keep_theirs():
    for look in ("good", "doubtful", "bad", "faint"):
        assert ";color" not in html.line("text", look)
        assert '"color' not in html.line("text", look)


@pytest.mark.parametrize(("share", "width"), [(0.0, "0.0%"), (0.5, "50.0%"), (1.5, "100.0%"), (-1.0, "0.0%")])
def test_a_bar_stays_within_its_track(share, width):
    assert f"width:{width}" in html.bar(share)
