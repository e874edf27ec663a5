from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from command_line import COMMAND, CommandLine, environment, process

from ocr_async.cli import app
from ocr_async.errors import JobError

COMMANDS = ["demo", "recognize", "batch", "types", "serve", "doctor"]


@pytest.fixture
def run(capsys):
    return CommandLine(capsys)


@pytest.mark.parametrize("arguments", [[], *([command] for command in COMMANDS)])
def test_every_command_explains_itself_with_h(run, arguments):
    ended = run(*arguments, "-h")
    assert ended.code == 0
    assert "Usage: ocr-async" in ended.out


def test_the_help_lists_every_command(run):
    out = run("-h").out
    assert all(f" {command} " in out for command in COMMANDS)


def test_without_arguments_the_help_is_shown(run):
    ended = run()
    assert "Usage: ocr-async" in ended.out + ended.err


def test_the_version_is_told(run):
    assert run("--version").out.startswith("ocr-async 0.")


def test_an_unknown_command_or_option_ends_with_2(run):
    assert run("nothing").code == 2
    assert run("types", "--nothing").code == 2


def test_python_m_ocr_async_is_the_same_command():
    ended = process("--version")
    assert ended.returncode == 0
    assert ended.stdout.startswith(b"ocr-async ")


def test_an_error_is_one_line_and_no_traceback(run, monkeypatch):
    monkeypatch.setattr("ocr_async.documents.registry.document_types", _raise(JobError("the disk is full")))
    ended = run("types")
    assert (ended.code, ended.err) == (1, "error: the disk is full\n")


def test_a_missing_extra_is_told_with_the_command_that_installs_it(run, monkeypatch):
    error = ModuleNotFoundError("No module named 'rapidocr'", name="rapidocr")
    monkeypatch.setattr("ocr_async.documents.registry.document_types", _raise(error))
    ended = run("types")
    assert ended.code == 1
    assert "pip install 'ocr-async[local]'" in ended.err


def test_a_missing_module_of_no_extra_is_not_hidden(monkeypatch):
    monkeypatch.setattr("ocr_async.documents.registry.document_types", _raise(ModuleNotFoundError("x", name="x")))
    with pytest.raises(ModuleNotFoundError):
        app.main(["types"])


def test_a_reader_that_goes_away_is_no_error_to_show():
    command = [*COMMAND, "types"]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as writer:
        writer.stdout.close()
        assert writer.stderr.read() == b""


def test_what_the_encoding_lacks_is_spelled_out(tmp_path):
    (tmp_path / "车票.png").write_bytes(b"no picture")
    ended = process(
        "recognize",
        "train-ticket",
        tmp_path / "车票.png",
        "--ak",
        "a",
        "--sk",
        "b",
        env=environment(PYTHONIOENCODING="ascii"),
    )
    assert rb"\u8f66\u7968.png" in ended.stderr


def test_errors_are_red_unless_no_color_is_set(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    command = ("recognize", "train-ticket", "nothing.png", "--ak", "a", "--sk", "b")
    coloured = {"FORCE_COLOR": "1", "TERM": "xterm"}
    red = b"\x1b[31merror: "
    assert red in process(*command, env=environment(**coloured)).stderr
    assert red not in process(*command, env=environment(**coloured, NO_COLOR="1")).stderr


def test_the_command_line_loads_no_optional_package():
    code = "import sys, ocr_async.cli.app; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, check=True, text=True
    ).stdout.split()
    assert not {name.partition(".")[0] for name in loaded} & {*app.EXTRAS, "httpx", "orjson"}


def _raise(error):
    def raising(*_):
        raise error

    return raising


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
@pytest.mark.parametrize("arguments", [["types"], ["types", "train-ticket", "--schema"]])
def test_an_output_that_is_full_is_told_in_a_line(arguments):
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, check=False, env=environment()
        )
    assert ended.returncode == 1
    assert ended.stderr.decode().strip() == "error: the output cannot be written: No space left on device"
