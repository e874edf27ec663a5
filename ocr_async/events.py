"""What happens in a session, as one stream of frozen values: logging, progress and tracing all listen to it.

No event holds a picture, a result, a token or a key.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeAlias

from attrs import frozen

from ocr_async.errors import OcrError

logger = logging.getLogger("ocr_async")


@frozen
class AttemptFailed:
    """One send of a call failed; `wait` is the seconds until the next one, None when there is none."""

    endpoint: str
    api: str
    attempt: int
    error: OcrError
    wait: float | None


@frozen
class CallFinished:
    """A call ended, after `attempts` sends and `seconds` from its first wait; `error` is None when it succeeded."""

    endpoint: str | None
    api: str
    attempts: int
    seconds: float
    request_id: str | None
    error: OcrError | None


@frozen
class CredentialRenewed:
    """A token or a temporary key was obtained; it serves for `seconds`."""

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


Event: TypeAlias = AttemptFailed | CallFinished | CredentialRenewed | EndpointLeft | EndpointBack
Listener: TypeAlias = Callable[[Event], None]


class Emitter:
    """Hands each event to the log and to the session's listener; what a listener raises never fails a call."""

    def __init__(self, listener: Listener | None = None) -> None:
        self._listener = listener

    @property
    def is_heard(self) -> bool:
        """Whether anyone listens to what is frequent; events of that kind need not be made otherwise."""
        return self._listener is not None or logger.isEnabledFor(logging.DEBUG)

    def __call__(self, event: Event) -> None:
        """Tell of one event."""
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug("%s", event)
        if isinstance(event, EndpointLeft):
            logger.warning("%s is left alone for %.0f s: %s", event.endpoint, event.seconds, event.error)
        if self._listener is not None:
            try:
                self._listener(event)
            except Exception:
                logger.exception("the listener of %s failed", type(event).__name__)
