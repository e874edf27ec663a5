"""One boundary around what users bring: whatever it raises is a SourceError."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from io import UnsupportedOperation

from ocr_async.errors import SourceError
from ocr_async.sources.names import shown


@contextmanager
def explained(name: str) -> Generator[None, None, None]:
    """Turn any error of the block into a SourceError; not for a block that awaits, whose cancellation must pass."""
    try:
        yield
    except SourceError:
        raise
    except BaseException as error:
        raise refusal(name, error) from error


def refusal(name: str, error: BaseException) -> SourceError:
    """Return the SourceError for an error that reading this source raised."""
    return SourceError(name, f"cannot be read: {_described(error)}")


def _described(error: BaseException) -> str:
    try:
        text = getattr(error, "strerror", None) or str(error)
    except Exception:  # noqa: BLE001  an error whose text fails too
        text = ""
    if isinstance(error, UnsupportedOperation):  # its text is no more than the name of the method
        return "it is not open for reading"
    return shown(str(text)) or type(error).__name__
