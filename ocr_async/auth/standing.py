"""What is thought of a credential: trusted, doubted, or refused for a while.

The first call of a fresh one goes alone: five failed signatures in a row lock a key for five minutes.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from copy import copy
from typing import TYPE_CHECKING

import anyio

from ocr_async.auth.renewed import HOLD_OFF
from ocr_async.error_codes import error_codes
from ocr_async.errors import AuthError, OcrError
from ocr_async.loops import PerLoop
from ocr_async.protocol import clock_hint

if TYPE_CHECKING:
    import httpx

    from ocr_async.transport.request import RawRequest


class Standing:
    """Lets one call at a time through until a reply came that does not doubt the credential.

    Calls that waited behind a refused one, and those of the next 30 seconds, get the same refusal without a send.
    `signs` is whether it makes signatures, which a wrong clock spoils.
    """

    def __init__(self, *, signs: bool = False) -> None:
        self._signs = signs
        self.is_trusted = False
        """Whether a reply came that did not doubt it, and none since that did."""
        self._locks = PerLoop(anyio.Lock)
        self._refusal: tuple[AuthError, float] | None = None

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[None]:
        """Wait for one's turn, or until another call has passed; raise the refusal that another call got."""
        async with self._locks.get():
            if self._refusal is not None and time.monotonic() < self._refusal[1]:
                refusal = copy(self._refusal[0])
                refusal.attempts = 0
                raise refusal
            if not self.is_trusted:
                yield
                return
        yield

    def judge(self, error: OcrError, reply: httpx.Response, request: RawRequest) -> None:
        """Note what a reply that is an error says of the credential, and to the error what else may be to blame: client or clock.

        One that is doubted but had served before gets one more call, alone, before it is held back.
        """
        if not (isinstance(error, AuthError) and doubts_credential(error)):
            self.accepted()
            return
        if changed := request.changed_header:
            error.remedy = f"let the header {changed} be: the auth or a hook of the http_client changes it"
        elif self._signs:
            error.remedy = clock_hint(reply) or error.remedy
        if self.is_trusted:
            self.is_trusted = False
        else:
            self._refusal = (error, time.monotonic() + HOLD_OFF)

    def accepted(self) -> None:
        """Note a reply that does not doubt the credential, whatever else it says."""
        self.is_trusted = True
        self._refusal = None


def doubts_credential(error: AuthError) -> bool:
    """Tell a refusal of the credential itself from one of what it may do: of an API, a region, or by a firewall."""
    known = error_codes().get(error.code)
    return error.status == 401 if known is None else known.category == "auth"
