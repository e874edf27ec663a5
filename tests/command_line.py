"""The command line as a test calls it: in this process, or in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import frozen

import ocr_async
from ocr_async.cli.app import main

COMMAND = [sys.executable, "-m", "ocr_async"]


def environment(**variables):
    """The environment of a process that finds the package from any working directory."""
    return {**os.environ, "PYTHONPATH": str(Path(ocr_async.__file__).parent.parent), **variables}


@frozen
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@frozen
class CommandLine:
    """Runs `ocr-async` in this process."""

    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments):
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = self.capsys.readouterr()
        return Ended(int(ended.value.code or 0), out, err)


def process(*arguments, env=None):
    """Run `ocr-async` in a process of its own, to its end."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=60, env=env or environment())
