"""Keeps the repeats of one endpoint in proportion to its successes, so that an outage is not made worse."""

from __future__ import annotations

from attrs import define

MOST = 400.0
"""Repeats that an endpoint may have ahead of its successes.

With 100 of them a hundred calls that meet three faults each could not end well.
"""


@define
class Budget:
    """Repeats that are left; each success earns a `share` of one."""

    share: float
    left: float = MOST

    def earn(self) -> None:
        """Count a success."""
        self.left = min(MOST, self.left + self.share)

    def spend(self) -> bool:
        """Take one repeat, if there is one."""
        if self.left < 1:
            return False
        self.left -= 1
        return True
