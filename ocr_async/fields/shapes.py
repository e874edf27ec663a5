"""What the results of many APIs are made of: corner points, blocks of text, cells and tables, pairs of key and value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import hypot
from typing import TYPE_CHECKING, Annotated, TypeAlias

from ocr_async.fields.base import Fields, document
from ocr_async.model import Point

if TYPE_CHECKING:
    import pandas as pd


class Count(int):
    """A number that some replies write as text."""

    __slots__ = ()


class Quad(tuple[Point, ...]):
    """Corner points in pixels of the picture, as the service lists them: four, from the start of the text clockwise."""

    __slots__ = ()

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The smallest upright box around the corners: left, top, right, bottom."""
        across, down = [x for x, _ in self], [y for _, y in self]
        return min(across), min(down), max(across), max(down)

    @property
    def center(self) -> tuple[float, float]:
        """The mean of the corners."""
        return sum(x for x, _ in self) / len(self), sum(y for _, y in self) / len(self)


Places: TypeAlias = Mapping[str, Quad]
"""Where each field stands in the picture."""


@document
class TextBlock(Fields):
    """A piece of text."""

    words: str | None = None


@document
class PlacedBlock(TextBlock):
    """A piece of text and its corners."""

    location: Quad | None = None


@document
class Word(PlacedBlock):
    """A piece of text, its corners, and how sure the service is of it, 0 to 1."""

    confidence: float | None = None


@document
class Character(Fields):
    """One character of a line."""

    char: str | None = None
    char_location: Quad | None = None
    char_confidence: float | None = None


@document
class Line(Word):
    """A line of text, with its characters where they were asked for."""

    char_list: tuple[Character, ...] | None = None


@document
class Words(Fields):
    """A reply, or a part of one, that is text."""

    words_block_count: int | None = None
    words_block_list: Annotated[tuple[Word, ...] | None, "The blocks, left to right and top to bottom."] = None

    @property
    def text(self) -> str:
        """All text in reading order: blocks beside each other on one line, with a space between them."""
        return reading_order(self.words_block_list or ())

    def typed_values(self) -> dict[str, object]:
        """Return what was found as table cells: the blocks as one text."""
        return super().typed_values() | ({"text": self.text} if self.words_block_list else {})


@document
class Cell(TextBlock):
    """A cell of a table, and the rows and columns that it covers, counted from 0."""

    rows: tuple[int, ...] | None = None
    columns: tuple[int, ...] | None = None

    @property
    def text(self) -> str:
        """The text of the cell."""
        return self.words or ""


@document
class Table(Fields):
    """What has cells: a table, or a region of text that is none."""

    words_block_list: tuple[Cell, ...] | None = None

    @property
    def text(self) -> str:
        """The rows as lines, with a tab between columns; of a region that is no table, the texts as lines."""
        lines = ["\t".join(row) for row in self.rows()]
        return "\n".join(
            [*lines, *(cell.text for cell in self.words_block_list or () if not (cell.rows and cell.columns))]
        )

    def rows(self) -> list[list[str]]:
        """Return the table as rows of texts; a cell over several rows or columns stands in the first of each."""
        cells = [cell for cell in self.words_block_list or () if cell.rows and cell.columns]
        return grid((min(cell.rows or ()), min(cell.columns or ()), cell.text) for cell in cells)

    def to_pandas(self) -> pd.DataFrame:
        """Return the table as a DataFrame of texts, without a heading; needs pandas."""
        from pandas import DataFrame  # noqa: PLC0415  only who asks needs it

        return DataFrame(self.rows())


@document
class Alarms(Fields):
    """What is wrong with the picture of a card; True is an alarm, of the border as well."""

    detect_blocking_within_border_result: Annotated[bool | None, "Whether something covers the card."] = None
    detect_border_integrity_result: Annotated[bool | None, "Whether a part of the card is missing."] = None


@document
class AlarmScores(Fields):
    """How sure the service is of each alarm."""

    blocking_within_border_score: int | None = None
    border_integrity_score: int | None = None


@document
class CardAlarms(Alarms):
    """What else is wrong with the picture of a card."""

    detect_blur_result: bool | None = None
    detect_glare_result: bool | None = None
    detect_reproduce_result: Annotated[bool | None, "Whether it is the picture of a picture."] = None


@document
class CardAlarmScores(AlarmScores):
    """How sure the service is of these."""

    blur_score: int | None = None
    glare_score: int | None = None
    reproduce_score: int | None = None


@document
class ImageSize(Fields):
    """The size of a picture in pixels."""

    height: int | None = None
    width: int | None = None


class KeyValues(Fields, Mapping[str, str]):
    """What reads as a mapping of key to value; of a key that comes twice, the first value."""

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield every key with its value, in the order of the reply."""
        raise NotImplementedError

    def __getitem__(self, key: str) -> str:
        for name, value in self.pairs():
            if name == key:
                return value
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self.pairs()))

    def __len__(self) -> int:
        return len(dict(self.pairs()))


def grid(cells: Iterable[tuple[int, int, str]]) -> list[list[str]]:
    """Put texts at their row and column; as many rows and columns as they need, never more than there are texts."""
    placed = list(cells)
    down = {row: place for place, row in enumerate(sorted({row for row, _, _ in placed}))}
    across = {column: place for place, column in enumerate(sorted({column for _, column, _ in placed}))}
    table = [[""] * len(across) for _ in down]
    for row, column, text in placed:
        table[down[row]][across[column]] += text
    return table


def reading_order(blocks: Sequence[PlacedBlock]) -> str:
    """Join texts: a block that stands beside the one before it, seen along the line of text, goes on its line."""
    parts: list[str] = []
    before: Quad | None = None
    for block in blocks:
        if parts:
            parts.append(" " if _is_beside(before, block.location) else "\n")
        parts.append(block.words or "")
        before = block.location
    return "".join(parts)


def _is_beside(one: Quad | None, other: Quad | None) -> bool:
    """Say whether two blocks overlap by half of their height, measured across the direction of the first one's text."""
    if one is None or other is None or len(one) != 4:
        return False
    down_x, down_y = one[3][0] - one[0][0], one[3][1] - one[0][1]
    height = hypot(down_x, down_y)
    (x, y), (other_x, other_y) = one.center, other.center
    return height > 0 and abs((other_x - x) * down_x + (other_y - y) * down_y) < height * height / 2
