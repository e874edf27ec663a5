"""OpenTelemetry for a session: `OcrSession(..., on_event=OpenTelemetry())`; extra `otel`.

One span a call, as a child of the caller's span, and below it one client span an attempt, named and described by the
semantic conventions for HTTP. No picture, result, key or address of a picture is in any of them.
"""

from __future__ import annotations

import importlib.metadata
import time

from attrs import define
from opentelemetry import metrics, trace
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, TracerProvider

from ocr_async.errors import OcrError, ThrottledError, code_of
from ocr_async.events import AttemptFinished, AttemptStarted, CallFinished, CallStarted, Event

NAME = "ocr_async"


@define
class _Call:
    """The spans of a call that is under way."""

    span: Span
    attempt: Span | None = None


class OpenTelemetry:
    """A listener that makes spans and metrics, with the global providers or those given.

    Metrics: `ocr.client.call.duration` and `ocr.client.attempt.duration` (histograms, s), `ocr.client.refusals` and
    `ocr.client.retries` (counters), `ocr.client.active_calls` (up-down counter), each by API and, but for calls under
    way, by `error.type`.
    """

    def __init__(
        self, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        version = importlib.metadata.version("ocr-async")
        self._tracer = trace.get_tracer(NAME, version, tracer_provider)
        meter = metrics.get_meter(NAME, version, meter_provider)
        self._call_seconds = meter.create_histogram("ocr.client.call.duration", "s", "Whole calls, waiting included.")
        self._attempt_seconds = meter.create_histogram("ocr.client.attempt.duration", "s", "Single attempts.")
        self._refusals = meter.create_counter("ocr.client.refusals", "{refusal}", "Attempts refused by limits.")
        self._retries = meter.create_counter("ocr.client.retries", "{retry}", "Attempts that follow a failed one.")
        self._active = meter.create_up_down_counter("ocr.client.active_calls", "{call}", "Calls under way.")
        self._calls: dict[int, _Call] = {}

    def __call__(self, event: Event) -> None:
        """Take one event of a session."""
        match event:
            case CallStarted():
                self._call_started(event)
            case AttemptStarted():
                self._attempt_started(event)
            case AttemptFinished():
                self._attempt_finished(event)
            case CallFinished():
                self._call_finished(event)
            case _:
                span = trace.get_current_span()
                span.add_event(type(event).__name__, {"ocr.endpoint": event.endpoint, "time": time.time()})

    def _call_started(self, event: CallStarted) -> None:
        self._active.add(1, {"ocr.api": event.api})
        self._calls[event.call] = _Call(
            self._tracer.start_span(f"recognize {event.api}", attributes={"ocr.api": event.api})
        )

    def _attempt_started(self, event: AttemptStarted) -> None:
        call = self._calls.get(event.call)
        if event.attempt > 1:
            self._retries.add(1, {"ocr.api": event.api})
        if call is None:
            return
        attributes: dict[str, str | int] = {
            "http.request.method": "POST",
            "server.address": event.host,
            "ocr.api": event.api,
            "ocr.endpoint": event.endpoint,
        }
        if event.attempt > 1:
            attributes["http.request.resend_count"] = event.attempt - 1
        parent = trace.set_span_in_context(call.span)
        call.attempt = self._tracer.start_span("POST", parent, SpanKind.CLIENT, attributes)

    def _attempt_finished(self, event: AttemptFinished) -> None:
        self._attempt_seconds.record(event.seconds, _labels(event.api, event.error, cancelled=event.cancelled))
        if isinstance(event.error, ThrottledError):
            self._refusals.add(1, {"ocr.api": event.api})
        call = self._calls.get(event.call)
        if call is None or call.attempt is None:
            return
        if event.status is not None:
            call.attempt.set_attribute("http.response.status_code", event.status)
        _end(call.attempt, event.error, event.request_id, cancelled=event.cancelled)
        call.attempt = None

    def _call_finished(self, event: CallFinished) -> None:
        self._active.add(-1, {"ocr.api": event.api})
        self._call_seconds.record(event.seconds, _labels(event.api, event.error, cancelled=event.cancelled))
        call = self._calls.pop(event.call, None)
        if call is not None:
            call.span.set_attribute("ocr.attempts", event.attempts)
            _end(call.span, event.error, event.request_id, cancelled=event.cancelled)


def _labels(api: str, error: OcrError | None, *, cancelled: bool) -> dict[str, str]:
    kind = "cancelled" if cancelled else code_of(error) if error else ""
    return {"ocr.api": api} | ({"error.type": kind} if kind else {})


def _end(span: Span, error: OcrError | None, request_id: str | None, *, cancelled: bool) -> None:
    if request_id:
        span.set_attribute("ocr.request_id", request_id)
    if cancelled:
        span.set_attribute("error.type", "cancelled")
    elif error is not None:
        span.set_attribute("error.type", code_of(error))
        span.set_status(Status(StatusCode.ERROR))
    span.end()
