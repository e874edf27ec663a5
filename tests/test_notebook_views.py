from __future__ import annotations

import io
import re

import pytest
from job_fixtures import fill, run, session_on
from PIL import Image

from ocr_async import Done, Failed, Item, OcrError, Outcomes, TrainTicket, TrainTicketResult, read_results
from ocr_async.errors import SourceError
from ocr_async.fields.decoding import decode
from ocr_async.testing import Refusal, ScriptedService, picture, picture_number

SCRIPT = "<script>alert(1)</script>"


def ticket(**fields):
    return decode(TrainTicketResult, fields)


def pictures_in(shown):
    return re.findall(r'<img alt="[^"]*" src="data:image/jpeg;base64,[^"]+">', shown)


def test_a_result_is_shown_with_its_picture_and_course():
    done = Done("a.png", 0, picture(1), ticket(train_number="G1"), 2, 1.5, "cn-north-4")
    shown = done._repr_html_()
    assert len(pictures_in(shown)) == 1
    assert "a.png: 2 sent, 1.50 s, cn-north-4" in shown
    assert "<td>train_number</td><td>G1</td>" in shown


def test_corrected_fields_are_named():
    done = Done("a.png", 0, None, ticket(train_number="G1"), corrected=("train_number",))
    assert "corrected: train_number" in done._repr_html_()


def test_a_failure_is_shown_with_what_to_do():
    shown = Failed("a.png", 0, picture(1), SourceError("a.png", "is empty"))._repr_html_()
    assert "is empty" in shown
    assert len(pictures_in(shown)) == 1


def test_outcomes_are_a_table_with_small_pictures(tmp_path):
    Image.new("RGB", (2000, 1000), "red").save(tmp_path / "large.jpg")
    found = Outcomes(
        [
            Done("a", 0, tmp_path / "large.jpg", ticket(train_number="G1", confidence={"train_number": 0.4})),
            Done(
                "b",
                1,
                Image.new("L", (40, 40)),
                ticket(train_number="", seat_number="1", confidence={"train_number": 0.1}),
            ),
            Failed("c", 2, "gone.jpg", OcrError("no")),
        ]
    )
    shown = found._repr_html_()
    assert "2 done, 1 failed" in shown
    assert len(pictures_in(shown)) == 2
    first, second, third = re.findall(r"<tr.*?</tr>", shown)[1:]
    assert "train_number 0.4000" in first
    assert "style=" in first.partition(">")[0]
    assert "train_number" not in second
    assert "style=" not in second.partition(">")[0]
    assert "style=" in third.partition(">")[0]


def test_a_long_list_says_how_many_more_there_are():
    shown = Outcomes([Failed(str(number), number, None, OcrError("no")) for number in range(60)])._repr_html_()
    assert "and 10 more" in shown


@pytest.mark.parametrize("source", [None, "gone.jpg", "http://example.com/a.jpg", b"no picture", object(), 7])
def test_what_has_no_picture_is_shown_without(source):
    assert pictures_in(Done("a", 0, source, ticket(train_number="G1"))._repr_html_()) == []


def test_nothing_of_a_document_is_markup():
    outcomes = Outcomes(
        [Done(SCRIPT, 0, picture(1), ticket(train_number=SCRIPT)), Failed(SCRIPT, 1, None, OcrError(SCRIPT))]
    )
    for shown in (outcomes._repr_html_(), outcomes[0]._repr_html_(), outcomes[1]._repr_html_()):
        assert "<script>" not in shown
        assert "&lt;script&gt;" in shown


def _refusing(task):
    if picture_number(task.image) == picture_number(picture(1)):
        raise Refusal("AIS.0104")
    return {"train_number": "G1"}


async def test_a_run_gives_its_outcomes_in_order_and_shows_its_counts():
    service = ScriptedService(replies=_refusing)
    async with session_on(service) as session:
        items = [Item(picture(number), key=f"picture {number}") for number in range(3)]
        async with session.recognize_many(TrainTicket, items) as batch:
            outcomes = await batch.outcomes()
            stats = batch.stats
        assert [outcome.key for outcome in outcomes] == ["picture 0", "picture 1", "picture 2"]
        assert isinstance(outcomes, Outcomes)
        shown = stats._repr_html_()
        assert "failed: AIS.0104" in shown
        assert "<td>train-ticket</td>" in shown
        assert "<td>train-ticket</td>" in session.stats()._repr_html_()


async def test_results_read_back_are_shown_with_their_pictures(tmp_path):
    out = tmp_path / "results.jsonl"
    await run(fill(tmp_path / "scans", range(3)), out)
    assert len(pictures_in(Outcomes(read_results(out))._repr_html_())) == 3


def test_a_small_picture_is_small():
    target = io.BytesIO()
    Image.effect_noise((3000, 2000), 90).save(target, "PNG")
    assert len(Outcomes([Done("a", 0, target.getvalue(), ticket())])._repr_html_()) < 20_000
