"""Who is calling: the check of an IAM token or of an AK/SK signature, with the lock on failing keys."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import parse_qsl

from starlette.requests import Request

from ocr_async import signing
from ocr_async.local.service.accounts import Account
from ocr_async.local.service.bodies import sha256_hex
from ocr_async.local.service.credentials import Credentials, Key, Token
from ocr_async.local.service.lockout import Lockout
from ocr_async.local.service.replies import Refused

MOST_SKEW = 15 * 60
UNSIGNED = "UNSIGNED-PAYLOAD"
LOCKED = "AK access failed to reach the limit"
AUTHORIZATION = re.compile(
    signing.ALGORITHM
    + r" +Access=(?P<ak>[^,\s]+), *SignedHeaders=(?P<names>[^,\s]+), *Signature=(?P<signature>[0-9a-f]{64})"
)


class Authentication:
    """Checks every call; `Refused` with APIG.0301 and the documented detail words when it fails."""

    def __init__(self, credentials: Credentials, clock: Callable[[], float]) -> None:
        self._credentials = credentials
        self._clock = clock
        self._lockout = Lockout(clock)

    async def check(self, request: Request, body: bytes, *, needs_project: bool = True) -> Account:
        """Return the account behind a call. A signature counts before a token when both are there."""
        if "authorization" in request.headers:
            return await self._check_signature(request, body)
        token = self.check_token(request)
        if needs_project and not token.has_project:
            raise Refused("ModelArts.0212")
        return token.account

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

    async def _check_signature(self, request: Request, body: bytes) -> Account:
        match = AUTHORIZATION.fullmatch(request.headers["authorization"])
        if match is None:
            raise _refused("verify aksk signature fail")
        ak = match["ak"]
        if self._lockout.is_locked(ak):
            raise _refused(LOCKED)
        key = self._credentials.key(ak)
        if key is None or not await self._is_signed(request, body, key, match["names"], match["signature"]):
            self._lockout.failed(ak)
            raise _refused("verify aksk signature fail")
        self._lockout.passed(ak)
        return key.account

    async def _is_signed(self, request: Request, body: bytes, key: Key, names: str, signature: str) -> bool:
        headers = _signed_headers(request, names.split(";"))
        if headers is None or not self._is_current(headers, key):
            return False
        payload = await sha256_hex(body)
        claimed = request.headers.get("x-sdk-content-sha256", payload)
        if claimed not in {payload, UNSIGNED}:
            return False
        query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        canonical = signing.canonical_request(request.method, _path(request), query, headers, claimed)
        expected = signing.signature(canonical, headers["x-sdk-date"], key.sk)
        return hmac.compare_digest(expected, signature)

    def _is_current(self, headers: dict[str, str], key: Key) -> bool:
        now = self._clock()
        date = _seconds(headers.get("x-sdk-date", ""))
        fresh = date is not None and abs(now - date) <= MOST_SKEW
        return fresh and now < key.expires and headers.get("x-security-token") == key.security_token


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
