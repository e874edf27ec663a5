"""Names of sources to be shown: short, printable, and never the picture itself or what gives access to it."""

from __future__ import annotations

import re
from urllib.parse import unquote

LONGEST = 150
"""The most characters of what was given that a name repeats."""

LONGEST_PATH = 4096
"""No path is longer on any system."""

WEB = ("http://", "https://")
"""What begins so is downloaded by the service, unless it is a `Stored`."""

BUCKETS = ("s3://", "s3a://", "gs://", "az://", "abfs://", "abfss://", "obs://")
"""What begins so is in a bucket and read from here, unless it is a `Url`."""

_LONGEST_WORD = 255
_BASE64 = re.compile(r"[A-Za-z0-9+/_\s-]+(=\s*){0,2}")
_BASE64_STARTS = ("/9j/", "iVBORw0KGgo", "Qk", "SUkq", "TU0A", "JVBERi0", "UEsDB", "R0lGOD", "UklGR")


def is_address(text: str) -> bool:
    """Tell whether a text is the address of a picture on the web or in a bucket."""
    return _begins(text, WEB + BUCKETS)


def is_on_web(text: str) -> bool:
    """Tell whether a text is the address of a picture on the web."""
    return _begins(text, WEB)


def is_in_bucket(text: str) -> bool:
    """Tell whether a text is the address of an object in a bucket."""
    return _begins(text, BUCKETS)


def is_file_url(text: str) -> bool:
    """Tell whether a text is a `file://` address, and thus a path."""
    return _begins(text, ("file://",))


def is_data_url(text: str) -> bool:
    """Tell whether a text is a `data:` URL, and thus the picture itself."""
    return _begins(text, ("data:",))


def _begins(text: str, signs: tuple[str, ...]) -> bool:
    return ":" in text and text[:64].lstrip().lower().startswith(signs)


def file_url_path(text: str) -> str:
    """Return the path that a `file://` address of this machine stands for; that of another machine stays as it is."""
    host, slash, path = text.strip()[7:].partition("/")
    if host.lower() not in ("", "localhost"):
        return text
    return unquote(slash + re.split(r"[?#]", path, maxsplit=1)[0], errors="surrogateescape")


def is_base64(text: str) -> bool:
    """Tell whether a text is most likely the base64 of a picture, which nobody wants to see as a file's name."""
    if len(text) > LONGEST_PATH:
        return True
    if "." in text:
        return False
    starts_so = text[:256].lstrip().startswith(_BASE64_STARTS) and len(text) >= 64
    is_word = len(text) > _LONGEST_WORD and " " not in text
    return (starts_so or is_word) and _BASE64.fullmatch(text) is not None


def shown(text: str) -> str:
    """Return a text printable and short: what cannot be printed is escaped, the middle of a long one left out."""
    if len(text) > LONGEST:
        half = LONGEST // 2
        text = f"{text[:half]}…{text[-half:]}"
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def text_name(text: str) -> str:
    """Return the name of a source that was given as a text."""
    if is_address(text):
        return address_name(text.strip())
    if is_data_url(text):
        return f"<data URL of {len(text):,} characters>"
    if is_base64(text):
        return f"<text of {len(text):,} characters>"
    return shown(text) or "<empty path>"


def address_name(address: str) -> str:
    """Return the name of an address."""
    return shown(public_part(address))


def public_part(address: str) -> str:
    """Return an address without user, query and fragment: they may hold a password or a signature.

    The key of an object in a bucket has none of them, whatever signs it is made of.
    """
    if is_in_bucket(address):
        return address
    scheme, _, rest = address.partition("://")
    place, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    return f"{scheme}://{place.rpartition('@')[2]}{slash}{path}"
