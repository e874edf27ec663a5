"""The first call with a fresh credential goes alone: five failed signatures in a row lock a key for five minutes."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from copy import copy

import anyio

from ocr_async.auth.renewed import HOLD_OFF
from ocr_async.error_codes import error_codes
from ocr_async.errors import AuthError
from ocr_async.loops import PerLoop


class Trial:
    """Lets one call at a time through until one was not refused for its credential.

    Calls that waited behind a refused one, and those of the next 30 seconds, get the same refusal without a send.
    """

    def __init__(self) -> None:
        self.passed = False
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
            if not self.passed:
                yield
                return
        yield

    def judge(self, error: AuthError) -> None:
        """Note that a call was refused: for its credential, or only for what the credential may do.

        A credential that had served before gets one more call, alone, before it is held back.
        """
        if not _doubts_credential(error):
            self.accepted()
        elif self.passed:
            self.passed = False
        else:
            self._refusal = (error, time.monotonic() + HOLD_OFF)

    def accepted(self) -> None:
        """Note that a call was not refused for its credential."""
        self.passed = True
        self._refusal = None


def _doubts_credential(error: AuthError) -> bool:
    known = error_codes().get(error.code)
    return error.status == 401 if known is None else known.category == "auth"
