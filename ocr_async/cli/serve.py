"""`ocr-async serve`: the embedded service on a port, for any program that speaks the HTTP contract of the clouds."""

from __future__ import annotations

import logging
import re
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from ocr_async.cli import console

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from ocr_async.local.service import Account, Rate

LOOPBACK = ("127.0.0.1", "::1", "localhost")
PANEL = "Who may call (made up when left out)"
RATE = re.compile(r"(\d+)(?:/(s|second|m|minute|h|hour))?")
SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; anything but loopback can be reached by others.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 picks a free one.")] = 8000,
    ak: Annotated[str | None, typer.Option(metavar="KEY", envvar="OCR_ASYNC_SERVE_AK", rich_help_panel=PANEL)] = None,
    sk: Annotated[
        str | None, typer.Option(metavar="SECRET", envvar="OCR_ASYNC_SERVE_SK", rich_help_panel=PANEL)
    ] = None,
    user: Annotated[str, typer.Option(rich_help_panel=PANEL)] = "local",
    password: Annotated[
        str | None, typer.Option(envvar="OCR_ASYNC_SERVE_PASSWORD", rich_help_panel=PANEL, help="Of the IAM user.")
    ] = None,
    domain: Annotated[str, typer.Option(rich_help_panel=PANEL)] = "local",
    project_id: Annotated[str | None, typer.Option(metavar="ID", rich_help_panel=PANEL)] = None,
    allow_url: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST", help="Host that pictures may be fetched from: host, host:port, *.example.com, 10.1.0.0/16."
        ),
    ] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, help="Calls admitted at once.")] = None,
    rate: Annotated[
        str | None, typer.Option(metavar="N[/minute]", help="Calls admitted a second, or a minute or hour.")
    ] = None,
) -> None:
    """Serve the HTTP interface of the clouds on this machine, with an OCR engine behind it.

    GET /healthz says that it is up, GET /metrics counts calls for Prometheus.
    """
    from ocr_async.local.reading import OcrRecognizer  # noqa: PLC0415  the extra `local`
    from ocr_async.local.service import Account, Limiter, ServiceLimits, create_app  # noqa: PLC0415

    limiter = Limiter(ServiceLimits(concurrency, None if rate is None else _rate(rate)))

    made_up = Account.random()
    account = Account(
        ak=ak or made_up.ak,
        sk=sk or made_up.sk,
        user=user,
        password=password or made_up.password,
        domain=domain,
        project_id=project_id or made_up.project_id,
    )
    recognizer = OcrRecognizer()
    try:
        app = create_app(
            recognizer,
            accounts=[account],
            apis=recognizer.apis,
            limiter=limiter,
            url_allow_list=allow_url or (),
            metered=True,
        )
    except ValueError as error:
        raise typer.BadParameter(f"--allow-url {error}") from error
    with _listen(host, port) as listener, suppress(KeyboardInterrupt):
        console.write_line(_explanation(_address(listener), account, made_up))
        if host not in LOOPBACK:
            console.note(f"{host} can be reached by others, and without TLS they can read what is sent.")
        _run(app, listener)
    console.note("Stopped.")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        console.fail(f"cannot listen on {host} port {port}: {error.strerror}. Another --port may be free; 0 picks one.")
        raise typer.Exit(1) from error
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # for what it accepts: else each reply waits 40 ms
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _rate(text: str) -> Rate:
    from ocr_async.local.service import Rate  # noqa: PLC0415  the extra `local`

    match = RATE.fullmatch(text.strip())
    if match is None or not int(match[1]):
        raise typer.BadParameter(f"{text!r} is not a number of calls such as 20 or 600/minute", param_hint="--rate")
    return Rate(int(match[1]), SECONDS[(match[2] or "s")[0]])


def _explanation(address: str, account: Account, made_up: Account) -> str:
    """Say how to call; a secret is shown only when it was made up, since nobody could know it otherwise."""
    sk = account.sk if account.sk == made_up.sk else "(as given)"
    password = account.password if account.password == made_up.password else "(as given)"
    export = f"export HUAWEICLOUD_SDK_AK={account.ak} HUAWEICLOUD_SDK_SK={sk if sk == account.sk else '...'}"
    return f"""\
Serving on {address} until Ctrl-C.

  access key  {account.ak}
  secret key  {sk}
  IAM user    {account.user}, password {password}, domain {account.domain}
  project     {account.project_id} in region {account.region}

In another terminal:

  {export}
  ocr-async doctor --endpoint {address}
  ocr-async recognize train-ticket ticket.jpg --endpoint {address}
"""


def _run(app: ASGIApp, listener: socket.socket) -> None:
    import uvicorn  # noqa: PLC0415  the extra `local`

    server = uvicorn.Server(uvicorn.Config(app, timeout_graceful_shutdown=5))
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # the requests are of interest, its start is not
    server.run(sockets=[listener])
