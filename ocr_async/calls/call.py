"""One call: from its source to its result, attempt after attempt, within its deadline.

Retry goes around gate, signature and send, because a signature grows stale and limits hold for repeats too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Any

import anyio
from attrs import field, frozen

from ocr_async import protocol
from ocr_async.calls.attempt import Attempt, State
from ocr_async.calls.endpoints import Endpoint
from ocr_async.calls.routing import Router
from ocr_async.errors import DeadlineError, OcrError, SourceError, ThrottledError, drop_frames
from ocr_async.events import AttemptFinished, AttemptStarted, CallFinished, CallStarted, Emitter
from ocr_async.fields import DocumentType, Meta, Result
from ocr_async.loops import now
from ocr_async.retry import RetryPolicy, Tally, decide
from ocr_async.sources import Picture, Source, Url, open_source
from ocr_async.sources.storage import Buckets

if TYPE_CHECKING:
    import httpx

    from ocr_async.calls.backlog import Backlog
    from ocr_async.calls.exchange import Exchange

_numbers = count(1)


@frozen(eq=False)
class Call:
    """What is asked for; times are those of the running loop's clock.

    `position` is its place in the queues, None for the next one; `on_open` is told what the source turned out to be;
    `backlog` counts it while it waits for a slot.
    `tally` is kept up to date while it runs, so that whoever cancels a call knows what it had come to.
    """

    document_type: DocumentType[Any]
    source: Source | None = field(repr=False)
    tally: Tally
    started: float
    position: int | None = None
    on_open: Callable[[Picture | Url], None] | None = None
    backlog: Backlog | None = None
    number: int = field(factory=_numbers.__next__)


@frozen
class Caller:
    """Carries calls through to their end."""

    router: Router
    exchange: Exchange
    policy: RetryPolicy
    emit: Emitter
    buckets: Buckets

    async def run(self, call: Call) -> Result:
        """Return the result of the call, or raise the error that it ended with."""
        if not self.emit.is_heard:
            return await self._ended(call, heard=False)
        self.emit(CallStarted(call.number, call.document_type.api))
        try:
            result = await self._ended(call, heard=True)
        except OcrError as error:
            self._finished(call, getattr(error, "request_id", None), error)
            raise
        except BaseException:
            self._finished(call, cancelled=True)
            raise
        self._finished(call, result.meta.request_id if result.meta else None)
        return result

    async def _ended(self, call: Call, *, heard: bool) -> Result:
        tally = call.tally
        try:
            if tally.deadline == inf:  # a cancel scope costs several microseconds
                return await self._attempts(call, heard=heard)
            with anyio.CancelScope(deadline=tally.deadline):
                return await self._attempts(call, heard=heard)
            raise _deadline_error(call, "" if tally.sends else self._waits_for(call)) from tally.last_error
        except OcrError as error:
            error.attempts, error.endpoint = tally.sends, tally.endpoint
            error.source = tally.source or error.source
            raise

    def _waits_for(self, call: Call) -> str:
        if call.document_type.source_parameter and call.tally.source is None:
            return "its picture has not been read yet"
        return self.router.waits_for(call.document_type)

    async def _attempts(self, call: Call, *, heard: bool) -> Result:
        self.router.check_offered(call.document_type)
        opened = await _opened(call, self.buckets)
        if opened is not None:
            call.tally.source = opened.name
            if call.on_open is not None:
                call.on_open(opened)
            if call.backlog is not None:
                call.backlog.opened(now() - call.started)
        failed_at, position = None, call.position
        for number in count(1):
            attempt = await self.router.enter(call.document_type, call.tally, position, failed_at, call.backlog)
            position = attempt.slot.position
            call.tally.endpoint = attempt.endpoint.name
            started = self._attempt_started(call, attempt.endpoint, number) if heard else None
            try:
                result = await self._attempt(call, opened, attempt)
            except OcrError as error:
                wait = self._wait_after(call, attempt, error)
                self._attempt_finished(call, attempt.endpoint, number, started, error=error, wait=wait)
                if wait is None:
                    raise
                drop_frames(error)  # it is kept to be told of, and must not keep the picture in a cycle
                failed_at = None if isinstance(error, ThrottledError) else attempt.endpoint
            except BaseException:
                self._attempt_finished(call, attempt.endpoint, number, started, cancelled=True)
                raise
            else:
                self._attempt_finished(call, attempt.endpoint, number, started, meta=result.meta)
                return result
            if wait:
                await anyio.sleep(wait)
        raise AssertionError  # the count has no end

    async def _attempt(self, call: Call, opened: Picture | Url | None, attempt: Attempt) -> Result:
        try:
            result = await self.exchange.run(
                call.document_type, opened, attempt, partial(_read, call, attempt.endpoint)
            )
        except OcrError as error:
            attempt.failed(error)
            raise
        except BaseException:
            if now() >= call.tally.deadline:
                attempt.timed_out(_deadline_error(call))
            else:
                attempt.abandoned()
            raise
        attempt.succeeded()
        return result

    def _wait_after(self, call: Call, attempt: Attempt, error: OcrError) -> float | None:
        """Return the seconds to wait before the next attempt, None when the call is over."""
        call.tally.count(error)
        wait = decide(self.policy, call.tally, error, now())
        is_charged = attempt.state is not State.PREPARING and not isinstance(error, ThrottledError)
        if wait is not None and is_charged and not attempt.endpoint.budget.spend():
            return None
        return wait

    def _attempt_started(self, call: Call, endpoint: Endpoint, number: int) -> float:
        self.emit(AttemptStarted(call.number, number, endpoint.name, call.document_type.api, endpoint.host))
        return now()

    def _attempt_finished(  # noqa: PLR0913  the ways in which an attempt ends
        self,
        call: Call,
        endpoint: Endpoint,
        number: int,
        started: float | None,
        *,
        meta: Meta | None = None,
        error: OcrError | None = None,
        wait: float | None = None,
        cancelled: bool = False,
    ) -> None:
        if started is None:
            return
        about = meta if error is None else error
        status, request_id = getattr(about, "status", None), getattr(about, "request_id", None)
        names = endpoint.name, call.document_type.api
        seconds = now() - started
        self.emit(AttemptFinished(call.number, number, *names, seconds, status, request_id, error, wait, cancelled))

    def _finished(
        self, call: Call, request_id: str | None = None, error: OcrError | None = None, *, cancelled: bool = False
    ) -> None:
        tally, seconds = call.tally, now() - call.started
        names = tally.endpoint, call.document_type.api
        self.emit(CallFinished(call.number, *names, tally.sends, seconds, request_id, error, cancelled))


def _read(call: Call, endpoint: Endpoint, reply: httpx.Response) -> Result:
    region = endpoint.address.region
    request_id, limits = protocol.headers_of_use(reply)
    meta = Meta(
        request_id=request_id,
        endpoint=endpoint.name,
        region=region.id if region else None,
        status=reply.status_code,
        attempts=call.tally.sends,
        seconds=now() - call.started,
        headers=limits,
    )
    result: Result = protocol.read(call.document_type, reply, meta)
    return result


async def _opened(call: Call, buckets: Buckets) -> Picture | Url | None:
    if not call.document_type.source_parameter:
        return None  # its options are all that is sent
    if call.source is None:
        raise SourceError("None", f"is no picture, which {call.document_type.api} takes")
    return await open_source(call.source, call.document_type.limits, buckets)


def _deadline_error(call: Call, waits_for: str = "") -> DeadlineError:
    tally = call.tally
    last = f"; last failure: {tally.last_error}" if tally.last_error else f"; {waits_for}" if waits_for else ""
    return DeadlineError(
        f"No result within the {tally.deadline - call.started:g} s of the call (waited {now() - call.started:.1f} s, "
        f"{tally.sends} sends{last}). Give it more time, or send less at once."
    )
