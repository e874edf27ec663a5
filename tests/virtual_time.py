"""An event loop whose time passes at once when there is nothing to do but wait, and gates that keep to it."""

from __future__ import annotations

import asyncio
import selectors

from ocr_async.gates import Gate
from ocr_async.loops import now


class _Selector(selectors.DefaultSelector):
    now = 0.0

    def select(self, timeout=None):
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            return super().select()
        self.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Nothing here may wait for a thread or a socket with a timeout: that would seem to take forever."""

    def __init__(self):
        self.virtual = _Selector()
        super().__init__(self.virtual)

    def time(self):
        return self.virtual.now


class VirtualGates:
    """Gives a session gates on the time of the loop; `limits` by API, None for those that are to be found out."""

    def __init__(self, **limits):
        self.limits = limits

    def gate(self, endpoint, api):
        return Gate(self.limits.get(api.replace("-", "_")), clock=now)


def run(main):
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
