"""Where the commands print: what was asked for to stdout, all that is about it to stderr."""

from __future__ import annotations

import errno
import json
import os
import sys
from io import TextIOWrapper
from typing import NoReturn

import attrs
from rich.console import Console
from rich.text import Text


class _Console(Console):
    def on_broken_pipe(self) -> NoReturn:
        """Raise the error itself: rich would raise SystemExit, which a task group does not let through as it is."""
        raise BrokenPipeError(errno.EPIPE, "nobody reads the output")


def out() -> Console:
    """Return the console of stdout; it keeps to the terminal's width and to NO_COLOR."""
    return _Console(highlight=False)


def err() -> Console:
    """Return the console of stderr."""
    return _Console(stderr=True, highlight=False)


def is_live(console: Console) -> bool:
    """Tell whether what is printed may be drawn over: on a terminal that can, whatever FORCE_COLOR says of colours."""
    return console.is_interactive and console.file.isatty()


def fail(message: str) -> None:
    """Print an error, in red where there is colour; long lines are left to the terminal, so that logs keep them whole."""
    err().print(Text(f"error: {message}", style="red"), soft_wrap=True)


def note(message: str) -> None:
    """Print a remark on stderr."""
    err().print(Text(message), soft_wrap=True)


def plain(value: object, style: str = "") -> Text:
    """Return what comes from outside, such as the name of a file, as text that commands no terminal and is no markup."""
    signs = (sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in str(value))
    return Text("".join(signs), style=style)


def write_line(text: str) -> None:
    """Print a line of output as it is, whatever the width."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def write_json(line: bytes) -> None:
    """Print a line of JSON, which is UTF-8 whatever the terminal's encoding."""
    sys.stdout.flush()
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


def write_value(value: attrs.AttrsInstance, **more: object) -> None:
    """Print a value, and what is said more about it, as a line of JSON; a name that is not UTF-8 has escapes."""
    import orjson  # noqa: PLC0415  with the commands that need it

    plain = attrs.asdict(value) | more
    try:
        write_json(orjson.dumps(plain, default=str, option=orjson.OPT_APPEND_NEWLINE))
    except TypeError:
        write_json(json.dumps(plain, default=str).encode() + b"\n")


def forget_output() -> None:
    """Drop what stdout could not take, which the interpreter would try to write once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def accept_any_text() -> None:
    """Spell what the terminal's encoding lacks as escapes instead of ending with an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
