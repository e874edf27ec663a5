"""Refusals that come at random and have nothing to do with how much is sent: giving way to them would end at nothing."""

from __future__ import annotations

from attrs import define

QUIET = 200
"""Admitted calls without a refusal after which a new trial begins."""

ENOUGH = 8
"""Refusals before a trial is judged."""

APART = 4
"""Calls between refusals that count apart: a limit refuses in rows."""

FALLEN = 0.4
"""Share of what was sent when a trial began at which it is judged: who shares a limit gives up half of it and no more."""

TOLERANCE = 5.0
"""Refusals above the usual that still count as noise."""


@define
class Noise:
    """Tells refusals that mean a limit from those that come whatever is sent.

    A limit stops refusing once less is sent. When less and less was sent, and the same small share is still refused, that
    share is noise; from then on only far more refusals than that mean a limit, until they cease.
    """

    share: float = 0.0
    _excess: float = 0.0
    _last: int = 0
    _begun: int = 0
    _refusals: int = 0
    _level: float = 0.0

    def explains(self, admitted: int, level: float, *, probing: bool) -> bool:
        """Whether the present refusal is noise; `admitted` counts calls so far, `level` is how much is sent now.

        While probing refusals are to be expected: they are no sign of noise.
        """
        if probing and not self.share:
            return False
        since, self._last = admitted - self._last, admitted
        self._excess = max(0.0, self._excess - 2 * self.share * since) + 1
        if since > QUIET and since * self.share > ENOUGH:
            self.share = 0.0
        if since > QUIET or not self._refusals:
            self._begun, self._refusals, self._level = admitted, 0, level
        self._refusals += since >= APART or self._refusals == 0
        if level < FALLEN * self._level and self._refusals >= ENOUGH:
            self._judge(admitted)
        return self.share > 0 and self._excess <= TOLERANCE

    def _judge(self, admitted: int) -> None:
        share = self._refusals / (admitted - self._begun + self._refusals)
        if 0.02 < share < 0.1:
            self.share = share
            self._excess = 1.0
        self._refusals = 0
