"""Whether others share a limit: told by refusals that come though no more was sent than before."""

from __future__ import annotations

from attrs import define


@define(kw_only=True)
class Rivals:
    """What refusals say of others. One surprise may be chance; another before a search for more has been refused is of others."""

    wary: int
    """Own searches that must be refused after one surprise before it was chance."""
    lasting: int
    """The same after another one, before the limit counts as not shared."""
    left: int = 0
    """How many of them are still to come."""

    @property
    def are_sure(self) -> bool:
        """Whether it was no chance."""
        return self.left > self.wary

    def surprise(self) -> None:
        """Learn from a refusal where nothing was tried."""
        self.left = self.lasting if self.left else self.wary

    def search_refused(self) -> None:
        """Learn from one where more was tried: that alone explains it."""
        self.left = max(0, self.left - 1)
