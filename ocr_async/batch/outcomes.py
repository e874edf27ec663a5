"""What comes out of a run: one outcome for each item."""

from __future__ import annotations

from typing import Generic, TypeAlias, TypeVar

from attrs import field, frozen

from ocr_async.errors import OcrError
from ocr_async.fields import Result

R = TypeVar("R", bound=Result, covariant=True)


@frozen
class Done(Generic[R]):
    """An item that was recognized. `seconds` covers its whole call, waiting included."""

    key: str
    index: int
    source: object = field(repr=False)
    result: R = field(repr=False)
    attempts: int = 1
    seconds: float = 0.0
    endpoint: str = ""
    corrected: tuple[str, ...] = ()
    """The fields that a reviewer corrected, in a result that was read back from a job."""


@frozen
class Failed:
    """An item that was not recognized. `attempts` is 0 when nothing was sent for it."""

    key: str
    index: int
    source: object = field(repr=False)
    error: OcrError
    attempts: int = 0
    seconds: float = 0.0
    endpoint: str | None = None

    @property
    def sent(self) -> bool:
        """Whether anything was sent for this item."""
        return self.attempts > 0


Outcome: TypeAlias = "Done[R] | Failed"
