"""What a job is given, checked before anything is opened."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ocr_async.batch import Item
from ocr_async.settings import check_number, checked_seconds


def check_items(items: object) -> None:
    """Raise TypeError for what names no items, such as the bytes of a picture, whose numbers would be taken for some."""
    kind, is_picture = type(items), isinstance(items, bytes | bytearray | memoryview)
    if is_picture or not (isinstance(items, str | os.PathLike | Item) or hasattr(items, "__iter__")):
        raise TypeError(f"items is of {kind}: pass a path, an address, an Item, or an iterable of them")


def check_settings(
    unknown: str, whether: Mapping[str, object], most: Mapping[str, object], timeout: float | None
) -> None:
    """Refuse what cannot be meant: `whether` are true or false, `most` whole numbers, or each None.

    Raises:
        ValueError: a number is out of its range, or a word none of those that are known.
        TypeError: something is of another type.
    """
    if unknown not in {"hold", "retry"}:
        raise ValueError(f"unknown={unknown!r} is neither 'hold' nor 'retry'")
    for name, value in whether.items():
        if value is not None and not isinstance(value, bool):  # "no" would be true, and sends nobody wants are billed
            raise TypeError(f"{name} is of {type(value)}, neither True nor False.")
    for name, number in most.items():
        if number is not None:
            check_number(name, number, int, least=1 if name == "concurrency" else 0)
    checked_seconds("timeout", timeout)


def check_hooks(**hooks: object) -> None:
    """Raise TypeError for what is given to be called and cannot be."""
    for name, hook in hooks.items():
        if hook is not None and not callable(hook):
            raise TypeError(f"{name} is of {type(hook)}, which cannot be called.")
