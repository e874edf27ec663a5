from __future__ import annotations

import gzip
import json
import re
from datetime import datetime
from decimal import Decimal

import pytest
from attrs import evolve
from job_fixtures import fill, lines, run, session_on
from test_jobs_tables import SAMPLES, TICKET, done, failed

from ocr_async import read_results, to_arrow, to_pandas, to_polars
from ocr_async.batch import Done, Failed, Item
from ocr_async.documents import Passport, PassportResult, TrainTicket, TrainTicketResult, registry
from ocr_async.documents.classification import AutoClassificationResult
from ocr_async.errors import DeadlineError, DocumentError, JobError, OcrError, SourceError, TransportError
from ocr_async.fields import Result
from ocr_async.testing import ScriptedService, Unreadable, picture


def written(path, *found):
    path.write_text("".join(json.dumps(line) + "\n" for line in found))
    return path


@pytest.mark.parametrize("api", sorted(path.stem for path in SAMPLES.iterdir()))
@pytest.mark.parametrize("source", ["out.jsonl", "out.ledger", "out.jsonl.gz"])
async def test_results_come_back_as_they_were(tmp_path, api, source):
    folder, kind = fill(tmp_path / "scans", range(2)), registry.find(api)
    service = ScriptedService()
    await run(folder, tmp_path / "out.jsonl", service, document_type=kind)
    if source.endswith(".gz"):
        (tmp_path / source).write_bytes(gzip.compress((tmp_path / "out.jsonl").read_bytes()))
    async with session_on(service) as session:
        expected = {str(path): await session.recognize(kind, path) for path in folder.iterdir()}
    found = {item.key: item for item in read_results(tmp_path / source)}
    assert set(found) == set(expected)
    for key, item in found.items():
        assert isinstance(item, Done)
        assert type(item.result) is type(expected[key])
        assert item.result.to_dict() == expected[key].to_dict()
        assert item.result.meta.request_id


async def test_failures_come_back_as_errors_of_their_class(tmp_path):
    def refuse(task):
        raise Unreadable

    folder, out = fill(tmp_path / "scans", [1]), tmp_path / "out.jsonl"
    (folder / "broken.png").write_bytes(b"no picture")
    await run(folder, out, ScriptedService(refuse))
    errors = {item.key.rpartition("/")[2]: item for item in read_results(out)}
    assert all(isinstance(item, Failed) for item in errors.values())
    refused, broken = errors["1.png"].error, errors["broken.png"].error
    assert (type(refused), refused.code, refused.status) == (DocumentError, "AIS.0103", 400) or refused.code
    assert type(broken) is SourceError
    assert str(broken).count("broken.png") == 1
    assert (errors["1.png"].sent, errors["broken.png"].sent) == (True, False)


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        ({"kind": "UnknownFate", "code": None, "message": "sent"}, "held", TransportError),
        ({"kind": "DeadlineError", "code": None, "message": "late"}, "failed", DeadlineError),
        ({"kind": "NewerError", "code": None, "message": "what"}, "failed", OcrError),
        ({"kind": "DecodeError", "code": None, "message": "does not fit", "status": 200}, "failed", OcrError),
        ({"kind": "DocumentError", "code": None, "message": None, "status": 400}, "failed", DocumentError),
        ({"kind": "__name__", "code": None, "message": "x"}, "failed", OcrError),
    ],
)
def test_every_line_of_a_failure_is_an_error(tmp_path, error, status, kind):
    line = {**failed("a.png", status=status), "error": error, "attempts": None, "seconds": None, "endpoint": None}
    (item,) = read_results(written(tmp_path / "r.jsonl", line))
    assert isinstance(item.error, kind)
    assert str(item.error)


def test_a_result_without_a_class_is_kept_as_it_came(tmp_path):
    line = done("a.png", {"code": "1", "confidence": {"code": 0.5}}, "stamp-card")
    (item,) = read_results(written(tmp_path / "r.jsonl", line))
    assert type(item.result) is Result
    assert item.result.to_dict() == line["result"]


def test_a_result_that_no_longer_fits_its_class_is_kept_as_it_came(tmp_path):
    (item,) = read_results(written(tmp_path / "r.jsonl", done("a.png", {"ticket_id": 7})))
    assert item.result.raw == {"ticket_id": 7}


def test_several_documents_of_a_picture_come_back(tmp_path):
    found = {"status": {"error_code": "AIS.0000"}, "type": "train_ticket", "location": None, "content": TICKET}
    line = done("a.png", {"items": [found], "confidence": {}}, "auto-classification")
    (item,) = read_results(written(tmp_path / "r.jsonl", line))
    assert isinstance(item.result, AutoClassificationResult)
    assert len(item.result.of(TrainTicketResult)) == 1


@pytest.mark.parametrize("text", ["no json\n", "[1]\n", '{"status": 1}\n', "\x00\n"])
def test_a_file_that_is_no_output_is_refused(tmp_path, text):
    path = tmp_path / "r.jsonl"
    path.write_text(text)
    with pytest.raises(JobError, match=r"r\.jsonl"):
        list(read_results(path))


@pytest.mark.parametrize("name", ["gone.jsonl", ".", "cut.jsonl.gz"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name):
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b'{"key": 1}\n' * 9999)[:-30])
    with pytest.raises(JobError, match=re.escape(str(tmp_path / name))):
        list(read_results(tmp_path / name))


def test_a_torn_last_line_is_left_out(tmp_path):
    path = written(tmp_path / "r.jsonl", done("a.png", TICKET))
    path.write_bytes(path.read_bytes() + b'{"key": "b')
    assert [item.key for item in read_results(path)] == ["a.png"]


def test_a_name_that_is_not_utf_8_comes_back(tmp_path):
    (item,) = read_results(written(tmp_path / "r.jsonl", done("\udcb7.png", TICKET)))
    assert item.key == "\udcb7.png"


async def test_a_job_is_read_while_it_runs(tmp_path):
    out, seen = tmp_path / "out.jsonl", []

    def look(progress):
        seen.append(len(list(read_results(tmp_path / "out.ledger"))))

    await run(fill(tmp_path / "scans", range(20)), out, on_progress=look)
    assert seen[-1] == 20


@pytest.mark.parametrize("make", [to_arrow, to_pandas, to_polars])
def test_frames_have_typed_columns(tmp_path, make):
    path = written(
        tmp_path / "r.jsonl",
        done("a.png", TICKET, run=2),
        done("b.png", TICKET | {"ticket_price": "2"}),
        failed("c.png"),
    )
    frame = make(path)
    rows = (
        frame.to_pylist() if make is to_arrow else frame.to_dicts() if make is to_polars else frame.to_dict("records")
    )
    assert [row["key"] for row in rows] == ["a.png", "b.png"]
    assert (rows[0]["ticket_price"], rows[1]["ticket_price"]) == (Decimal("1164.50"), Decimal("2.00"))
    assert rows[0]["departure_time"] == datetime.fromisoformat("2017-12-12 20:39")
    assert (rows[0]["lowest_confidence"], rows[0]["run"]) == (0.5, 2)


@pytest.mark.parametrize("name", [TrainTicket, TrainTicket(), "train-ticket"])
def test_a_frame_is_of_one_type(tmp_path, name):
    path = written(tmp_path / "r.jsonl", done("a.png", TICKET), done("b.png", {"name": "x"}, "passport"))
    with pytest.raises(ValueError, match="train-ticket, passport; name one"):
        to_arrow(path)
    with pytest.raises(ValueError, match="none of bankcard"):
        to_arrow(path, "bankcard")
    assert to_arrow(path, name).num_rows == 1
    assert to_polars(path, Passport)["key"].to_list() == ["b.png"]


async def test_one_reader_serves_all_types(tmp_path):
    items = [Item(picture(1), TrainTicket(), "t"), Item(picture(2), Passport(), "p")]
    await run(items, tmp_path / "out.jsonl", document_type=None)
    kinds = {item.key: type(item.result) for item in read_results(tmp_path / "out.jsonl")}
    assert kinds == {"t": TrainTicketResult, "p": PassportResult}
    assert len(lines(tmp_path / "out.jsonl")) == 2
    assert evolve(next(iter(read_results(tmp_path / "out.jsonl"))), index=0).index == 0
