"""`ocr-async demo`: the packaged sample pictures, read on this machine."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ocr_async.batch import Item
from ocr_async.cli.connection import Connection
from ocr_async.cli.recognize import AsJson, json_line, recognize_items, run, table
from ocr_async.documents import registry
from ocr_async.fields import DocumentType, Result


def demo(as_json: AsJson = False) -> None:
    """Read the packaged sample pictures on this machine: no account, no network."""
    run(partial(recognize_items, Connection(local=True), samples(), json_line if as_json else table))


def samples() -> list[Item]:
    """Return the sample pictures; the name of each begins with the id of its document type."""
    from ocr_async import local  # noqa: PLC0415  with the command

    pictures = sorted((Path(local.__file__).parent / "samples").iterdir())
    return [Item(path, _type(path.name), path.name) for path in pictures]


def _type(name: str) -> DocumentType[Result]:
    return registry.find(max((api for api in registry.apis() if name.startswith(api)), key=len))()
