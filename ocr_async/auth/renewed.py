"""A value that ends and is renewed: one request however many callers wait, ahead of the end while the old one serves."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from copy import copy
from math import inf
from typing import Generic, TypeVar

import anyio
from anyio.lowlevel import current_token
from attrs import define, field, frozen

from ocr_async.auth.background import Background
from ocr_async.errors import AuthError, ClosedError, CredentialsError, OcrError, unexpected
from ocr_async.loops import is_cancelled

T = TypeVar("T")

APART = 1.0
"""Seconds from one request to the next, whether it failed or brought a value; that serves until then, however short its life."""

LONGEST = 60.0
"""Seconds after which a request that brings nothing is given up."""

HOLD_OFF = 30.0
"""Seconds for which a refused credential is not tried again: repeated failures lock keys and users."""


@frozen
class Lease(Generic[T]):
    """A value that serves for `seconds` from the moment it was asked for."""

    value: T = field(repr=False)
    seconds: float = float("inf")


@define(eq=False)
class _Flight:
    loop: object
    landed: anyio.Event
    error: OcrError | None = None


class Renewed(Generic[T]):
    """Hands out a value, obtaining it when there is none and renewing it ahead of its end.

    Times are monotonic seconds. A life of 24 hours is renewed 10 minutes ahead and not used in its last minute; a
    short life is renewed after two thirds and not used in its last tenth.
    """

    def __init__(
        self,
        obtain: Callable[[], Awaitable[Lease[T]]],
        background: Background,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._obtain = obtain
        self._background = background
        self._clock = clock
        self._value: T | None = None
        self._renew_at = 0.0
        self._ends_at = 0.0
        self._flight: _Flight | None = None
        self._landed_at = -inf
        self._failure: tuple[OcrError, float] | None = None

    @property
    def lasting(self) -> T | None:
        """The value when it never ends, which most do: asking so costs a tenth of `get`."""
        return self._value if self._ends_at == inf else None

    @property
    def is_under_way(self) -> bool:
        """Whether the value is being obtained."""
        return self._flight is not None

    async def get(self) -> T:
        """Return the value; waits only when there is none that still serves.

        Raises what obtaining it raised.
        """
        while True:
            now = self._clock()
            if self._value is not None and now < self._ends_at:
                if now >= self._renew_at:
                    self._renew_at = self._ends_at
                    self._take_off()
                return self._value
            if self._failure is not None and now < self._failure[1]:
                raise _own(self._failure[0])
            flight = await self._next_flight()
            await flight.landed.wait()
            if flight.error is not None:
                raise _own(flight.error)

    def discard_if(self, stale: Callable[[T], bool]) -> bool:
        """Drop the value if it is a stale one, not one that was renewed since; false: it never ends, and there is no other."""
        if self.lasting is not None:
            return False
        if self._value is not None and stale(self._value):
            self._value = None
        return True

    async def _next_flight(self) -> _Flight:
        """Join the flight under way, or start one, at most one a second."""
        while self._flight is None:
            wait = self._landed_at + APART - time.monotonic()
            if wait <= 0:
                break
            await anyio.sleep(wait)
        return self._take_off()

    def _take_off(self) -> _Flight:
        loop = current_token().native_token
        if self._flight is None or self._flight.loop is not loop:
            self._flight = flight = _Flight(loop, anyio.Event())
            self._background.start(lambda: self._fly(flight))
        return self._flight

    async def _fly(self, flight: _Flight) -> None:
        started = self._clock()
        flight.error = ClosedError("The session was closed while a credential was obtained.")
        try:
            lease = await self._obtained()
            self._keep(lease, started)
            flight.error = None
        except OcrError as error:
            flight.error = error
            self._hold(error)
            self._postpone()
        finally:
            self._landed_at = time.monotonic()
            if self._flight is flight:
                self._flight = None
            flight.landed.set()

    async def _obtained(self) -> Lease[T]:
        """Obtain the value; raise nothing but an OcrError."""
        try:
            with anyio.move_on_after(LONGEST):
                return await self._obtain()
        except OcrError:
            raise
        except (Exception, anyio.get_cancelled_exc_class()) as failure:
            if not isinstance(failure, Exception) and is_cancelled():
                raise
            raise unexpected("Obtaining a credential failed", failure) from failure
        raise CredentialsError(
            f"No credential was obtained within {LONGEST:.0f} s: what it comes from does not answer."
        )

    def _hold(self, error: OcrError) -> None:
        """Remember a failure that another request would have too; one that may pass is only waited for."""
        if not error.retryable:
            self._failure = (error, self._clock() + (HOLD_OFF if isinstance(error, AuthError) else APART))

    def _keep(self, lease: Lease[T], started: float) -> None:
        self._value = lease.value
        soonest = self._clock() + APART
        self._ends_at = max(soonest, started + lease.seconds - min(60.0, lease.seconds / 10))
        self._renew_at = max(soonest, started + lease.seconds - min(600.0, lease.seconds / 3))
        self._failure = None

    def _postpone(self) -> None:
        left = self._ends_at - self._clock()
        self._renew_at = self._ends_at - max(0.0, left) * 0.8


def _own(error: OcrError) -> OcrError:
    """Return a copy, as each caller adds to its own which picture it was about."""
    mine = copy(error)
    mine.__cause__ = error.__cause__
    return mine
