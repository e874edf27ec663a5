"""A body that is to be JSON: read as forgivingly as other clients do, because it was billed all the same."""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

    from ocr_async.model import Json

_PADDING = "\ufeff\0 \t\r\n"
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE | re.ASCII)
_LONGEST_LITERAL = 10


class NoJsonError(ValueError):
    """What came is no JSON. `is_whole` is true where it was not cut short on its way: another one would be no better."""

    def __init__(self, *, is_whole: bool) -> None:
        super().__init__("no JSON")
        self.is_whole = is_whole


def loads(reply: httpx.Response) -> Json:
    """Return what the body of a reply says, in UTF-8, UTF-16, UTF-32 or the charset of its type, with what strict JSON does not allow.

    Numbers that are none (NaN, infinite) are null, halves of characters become U+FFFD. Raises NoJsonError.
    """
    import orjson  # noqa: PLC0415  loads with the first reply

    value: Json
    try:
        value = orjson.loads(reply.content)
    except orjson.JSONDecodeError:
        value = _lenient(_text(reply).strip(_PADDING))
    return value


def _text(reply: httpx.Response) -> str:
    body = reply.content
    try:
        return body.decode(json.detect_encoding(body), "surrogatepass")
    except UnicodeDecodeError as error:
        charset = _CHARSET.search(reply.headers.get("content-type", ""))
        try:
            return body.decode(charset[1] if charset else "")
        except (LookupError, ValueError):
            raise NoJsonError(is_whole=body[:1] in (b"{", b"[") and error.end < len(body)) from None


def _lenient(text: str) -> Json:
    try:
        written = json.dumps(_DECODER.decode(text), ensure_ascii=False)
    except RecursionError:
        raise NoJsonError(is_whole=True) from None
    except json.JSONDecodeError as error:
        is_at_end = len(text) - error.pos <= _LONGEST_LITERAL or error.msg.startswith("Unterminated")
        is_cut = is_at_end and not error.msg.startswith("Extra data")
        raise NoJsonError(is_whole=text.startswith(("{", "[")) and not is_cut) from None
    value: Json = json.loads(written.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
    return value


def _number(digits: str) -> int | float | None:
    if digits.lstrip("-").isdigit() and len(digits) < 20:
        return int(digits)
    number = float(digits)
    return number if isfinite(number) else None


_DECODER = json.JSONDecoder(strict=False, parse_int=_number, parse_float=_number, parse_constant=lambda _: None)
