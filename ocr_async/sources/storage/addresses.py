"""Addresses of objects: a scheme, a bucket or host, and a key that is taken as it stands."""

from __future__ import annotations


def is_prefix(address: str) -> bool:
    """Tell an address under which many objects are from that of a single one: it ends with a slash, or is a bucket."""
    _, _, key = taken_apart(address)
    return not key or key.endswith("/")


def taken_apart(address: str) -> tuple[str, str, str]:
    """Return scheme, bucket (or host) and key of an address; `a%20b?c` is a key like any other."""
    scheme, _, rest = address.strip().partition("://")
    bucket, _, key = rest.partition("/")
    return scheme.lower(), bucket, key
