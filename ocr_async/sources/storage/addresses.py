"""Addresses of objects: a scheme, a bucket or host, and a key, which is taken as it stands, or of the web decoded."""

from __future__ import annotations

from urllib.parse import quote, unquote

from ocr_async.sources.names import is_on_web


def is_prefix(address: str) -> bool:
    """Tell an address under which many objects are from that of a single one: it ends with a slash, or is a bucket."""
    _, _, key = taken_apart(address)
    return not key or key.endswith("/")


def taken_apart(address: str) -> tuple[str, str, str]:
    """Return scheme, bucket (or host, and a query) and key; in a bucket `a%20b?c` is a key like any other."""
    scheme, _, rest = address.strip().partition("://")
    if not is_on_web(address):
        bucket, _, key = rest.partition("/")
        return scheme.lower(), bucket, key
    place, mark, query = rest.partition("#")[0].partition("?")
    host, _, path = place.partition("/")
    return scheme.lower(), host + (mark + query if query else ""), unquote(path)


def joined(scheme: str, bucket: str, key: str) -> str:
    """Return the address that is taken apart so."""
    if not is_on_web(f"{scheme}://"):
        return f"{scheme}://{bucket}/{key}"
    host, mark, query = bucket.partition("?")
    return f"{scheme}://{host}/{quote(key)}{mark}{query}"
