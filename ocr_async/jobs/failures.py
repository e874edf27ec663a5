"""Words for what items failed with: the service's codes, and the kinds of errors, as `retry` takes them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from ocr_async import errors

_CODE = re.compile(r"[a-z]+(\.[a-z0-9]+)+", re.IGNORECASE)
"""How codes look; not every one is documented."""

TIMEOUT = "timeout"


def words(retry: str | Iterable[str]) -> frozenset[str]:
    """Return the words for failures in lower case; a text may hold several between commas.

    Raises:
        ValueError: one is no code and no kind of error.
    """
    texts = [retry] if isinstance(retry, str) else retry
    found = [word.strip() for text in texts for word in text.split(",")]
    for word in found:
        if not _CODE.fullmatch(word) and word.lower() not in _kinds():
            raise ValueError(f"{word!r} is no code and no kind of error, such as AIS.0104 or timeout")
    return frozenset(word.lower() for word in found)


def matches(retry: frozenset[str], code: str | None, kind: str | None) -> bool:
    """Tell whether a failure is one of those that are meant."""
    name = (kind or "").lower()
    said = {(code or "").lower(), name, name.removesuffix("error")}
    return bool(retry & (said | ({TIMEOUT} if name == "deadlineerror" else set())))


@cache
def _kinds() -> frozenset[str]:
    known = {name.lower() for name, kind in vars(errors).items() if isinstance(kind, type) and _is_error(kind)}
    return frozenset(known | {name.removesuffix("error") for name in known} | {TIMEOUT})


def _is_error(kind: type) -> bool:
    return issubclass(kind, errors.OcrError)
