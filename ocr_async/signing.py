"""AK/SK request signing, SDK-HMAC-SHA256.

Source: the public signing guide of the API gateway. The canonical request is the method, the path, the query, the
signed headers, their names and the hex SHA-256 of the body, each on a line of its own; the signature is an
HMAC-SHA256 of its digest under the secret key, with no key derivation.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Self
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from attrs import frozen

ALGORITHM = "SDK-HMAC-SHA256"
DATE_HEADER = "X-Sdk-Date"
DATE_FORMAT = "%Y%m%dT%H%M%SZ"


def signed_headers(  # noqa: PLR0913  what a signature covers
    method: str, url: str, headers: Mapping[str, str], body_sha256: str, *, access_key: str, secret_key: str, date: str
) -> dict[str, str]:
    """Return `headers` with Host, X-Sdk-Date and Authorization added; every header given is signed.

    `date` is UTC as YYYYMMDDTHHMMSSZ; the gateway accepts 15 minutes of difference.
    """
    result = {**headers, "Host": urlsplit(url).netloc, DATE_HEADER: date}
    return result | {
        "Authorization": Covered.by(method, url, result).authorization(body_sha256, access_key, secret_key)
    }


@frozen
class Covered:
    """What a signature covers but for the body, which requests of one moment have in common."""

    date: str
    names: str
    """Of the signed headers."""
    start: str
    """The canonical request up to the SHA-256 of the body, with which it ends."""

    @classmethod
    def by(cls, method: str, url: str, headers: Mapping[str, str]) -> Self:
        """Cover all headers of a request, its date among them, but for those with a name that gateways do not pass on."""
        split = urlsplit(url)
        query = parse_qsl(split.query, keep_blank_values=True) if split.query else ()
        signed = {name.lower(): value.strip() for name, value in headers.items() if "_" not in name}
        start = canonical_request(method, split.path, query, signed, "")
        return cls(headers[DATE_HEADER], ";".join(sorted(signed)), start)

    def authorization(self, body_sha256: str, access_key: str, secret_key: str) -> str:
        """Return the header that signs a request with this body."""
        signed = signature(self.start + body_sha256, self.date, secret_key)
        return f"{ALGORITHM} Access={access_key}, SignedHeaders={self.names}, Signature={signed}"


def canonical_request(
    method: str, path: str, query: Iterable[tuple[str, str]], headers: Mapping[str, str], body_sha256: str
) -> str:
    """Return the text whose digest is signed; `headers` are the signed ones, lower case and trimmed."""
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    return "\n".join((method.upper(), _uri(path), _query(query), lines, ";".join(names), body_sha256))


def signature(canonical: str, date: str, secret_key: str) -> str:
    """Return the lower-case hex signature of a canonical request."""
    digest = sha256(canonical.encode()).hexdigest()
    to_sign = f"{ALGORITHM}\n{date}\n{digest}"
    return hmac.digest(secret_key.encode(), to_sign.encode(), "sha256").hex()


@lru_cache(maxsize=256)
def _uri(path: str) -> str:
    encoded = "/".join(_encode(unquote(segment)) for segment in path.split("/"))
    return encoded if encoded.endswith("/") else encoded + "/"


def _query(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(pairs))


def _encode(text: str) -> str:
    return quote(text, safe="~")
