"""One call: choose an endpoint, wait at its gate, sign, send, decode; again where that may help.

Retry goes around gate, signature and send, because a signature grows stale and limits hold for repeats too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
from attrs import define, field, frozen

from ocr_async import error_codes, protocol
from ocr_async.auth.authorizers import Authorizer
from ocr_async.auth.standing import doubts_credential
from ocr_async.auth.wallet import Account
from ocr_async.endpoints import Endpoint
from ocr_async.errors import (
    AuthError,
    DeadlineError,
    OcrError,
    SourceError,
    ThrottledError,
    TransportError,
)
from ocr_async.events import AttemptFinished, AttemptStarted, CallFinished, CallStarted, Emitter
from ocr_async.fields import DocumentType, Meta, Result
from ocr_async.loops import now
from ocr_async.model import Body, Reply, Request
from ocr_async.retry import RetryPolicy, Tally, decide
from ocr_async.routing import Router, State, Visit
from ocr_async.sources import Picture, Source, Url, open_source
from ocr_async.sources.storage import Buckets

if TYPE_CHECKING:
    from ocr_async.transport import Timeout, Transport

R = TypeVar("R", bound=Result)

LONGEST_CONNECT = 10.0
"""Seconds for a connection to open: a service that does not answer within them is down."""

PROJECT = "{project_id}"
"""Where a path has a project's id; a path without it needs none."""


_numbers = count(1)


@define(eq=False)
class Call:
    """What one call has come to: what it sends, where it stands in the queue, and what it has met.

    Times are those of the running loop's clock; `on_open` is told what the source turned out to be.
    """

    document_type: DocumentType[Any]
    source: Source | None = field(repr=False)
    tally: Tally
    started: float
    position: int | None = None
    on_open: Callable[[Picture | Url], None] | None = None
    opened: Picture | Url | None = None
    endpoint: Endpoint | None = None
    last_error: OcrError | None = None
    attempts: int = 0
    attempt_started: float = 0.0
    number: int = field(factory=_numbers.__next__)
    was_sent: bool = False
    """Whether the last attempt came as far as being sent."""


@frozen
class Caller:
    """Carries calls through to their end."""

    router: Router
    transport: Callable[[], Transport]
    policy: RetryPolicy
    attempt_timeout: float
    emit: Emitter
    headers: dict[str, str] = field(repr=False)
    buckets: Buckets | None = None

    async def run(self, call: Call) -> Result:
        """Return the result of the call, or raise the error that it ended with."""
        if self.emit.is_heard:
            self.emit(CallStarted(call.number, call.document_type.api))
        try:
            result = await self._within_deadline(call)
        except OcrError as error:
            error.attempts = call.tally.sends
            error.endpoint = call.endpoint.name if call.endpoint else None
            if call.opened is not None:
                error.source = call.opened.name
            self._finished(call, error, getattr(error, "request_id", None))
            raise
        except BaseException:
            self._finished(call, None, None, cancelled=True)
            raise
        self._finished(call, None, result.meta.request_id if result.meta else None)
        return result

    async def _within_deadline(self, call: Call) -> Result:
        if call.tally.deadline == inf:  # a cancel scope costs several microseconds
            return await self._until_done(call)
        with anyio.CancelScope(deadline=call.tally.deadline):
            return await self._until_done(call)
        raise _deadline_error(call) from call.last_error

    async def _until_done(self, call: Call) -> Result:
        self.router.check_offered(call.document_type)
        call.opened = await _opened(call, self.buckets)
        if call.opened is not None and call.on_open is not None:
            call.on_open(call.opened)
        while True:
            try:
                return await self._attempt(call)
            except OcrError as error:
                call.last_error = error
                wait = self._wait_after(call, error)
                if wait is None:
                    raise
            if wait:
                await anyio.sleep(wait)

    async def _attempt(self, call: Call) -> Result:
        throttled = isinstance(call.last_error, ThrottledError)
        visit = await self.router.enter(call.document_type, call.position, None if throttled else call.endpoint)
        call.endpoint, call.position = visit.endpoint, visit.slot.position
        call.attempts += 1
        call.attempt_started = now()
        if self.emit.is_heard:
            names = visit.endpoint.name, call.document_type.api, visit.endpoint.host
            self.emit(AttemptStarted(call.number, call.attempts, *names))
        try:
            result = await self._trusted_exchange(call, visit)
        except OcrError as error:
            call.was_sent = visit.state is not State.PREPARING
            visit.failed(error)
            raise
        except BaseException:
            if now() >= call.tally.deadline:
                visit.timed_out(_deadline_error(call))
            else:
                visit.abandoned()
            self._attempt_finished(call, cancelled=True)
            raise
        visit.succeeded()
        call.tally.may_be_read = False
        self._attempt_finished(call, meta=result.meta)
        return result

    async def _trusted_exchange(self, call: Call, visit: Visit) -> Result:
        account = await visit.endpoint.account()
        standing = account.authorizer.standing
        if standing.is_trusted:
            return await self._exchange(call, visit, account)
        async with standing.alone():
            return await self._exchange(call, visit, account)

    async def _exchange(self, call: Call, visit: Visit, account: Account) -> Result:
        authorizer = account.authorizer
        request = await self._request(call, visit.endpoint, account)
        signed = await authorizer.authorize(request)
        reply = await self._send(call, visit, signed)
        try:
            return self._judged(call, visit.endpoint, reply, authorizer)
        except AuthError as error:
            if not _asks_for_renewal(error) or not authorizer.renew(signed):
                raise
        visit.state = State.PREPARING
        renewed = await authorizer.authorize(request)
        return self._judged(call, visit.endpoint, await self._send(call, visit, renewed), authorizer)

    def _judged(self, call: Call, endpoint: Endpoint, reply: Reply, authorizer: Authorizer) -> Result:
        """Read a reply, and note whether it doubts the credential."""
        try:
            result = self._read(call, endpoint, reply)
        except AuthError as error:
            if doubts_credential(error):
                authorizer.standing.judge(error)
            else:
                authorizer.standing.accepted()
            raise
        except OcrError:
            authorizer.standing.accepted()
            raise
        authorizer.standing.accepted()
        return result

    def _read(self, call: Call, endpoint: Endpoint, reply: Reply) -> Result:
        region = endpoint.address.region
        meta = Meta(
            request_id=protocol.request_id(reply),
            endpoint=endpoint.name,
            region=region.id if region else None,
            status=reply.status,
            attempts=call.tally.sends,
            seconds=now() - call.started,
            headers=protocol.headers_of_use(reply),
        )
        result: Result = protocol.read(call.document_type, reply, meta)
        return result

    async def _request(self, call: Call, endpoint: Endpoint, account: Account) -> Request:
        kind = call.document_type
        headers = self.headers
        path = kind.path(PROJECT)
        if PROJECT in path:
            project_id = await account.project.get()
            path = kind.path(project_id)
            headers = {**headers, "X-Project-Id": project_id}
        once = call.tally.before_send is not None
        return Request("POST", endpoint.address.url + path, headers, await _body(kind, call.opened), once)

    async def _send(self, call: Call, visit: Visit, request: Request) -> Reply:
        if call.tally.before_send is not None:
            await call.tally.before_send(call.tally)
        transport = self.transport()
        before, call.tally.may_be_read = call.tally.may_be_read, True
        call.tally.sends += 1
        visit.state = State.SENT
        try:
            reply = await transport.send(request, timeout=_timeout(self.attempt_timeout))
        except TransportError as error:
            call.tally.may_be_read = before or error.sent
            raise
        call.tally.may_be_read = before
        visit.state = State.ANSWERED
        return reply

    def _wait_after(self, call: Call, error: OcrError) -> float | None:
        """Return the seconds to wait before the next send, None when the call is over."""
        call.tally.count(error)
        wait = decide(self.policy, call.tally, error, now())
        endpoint = call.endpoint
        if (
            wait is not None
            and endpoint is not None
            and not isinstance(error, ThrottledError)
            and call.was_sent
            and not endpoint.budget.spend()
        ):
            wait = None
        self._attempt_finished(call, error=error, wait=wait)
        return wait

    def _attempt_finished(
        self,
        call: Call,
        *,
        meta: Meta | None = None,
        error: OcrError | None = None,
        wait: float | None = None,
        cancelled: bool = False,
    ) -> None:
        if not self.emit.is_heard or call.endpoint is None:
            return
        about = meta if error is None else error
        self.emit(
            AttemptFinished(
                call.number,
                call.attempts,
                call.endpoint.name,
                call.document_type.api,
                now() - call.attempt_started,
                getattr(about, "status", None),
                getattr(about, "request_id", None),
                error,
                wait,
                cancelled,
            )
        )

    def _finished(self, call: Call, error: OcrError | None, request_id: str | None, *, cancelled: bool = False) -> None:
        if not self.emit.is_heard:
            return
        names = call.endpoint.name if call.endpoint else None, call.document_type.api
        seconds = now() - call.started
        self.emit(CallFinished(call.number, *names, call.tally.sends, seconds, request_id, error, cancelled))


@lru_cache(maxsize=8)
def _timeout(seconds: float) -> Timeout:
    from ocr_async.transport import Timeout  # noqa: PLC0415  the transport is loaded with the first request

    return Timeout(connect=min(seconds, LONGEST_CONNECT), read=None, write=None, total=seconds)


async def _opened(call: Call, buckets: Buckets | None) -> Picture | Url | None:
    if not call.document_type.source_parameter:
        return None  # its options are all that is sent
    if call.source is None:
        raise SourceError("None", f"is no picture, which {call.document_type.api} takes")
    return await open_source(call.source, call.document_type.limits, buckets)


async def _body(kind: DocumentType[Any], opened: Picture | Url | None) -> bytes | Body:
    if isinstance(opened, Picture):
        return opened.body(*protocol.parameters(kind))
    if isinstance(opened, Url):
        return protocol.url_body(kind, await opened.for_service())
    return protocol.options_body(kind)


def _asks_for_renewal(error: AuthError) -> bool:
    known = error_codes.error_codes().get(error.code)
    return error.status == 401 if known is None else known.action == "refresh_token"


def _deadline_error(call: Call) -> DeadlineError:
    seconds = now() - call.started
    last = f"; last failure: {call.last_error}" if call.last_error else ""
    return DeadlineError(
        f"No result within the {call.tally.deadline - call.started:g} s of the call (waited {seconds:.1f} s, "
        f"{call.tally.sends} sends{last}). Give it more time, or send less at once."
    )
