"""What the service counts for Prometheus: calls by API and code, their seconds, and what is under way."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from attrs import define
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from ocr_async.local.recognizer import Refusal
from ocr_async.local.service.replies import Refused

SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The counters of one service, in a registry of their own; no picture, value or caller is in them."""

    def __init__(self, held: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        labels = ("version", "api", "code")
        self._calls = Counter(
            "ocr_calls", "Recognition calls by the code they were answered with.", labels, registry=self._registry
        )
        self._seconds = Histogram(
            "ocr_call_seconds",
            "Seconds from the headers of a call to its answer.",
            labels[:2],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._under_way = Gauge("ocr_calls_in_progress", "Recognition calls under way.", registry=self._registry)
        Gauge("ocr_body_bytes", "Bytes of request bodies in memory.", registry=self._registry).set_function(held)

    @contextmanager
    def call(self, version: str, api: str) -> Generator[None]:
        """Count one call with the code that it ends with, "ok" for a result; only known APIs become labels."""
        began, outcome = time.monotonic(), _Outcome()
        self._under_way.inc()
        try:
            yield
        except (Refused, Refusal) as refused:
            outcome.code = refused.code or "429"
            raise
        except BaseException:
            outcome.code = "failed"
            raise
        finally:
            self._under_way.dec()
            self._calls.labels(version, api, outcome.code).inc()
            self._seconds.labels(version, api).observe(time.monotonic() - began)

    async def show(self, _: Request) -> Response:
        """Answer `GET /metrics`."""
        return Response(generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


@define
class _Outcome:
    code: str = "ok"
