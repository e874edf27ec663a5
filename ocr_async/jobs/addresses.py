"""Addresses of pictures: what of them names the picture, and what only lets one fetch it for a while."""

from __future__ import annotations

from urllib.parse import unquote, unquote_plus

_SIGNING_PREFIXES = (
    "x-amz-",
    "x-obs-",
    "x-oss-",
    "x-goog-",
    "x-cos-",
    "q-sign-",
    "q-ak",
    "q-key-",
    "q-header-",
    "q-url-param-",
)
_SIGNING = frozenset(
    (
        "signature",
        "expires",
        "accesskeyid",
        "awsaccesskeyid",
        "ossaccesskeyid",
        "googleaccessid",
        "key-pair-id",
        "policy",
        "sig",
        "se",
        "sp",
        "sv",
        "sr",
        "st",
        "spr",
        "ske",
        "skoid",
        "sks",
        "skt",
        "sktid",
        "skv",
        "token",
        "access_token",
        "security-token",
        "securitytoken",
        "x-security-token",
        "q-signature",
        "hdnea",
        "hdnts",
    )
)
"""Query parameters that sign an address at S3, OBS, OSS, COS, Google and Azure, in lower case."""

_IDENTITY = frozenset(("x-image-process", "x-oss-process", "x-amz-version-id"))
"""Parameters that are named like them and choose what comes."""

_AZURE = frozenset(("se", "sp", "sv", "sr", "st", "spr"))
"""Short names that sign only beside `sig`."""


def is_address(source: str) -> bool:
    """Tell an address from a path."""
    scheme, separator, _ = source.partition("://")
    return bool(separator) and scheme.isalnum() and scheme.lower() != "file"


def path_of(source: str) -> str:
    """Return the path that a file:// address stands for, anything else as it is."""
    if source[:7].lower() != "file://":
        return source
    host, slash, path = source[7:].partition("/")
    return (
        unquote(slash + path.partition("?")[0].partition("#")[0], errors="surrogateescape")
        if host in ("", "localhost")
        else source
    )


def without_signature(address: str) -> str:
    """Return an address without what signs it: those parameters, and a user name and password."""
    head, mark, rest = address.partition("?")
    scheme, separator, place = head.partition("://")
    host, slash, path = place.partition("/")
    head = f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"
    query, _, _ = rest.partition("#")
    parts = query.split("&")
    names = [unquote_plus(part.partition("=")[0]).lower() for part in parts]
    kept = [part for part, name in zip(parts, names, strict=True) if part and not _signs(name, names)]
    return f"{head}?{'&'.join(kept)}" if mark and kept else head


def _signs(name: str, names: list[str]) -> bool:
    if name in _IDENTITY or (name in _AZURE and "sig" not in names):
        return False
    return name in _SIGNING or name.startswith(_SIGNING_PREFIXES)
