"""`ocr-async review`: a page in the browser on which the results of a job are looked at and put right."""

from __future__ import annotations

import getpass
import logging
import socket
import sys
import webbrowser
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ocr_async.cli import console
from ocr_async.errors import OcrError
from ocr_async.sources.names import is_in_bucket

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from ocr_async.review.desk import Desk
    from ocr_async.review.queue import Filter

HOST = "127.0.0.1"


def review(
    results: Annotated[str, typer.Argument(metavar="OUTPUT-OR-LEDGER", help="Of the job, on this machine.")],
    reviewer: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who looks: stands beside every correction.", show_default="you")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="On this machine only; 0 picks a free one.")] = 0,
    browser: Annotated[
        bool | None, typer.Option("--open/--no-open", help="Open the page.", show_default="on a terminal")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write one file to send to somebody instead.")
    ] = None,
    apply: Annotated[
        Path | None, typer.Option("--apply", metavar="JSON", help="Take over the corrections that came back from one.")
    ] = None,
    only_type: Annotated[str | None, typer.Option("--type", help="In the file: of this type only.")] = None,
    only_field: Annotated[
        str | None, typer.Option("--field", help="In the file: with this field, least sure first.")
    ] = None,
    only_code: Annotated[str | None, typer.Option("--code", help="In the file: failed with this code.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="In the file: at most so many documents.")] = 300,
) -> None:
    """Look at the results of a job, the worst first, and correct them, with the keyboard alone."""
    from ocr_async.review.desk import Desk  # noqa: PLC0415  with the command
    from ocr_async.review.queue import Filter  # noqa: PLC0415

    if is_in_bucket(results):
        raise typer.BadParameter(f"{results} is in a bucket: fetch output and ledger to review them here.")
    with closing(Desk.open(Path(results), reviewer or _user())) as desk:
        if apply is not None:
            _apply(desk, apply)
        if html is not None:
            _write(desk, html, Filter(only_type, only_field, only_code), limit)
        if apply is None and html is None:
            with _listen(port) as listener:
                _serve(desk, listener, is_opened=sys.stdout.isatty() if browser is None else browser)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError) as error:  # as in a container that runs as a bare number
        raise typer.BadParameter("This user has no name here: say with --reviewer who looks.") from error


def _write(desk: Desk, target: Path, wanted: Filter, limit: int) -> None:
    from ocr_async.review import sheet  # noqa: PLC0415  with the option

    with console.err().status("Sorting ...") as waiting:
        desk.sort()
        try:
            count = sheet.write(desk, target, wanted, limit, lambda done: waiting.update(f"{done:,} documents ..."))
        except OSError as error:
            raise OcrError(f"{target}: {error.strerror or error}") from error
    console.note(f"{count:,} documents in {target}; what comes back from it: ocr-async review --apply FILE")


def _apply(desk: Desk, path: Path) -> None:
    from ocr_async.review import applying, sheet  # noqa: PLC0415  with the option

    done = applying.apply(desk, sheet.parsed(path))
    already = f", {done.already:,} were there already" if done.already else ""
    console.note(f"{done.corrections:,} corrections and {done.verdicts:,} verdicts taken over{already}.")
    for name in done.unfit:
        console.fail(f"{name}: is not what it was when the file was made, and was left out")
    if done.unfit:
        raise typer.Exit(1)


def _serve(desk: Desk, listener: socket.socket, *, is_opened: bool) -> None:
    from ocr_async.review.app import create_app  # noqa: PLC0415  the extra `review`
    from ocr_async.review.guard import Guard  # noqa: PLC0415

    port = listener.getsockname()[1]
    guard = Guard(create_app(desk), frozenset((f"{HOST}:{port}", f"localhost:{port}")))
    address = f"http://{HOST}:{port}/?token={guard.token}"
    console.write_line(f"Reviewing as {desk.reviewer} on {address} until Ctrl-C. The address works once.")
    if is_opened:
        webbrowser.open(address)
    with suppress(KeyboardInterrupt):
        _run(guard, listener)
    console.note("Stopped. What was decided is kept.")


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        console.fail(f"cannot listen on port {port}: {error.strerror}. Another --port may be free; 0 picks one.")
        raise typer.Exit(1) from error


def _run(guard: ASGIApp, listener: socket.socket) -> None:
    import uvicorn  # noqa: PLC0415  the extra `review`

    config = uvicorn.Config(guard, access_log=False, server_header=False, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    server.run(sockets=[listener])
