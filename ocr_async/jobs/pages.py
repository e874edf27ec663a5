"""What a file turns out to be: a picture, a document of several pages, or nothing to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from attrs import evolve

from ocr_async.errors import SourceError
from ocr_async.fields import ImageLimits
from ocr_async.jobs.entry import Entry, problem_of
from ocr_async.jobs.left_alone import LeftAlone
from ocr_async.jobs.source import Readable
from ocr_async.sources.headers import HeaderError, ReadAt, format_of, read_header
from ocr_async.sources.page_cache import NotCachedError

PICTURES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".tif", ".tiff", ".pdf")
"""What is taken from a folder whatever is in it; of other files there, those that are pictures by their content."""

ONE_PAGE = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib")
"""What holds one page, unless the name is wrong."""


def looked_at(entry: Entry, left: LeftAlone, source: Readable | None = None) -> list[Entry]:
    """Return an entry with its stamp, its pages, or nothing where it was come across and is no picture (blocks).

    Whatever goes wrong is the problem of this entry alone. `source` is its own, or what stands in for it; of what does that, a
    NotCachedError is raised.
    """
    source = source or entry.source
    if entry.problem is not None or source is None:
        return [entry]
    try:
        return list(_looked_at(entry, left, source))
    except NotCachedError:
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, it is about this entry alone
        if entry.found and not _has_picture_name(entry):
            left.add(entry.key, problem_of(error))
            return []
        return [entry.with_problem(problem_of(error))]


def counted(entry: Entry) -> int:
    """Return how many entries one will be, without a look into what is one by its name (blocks)."""
    if _is_one_page(entry) or entry.is_address:
        return 1
    return len(looked_at(entry, LeftAlone()))


def _looked_at(entry: Entry, left: LeftAlone, source: Readable) -> Iterator[Entry]:
    entry = evolve(entry, stamp=source.stamp())
    if entry.is_address or entry.page is not None or (_is_one_page(entry) and source.identity() is not None):
        yield entry
        return
    with source.open() as file:
        format_ = format_of(_reader(file), _size(file), entry.type.limits.formats if entry.type else ())
        reason = _reason_to_leave(entry, format_, file)
        pages = _count(file, format_, entry.key)
    if reason is not None:
        left.add(entry.key, reason)
    elif pages is None:
        yield entry
    else:
        for page in range(1, pages + 1):
            yield evolve(entry, key=f"{entry.key}#page={page}", page=page)


def _count(file: BinaryIO, format_: str | None, name: str) -> int | None:
    """Return the number of pages of a document, None for a picture."""
    if format_ == "PDF":
        from ocr_async.jobs.pdf import count_pages  # noqa: PLC0415  an extra, on first use

        return count_pages(file, name)
    if format_ == "TIFF":
        from ocr_async.jobs.tiff import pages_of  # noqa: PLC0415  on first use

        count = len(pages_of(file, name))
        return count if count > 1 else None
    return None


def drawn(content: bytes, page: int, limits: ImageLimits, name: str) -> bytes:
    """Return a page (from 1) of a document as a picture within the limits (takes long: call it in a thread).

    Raises:
        SourceError: the document or the page cannot be read, or fits the limits at no size.
    """
    format_ = format_of(lambda at, count: content[at : at + count], len(content))
    if format_ == "PDF":
        from ocr_async.jobs.pdf import render  # noqa: PLC0415  an extra, on first use

        return render(content, page, limits, name)
    if format_ == "TIFF":
        from ocr_async.jobs.tiff import extracted  # noqa: PLC0415  an extra, on first use

        return extracted(content, page, limits, name)
    if page != 1:
        raise SourceError(name, f"there is no page {page}, it has 1")
    return content


def _reason_to_leave(entry: Entry, format_: str | None, file: BinaryIO) -> str | None:
    """Say why what was come across in a folder is not to be read, None when it is."""
    if not entry.found or _has_picture_name(entry):
        return None
    if format_ in ("OFD", None) and (entry.type is None or format_ not in entry.type.limits.formats):
        return "an OFD, which the type does not take" if format_ else _described(file)
    return _described(file) if format_ == "BMP" else None  # two letters tell a BMP, as they do many a text


def _described(file: BinaryIO) -> str | None:
    size = _size(file)
    if not size:
        return "empty"
    try:
        read_header(_reader(file), size)
    except HeaderError as error:
        return str(error).removeprefix("it is ")
    return None


def _has_picture_name(entry: Entry) -> bool:
    return (entry.origin or "").lower().endswith(PICTURES)


def _is_one_page(entry: Entry) -> bool:
    return (entry.origin or entry.key).lower().endswith(ONE_PAGE)


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)


def _reader(file: BinaryIO) -> ReadAt:
    def read_at(offset: int, count: int) -> bytes:
        file.seek(offset)
        return file.read(count)

    return read_at
