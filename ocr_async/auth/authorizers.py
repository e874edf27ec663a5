"""What a credential adds to each request: a signature, made afresh for every send, or a token."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from ocr_async import signing
from ocr_async.auth.credentials import AkSk
from ocr_async.auth.renewed import Renewed
from ocr_async.auth.standing import Standing

if TYPE_CHECKING:
    import httpx

    from ocr_async.sources.bodies import Body
    from ocr_async.transport.request import Headers

TOKEN_HEADER = "X-Auth-Token"  # noqa: S105  a header's name
TEMPORARY = "X-Security-Token"
"""The header that goes with the signature of a temporary key."""


class Authorizer(Protocol):
    """Completes requests in the name of one credential."""

    standing: Standing

    async def proof(self, method: str, url: str, headers: Headers, body: bytes | Body) -> Headers:
        """Return the headers that prove who asks. Raises what obtaining a token or key raised."""
        ...

    def renew(self, request: httpx.Request) -> bool:
        """Drop what `request` was authorized with, after a 401; tell whether another try makes sense."""
        ...


class Signer:
    """Signs each request with a key, fixed or renewed."""

    def __init__(self, key: AkSk | Renewed[AkSk], *, clock: Callable[[], float] = time.time) -> None:
        self.standing = Standing(signs=True)
        self._key = key
        self._clock = clock

    async def key(self) -> AkSk:
        """Return the key that is valid now."""
        return self._key if isinstance(self._key, AkSk) else await self._key.get()

    async def proof(self, method: str, url: str, headers: Headers, body: bytes | Body) -> Headers:
        """Return the signature of the request, which covers its headers and its body, with what that needs."""
        key, date = await self.key(), _date(int(self._clock()))
        if key.security_token:
            headers = (*headers, (TEMPORARY, key.security_token))
        signed = _covered(method, url, headers, date).authorization(await _sha256(body), key.ak, key.sk)
        added = ((signing.DATE_HEADER, date), ("Authorization", signed))
        return ((TEMPORARY, key.security_token), *added) if key.security_token else added

    def renew(self, request: httpx.Request) -> bool:
        """Drop a temporary key; a fixed key that was refused stays refused."""
        if isinstance(self._key, AkSk):
            return False
        token = request.headers.get(TEMPORARY)
        return self._key.discard_if(lambda key: key.security_token == token)


class Bearer:
    """Sends a token with each request, fixed or renewed."""

    def __init__(self, token: str | Renewed[str]) -> None:
        self.standing = Standing()
        self._token = token

    async def proof(self, method: str, url: str, headers: Headers, body: bytes | Body) -> Headers:  # noqa: ARG002  as all take
        """Return the token."""
        return ((TOKEN_HEADER, self._token if isinstance(self._token, str) else await self._token.get()),)

    def renew(self, request: httpx.Request) -> bool:
        """Drop a token that IAM issued; a ready-made one that was refused stays refused."""
        if isinstance(self._token, str):
            return False
        sent = request.headers.get(TOKEN_HEADER)
        return self._token.discard_if(lambda token: token == sent)


@lru_cache(maxsize=4)
def _date(second: int) -> str:
    return time.strftime(signing.DATE_FORMAT, time.gmtime(second))


@lru_cache(maxsize=64)
def _covered(method: str, url: str, headers: Headers, date: str) -> signing.Covered:
    """Return what the requests of one API and one second have in common."""
    from ocr_async.transport.request import address_of  # noqa: PLC0415  loads with the first request

    address = address_of(url)
    host = address.netloc.decode()
    signed = {"Host": host, **dict(headers), signing.DATE_HEADER: date}
    return signing.Covered.by(method, f"//{host}{address.raw_path.decode()}", signed)


async def _sha256(body: bytes | Body) -> str:
    # the largest body that comes as bytes takes about 0.3 ms, in the turn in which it was made
    return sha256(body).hexdigest() if isinstance(body, bytes) else await body.sha256()
