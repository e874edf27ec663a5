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

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from ocr_async.review.desk import Desk

HOST = "127.0.0.1"


def review(
    results: Annotated[Path, typer.Argument(metavar="OUTPUT-OR-LEDGER", help="Of the job.")],
    reviewer: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who looks: stands beside every correction.", show_default="you")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="On this machine only; 0 picks a free one.")] = 0,
    browser: Annotated[
        bool | None, typer.Option("--open/--no-open", help="Open the page.", show_default="on a terminal")
    ] = None,
) -> None:
    """Look at the results of a job, the worst first, and correct them, with the keyboard alone."""
    from ocr_async.review.desk import Desk  # noqa: PLC0415  with the command

    with closing(Desk.open(results, reviewer or getpass.getuser())) as desk, _listen(port) as listener:
        _serve(desk, listener, is_opened=sys.stdout.isatty() if browser is None else browser)


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
