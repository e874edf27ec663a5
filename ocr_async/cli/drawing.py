"""`recognize --show`: the picture with what was read drawn on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ocr_async.cli import console
from ocr_async.errors import OcrError
from ocr_async.fields import DocumentType, Result

ShowTo = Annotated[
    Path | None,
    typer.Option(
        "--show",
        metavar="FILE",
        help="With --local: write the picture as PNG, with corners, lines and fields drawn on it.",
    ),
]


def draw(kind: DocumentType[Result], source: Path, target: Path) -> None:
    """Read a picture once more and write what was read where.

    Raises OcrError when the picture cannot be read or the file not be written.
    """
    from ocr_async.local.reading.drawing import show  # noqa: PLC0415  the extra `local`
    from ocr_async.local.reading.engine import Engine  # noqa: PLC0415
    from ocr_async.local.recognizer import Refusal  # noqa: PLC0415

    try:
        target.write_bytes(show(Engine(), kind.api, source.read_bytes(), kind.options()))
    except Refusal as refusal:
        raise OcrError(f"{source}: {refusal.code}: {refusal}") from refusal
    except OSError as error:
        raise OcrError(f"{error.filename}: {error.strerror}") from error
    console.note(f"Drawn on {target}")
