"""The page over the desk, as an ASGI app: documents as JSON, their pictures, and what the reviewer decides."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from importlib.resources import files
from typing import Any, TypeVar, cast

import anyio
import anyio.to_thread
import orjson
from attrs import asdict, define, field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ocr_async.errors import OcrError
from ocr_async.fields import Quad
from ocr_async.review import pictures
from ocr_async.review.desk import Desk, GoneError
from ocr_async.review.evidence import evidence
from ocr_async.review.queue import Filter

ASSETS = {
    "icon.svg": "image/svg+xml",
    "page.css": "text/css",
    **dict.fromkeys(
        ("page.js", "rows.js", "keys.js", "texts.js", "nodes.js", "drawing.js", "documents.js"), "text/javascript"
    ),
}
KEPT = 64
"""Documents whose places are kept: those ahead, and some to go back to."""

LONGEST_BODY = 1024 * 1024
DECISIONS = ("accepted", "skipped", "unreadable")

T = TypeVar("T")


class RefusedError(Exception):
    """A request that the page does not make."""


def create_app(desk: Desk) -> Starlette:
    """Return the page of a desk; it begins to sort with the server, and is closed with it."""
    page = Page(desk)
    return Starlette(
        routes=[
            Route("/", page.index),
            Route("/assets/{name}", page.asset),
            Route("/state", page.state),
            Route("/documents/{number:int}", page.document),
            Route("/documents/{number:int}/picture", page.picture),
            Route("/documents/{number:int}/places", page.places),
            Route("/documents/{number:int}/verdict", page.decide, methods=["POST"]),
            Route("/documents/{number:int}/correction", page.correct, methods=["POST"]),
            Route("/undo", page.undo, methods=["POST"]),
        ],
        exception_handlers={GoneError: _gone, RefusedError: _refused, OcrError: _failed},
        lifespan=page.lifespan,
    )


@define(eq=False)
class Page:
    """The answers of the page."""

    desk: Desk
    _slot: anyio.CapacityLimiter = field(factory=lambda: anyio.CapacityLimiter(1))
    _eyes: anyio.CapacityLimiter = field(factory=lambda: anyio.CapacityLimiter(1))
    _places: OrderedDict[int, Mapping[str, Quad]] = field(factory=OrderedDict[int, Mapping[str, Quad]])

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncGenerator[None]:
        """Sort the documents while the page opens."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._at_desk, self.desk.sort)
            yield
            tasks.cancel_scope.cancel()

    async def _at_desk(self, step: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(step, limiter=self._slot)

    async def index(self, _: Request) -> Response:
        """Return the page itself, which holds nothing of the job."""
        return Response(_asset("page.html"), media_type="text/html")

    async def asset(self, request: Request) -> Response:
        """Return a part of the page."""
        name = request.path_params["name"]
        if name not in ASSETS:
            raise GoneError
        return Response(_asset(name), media_type=ASSETS[name])

    async def state(self, request: Request) -> Response:
        """Return how far the review is, and where to begin."""
        if not self.desk.is_sorted:
            return _json({"sorted": self.desk.sorted})
        return _json(await self._at_desk(partial(self._state, _filter(request))))

    def _state(self, wanted: Filter) -> dict[str, Any]:
        queue = self.desk.order(wanted)
        progress = asdict(self.desk.progress(wanted))
        return {
            "choices": queue.choices(),
            "progress": progress,
            "first": queue.first(wanted),
            "reviewer": self.desk.reviewer,
        }

    async def document(self, request: Request) -> Response:
        """Return one document."""
        number, wanted = request.path_params["number"], _filter(request)
        return _json(await self._at_desk(partial(self.desk.document, number, wanted)))

    async def picture(self, request: Request) -> Response:
        """Return the picture of a document."""
        content = await self._content(request.path_params["number"])
        shown = await anyio.to_thread.run_sync(pictures.shown, content)
        size = {"x-picture-width": str(shown.width), "x-picture-height": str(shown.height)}
        return Response(shown.content, media_type=shown.media_type, headers=size)

    async def places(self, request: Request) -> Response:
        """Return where the fields of a document stand in its picture."""
        number = request.path_params["number"]
        if number not in self._places:
            line = await self._at_desk(partial(self.desk.line, number))
            content = await self._content(number)
            async with self._eyes:
                if await request.is_disconnected():  # the reviewer has gone on, and others wait
                    raise GoneError
                self._places[number] = await anyio.to_thread.run_sync(evidence, line.get("result"), content)
            while len(self._places) > KEPT:
                self._places.popitem(last=False)
        return _json(self._places[number])

    async def _content(self, number: int) -> bytes:
        line = await self._at_desk(partial(self.desk.line, number))
        place = await self._at_desk(partial(self.desk.place_of, line))
        return await anyio.to_thread.run_sync(pictures.content_of, line, place)

    async def decide(self, request: Request) -> Response:
        """Keep a verdict, and return how far the review is."""
        verdict = (await _body(request)).get("verdict")
        if verdict not in DECISIONS:
            raise RefusedError
        await self._at_desk(partial(self.desk.decide, request.path_params["number"], verdict))
        return _json({"progress": await self._progress(request)})

    async def correct(self, request: Request) -> Response:
        """Keep another value of a field, and return the document with it."""
        said = await _body(request)
        name, value = said.get("field"), said.get("value")
        if not isinstance(name, str) or not (value is None or isinstance(value, str)):
            raise RefusedError
        try:
            await self._at_desk(partial(self.desk.correct, request.path_params["number"], name, value))
        except ValueError as error:
            raise RefusedError from error
        return await self.document(request)

    async def undo(self, request: Request) -> Response:
        """Take back the last step, and return which document it was about."""
        await _body(request)
        undone = await self._at_desk(self.desk.undo)
        number, step = undone or (None, None)
        told = {"number": number, "verdict": step and step.verdict, "field": step and step.field}
        return _json({"undone": told if step else None, "progress": await self._progress(request)})

    async def _progress(self, request: Request) -> dict[str, int]:
        return asdict(await self._at_desk(partial(self.desk.progress, _filter(request))))


def _filter(request: Request) -> Filter:
    said = request.query_params
    state = said.get("state", "open")
    return Filter(said.get("type"), said.get("field"), said.get("code"), None if state == "all" else state)


async def _body(request: Request) -> Mapping[str, Any]:
    """Return the JSON object of a request of the page; a form of another site cannot send such a thing."""
    if request.headers.get("content-type") != "application/json":
        raise RefusedError
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > LONGEST_BODY:
            raise RefusedError
    try:
        said = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise RefusedError from error
    if not isinstance(said, dict):
        raise RefusedError
    return cast("dict[str, Any]", said)


def _asset(name: str) -> bytes:
    return files("ocr_async.review").joinpath("assets", name).read_bytes()


def _json(value: object, status: int = 200) -> Response:
    try:
        content = orjson.dumps(value)
    except TypeError:  # a name that is not UTF-8
        content = json.dumps(value).encode()
    return Response(content, status, media_type="application/json")


async def _gone(_: Request, __: Exception) -> Response:
    return _json({"problem": "gone"}, 404)


async def _refused(_: Request, __: Exception) -> Response:
    return _json({"problem": "refused"}, 400)


async def _failed(_: Request, error: Exception) -> Response:
    """Say what is wrong with the picture or the ledger."""
    return _json({"problem": str(error)}, 409)
