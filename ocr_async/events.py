"""What happens in a session, as one stream of frozen values: logging, progress and tracing all listen to it.

No event holds a picture, a result, a token or a key.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeAlias

from attrs import fields, frozen

from ocr_async.errors import OcrError

logger = logging.getLogger("ocr_async")


@frozen
class CallStarted:
    """A call began; `call` is its number, of which there is only one in a process."""

    call: int
    api: str


@frozen
class AttemptStarted:
    """A call got its turn at an endpoint; `attempt` counts from 1 within the call."""

    call: int
    attempt: int
    endpoint: str
    api: str
    host: str


@frozen
class AttemptFinished:
    """An attempt ended: with a result, with `error`, or because the call was cancelled or its deadline passed.

    `status` is that of the reply, None when none came; `wait` is the seconds until the next attempt, None when there is none.
    """

    call: int
    attempt: int
    endpoint: str
    api: str
    seconds: float
    status: int | None = None
    request_id: str | None = None
    error: OcrError | None = None
    wait: float | None = None
    cancelled: bool = False


@frozen
class CallFinished:
    """A call ended, after `attempts` sends and `seconds` from its start.

    `error` is None when it succeeded, and when it was `cancelled`.
    """

    call: int
    endpoint: str | None
    api: str
    attempts: int
    seconds: float
    request_id: str | None
    error: OcrError | None
    cancelled: bool = False


@frozen
class CredentialRenewed:
    """A token, or another credential that ends, was obtained; it serves for `seconds`."""

    endpoint: str
    kind: str
    seconds: float


@frozen
class EndpointLeft:
    """An endpoint failed repeatedly and is left alone for `seconds`, then tried by one call."""

    endpoint: str
    seconds: float
    error: OcrError


@frozen
class EndpointBack:
    """An endpoint that had been left alone answered again."""

    endpoint: str


Event: TypeAlias = (
    CallStarted | AttemptStarted | AttemptFinished | CallFinished | CredentialRenewed | EndpointLeft | EndpointBack
)
Listener: TypeAlias = Callable[[Event], None]


class Emitter:
    """Hands each event to the log and to the listeners; what a listener raises never fails a call."""

    def __init__(self, *listeners: Listener) -> None:
        self._listeners = listeners

    @property
    def is_heard(self) -> bool:
        """Whether anyone listens to what is frequent; events of that kind need not be made otherwise."""
        return bool(self._listeners) or logger.isEnabledFor(logging.DEBUG)

    def __call__(self, event: Event) -> None:
        """Tell of one event."""
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug("%s", event, extra=log_fields(event))
        if isinstance(event, EndpointLeft):
            message = "%s is left alone for %.0f s: %s"
            logger.warning(message, event.endpoint, event.seconds, event.error, extra=log_fields(event))
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:
                logger.exception("the listener of %s failed", type(event).__name__)


def log_fields(event: Event) -> dict[str, object]:
    """Return the facts of an event as the fields of a log record, `ocr_event`, `ocr_call`, `ocr_endpoint` and so on."""
    facts: dict[str, object] = {attribute.name: getattr(event, attribute.name) for attribute in fields(type(event))}
    error = facts.pop("error", None)
    if isinstance(error, OcrError):
        facts["error"] = type(error).__name__
        facts["code"] = getattr(error, "code", None)
    return {"ocr_event": type(event).__name__} | {f"ocr_{name}": value for name, value in facts.items()}
