"""What a credential adds to each request: a signature, made afresh for every send, or a token."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from ocr_async import signing
from ocr_async.auth.credentials import AkSk
from ocr_async.auth.renewed import Renewed
from ocr_async.auth.standing import Standing

if TYPE_CHECKING:
    import httpx

_UNSIGNED = frozenset((b"Accept-Encoding", b"Content-Length", b"Authorization"))
"""What others may change on the way, and what the signature itself is in."""

TOKEN_HEADER = "X-Auth-Token"  # noqa: S105  a header's name


class Authorizer(Protocol):
    """Completes requests in the name of one credential."""

    standing: Standing

    async def authorize(self, request: httpx.Request) -> None:
        """Put into the request what proves who asks. Raises what obtaining a token or key raised."""
        ...

    def renew(self, request: httpx.Request) -> bool:
        """Drop what `request` was authorized with, after a 401; tell whether another try makes sense."""
        ...


class Signer:
    """Signs each request with a key, fixed or renewed."""

    def __init__(self, key: AkSk | Renewed[AkSk], *, clock: Callable[[], float] = time.time) -> None:
        self.standing = Standing()
        self._key = key
        self._clock = clock

    async def key(self) -> AkSk:
        """Return the key that is valid now."""
        return self._key if isinstance(self._key, AkSk) else await self._key.get()

    async def authorize(self, request: httpx.Request) -> None:
        """Sign the request as it is; its body is hashed for it."""
        key = await self.key()
        if key.security_token:
            request.headers["X-Security-Token"] = key.security_token
        headers = {
            name.decode(): value.decode("latin-1") for name, value in request.headers.raw if name not in _UNSIGNED
        }
        signed = signing.signed_headers(
            request.method,
            f"//{headers['Host']}{request.url.raw_path.decode()}",
            headers,
            await _sha256(request),
            access_key=key.ak,
            secret_key=key.sk,
            date=_date(int(self._clock())),
        )
        for name in (signing.DATE_HEADER, "Authorization"):
            request.headers[name] = signed[name]

    def renew(self, request: httpx.Request) -> bool:
        """Drop a temporary key; a fixed key that was refused stays refused."""
        if isinstance(self._key, AkSk):
            return False
        token = request.headers.get("X-Security-Token")
        return self._key.discard_if(lambda key: key.security_token == token)


class Bearer:
    """Sends a token with each request, fixed or renewed."""

    def __init__(self, token: str | Renewed[str]) -> None:
        self.standing = Standing()
        self._token = token

    async def authorize(self, request: httpx.Request) -> None:
        """Put the token into the request."""
        request.headers[TOKEN_HEADER] = self._token if isinstance(self._token, str) else await self._token.get()

    def renew(self, request: httpx.Request) -> bool:
        """Drop a token that IAM issued; a ready-made one that was refused stays refused."""
        if isinstance(self._token, str):
            return False
        sent = request.headers.get(TOKEN_HEADER)
        return self._token.discard_if(lambda token: token == sent)


@lru_cache(maxsize=4)
def _date(second: int) -> str:
    return time.strftime(signing.DATE_FORMAT, time.gmtime(second))


async def _sha256(request: httpx.Request) -> str:
    # hashing the largest body that comes as bytes takes about 0.3 ms, less than a hop to a thread and back would delay it
    from ocr_async.sources.bodies import Body  # noqa: PLC0415  loads with the first request

    stream = request.stream
    return await stream.sha256() if isinstance(stream, Body) else hashlib.sha256(request.read()).hexdigest()
