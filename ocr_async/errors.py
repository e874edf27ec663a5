"""Every error of the package, one class for each thing that a caller can do about it.

OcrError
├── SourceError (ValueError)        this picture cannot be sent; nothing was sent
├── CredentialsError                no credential was found
├── RegionError (ValueError)        the region does not offer this document type
├── ClosedError (RuntimeError)      the session is closed
├── JobError                        a bulk job cannot start or go on: its ledger, manifest or output
│   └── ConflictError               a file is in its way that it did not make; nothing was sent
├── TransportError                  no reply: connect, TLS, read, pool
│   └── DeadlineError (TimeoutError)
├── ApiError                        a reply that says no
│   ├── AuthError                   the key, token, password or permission
│   ├── SubscriptionError           the service is not opened for this account and region
│   ├── ThrottledError              too much at once or too often
│   ├── DocumentError               this picture or its URL
│   ├── RequestError                the request itself: parameters, path, configuration
│   └── ServiceError                a fault on the service's side
└── DecodeError                     a success whose body does not fit
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast


class OcrError(Exception):
    """Base of every error that this package raises on purpose."""

    attempts: int = 0
    """How many times the request was sent before the call ended with this error."""

    retryable: bool = False
    """Whether the same call may succeed later, unchanged."""

    source: str | None = None
    """The name of the picture that the call was about."""

    endpoint: str | None = None
    """The endpoint that the call went to last."""

    def __str__(self) -> str:
        text = self.describe()
        return f"{self.source}: {text}" if self.source else text

    def describe(self) -> str:
        """Say what happened and what to do, without naming the picture."""
        return super().__str__()

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, dict(self.__dict__))


def _restore(cls: type[OcrError], args: tuple[Any, ...], state: dict[str, Any]) -> OcrError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class SourceError(OcrError, ValueError):
    """The picture is missing, unreadable, of an unknown format, or outside the limits; nothing was sent."""

    def __init__(self, source: str, problem: str) -> None:
        super().__init__(problem)
        self.source = source
        self.problem = problem


class CredentialsError(OcrError):
    """No usable credential; the message has one line for each place that was looked at."""


class RegionError(OcrError, ValueError):
    """The region is unknown, or does not offer this document type or option."""


class ClosedError(OcrError, RuntimeError):
    """The session was closed before or during the call."""


class JobError(OcrError):
    """A bulk job cannot start or go on; the message names the file, and the line where there is one."""


class ConflictError(JobError):
    """A bulk job would have to replace a file that it did not make; it is left as it is, and nothing was sent."""


class TransportError(OcrError):
    """No reply came: name resolution, connect, TLS, write, read, or the wait for a connection."""

    retryable = True

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent
        """False only when it is certain that the service did not get the request."""
        self.is_unreached = not sent
        """Whether no connection opened, as against one that was lost while the request was written."""


class DeadlineError(TransportError, TimeoutError):
    """The deadline of the whole call passed, waiting and retries included; `__cause__` is the last failure."""


class ApiError(OcrError):
    """The service answered with an error.

    `status` is the HTTP status, `code` the service's own code ("" when the reply had none), `message` its text,
    `remedy` what to do about it, `request_id` what support asks for, `attempts` how many sends were made,
    `retryable` whether the same call may succeed later, and `retry_after` the seconds the service asked to wait.
    """

    def __init__(  # noqa: PLR0913  an error reply has that many facts
        self,
        *,
        status: int,
        code: str = "",
        message: str = "",
        remedy: str = "",
        request_id: str | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.remedy = remedy
        self.request_id = request_id
        self.retryable = retryable
        self.retry_after = retry_after

    def describe(self) -> str:
        """Say the status, code and message of the reply, what to do, and the request id."""
        said = " ".join(part for part in (f"HTTP {self.status}", self.code) if part)
        text = f"{said}: {self.message or 'no message'}"
        if self.remedy:
            text = f"{text.removesuffix('.')}. To do: {self.remedy}."
        if self.request_id:
            text += f" (request id {self.request_id})"
        return text


class AuthError(ApiError):
    """The key, token, password or permission was refused. Never repeated: five failures in a row lock a key."""


class SubscriptionError(ApiError):
    """The service is not opened for this account in this region (ModelArts.4204)."""


class ThrottledError(ApiError):
    """Too many calls at once (ModelArts.4401) or too often (HTTP 429, APIG.0308)."""


class DocumentError(ApiError):
    """This picture, or the URL it should come from, cannot be read; another one may."""


class RequestError(ApiError):
    """The request itself was refused: a parameter, the path, or something to set up in the console."""


class ServiceError(ApiError):
    """A fault on the service's side."""


class DecodeError(OcrError):
    """A reply of success that does not fit its document type.

    `problems` are lines of the form "what is wrong @ $.result.field"; `body` is the raw reply. A body that is no JSON
    at all (empty, cut off, HTML) was damaged on its way: then the error is `retryable`.
    """

    def __init__(  # noqa: PLR0913  a reply has that many facts
        self,
        message: str,
        *,
        problems: Sequence[str] = (),
        status: int = 200,
        body: bytes = b"",
        request_id: str | None = None,
        retryable: bool = False,
    ) -> None:
        super().__init__(message)
        self.problems = tuple(problems)
        self.status = status
        self.body = body
        self.request_id = request_id
        self.retryable = retryable


def unexpected(about: str, failure: BaseException) -> OcrError:
    """Return the error that tells in one line of what was raised that is none of this package."""
    said = " ".join(str(failure).split())
    error = OcrError(f"{about}: unexpected {type(failure).__name__}{said and f': {said}'}")
    error.__cause__ = failure
    return error


def code_of(error: OcrError) -> str:
    """Return the code of the service by which errors are counted, the name of the class where there is none."""
    return (error.code if isinstance(error, ApiError) else "") or type(error).__name__


def drop_frames(error: BaseException) -> None:
    """Take the frames off an error and what caused it: they hold the picture for as long as it is kept, in cycles even longer."""
    chain, seen = [error], set[int]()
    while chain:
        each = chain.pop()
        if id(each) not in seen:
            seen.add(id(each))
            each.__traceback__ = None
            chain += [cause for cause in (each.__cause__, each.__context__) if cause is not None]
            chain += cast("tuple[BaseException, ...]", getattr(each, "exceptions", ()))
