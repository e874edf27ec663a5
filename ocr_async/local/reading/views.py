"""The ways in which a picture is seen: every document apart, or all of its text as one page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

if TYPE_CHECKING:
    from ocr_async.local.reading.engine import Engine, Quad
    from ocr_async.local.reading.page import Box, Page
    from ocr_async.local.reading.pictures import Picture


@frozen(slots=False)
class Views:
    """A picture file, and what the engine sees in it: decoded and searched once, on first use."""

    engine: Engine
    image: bytes = field(repr=False)

    def apart(self) -> Iterator[Page]:
        """Yield an upright page for each document that can be told apart in the picture."""
        from ocr_async.local.reading import outlines, upright  # noqa: PLC0415  heavy

        picture, lines = self._seen
        for outline in outlines.find(picture.pixels, lines):
            yield upright.page_of(self.engine, picture, outline)

    def cut(self, page: Page, boxes: Iterable[Box]) -> Iterator[Page]:
        """Yield parts of a page, each cut out of the picture anew."""
        from ocr_async.local.reading import outlines, upright  # noqa: PLC0415  heavy

        picture, lines = self._seen
        for box in boxes:
            outline = outlines.of_corners(page.to_picture(box), picture.to_file, lines)
            yield upright.page_of(self.engine, picture, outline)

    def together(self) -> Iterator[Page]:
        """Yield all the text of the picture as one page: for a document whose border cannot be seen."""
        from ocr_async.local.reading import candidates, outlines, upright  # noqa: PLC0415  heavy

        picture, lines = self._seen
        if 0 < len(lines) <= candidates.MOST_LINES:
            yield upright.page_of(self.engine, picture, outlines.around(lines))

    def whole(self) -> Iterator[Page]:
        """Yield the whole picture as one page, however much text it holds; nothing when it has none."""
        from ocr_async.local.reading import outlines, pictures, upright  # noqa: PLC0415  heavy

        picture, lines = self._seen
        if lines:
            small = pictures.are_flat(lines, upright.DETECTION_SIDE / max(picture.width, picture.height))
            side = upright.FINE_DETECTION_SIDE if small else upright.DETECTION_SIDE
            page = upright.page_of(self.engine, picture, outlines.whole(picture.pixels, lines), side=side)
            yield evolve(page, size=(round(picture.width * picture.scale), round(picture.height * picture.scale)))

    @property
    def lines(self) -> int:
        """How many lines of text the picture has."""
        return len(self._seen[1])

    @cached_property
    def _seen(self) -> tuple[Picture, list[Quad]]:
        """The decoded picture and where it has text."""
        from ocr_async.local.reading import pictures  # noqa: PLC0415  heavy

        picture = pictures.decode(self.image)
        return picture, pictures.text_lines(self.engine, picture)
