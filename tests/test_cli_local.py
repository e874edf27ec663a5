from __future__ import annotations

import json

import pytest
from command_line import CommandLine
from PIL import Image

from ocr_async.cli.demo import samples

pytestmark = pytest.mark.engine


@pytest.fixture
def run(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    return CommandLine(capsys)


def sample(name):
    (path,) = [item.source for item in samples() if item.key == name]
    return path


def test_the_demo_reads_every_sample_with_fields_and_confidences(run):
    ended = run("demo", "--json")
    lines = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.code == 0
    assert [line["key"] for line in lines] == [item.key for item in samples()]
    assert {line["status"] for line in lines} == {"done"}
    assert {line["type"] for line in lines} >= {"train-ticket", "quota-invoice", "passport", "bankcard"}


def test_what_was_read_is_drawn_on_the_picture(run, tmp_path):
    target = tmp_path / "drawn.png"
    ended = run("recognize", "train-ticket", sample("train-ticket.jpg"), "--local", "--show", target)
    assert ended.code == 0
    assert "train_number" in ended.out
    with Image.open(target) as drawn:
        assert drawn.format == "PNG"


def test_a_picture_without_the_document_is_refused_with_what_to_do(run):
    ended = run("recognize", "train-ticket", sample("bankcard.jpg"), "--local")
    assert ended.code == 1
    assert "AIS.0104" in ended.err


def test_the_drawing_needs_one_picture_file_read_on_this_machine(run, tmp_path):
    target = tmp_path / "drawn.png"
    picture = sample("bankcard.jpg")
    assert run("recognize", "bankcard", picture, "--show", target).code == 2
    assert run("recognize", "bankcard", picture, picture, "--local", "--show", target).code == 2


def test_a_drawing_that_cannot_be_written_is_told(run, tmp_path):
    ended = run("recognize", "bankcard", sample("bankcard.jpg"), "--local", "--show", tmp_path / "none" / "drawn.png")
    assert ended.code == 1
    assert "error: " in ended.err
    assert "Traceback" not in ended.err


def test_the_doctor_tries_the_engine(run):
    ended = run("doctor", "--local")
    assert ended.code == 0
    assert "takes calls" in ended.out
