"""A job that runs every week on a folder in which things happen: what each week comes to is stated before it runs."""

from __future__ import annotations

import json

import pytest
from attrs import define
from command_line import CommandLine

from ocr_async.testing import Refusal, ScriptedService, picture, picture_number, sample_result, serve

HARD = picture(6)
"""A picture that the service cannot read, at first."""


@define
class Office:
    """A folder of scans, the job that reads it, and whoever looks at the job without credentials."""

    folder: object
    service: ScriptedService
    url: str
    run: CommandLine

    def put(self, name, number):
        (self.folder / name).write_bytes(picture(number))

    def week(self, *options):
        """Run the job and return its exit code."""
        arguments = ["train-ticket", "scans", "--out", "tickets.jsonl", "--endpoint", self.url, "--quiet"]
        return self.run("batch", *arguments, *options).code

    def status(self):
        names = ("done", "failed", "held", "waiting", "gone", "spent", "runs")
        said = json.loads(self.run("job", "status", "tickets.jsonl", "--json").out)
        return {name: said[name] for name in names} | {"codes": said["codes"], "how": said["last"]["how"]}

    def export(self):
        """Return what the export says of each file: the number on the ticket that was read, or the error."""
        lines = [json.loads(text) for text in self.run("job", "export", "tickets.jsonl").out.splitlines()]
        return {line["key"].removeprefix("scans/"): said(line) for line in lines}


def said(line):
    return line["result"]["ticket_id"] if line["status"] == "done" else line["error"]["code"] or line["error"]["kind"]


def ticket(number):
    """Return the number that is read from a picture."""
    return picture_number(picture(number))


def status(**differing):
    calm = {"done": 0, "failed": 0, "held": 0, "waiting": 0, "gone": 0, "codes": {}, "how": "finished"}
    return calm | differing


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans").mkdir()
    service = ScriptedService()
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", service.account.ak)
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", service.account.sk)
    with serve(service) as url:
        yield Office(tmp_path / "scans", service, url, CommandLine(capsys))


def refuse_the_hard_one(task):
    if task.image == HARD:
        raise Refusal("AIS.0104")
    return sample_result(task.api, task.image)


def test_two_weeks_of_a_weekly_job(office):
    # the first week: four tickets, a copy of one, a file that is no picture, one that the service cannot read
    for number, name in enumerate(["same.png", "changed.png", "renamed.png", "deleted.png"], 1):
        office.put(name, number)
    office.put("copy.png", 1)
    (office.folder / "broken.png").write_bytes(b"half a pic")
    (office.folder / "hard.png").write_bytes(HARD)
    office.service.recognizer.replies = refuse_the_hard_one
    assert office.week() == 1
    assert office.status() == status(done=5, failed=2, spent=5, runs=1, codes={"AIS.0104": 1, "SourceError": 1})
    assert office.export() == {
        "same.png": ticket(1),
        "changed.png": ticket(2),
        "renamed.png": ticket(3),
        "deleted.png": ticket(4),
        "copy.png": ticket(1),
        "broken.png": "SourceError",
        "hard.png": "AIS.0104",
    }
    assert office.service.ledger.calls == 5

    # the second week: one new, one changed, one renamed, one deleted, one repaired, and the hard one as it was
    office.put("new.png", 7)
    office.put("changed.png", 22)
    (office.folder / "renamed.png").rename(office.folder / "new name.png")
    (office.folder / "deleted.png").unlink()
    office.put("broken.png", 5)
    assert office.week() == 1
    assert office.status() == status(done=8, failed=1, gone=2, spent=8, runs=2, codes={"AIS.0104": 1})
    assert office.export() == {
        "same.png": ticket(1),
        "changed.png": ticket(22),
        "renamed.png": ticket(3),
        "new name.png": ticket(3),
        "deleted.png": ticket(4),
        "copy.png": ticket(1),
        "broken.png": ticket(5),
        "hard.png": "AIS.0104",
        "new.png": ticket(7),
    }
    assert office.service.ledger.calls == 8

    # the same week again, now that the service can read the hard one; what is gone is dropped
    office.service.recognizer.replies = {}
    assert office.week("--retry", "AIS.0104", "--prune") == 0
    assert office.status() == status(done=7, spent=9, runs=3)
    assert office.export() == {
        "same.png": ticket(1),
        "changed.png": ticket(22),
        "new name.png": ticket(3),
        "copy.png": ticket(1),
        "broken.png": ticket(5),
        "hard.png": picture_number(HARD),
        "new.png": ticket(7),
    }
    assert office.service.ledger.calls == 9

    # a week in which nothing happened costs nothing
    assert office.week() == 0
    assert office.status() == status(done=7, spent=9, runs=4)
    assert office.service.ledger.calls == 9


def test_a_week_that_was_interrupted_is_made_good_by_the_next(office):
    for number in range(8):
        office.put(f"{number}.png", number)
    assert office.week("--limit", "3") == 1
    assert office.status() == status(done=3, waiting=5, spent=3, runs=1)
    (office.folder / "7.png").unlink()
    (office.folder / "6.png").rename(office.folder / "six.png")
    assert office.week() == 0
    assert set(office.export().values()) == {ticket(number) for number in range(8)} - missing(office)
    assert office.status()["waiting"] == 0


def missing(office):
    """Return the ticket that was deleted before it was read, if it was."""
    return {ticket(7)} - set(office.export().values())


def test_what_comes_back_is_not_paid_again(office):
    office.put("1.png", 1)
    office.put("2.png", 2)
    assert office.week() == 0
    (office.folder / "2.png").rename(office.folder.parent / "2.png")
    assert office.week() == 0
    assert office.status() == status(done=2, gone=1, spent=2, runs=2)
    (office.folder.parent / "2.png").rename(office.folder / "2.png")
    assert office.week() == 0
    assert office.status() == status(done=2, spent=2, runs=3)
