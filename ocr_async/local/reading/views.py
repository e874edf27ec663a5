"""The ways in which a picture is seen: every document apart, or all of its text as one page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

if TYPE_CHECKING:
    from ocr_async.local.reading.engine import Engine, Quad
    from ocr_async.local.reading.outlines import Outline
    from ocr_async.local.reading.page import Box, Line, Page
    from ocr_async.local.reading.pictures import Picture
    from ocr_async.local.reading.sides import Pieces
    from ocr_async.model import Corners


@frozen(slots=False)
class Views:
    """A picture file, and what the engine sees in it: decoded and searched once, on first use."""

    engine: Engine
    image: bytes = field(repr=False)

    def apart(self) -> Iterator[Page]:
        """Yield an upright page for each document that can be told apart in the picture."""
        return self.read(self.outlines)

    @cached_property
    def outlines(self) -> list[Outline]:
        """Where the documents lie that can be told apart."""
        from ocr_async.local.reading import contours, outlines  # noqa: PLC0415  heavy

        looking = self.engine.meanwhile(contours.quadrilaterals, self._picture.pixels)
        lines, edged = self._lines, looking.result()
        found = outlines.find(edged, lines, self._partly_edged)
        if not outlines.is_alone(found, edged, lines):
            found = outlines.find(edged, self._closer_lines, self._partly_edged)
        return found

    def _partly_edged(self, lines: Sequence[Quad], known: Sequence[Quad]) -> list[Quad]:
        from ocr_async.local.reading import sides  # noqa: PLC0415  heavy

        return sides.documents(self._edges, lines, known)

    @cached_property
    def _edges(self) -> Pieces:
        from ocr_async.local.reading import sides  # noqa: PLC0415  heavy

        return sides.pieces(self._picture.pixels)

    def cut(self, page: Page, boxes: Iterable[Box]) -> Iterator[Page]:
        """Yield parts of a page, each cut out of the picture anew."""
        for box in boxes:
            yield self.cornered(page.to_picture(box))

    def lying_on(self, page: Page, accept: Callable[[Sequence[Line]], bool]) -> list[Outline]:
        """Return the documents on a page, the upper ones first: what edges surround and `accept` takes by its lines."""
        from ocr_async.local.reading import outlines, quads, sheets  # noqa: PLC0415  heavy

        sheet = outlines.of_corners(page.corners, self._picture.to_file, self._closer_lines)
        boxes = (outlines.of_corners(page.to_picture(line.box), self._picture.to_file, ()) for line in page.lines)
        places = [(line, box.quad.mean(axis=0)) for line, box in zip(page.lines, boxes, strict=True)]

        def accepts(quad: Quad) -> bool:
            return accept([line for line, place in places if quads.contains(quad, place)])

        return sheets.documents_on(sheet, self._picture.pixels, accepts)

    @property
    def on_print(self) -> list[Outline]:
        """Where documents lie on a page of print, by the edges that are left once the print is gone."""
        from ocr_async.local.reading import contours, outlines  # noqa: PLC0415  heavy

        pixels, lines = self._picture.pixels, self._closer_lines
        if len(lines) < outlines.FEWEST_OF_PRINT:
            return []
        return outlines.on_print(contours.quadrilaterals(contours.without_print(pixels)), lines)

    def corners(self, outline: Outline) -> Corners:
        """Return the corners of an outline in the pixels of the file."""
        from ocr_async.local.reading import quads  # noqa: PLC0415  heavy

        return tuple((round(float(x)), round(float(y))) for x, y in quads.mapped(outline.quad, self._picture.to_file))

    def read(self, outlines: Iterable[Outline]) -> Iterator[Page]:
        """Yield an upright page for each outline."""
        from ocr_async.local.reading import upright  # noqa: PLC0415  heavy

        for outline in outlines:
            yield upright.page_of(self.engine, self._picture, outline)

    def cornered(self, corners: Corners) -> Page:
        """Return what has these corners, in the pixels of the file, as a page."""
        from ocr_async.local.reading import outlines, upright  # noqa: PLC0415  heavy

        outline = outlines.of_corners(corners, self._picture.to_file, self._lines)
        return upright.page_of(self.engine, self._picture, outline)

    @cached_property
    def together(self) -> tuple[Page, ...]:
        """All the text of the picture as one page, for a document whose border cannot be seen; none when it has none."""
        from ocr_async.local.reading import candidates, outlines, upright  # noqa: PLC0415  heavy

        if not 0 < self.lines <= candidates.MOST_LINES:
            return ()
        return (upright.page_of(self.engine, self._picture, outlines.around(self._lines)),)

    def whole(self) -> Iterator[Page]:
        """Yield the whole picture as one page, however much text it holds; nothing when it has none."""
        from ocr_async.local.reading import outlines, pictures, upright  # noqa: PLC0415  heavy

        picture, lines = self._picture, self._lines
        if lines:
            small = pictures.are_flat(lines, upright.DETECTION_SIDE / max(picture.width, picture.height))
            side = upright.FINE_DETECTION_SIDE if small else upright.DETECTION_SIDE
            page = upright.page_of(self.engine, picture, outlines.whole(picture.pixels, lines), side=side)
            yield evolve(page, size=(round(picture.width * picture.scale), round(picture.height * picture.scale)))

    @property
    def lines(self) -> int:
        """How many lines of text the picture has."""
        return len(self._lines)

    @cached_property
    def _picture(self) -> Picture:
        from ocr_async.local.reading import pictures  # noqa: PLC0415  heavy

        return pictures.decode(self.image)

    @cached_property
    def _lines(self) -> list[Quad]:
        """Where there is text in the picture, at a size that shows how a document lies and what it holds."""
        from ocr_async.local.reading import pictures  # noqa: PLC0415  heavy

        lines = pictures.text_lines(self.engine, self._picture, pictures.SEARCH_SIDE)
        factor = pictures.SEARCH_SIDE / max(self._picture.width, self._picture.height)
        if pictures.are_flat(lines, factor):
            return self._closer_lines
        return pictures.closed_in(self.engine, self._picture, lines)

    @cached_property
    def _closer_lines(self) -> list[Quad]:
        """Where there is text, also in several documents or in a small one."""
        from ocr_async.local.reading import pictures  # noqa: PLC0415  heavy

        lines = pictures.text_lines(self.engine, self._picture, pictures.CLOSER_SEARCH_SIDE)
        return pictures.closed_in(self.engine, self._picture, lines)
