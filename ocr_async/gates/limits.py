"""What is said about limits: known ones by the user, and refusals by the service."""

from __future__ import annotations

from typing import TypeAlias

from attrs import field, frozen
from attrs.validators import gt, instance_of, optional


@frozen(repr=False)
class Limits:
    """Limits of an account that are known beforehand; what is left out is found by trying.

    `concurrency` is in calls in flight, `rate` in calls a second, both for one API of one endpoint. They are never exceeded: starts
    are never closer than 1 / `rate`, so that a start that is late is not made good.
    """

    concurrency: int | None = field(default=None, validator=optional((instance_of(int), gt(0))))
    rate: float | None = field(default=None, validator=optional(gt(0)))

    def __repr__(self) -> str:
        facts = {"concurrency": self.concurrency, "rate": self.rate}
        said = ", ".join(f"{name}={value}" for name, value in facts.items() if value is not None)
        return f"Limits({said})"


@frozen
class Concurrency:
    """A refusal because too many calls are in flight (`ModelArts.4401`)."""


@frozen
class Rate:
    """A refusal because calls come too fast (`APIG.0308`, HTTP 429): `limit` calls in `period` seconds, where it says so."""

    limit: int | None = None
    period: float | None = None

    @property
    def announced(self) -> float | None:
        """The announced limit in calls a second; None when the reply did not say one."""
        return self.limit / self.period if self.limit and self.period else None


Refusal: TypeAlias = Concurrency | Rate
"""Why a call was not admitted."""
