"""Who is calling: the check of an IAM token or of an AK/SK signature, with the lock on failing keys."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import parse_qsl

from attrs import field, frozen
from starlette.requests import Request

from ocr_async import signing
from ocr_async.local.service.accounts import Account
from ocr_async.local.service.bodies import sha256_hex
from ocr_async.local.service.credentials import Credentials, Key, Token
from ocr_async.local.service.lockout import Lockout
from ocr_async.local.service.replies import Refused

MOST_SKEW = 15 * 60
UNSIGNED = "UNSIGNED-PAYLOAD"
UNVERIFIED = "verify aksk signature fail"
LOCKED = "AK access failed to reach the limit"
AUTHORIZATION = re.compile(
    signing.ALGORITHM
    + r" +Access=(?P<ak>[^,\s]+), *SignedHeaders=(?P<names>[^,\s]+), *Signature=(?P<signature>[0-9a-f]{64})"
)


@frozen
class Signature:
    """What a signed call says: its key, the headers that are signed, and the signature itself."""

    key: Key
    headers: dict[str, str] = field(repr=False)
    text: str = field(repr=False)


@frozen
class Claim:
    """Who is calling by the headers alone; a signature is still to be compared with the body."""

    account: Account
    signature: Signature | None = None


class Authentication:
    """Checks every call, first its headers and then its body; `Refused` with APIG.0301 and the documented detail words."""

    def __init__(self, credentials: Credentials, clock: Callable[[], float]) -> None:
        self._credentials = credentials
        self._clock = clock
        self._lockout = Lockout(clock)

    def claim(self, request: Request, *, needs_project: bool = True) -> Claim:
        """Return who the headers say is calling, refusing whom they give away, so that nothing is read for strangers.

        A signature counts before a token when both are there.
        """
        if "authorization" in request.headers:
            return self._signed(request)
        token = self.check_token(request)
        if needs_project and not token.has_project:
            raise Refused("ModelArts.0212")
        return Claim(token.account)

    async def check(self, claim: Claim, request: Request, body: bytes) -> Account:
        """Return the account behind a call whose body bears out what its headers claim."""
        if claim.signature is None:
            return claim.account
        if not await _is_signed(request, body, claim.signature):
            self._lockout.failed(claim.signature.key.ak)
            raise _refused(UNVERIFIED)
        self._lockout.passed(claim.signature.key.ak)
        return claim.account

    def check_token(self, request: Request) -> Token:
        """Return the token of a call."""
        text = request.headers.get("x-auth-token", "")
        if not text:
            raise _refused("x-auth-token not found")
        token = self._credentials.token(text)
        if token is None:
            raise _refused("decrypt token fail")
        if self._clock() >= token.expires:
            raise _refused("token expires")
        return token

    def _signed(self, request: Request) -> Claim:
        match = AUTHORIZATION.fullmatch(request.headers["authorization"])
        if match is None:
            raise _refused(UNVERIFIED)
        ak = match["ak"]
        if self._lockout.is_locked(ak):
            raise _refused(LOCKED)
        key = self._credentials.key(ak)
        headers = _signed_headers(request, match["names"].split(";"))
        if key is None or headers is None or not self._is_current(headers, key):
            self._lockout.failed(ak)
            raise _refused(UNVERIFIED)
        return Claim(key.account, Signature(key, headers, match["signature"]))

    def _is_current(self, headers: dict[str, str], key: Key) -> bool:
        now = self._clock()
        date = _seconds(headers.get("x-sdk-date", ""))
        fresh = date is not None and abs(now - date) <= MOST_SKEW
        return fresh and now < key.expires and headers.get("x-security-token") == key.security_token


async def _is_signed(request: Request, body: bytes, signature: Signature) -> bool:
    payload = await sha256_hex(body)
    claimed = request.headers.get("x-sdk-content-sha256", payload)
    if claimed not in {payload, UNSIGNED}:
        return False
    query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    canonical = signing.canonical_request(request.method, _path(request), query, signature.headers, claimed)
    expected = signing.signature(canonical, signature.headers["x-sdk-date"], signature.key.sk)
    return hmac.compare_digest(expected, signature.text)


def _signed_headers(request: Request, names: list[str]) -> dict[str, str] | None:
    sent = dict(request.scope["headers"])
    try:
        return {name: sent[name.encode()].decode().strip() for name in names}
    except (KeyError, UnicodeDecodeError):
        return None


def _path(request: Request) -> str:
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return raw.decode("latin-1").partition("?")[0]


@lru_cache(maxsize=16)  # callers sign with the date of the second
def _seconds(date: str) -> float | None:
    try:
        return datetime.strptime(date, signing.DATE_FORMAT).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _refused(detail: str) -> Refused:
    return Refused("APIG.0301", message=f"Incorrect IAM authentication information: {detail}")
