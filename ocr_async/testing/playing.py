"""How a fault looks on an ASGI connection."""

from __future__ import annotations

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ocr_async.testing.faults import Answer, Cut, Fault, Reset, Stall

RESET = "ocr_async.reset"
"""The ASGI extension that breaks the connection; without it a reset is raised as ConnectionResetError."""


async def play(fault: Fault | None, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Call the app as the fault has it: not at all, with its reply lost or cut, late, or just so."""
    match fault:
        case Answer():
            await _drain(receive)
            return await answer(fault, send)
        case Reset(processed=False):
            return await _reset(scope, receive)
        case Reset():
            await app(scope, receive, _nowhere)
            return await _reset(scope, receive)
        case Cut(share=share):
            return await app(scope, receive, _cutting(send, share))
        case Stall(seconds=seconds):
            await anyio.sleep(seconds)
        case None:
            pass
    return await app(scope, receive, send)


async def answer(reply: Answer, send: Send) -> None:
    """Send a reply whole."""
    headers = {**reply.headers, "Content-Length": str(len(reply.body))}
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": pairs})
    await send({"type": "http.response.body", "body": reply.body})


def _cutting(send: Send, share: float) -> Send:
    start: Message = {}

    async def cutting(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
            return
        body: bytes = message.get("body", b"")
        kept = body[: int(len(body) * share)]
        headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
        await send({**start, "headers": [*headers, (b"content-length", str(len(kept)).encode())]})
        await send({**message, "body": kept})

    return cutting


async def _nowhere(_: Message) -> None:
    """Take the reply that nobody will see."""


async def _drain(receive: Receive) -> None:
    while (await receive()).get("more_body", False):
        pass


async def _reset(scope: Scope, receive: Receive) -> None:
    extension = scope.get("extensions", {}).get(RESET)
    if extension is None:
        raise ConnectionResetError("The scripted service broke the connection.")
    extension["abort"]()
    while (await receive())["type"] != "http.disconnect":
        pass
