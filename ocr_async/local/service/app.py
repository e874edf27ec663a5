"""The embedded service as an ASGI app: the documented HTTP contract with a recognizer behind it."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from attrs import frozen
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ocr_async.local.apis import Api
from ocr_async.local.recognizer import Recognizer, Refusal, Task, load
from ocr_async.local.service.accounts import Account
from ocr_async.local.service.authentication import Authentication
from ocr_async.local.service.bodies import BodyReader, declared, off_loop
from ocr_async.local.service.credentials import Credentials
from ocr_async.local.service.download import Downloader
from ocr_async.local.service.iam import Iam
from ocr_async.local.service.limiter import Limiter
from ocr_async.local.service.parameters import check_picture, parse
from ocr_async.local.service.replies import Refused, refusal, reply
from ocr_async.model import Json

if TYPE_CHECKING:
    from ocr_async.local.service.metrics import Metrics

logger = logging.getLogger(__name__)

MEMORY = 256 * 1024 * 1024


def create_app(  # noqa: PLR0913  each is a part that a test or an operator exchanges
    recognizer: Recognizer,
    *,
    accounts: Sequence[Account],
    apis: Mapping[tuple[str, str], Api],
    limiter: Limiter | None = None,
    url_allow_list: Sequence[str] = (),
    memory: int = MEMORY,
    metered: bool = False,
    clock: Callable[[], float] = time.time,
) -> Starlette:
    """Return the service as an ASGI app; it loads the recognizer when its server starts, and closes it when that shuts down.

    `apis` are those that it answers, by version in the path and last part of the path. `url_allow_list` holds the hosts that pictures are fetched from (`host`, `host:port`, `*.example.com`).
    `memory` bounds the bytes of request bodies held at once. `GET /healthz` answers whoever asks; `metered` adds `GET
    /metrics` for Prometheus. `clock` gives seconds of UTC, for token life, signature
    dates, locks and rates.
    """
    credentials = Credentials(accounts, clock)
    authentication = Authentication(credentials, clock)
    bodies = BodyReader(memory)
    iam = Iam(credentials, authentication, bodies, clock)
    metrics = _metrics(bodies) if metered else None
    ocr = Ocr(
        recognizer,
        authentication,
        bodies,
        limiter or Limiter(clock=clock),
        Downloader(url_allow_list),
        apis,
        metrics.call if metrics else _uncounted,
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        await load(recognizer)
        yield
        await recognizer.aclose()

    app = Starlette(
        routes=[
            Route("/v2/{project_id}/ocr/{name}", partial(ocr.recognize, "v2"), methods=["POST"]),
            Route("/v1.0/ocr/{name}", partial(ocr.recognize, "v1.0"), methods=["POST"]),
            Route("/v3/auth/tokens", iam.create_token, methods=["POST"]),
            Route("/v3/projects", iam.list_projects, methods=["GET"]),
            Route("/v3.0/OS-CREDENTIAL/securitytokens", iam.create_temporary_key, methods=["POST"]),
            Route("/healthz", _healthy, methods=["GET"]),
            *([Route("/metrics", metrics.show, methods=["GET"])] if metrics else ()),
        ],
        exception_handlers={404: _no_such_api, 405: _no_such_api},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


@frozen
class Ocr:
    """The recognition endpoints: authenticate, admit, parse, recognise."""

    recognizer: Recognizer
    authentication: Authentication
    bodies: BodyReader
    limiter: Limiter
    downloader: Downloader
    apis: Mapping[tuple[str, str], Api]
    counted: Callable[[str, str], AbstractContextManager[None]]
    """Around each call of a known API, given its version and name."""

    async def recognize(self, version: str, request: Request) -> Response:
        """Answer one call; whatever goes wrong becomes an error body of the service."""
        try:
            return reply({"result": await self._result(version, request)})
        except Refused as refused:
            return refusal(refused)
        except Refusal as no:
            return refusal(Refused(no.code))
        except Exception:
            logger.exception("The recognizer failed.")
            return refusal(Refused("ModelArts.4505"))

    async def _result(self, version: str, request: Request) -> Json:
        name = request.path_params["name"]
        api = self.apis.get((version, name))
        if api is None:
            raise Refused("APIG.0101")
        with self.counted(version, name):
            return await self._admitted(version, name, request, api)

    async def _admitted(self, version: str, name: str, request: Request, api: Api) -> Json:
        declared(request)
        claim = self.authentication.claim(request)
        async with self.bodies.read(request) as body:
            _check_project(request, await self.authentication.check(claim, request, body))
            with self.limiter.admit():
                parameters = await off_loop(len(body), lambda: parse(body, api))
                image = parameters.image or b""
                if parameters.url is not None:
                    image = await self._fetch(parameters.url, api)
                return await self.recognizer.recognize(Task(name, version, image, parameters.options))

    async def _fetch(self, url: str, api: Api) -> bytes:
        image = await self.downloader.fetch(url, api.max_base64 // 4 * 3)
        check_picture(image, api)
        return image


def _check_project(request: Request, account: Account) -> None:
    # No page says how a foreign project id is refused; this is the documented code for a missing permission.
    if request.path_params.get("project_id", account.project_id) != account.project_id:
        raise Refused("ModelArts.4203")


def _metrics(bodies: BodyReader) -> Metrics:
    from ocr_async.local.service.metrics import Metrics  # noqa: PLC0415  only a served service is metered

    return Metrics(lambda: bodies.held)


@contextmanager
def _uncounted(_version: str, _api: str) -> Generator[None]:
    yield


async def _healthy(_request: Request) -> Response:
    return reply({"status": "ok"})


async def _no_such_api(_request: Request, _error: Exception) -> Response:
    return refusal(Refused("APIG.0101"))
