from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import CommandLine

from ocr_async.testing import ScriptedService, picture, serve


@pytest.fixture
def service():
    return ScriptedService()


@pytest.fixture
def url(service, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", service.account.ak)
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", service.account.sk)
    with serve(service) as address:
        yield address


@pytest.fixture
def run(url, capsys):
    command_line = CommandLine(capsys)
    return lambda *arguments: command_line("batch", *arguments, "--out", "results.jsonl", "--endpoint", url)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with five pictures, in the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans").mkdir()
    for number in range(5):
        (tmp_path / "scans" / f"{number}.png").write_bytes(picture(number))
    return tmp_path / "scans"


def results():
    return [json.loads(line) for line in Path("results.jsonl").read_text("utf-8").splitlines()]


def test_a_folder_becomes_a_file_with_a_line_for_each_picture(run, folder):
    ended = run("train-ticket", "scans")
    assert ended.code == 0
    assert [line["status"] for line in results()] == ["done"] * 5
    assert "Finished" in ended.err
    assert ended.out == ""


def test_the_same_command_again_sends_nothing_again(run, folder, service):
    run("train-ticket", "scans")
    assert run("train-ticket", "scans").code == 0
    assert service.ledger.calls == 5
    assert len(results()) == 5


def test_a_picture_that_cannot_be_read_fails_alone_and_is_summed_up(run, folder):
    (folder / "broken.png").write_bytes(b"no picture")
    ended = run("train-ticket", "scans", "--quiet")
    assert ended.code == 1
    assert "SourceError" in ended.err
    assert sorted(line["status"] for line in results()) == ["done"] * 5 + ["failed"]


def test_a_quiet_run_says_nothing_when_all_is_well(run, folder):
    ended = run("train-ticket", "scans", "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_tables_are_written_when_asked_for(run, folder):
    assert run("train-ticket", "scans", "--to", "csv", "--to", "xlsx").code == 0
    assert {".csv", ".xlsx"} <= {path.suffix for path in Path().iterdir()}


def test_a_manifest_may_name_the_types(run, folder):
    (folder / "list.csv").write_text("path,type,key\n0.png,passport,anna\n1.png,train-ticket,ticket\n")
    assert run("--manifest", folder / "list.csv").code == 0
    assert {line["key"]: line["type"] for line in results()} == {"anna": "passport", "ticket": "train-ticket"}


def test_a_job_needs_a_source(run, folder):
    assert run().code == 2
    assert run("train-ticket").code == 2


def test_a_wrong_key_ends_the_job_after_one_signature(run, folder, service):
    ended = run(
        "train-ticket", "scans", "--ak", service.account.ak, "--sk", "wrong", "--project-id", service.account.project_id
    )
    assert ended.code == 3
    assert "APIG.0301" in ended.err
    assert service.ledger.signature_checks == 1


def test_the_output_of_another_job_is_not_touched(run, folder):
    run("train-ticket", "scans")
    before = results()
    ended = run("passport", "scans")
    assert ended.code == 3
    assert ended.err.startswith("error: ")
    assert "Traceback" not in ended.err
    assert results() == before


def test_a_dry_run_counts_and_sends_nothing(run, folder, service):
    ended = run("train-ticket", "scans", "--dry-run")
    assert ended.code == 0
    assert "would be sent:" in ended.out
    assert "train-ticket" in ended.out
    assert service.ledger.calls == 0
    assert not Path("results.jsonl").exists()


def test_a_limit_and_a_budget_bound_what_is_sent(run, folder, service):
    run("train-ticket", "scans", "--limit", "1")
    assert service.ledger.calls == 1
    run("train-ticket", "scans", "--budget", "1")
    assert service.ledger.calls == 1
    assert run("train-ticket", "scans").code == 0
    assert service.ledger.calls == 5


def test_a_job_is_looked_at_without_credentials(run, folder, capsys, monkeypatch):
    run("train-ticket", "scans")
    for name in ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"):
        monkeypatch.delenv(name, raising=False)
    look = CommandLine(capsys)
    status = json.loads(look("job", "status", "results.jsonl", "--json").out)
    assert status["done"] == sum(line["status"] == "done" for line in results())
    assert status["runs"] == 1
    assert "done" in look("job", "status", "results.ledger").out
    assert look("job", "export", "results.jsonl").out == Path("results.jsonl").read_text("utf-8")
    (once,) = look("job", "runs", "results.jsonl", "--json").out.splitlines()
    assert json.loads(once)["how"] == "finished"
    assert len(look("job", "failed", "results.jsonl", "--json").out.splitlines()) == status["failed"]
    assert "begun" in look("job", "runs", "results.jsonl").out
    assert "status" in look("job", "failed", "results.jsonl").out


def test_looking_at_nothing_is_told(capsys):
    ended = CommandLine(capsys)("job", "status", "nowhere.jsonl")
    assert ended.code == 1
    assert "no such ledger" in ended.err
