from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing

import pytest
import pytest_asyncio
from job_fixtures import fill, lines, run

from ocr_async import AutoClassification, read_results
from ocr_async.errors import JobError
from ocr_async.jobs import look, tables
from ocr_async.jobs.corrections import Review
from ocr_async.jobs.paths import ledger_of
from ocr_async.jobs.values import replaced, values


@pytest_asyncio.fixture
async def out(tmp_path):
    """The output of a job of three train tickets."""
    out = tmp_path / "results.jsonl"
    await run(fill(tmp_path / "scans", range(3)), out)
    return out


@pytest.fixture
def review(out):
    review = Review.open(ledger_of(out))
    yield review
    review.close()


def correct(review, line, field, new, reviewer="ada"):
    value = next(each for each in values(line["result"]) if each.name == field)
    return review.note(line["key"], "corrected", reviewer, sha256=line["sha256"], field=field, old=value.value, new=new)


async def test_a_correction_is_a_row_and_the_line_stays_as_it_was(out, review):
    before, line = out.read_bytes(), lines(out)[1]
    correct(review, line, "train_number", "G1")
    with closing(sqlite3.connect(ledger_of(out))) as database, database:
        row = database.execute("select key, field, old, new, reviewer from correction").fetchone()
    assert row == (line["key"], "train_number", line["result"]["train_number"], "G1", "ada")
    assert out.read_bytes() == before


async def test_results_read_back_have_the_corrected_value_and_say_so(out, review):
    line = lines(out)[1]
    correct(review, line, "train_number", "G1")
    for path in (out, ledger_of(out)):
        first, second, _ = read_results(path)
        assert (second.result.train_number, second.corrected) == ("G1", ("train_number",))
        assert "train_number" not in second.result.confidence
        assert first.corrected == ()


async def test_export_and_tables_have_the_corrected_value_and_say_so(out, review):
    line = lines(out)[1]
    correct(review, line, "train_number", "G1")
    ledger = look.open_ledger(out)
    exported = [json.loads(text) for text in look.lines(ledger)]
    ledger.close()
    assert [each["result"]["train_number"] == "G1" for each in exported] == [False, True, False]
    assert exported[1]["corrected"] == ["train_number"]
    (table,) = tables.write(out, out.with_suffix(".csv"))
    with table.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["corrected"] for row in rows] == ["", "train_number", ""]
    assert rows[1]["train_number"] == "G1"


async def test_the_last_correction_of_a_field_counts_and_undo_brings_the_one_before(out, review):
    line = lines(out)[0]
    correct(review, line, "seat_number", "01A")
    review.note(line["key"], "corrected", "ada", sha256=line["sha256"], field="seat_number", old="01A", new="01B")
    assert next(iter(read_results(out))).result.seat_number == "01B"
    assert review.undo("bob") is None
    assert review.undo("ada").new == "01B"
    assert next(iter(read_results(out))).result.seat_number == "01A"
    review.undo("ada")
    assert next(iter(read_results(out))).result.seat_number == line["result"]["seat_number"]
    assert review.undo("ada") is None


async def test_a_correction_does_not_hold_for_another_content_or_value(out, review):
    line = lines(out)[0]
    review.note(
        line["key"],
        "corrected",
        "ada",
        sha256="0" * 64,
        field="seat_number",
        old=line["result"]["seat_number"],
        new="x",
    )
    review.note(line["key"], "corrected", "ada", sha256=line["sha256"], field="seat_number", old="another", new="y")
    assert next(iter(read_results(out))).corrected == ()


async def test_the_last_verdict_on_an_item_counts(out, review):
    keys = [line["key"] for line in lines(out)]
    review.note(keys[0], "skipped", "ada")
    review.note(keys[0], "accepted", "ada")
    review.note(keys[1], "unreadable", "ada")
    assert dict(review.verdicts()) == {keys[0]: "accepted", keys[1]: "unreadable"}


async def test_a_document_among_several_is_corrected_in_its_place(tmp_path):
    out = tmp_path / "several.jsonl"
    await run(fill(tmp_path / "scans", [1]), out, document_type=AutoClassification)
    (line,) = lines(out)
    field = next(value for value in values(line["result"]) if value.name.startswith("items.0.content.") and value.value)
    review = Review.open(ledger_of(out))
    correct(review, line, field.name, "7")
    review.close()
    (done,) = read_results(out)
    assert done.corrected == (field.name,)
    assert getattr(done.result[0].content, field.path[-1]) == "7"


async def test_a_job_goes_on_over_a_review(out, review, tmp_path):
    line = lines(out)[2]
    correct(review, line, "train_number", "G1")
    summary = await run(fill(tmp_path / "scans", range(5)), out)
    assert (summary.done, summary.already) == (5, 3)
    assert [done.corrected for done in read_results(out)].count(("train_number",)) == 1


def test_a_review_of_no_ledger_is_an_error(tmp_path):
    with pytest.raises(JobError, match="the review cannot be kept"):
        Review.open(tmp_path / "none.ledger")


def test_values_are_named_by_their_place_with_the_confidence_that_speaks_of_them():
    result = {
        "title": "T",
        "remark": "",
        "item_list": [{"name": "a"}, {"name": "b"}],
        "words_block_list": [{"words": "w", "confidence": 0.5, "location": [[0, 0], [1, 0], [1, 1], [0, 1]]}],
        "text_location": {"title": [[0, 0], [1, 0], [1, 1], [0, 1]]},
        "confidence": {"title": 0.9, "remark": 0.1, "item_list": [{"name": 0.7}, {"name": 0.8}]},
    }
    assert [(value.name, value.score) for value in values(result)] == [
        ("title", 0.9),
        ("remark", None),
        ("item_list.0.name", 0.7),
        ("item_list.1.name", 0.8),
        ("words_block_list.0.words", 0.5),
    ]
    changed = replaced(result, ("item_list", 1, "name"), "c")
    assert changed["item_list"] == [{"name": "a"}, {"name": "c"}]
    assert changed["confidence"]["item_list"] == [{"name": 0.7}, {}]
    assert result["item_list"][1] == {"name": "b"}
