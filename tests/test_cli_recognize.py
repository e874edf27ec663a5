from __future__ import annotations

import json
import subprocess
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from command_line import COMMAND, CommandLine, environment
from rich.cells import cell_len

from ocr_async.testing import FAULTS, ScriptedService, Unreadable, picture, picture_number, serve


@pytest.fixture
def service():
    return ScriptedService()


@pytest.fixture
def run(service, capsys, monkeypatch):
    """Runs `recognize` with the key of a service on a loopback socket."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", service.account.ak)
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", service.account.sk)
    with serve(service) as url:
        command_line = CommandLine(capsys)
        yield lambda *arguments: command_line("recognize", *arguments, "--endpoint", url)


@pytest.fixture
def ticket(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("ticket.png").write_bytes(picture(1))
    return "ticket.png"


@pytest.mark.parametrize("source", ["x" * 300, "a\x00b"], ids=["too long", "NUL"])
def test_an_impossible_path_is_an_error_of_that_picture(run, source):
    ended = run("train-ticket", source)
    assert ended.code == 1
    assert "cannot be read" in ended.err


def test_a_picture_becomes_a_table_of_fields_and_confidences(run, ticket):
    ended = run("train-ticket", ticket)
    assert ended.code == 0
    assert "departure_station        长沙南                        1.00" in ended.out
    assert picture_number(picture(1)) in ended.out


def test_a_low_confidence_is_marked_by_a_word(run, ticket):
    lines = run("train-ticket", ticket).out.splitlines()
    assert [line.split()[0] for line in lines if "low 0." in line] == ["departure_time"]


def test_no_line_of_a_table_is_wider_than_the_terminal(run, ticket):
    for kind in ("train-ticket", "passport", "emirates-id-card", "auto-classification"):
        assert max(map(cell_len, run(kind, ticket).out.splitlines())) <= 80


@pytest.mark.parametrize("columns", ["20", "40", "60"])
def test_a_narrow_terminal_shows_every_value(run, ticket, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    shown = run("train-ticket", ticket).out
    assert max(map(cell_len, shown.splitlines())) <= int(columns)
    assert all(part in shown for part in (picture_number(picture(1)), "长沙南", "low 0."))


def test_a_deeply_nested_field_leaves_room_for_its_value(run, service, ticket):
    cell = {"words": "a cell of a table", "confidence": 0.9}
    service.recognizer.replies = {
        "general-table": {"words_region_list": [{"words_block_list": [cell | {"x" * 30: "inner"}]}]}
    }
    shown = run("general-table", ticket).out
    assert "a cell of a table" in shown
    assert "inner" in shown


def test_the_fields_of_inner_objects_are_shown_with_their_path(run, ticket):
    assert "extra_info.local_language.name" in run("passport", ticket).out


def test_each_document_of_a_picture_has_a_table_and_a_failed_one_its_reason(run, ticket):
    out = run("auto-classification", ticket).out
    assert "3 documents" in out
    assert "1. quota_invoice" in out
    assert "AIS.0104" in out


def test_json_is_one_object_a_line_in_the_order_of_the_sources(run, ticket, tmp_path):
    other = tmp_path / "other.png"
    other.write_bytes(picture(2))
    lines = [json.loads(line) for line in run("train-ticket", ticket, other, "--json").out.splitlines()]
    assert [line["key"] for line in lines] == [ticket, str(other)]
    assert [line["result"]["ticket_id"] for line in lines] == [picture_number(picture(n)) for n in (1, 2)]


def test_a_picture_may_come_from_stdin(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(picture(3))))
    assert picture_number(picture(3)) in run("train-ticket", "-").out


def test_an_option_reaches_the_service(run, service, ticket):
    seen = []
    service.recognizer.replies = lambda task: seen.append(task.options) or {}
    run("emirates-id-card", ticket, "--option", "side=back")
    run("auto-classification", ticket, "-o", "type_list=passport,bankcard", "-o", "detect_seal=true")
    assert seen == [{"side": "back"}, {"type_list": ["passport", "bankcard"], "detect_seal": True}]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["no-such-type"], "unknown document type 'no-such-type'"),
        (["passport", "-o", "side=front"], "passport has no option 'side'"),
        (["emirates-id-card", "-o", "side=left"], "is not one of 'front', 'back'"),
        (["emirates-id-card", "-o", "side"], "not of the form name=value"),
        (["passport", "--ak", "only"], "--ak and --sk belong together"),
        (["passport", "--local"], "--local takes no account"),
        (["passport", "--region", "nowhere"], "unknown region 'nowhere'"),
    ],
)
def test_wrong_usage_is_told_and_ends_with_2(run, ticket, arguments, complaint):
    kind, *options = arguments
    ended = run(kind, ticket, *options)
    assert ended.code == 2
    assert complaint in " ".join(ended.err.replace("│", " ").split())


def test_a_picture_that_cannot_be_sent_fails_alone(run, ticket, tmp_path):
    (tmp_path / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    ended = run("train-ticket", tmp_path / "cut.jpg", ticket)
    assert ended.code == 1
    assert "cut.jpg" in ended.err
    assert "error" in ended.err
    assert "ticket_id" in ended.out


def test_a_folder_or_pdf_file_is_sent_to_the_batch_command(run, tmp_path):
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.7\n")
    for source in (tmp_path, tmp_path / "scan.pdf"):
        assert "`ocr-async batch`" in run("train-ticket", source).err


def test_a_refused_document_is_one_line_with_what_to_do(run, service, ticket):
    service.recognizer.replies = _unreadable
    ended = run("train-ticket", ticket)
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert "AIS.0104" in ended.err
    assert "To do:" in ended.err


def test_a_wrong_key_is_tried_once_and_told_once(run, service, ticket):
    ended = run("train-ticket", ticket, ticket, ticket, "--ak", service.account.ak, "--sk", "wrong")
    assert ended.code == 1
    assert ended.err.count("APIG.0301") == 1
    assert service.ledger.signature_checks <= 1


def test_without_credentials_each_place_is_named_and_the_way_without_an_account(run, ticket, monkeypatch, tmp_path):
    monkeypatch.delenv("HUAWEICLOUD_SDK_AK")
    monkeypatch.delenv("HUAWEICLOUD_SDK_SK")
    monkeypatch.setenv("OCR_ASYNC_METADATA", "off")
    monkeypatch.delenv("HUAWEICLOUD_SDK_CREDENTIALS_FILE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    ended = run("train-ticket", ticket)
    assert ended.code == 1
    assert all(place in ended.err for place in ("environment", "profile file", "metadata service", "--local"))


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_reader_that_goes_away_is_no_error_to_show(service, ticket, form):
    account = service.account
    with serve(service) as url:
        command = [*COMMAND, "recognize", "train-ticket", *[ticket] * 9, *form]
        command += ["--endpoint", url, "--ak", account.ak, "--sk", account.sk]
        with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as writer:
            writer.stdout.close()
            assert writer.stderr.read() == b""


def test_a_passing_fault_is_not_seen(run, service, ticket):
    service.faults = iter([FAULTS["bad gateway"]])
    assert run("train-ticket", ticket).code == 0


def test_nothing_on_a_screen_holds_the_secret(run, service, ticket):
    for options in ([], ["--json"], ["--ak", service.account.ak, "--sk", service.account.sk + "x"]):
        ended = run("train-ticket", ticket, *options)
        assert service.account.sk not in ended.out + ended.err


def _unreadable(_):
    raise Unreadable
