"""Addresses of objects: a scheme, a bucket or host, and a key, which is taken as it stands, or of the web decoded."""

from __future__ import annotations

from urllib.parse import quote, unquote

from ocr_async.sources.names import WEB


def is_prefix(address: str) -> bool:
    """Tell an address under which many objects are from that of a single one: it ends with a slash, or is a bucket."""
    _, _, key = taken_apart(address)
    return not key or key.endswith("/")


def taken_apart(address: str) -> tuple[str, str, str]:
    """Return scheme, bucket (or host, and a query) and key; in a bucket `a%20b?c` is a key like any other."""
    scheme, _, rest = address.strip().partition("://")
    if not is_of_web(address):
        bucket, _, key = rest.partition("/")
        return scheme.lower(), bucket, key
    place, mark, query = rest.partition("#")[0].partition("?")
    host, _, path = place.partition("/")
    return scheme.lower(), host + (mark + query if query else ""), unquote(path)


def joined(root: str, key: str) -> str:
    """Return the address of a key under a scheme and bucket, or host."""
    return f"{root}/{quote(key) if is_of_web(root) else key}"


def is_of_web(address: str) -> bool:
    """Tell whether an address is one of HTTP, whose signs may be encoded and which may have a query."""
    return address[:64].lstrip().lower().startswith(WEB)
