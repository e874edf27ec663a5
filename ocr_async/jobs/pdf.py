"""The pages of PDF files as pictures, one at a time.

PDFium is not safe to use from several threads, so a lock lets one page through at a time.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO

from ocr_async.errors import JobError, SourceError
from ocr_async.fields import ImageLimits
from ocr_async.jobs.drawing import encoded

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

DOTS_PER_INCH = 200
"""Enough for the small print of tickets and invoices; a page is made smaller where the limits ask for it."""

POINTS_PER_INCH = 72
_LOCK = Lock()


def count_pages(file: str | BinaryIO, name: str | None = None) -> int:
    """Return the number of pages of a PDF file.

    Raises:
        SourceError: the file cannot be read, is no PDF, asks for a password, or has no page.
    """
    with _opened(file, name or str(file)) as document:
        count = len(document)
    if not count:
        raise SourceError(name or str(file), "the PDF file has no page")
    return count


def render(source: str | bytes, page: int, limits: ImageLimits, name: str | None = None) -> bytes:
    """Return a page (from 1) as a JPEG picture within the limits (takes 20 to 300 ms: call it in a thread).

    Raises:
        SourceError: the file or the page cannot be read, or fits the limits at no size.
    """
    path = name or (source if isinstance(source, str) else "PDF")
    with _opened(source, path) as document:
        if not 1 <= page <= len(document):
            raise SourceError(path, f"there is no page {page}, it has {len(document)}")
        sheet: Any = document[page - 1]
        picture = sheet.render(scale=_scale(sheet.get_size(), limits)).to_pil().convert("RGB")
    return encoded(picture, limits, f"{path} page {page}")


def _scale(size: tuple[float, float], limits: ImageLimits) -> float:
    """Return pixels a point: the usual resolution, unless a side would get too short or too long."""
    short, long = sorted(size)
    wanted = max(DOTS_PER_INCH / POINTS_PER_INCH, (limits.min_side + 1) / short)
    return min(wanted, (limits.max_side - 1) / long)


@contextmanager
def _opened(source: str | bytes | BinaryIO, path: str) -> Generator[PdfDocument]:
    try:
        import pypdfium2  # noqa: PLC0415  an extra, and heavy
    except ImportError as error:
        raise JobError("PDF files need an extra: pip install 'ocr-async[pdf]'") from error
    with _LOCK:
        try:
            document = pypdfium2.PdfDocument(source)
        except pypdfium2.PdfiumError as error:
            raise SourceError(path, _advice(str(error))) from error
        except OSError as error:
            raise SourceError(path, error.strerror or str(error)) from error
        try:
            yield document
        except pypdfium2.PdfiumError as error:
            raise SourceError(path, f"a page cannot be drawn: {error}") from error
        finally:
            document.close()


def _advice(said: str) -> str:
    if "password" in said.lower():
        return "the PDF file asks for a password; save it without one"
    return "the PDF file cannot be read; it may be damaged"
