"""Sending over any httpx transport: the reply read whole, and every failure a TransportError that knows what was sent."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Mapping
from functools import lru_cache
from math import inf

import anyio
import httpx

from ocr_async.errors import OcrError, TransportError
from ocr_async.loops import is_cancelled, now
from ocr_async.transport.asyncio_transport import WRITTEN
from ocr_async.transport.connection import BrokenReplyError
from ocr_async.transport.dial import ADVICE, ProxyRefusalError
from ocr_async.transport.progress import RequestProgress
from ocr_async.transport.response import WholeResponse, read_whole
from ocr_async.transport.tls import TlsError

CONNECT_SECONDS = 10.0
"""How long a connection may take to open: a service that does not answer within them is down."""

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.LocalProtocolError,
)
_UNCONNECTED = (httpx.ConnectError, httpx.ConnectTimeout)
_FOR_GOOD = (
    TlsError,
    ProxyRefusalError,
    httpx.DecodingError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.LocalProtocolError,
)


async def send(
    transport: httpx.AsyncBaseTransport,
    request: httpx.Request,
    *,
    seconds: float,
    connect: float = CONNECT_SECONDS,
    progress: RequestProgress | None = None,
) -> httpx.Response:
    """Send the request as it is, following no redirect, and return its reply, read to its end.

    `seconds` bound the exchange from the moment on when the request does not wait for a connection that others use;
    `connect` the opening of a new one. `progress` tells how far it came, also while it is under way.
    Raises TransportError when no whole reply came, SourceError when the body cannot be read any more.
    """
    progress = progress or RequestProgress()
    request.extensions["timeout"] = _timeouts(connect, seconds)
    try:
        progress.follow(transport, request)
        if progress.keeps_total:
            response = await transport.handle_async_request(request)
            if isinstance(response, WholeResponse):
                return response
            request.extensions[WRITTEN] = True
            return await read_whole(response)
        return await _send_within(seconds, transport, request, progress)
    except OcrError:
        raise
    except (Exception, anyio.get_cancelled_exc_class()) as error:
        if not isinstance(error, Exception) and is_cancelled():
            raise
        raise translated(request, error, progress) from error


async def _send_within(
    seconds: float, transport: httpx.AsyncBaseTransport, request: httpx.Request, progress: RequestProgress
) -> httpx.Response:
    """Send over a transport that knows no `total`, and may let requests wait for its connections."""
    while True:
        with anyio.CancelScope(deadline=inf if progress.is_waiting else now() + seconds) as scope:
            progress.bounds(scope, seconds)
            return await read_whole(await transport.handle_async_request(request))
        if not progress.is_waiting:  # as it turned out when the first of them got a connection
            raise httpx.ReadTimeout(f"no reply within {seconds:g} s")


@lru_cache(maxsize=16)
def _timeouts(connect: float, seconds: float) -> Mapping[str, float | None]:
    return {"connect": min(connect, seconds), "read": None, "write": None, "pool": None, "total": seconds}


def translated(request: httpx.Request, error: BaseException, progress: RequestProgress) -> TransportError:
    """Return what a failure means to a caller: the words of the transport, and what is certain."""
    if progress.is_certain:
        sent = progress.is_written or isinstance(error, httpx.RemoteProtocolError)
    else:
        sent = not isinstance(error, _NOT_SENT)
    reason = (str(error) if isinstance(error, _WORDED) else "") or f"failed with {type(error).__name__}"
    if isinstance(error, RuntimeError) and str(error).endswith(_OTHER_LOOP):
        reason = "the http_client has connections of another event loop: bring one for each loop, or none"
    if type(error) in _UNCONNECTED and not progress.keeps_total and not _has_tls_cause(error):
        reason = f"{reason}; {ADVICE}"  # as our own transport says
    if isinstance(error, httpx.DecodingError):
        reason = f"the reply came whole and cannot be read: {reason}"
    failure = TransportError(f"{request.url.netloc.decode()}: {reason}", sent=sent)
    failure.is_unreached = isinstance(error, _NOT_SENT)
    # what a client's hooks, or an app, raise of their own would be raised again, and the picture billed each time
    is_for_good = isinstance(error, _FOR_GOOD) or not isinstance(error, _WORDED) or _has_tls_cause(error)
    if is_for_good or _breaks_off(error, progress):
        failure.retryable = False
    return failure


_WORDED = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError)
"""Whose own words are shown; those of an app, or of a client's hooks, could repeat what they were given."""


def _breaks_off(error: BaseException, progress: RequestProgress) -> bool:
    """Tell a success that breaks off into what is no HTTP: the request was read, and would be answered so again.

    httpx says so by the error of h11 behind its own; of a head that h11 does not understand nobody knows the status, and
    it counts as a success. What has no status line, or was cut short, does not.
    """
    if isinstance(error, BrokenReplyError):
        return True
    h11 = sys.modules.get("h11")  # not loaded where our own transport sends
    if h11 is None or not 200 <= progress.status < 300 or str(error).startswith(_NO_REPLY):
        return False
    return _has_cause(error, h11.RemoteProtocolError)


_OTHER_LOOP = ("loop is closed", "different loop", "different event loop")
"""How asyncio and anyio speak of what belongs to another event loop."""

_NO_REPLY = ("peer closed connection", "illegal status line")
"""How h11 begins to speak of a reply that was cut short, or is none."""


def _has_tls_cause(error: BaseException) -> bool:
    """Tell whether a certificate or the protocol was refused, as against a connection that ended in the middle."""
    return _has_cause(error, ssl.SSLCertVerificationError, ssl.SSLError)


def _has_cause(error: BaseException, *kinds: type[BaseException]) -> bool:
    cause: BaseException | None = error
    while cause is not None and type(cause) not in kinds:
        cause = cause.__cause__ or cause.__context__
    return cause is not None
