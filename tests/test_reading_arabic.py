from __future__ import annotations

import io

import pytest

from ocr_async.local.reading.page import Box, Page
from ocr_async.local.reading.words import transliteration
from ocr_async.local.reading.zones import arabic, tesseract


def command(folder, languages, output):
    path = folder / "tesseract"
    path.write_text(
        f'#!/bin/sh\n[ "$1" = --list-langs ] && printf "%s" "{languages}" && exit\n/bin/cat > /dev/null\n{output}\n'
    )
    path.chmod(0o755)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    def install(languages="ara\neng", output='printf "الاسم: مثال"'):
        command(tmp_path, languages, output)
        monkeypatch.setenv("PATH", str(tmp_path))

    monkeypatch.setattr(tesseract, "find_spec", lambda _: None)  # without the library
    monkeypatch.setenv("PATH", "")
    return install


@pytest.fixture
def page():
    images = pytest.importorskip("PIL.Image")
    pytest.importorskip("cv2")
    out = io.BytesIO()
    images.new("L", (200, 40), 255).save(out, "PNG")
    return Page((), 200, 40, crop=lambda _: out.getvalue())


LINE = Box(0, 0, 200, 40)


def test_arabic_cannot_be_read_without_the_command(installed, page):
    assert not arabic.available()
    assert list(arabic.readings(page, LINE, 40)) == []


def test_arabic_cannot_be_read_without_its_language(installed):
    installed(languages="eng")

    assert not arabic.available()


def test_the_command_reads_a_line_at_several_sizes(installed, page):
    installed()

    assert arabic.available()
    assert set(arabic.readings(page, LINE, 40)) == {"الاسم مثال"}


def test_a_command_that_fails_reads_nothing(installed, page):
    installed(output="exit 1")

    assert list(arabic.readings(page, LINE, 40)) == []


def test_a_command_that_hangs_is_given_up(installed, page, monkeypatch):
    installed(output="exec /bin/sleep 60")
    monkeypatch.setattr(tesseract, "PATIENCE", 0.05)

    assert list(arabic.readings(page, LINE, 40)) == []


def test_plain_text_has_letters_and_single_spaces_only():
    assert arabic.plain("الاســم:  «مُحَمَّد» 12") == "الاسم محمد"


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("محمد علي", "Mohammed Ali"),
        ("فاطمة", "Fatimah"),
        ("عبدالله", "Abdullah"),
        ("خالد", "Khalid"),
        ("ليلى", "Layla"),
    ],
)
def test_both_spellings_of_a_name_have_the_same_consonants(name, spelling):
    assert transliteration.likeness(name, spelling) == 1.0


def test_a_different_name_is_unlike():
    assert transliteration.likeness("سالم", "Khalid") < 0.5


@pytest.mark.parametrize(
    ("misread", "spelling", "right"),
    [
        ("غائم", "Ghanem", "غانم"),
        ("لبلى", "Layla", "ليلى"),
        ("على", "Ali", "علي"),
        ("حالد", "Khalid", "خالد"),
        ("جرجبس", "Jirjis", "جرجيس"),
    ],
)
def test_dots_are_put_right_by_the_latin_spelling(misread, spelling, right):
    assert transliteration.repaired(misread, spelling)[0] == right


def test_a_name_that_agrees_with_its_spelling_stays():
    assert transliteration.repaired("أحمد سالم", "Ahmed Salem") == ("أحمد سالم", 0)


def test_letters_that_changed_places_are_put_back_in_a_usual_name():
    assert transliteration.repaired("خلاد سالم", "Khalid Salem") == ("خالد سالم", 1)
