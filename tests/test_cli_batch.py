from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from command_line import CommandLine

from ocr_async.testing import Refusal, ScriptedService, picture, serve


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
    assert ended.code == 2
    assert ended.err.startswith("error: ")
    assert "Traceback" not in ended.err
    assert results() == before


def counted(text):
    """Return what a dry run counts, by what."""
    return {what.strip(): int(count) for count, what in (line.split(None, 1) for line in text.splitlines())}


def test_a_dry_run_counts_and_sends_nothing(run, folder, service):
    ended = run("train-ticket", "scans", "--dry-run")
    assert ended.code == 0
    assert counted(ended.out)["would be sent"] == counted(ended.out)["train-ticket"] == 5
    assert service.ledger.calls == 0
    assert not list(Path().glob("results*"))


def test_a_dry_run_tells_what_is_known_what_are_twins_and_what_cannot_be_read(run, folder, service):
    run("train-ticket", "scans")
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "new.png").write_bytes(picture(7))
    (folder / "new twin.png").write_bytes(picture(7))
    (folder / "old twin.png").write_bytes(picture(1))
    (folder / "notes.txt").write_text("no picture either")
    before = Path("results.ledger").read_bytes(), results()
    ended = run("train-ticket", "scans", "scans/1.png", "--dry-run")
    assert counted(ended.out) == {
        "would be sent": 1,
        "train-ticket": 1,
        "known from before": 5,
        "copies of the same picture": 2,
        "named twice": 1,
        "cannot be read": 1,
        "other files left alone": 1,
    }
    assert (Path("results.ledger").read_bytes(), results()) == before
    assert service.ledger.calls == 5


def test_a_dry_run_tells_each_type_and_what_limit_and_budget_let_through(run, folder):
    (folder / "list.csv").write_text("path,type\n0.png,passport\n1.png,train-ticket\n2.png,train-ticket\n")
    ended = run("--manifest", "scans/list.csv", "--dry-run", "--limit", "2")
    said = counted(ended.out)
    assert (said["would be sent"], said["passport"], said["train-ticket"]) == (3, 1, 2)
    assert said["of them in this run, by --limit or --budget"] == 2
    said = json.loads(run("--manifest", "scans/list.csv", "--dry-run", "--budget", "1", "--json").out)
    assert (said["to_send"], said["sent"]) == ({"passport": 1, "train-ticket": 2}, 1)
    assert said["out"] == "results.jsonl"


@pytest.mark.parametrize(("budget", "sent"), [("9", 0), ("10", 1), ("13", 4), ("14", 5), ("100", 5)])
def test_a_dry_run_tells_what_a_budget_lets_through_when_pictures_are_classified(run, folder, service, budget, sent):
    service.recognizer.replies = lambda task: [
        {"type": "passport", "status": {"error_code": "AIS.0000"}, "content": {}}
    ]
    arguments = ["auto-classification", "scans", "--budget", budget, "--json"]
    assert json.loads(run(*arguments, "--dry-run").out)["sent"] == sent
    assert json.loads(run(*arguments).out)["sent"] == sent


def test_what_the_budget_left_over_is_told_and_how_to_go_on(run, folder):
    ended = run("train-ticket", "scans", "--budget", "3")
    assert ended.code == 1
    assert "larger" in ended.err
    assert "3 of it are spent" in " ".join(ended.err.split())
    ended = run("train-ticket", "scans", "--budget", "3", "--limit", "1")
    assert "larger" in ended.err
    ended = run("train-ticket", "scans", "--budget", "5", "--limit", "1")
    assert "larger" not in ended.err


def test_a_dry_run_tells_what_would_be_dropped_and_drops_nothing(run, folder):
    run("train-ticket", "scans")
    (folder / "1.png").unlink()
    assert counted(run("train-ticket", "scans", "--dry-run").out)["whose file is gone"] == 1
    assert counted(run("train-ticket", "scans", "--prune", "--dry-run").out)["dropped, their files are gone"] == 1
    assert len(results()) == 5
    assert "1 dropped" in run("train-ticket", "scans", "--prune").err
    assert len(results()) == 4


def test_the_summary_is_a_line_of_json_when_asked_for(run, folder):
    (folder / "broken.png").write_bytes(b"no picture")
    ended = run("train-ticket", "scans", "--json", "--to", "csv")
    (line,) = ended.out.splitlines()
    said = json.loads(line)
    assert (said["done"], said["failed"], said["error"], said["is_complete"]) == (5, 1, None, True)
    assert said["failures"][0]["kind"] == "SourceError"
    assert said["tables"] == ["results.csv"]


@pytest.mark.parametrize(
    "nonsense",
    [
        ["--limit", "-1"],
        ["--limit", "many"],
        ["--budget", "-5"],
        ["--budget", "1.5"],
        ["--timeout", "0"],
        ["--timeout", "-3"],
        ["--timeout", "nan"],
        ["--timeout", "inf"],
        ["--concurrency", "0"],
        ["--retry", ""],
        ["--retry", "AIS.0104,,timeout"],
        ["--retry", "everything"],
        ["--unknown", "forget"],
        ["--to", "docx"],
        ["-o", "colour=red"],
        ["--prune=yes"],
    ],
    ids=" ".join,
)
def test_nonsense_is_refused_before_anything_is_sent(run, folder, service, nonsense):
    ended = run("train-ticket", "scans", *nonsense)
    assert ended.code == 2
    assert nonsense[0].partition("=")[0].strip("-o") in ended.err
    assert "Traceback" not in ended.err
    assert service.ledger.calls == 0
    assert not list(Path().glob("results*"))


@pytest.mark.parametrize(
    "out", ["", ".", "-", "scans", os.devnull, "nowhere/results.jsonl", "scans/0.png/results.jsonl"]
)
def test_so_is_an_output_that_cannot_be(url, folder, service, capsys, out):
    ended = CommandLine(capsys)("batch", "train-ticket", "scans", "--endpoint", url, "--out", out)
    assert ended.code == 2
    assert "out" in ended.err
    assert service.ledger.calls == 0


@pytest.mark.parametrize("name", ["-", "list.txt", "list.json", "scans"])
def test_what_is_called_a_manifest_is_read_as_one_or_refused(run, folder, service, name):
    Path("list.txt").write_text("path\nscans/0.png\n")
    ended = run("train-ticket", "--manifest", name)
    assert ended.code == 2
    assert f"--manifest {name}" in ended.err
    assert not list(Path().glob("results*"))


@pytest.mark.parametrize("retry", [["AIS.0104,timeout"], ["AIS.0104", "timeout"], ["ais.0104, Timeout"]])
def test_failures_are_sent_again_by_code(run, folder, service, retry):
    def refuse(task):
        raise Refusal("AIS.0104" if task.image == picture(1) else "AIS.0103")

    service.recognizer.replies = refuse
    assert run("train-ticket", "scans").code == 1
    service.recognizer.replies = {}
    run("train-ticket", "scans", *(word for code in retry for word in ("--retry", code)))
    assert sorted(line["status"] for line in results()) == ["done", "failed", "failed", "failed", "failed"]


USERS = "path,type\nscans/0.png,train-ticket\n"
"""A manifest of the user's."""


@pytest.mark.parametrize(
    ("users", "out", "options"),
    [
        ("tickets.csv", "tickets.jsonl", ["--to", "csv"]),
        ("tickets.csv", "./tickets.jsonl", ["--to", "csv"]),
        ("tickets.csv", "../here/tickets.jsonl", ["--to", "csv", "--dry-run"]),
        ("tickets.failed.csv", "tickets.jsonl", []),
        ("tickets.train-ticket.csv", "tickets.jsonl", ["--to", "csv"]),
        ("tickets.xlsx", "tickets.jsonl", ["--to", "xlsx"]),
        ("tickets.parquet", "tickets.jsonl", ["--to", "parquet"]),
        ("tickets.csv", "tickets.csv", []),
        ("tickets.jsonl", "tickets.jsonl", []),
        ("tickets.ledger", "tickets.jsonl", []),
    ],
)
def test_a_file_that_the_job_did_not_make_is_never_replaced(  # noqa: PLR0917
    url, folder, service, capsys, users, out, options
):
    work = folder.parent / "here"
    work.mkdir()
    os.chdir(work)
    manifest = work / users
    manifest.write_text(USERS.replace("scans", "../scans"))
    ended = CommandLine(capsys)("batch", "--manifest", manifest, "--out", out, "--endpoint", url, *options)
    if users.endswith((".csv", ".jsonl")):
        assert ended.code == 2
    else:  # no manifest can be called that
        named = CommandLine(capsys)("batch", "train-ticket", "../scans", "--out", out, "--endpoint", url, *options)
        assert named.code == 2
    assert "Traceback" not in ended.err
    assert manifest.read_text() == USERS.replace("scans", "../scans")
    assert service.ledger.calls == 0
    assert [path.name for path in work.iterdir()] == [users]


@pytest.mark.parametrize("link", [os.symlink, os.link], ids=["symlink", "hard link"])
def test_nor_is_one_that_goes_by_another_name(run, folder, service, link):
    Path("orders.csv").write_text(USERS)
    link("orders.csv", "results.csv")
    assert run("--manifest", "orders.csv", "--to", "csv").code == 2
    assert Path("orders.csv").read_text() == USERS
    assert service.ledger.calls == 0


def test_verbose_names_what_is_left_alone_and_why(run, folder):
    (folder / "notes.txt").write_text("no picture")
    (folder / ".hidden.png").write_bytes(picture(1))
    (folder / "Thumbs.db").write_bytes(b"")
    ended = run("train-ticket", "scans", "--verbose")
    for name in ("notes.txt", "Thumbs.db"):
        assert f"left alone: scans/{name}: " in ended.err
    assert "left alone" not in run("train-ticket", "scans").err.replace("files left alone", "")


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


def test_a_failure_names_its_file_and_what_is_wrong_with_it(run, folder):
    (folder / "broken.png").write_bytes(b"no picture")
    run("train-ticket", "scans")
    (message,) = [line["error"]["message"] for line in results() if line["status"] == "failed"]
    assert message.startswith("scans/broken.png: it is text")
