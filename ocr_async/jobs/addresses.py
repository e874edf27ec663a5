"""Addresses of pictures: what of them names the picture, and what only lets one fetch it for a while."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import unquote, unquote_plus, urlsplit

from ocr_async.errors import SourceError
from ocr_async.sources.names import is_in_bucket
from ocr_async.sources.url import Url

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

_PORTS = {"http": ":80", "https": ":443"}

_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


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
    """Return an address without what signs it: those parameters, and a user name and password.

    The key of an object in a bucket has none of them, whatever signs it is made of.
    """
    if is_in_bucket(address):
        return address
    head, mark, rest = address.partition("?")
    scheme, separator, place = head.partition("://")
    host, slash, path = place.partition("/")
    head = f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"
    query, _, _ = rest.partition("#")
    parts = query.split("&")
    names = [unquote_plus(part.partition("=")[0]).lower() for part in parts]
    kept = [part for part, name in zip(parts, names, strict=True) if part and not _signs(name, names)]
    return f"{head}?{'&'.join(kept)}" if mark and kept else head


def normal(address: str) -> str:
    """Return the one spelling of all that lead to the same place (RFC 3986, 6.2), without what signs it and the fragment.

    Of an object in a bucket only the scheme has spellings. What is no address of the web is returned as it is.
    """
    address = without_signature(address)
    if is_in_bucket(address):
        scheme, separator, rest = address.strip().partition("://")
        return f"{scheme.lower()}{separator}{rest}"
    with suppress(SourceError):
        scheme, host, path, query, _ = urlsplit(Url(address).address)
        host = host.lower().removesuffix(_PORTS[scheme]).removesuffix(":")
        return f"{scheme}://{host}{_without_dots(_decoded(path))}{'?' if query else ''}{_decoded(query)}"
    return address


def _decoded(part: str) -> str:
    """Decode what need not be encoded; what has to be is written in capitals."""
    if "%" not in part:
        return part
    return _ENCODED.sub(
        lambda found: sign if _UNRESERVED.fullmatch(sign := unquote(found[0])) else found[0].upper(), part
    )


def _without_dots(path: str) -> str:
    """Resolve `.` and `..` as browsers do before they ask."""
    if "/." not in path:
        return path or "/"
    names: list[str] = []
    steps = path.split("/")[1:]
    for step in steps:
        if step == "..":
            names[-1:] = []
        elif step != ".":
            names.append(step)
    return "/".join(["", *names, *([""] if steps[-1] in (".", "..") else [])])


def _signs(name: str, names: list[str]) -> bool:
    if name in _IDENTITY or (name in _AZURE and "sig" not in names):
        return False
    return name in _SIGNING or name.startswith(_SIGNING_PREFIXES)
