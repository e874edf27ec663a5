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

    def _repr_html_(self) -> str:
        """Show the picture and the fields in a notebook."""
        from ocr_async.batch import notebook  # noqa: PLC0415  only notebooks need it

        return notebook.done(self)


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

    def _repr_html_(self) -> str:
        """Show the picture and what is wrong in a notebook."""
        from ocr_async.batch import notebook  # noqa: PLC0415  only notebooks need it

        return notebook.failed(self)


class Outcomes(list["Done[R] | Failed"], Generic[R]):
    """A list of outcomes that a notebook shows as a table with their pictures: `Outcomes(read_results(path))`."""

    def _repr_html_(self) -> str:
        """Show the first of them as a table."""
        from ocr_async.batch import notebook  # noqa: PLC0415  only notebooks need it

        return notebook.outcomes(self)


Outcome: TypeAlias = "Done[R] | Failed"
