"""What a credential adds to each request: a signature, made afresh for every send, or a token."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from ocr_async import signing
from ocr_async.auth.credentials import AkSk, Password, Token
from ocr_async.auth.providers import Found
from ocr_async.auth.renewed import Renewed
from ocr_async.auth.standing import Standing
from ocr_async.errors import CredentialsError

if TYPE_CHECKING:
    import httpx

    from ocr_async.sources.bodies import Body
    from ocr_async.transport.request import Headers

C = TypeVar("C", AkSk, Password, Token)

TOKEN_HEADER = "X-Auth-Token"  # noqa: S105  a header's name
TEMPORARY = "X-Security-Token"
"""The header that goes with the signature of a temporary key."""


async def current(found: Renewed[Found], kind: type[C]) -> C:
    """Return the credential that serves now; raise CredentialsError when its place gives another kind by now."""
    now = found.lasting or await found.get()
    if not isinstance(now.credential, kind):
        raise CredentialsError(f"{now.place} no longer gives a credential of the kind {kind.__name__}.")
    return now.credential


class Signer:
    """Signs each request with the key that was found."""

    def __init__(self, found: Renewed[Found], *, clock: Callable[[], float] = time.time) -> None:
        self.standing = Standing(signs=True)
        self._found = found
        self._clock = clock

    async def proof(self, method: str, url: str, headers: Headers, body: bytes | Body) -> Headers:
        """Return the signature of the request, which covers its headers and its body, with what that needs.

        Raises what obtaining the key raised.
        """
        key, date = await current(self._found, AkSk), _date(int(self._clock()))
        if key.security_token:
            headers = (*headers, (TEMPORARY, key.security_token))
        signed = _covered(method, url, headers, date).authorization(await _sha256(body), key.ak, key.sk)
        added = ((signing.DATE_HEADER, date), ("Authorization", signed))
        return ((TEMPORARY, key.security_token), *added) if key.security_token else added

    def renew(self, request: httpx.Request) -> bool:
        """Drop the temporary key of a request after a 401, and tell whether there is another; a fixed one stays refused."""
        token = request.headers.get(TEMPORARY)
        return self._found.discard_if(lambda found: getattr(found.credential, "security_token", token) == token)


class Bearer:
    """Sends the token that was found, or that IAM issued, with each request."""

    def __init__(self, found: Renewed[Found]) -> None:
        self.standing = Standing()
        self._found = found

    async def proof(self, method: str, url: str, headers: Headers, body: bytes | Body) -> Headers:  # noqa: ARG002  as all take
        """Return the token. Raises what obtaining it raised."""
        return ((TOKEN_HEADER, (await current(self._found, Token)).token),)

    def renew(self, request: httpx.Request) -> bool:
        """Drop the token of a request after a 401, and tell whether there is another; a ready-made one stays refused."""
        sent = request.headers.get(TOKEN_HEADER)
        return self._found.discard_if(lambda found: getattr(found.credential, "token", sent) == sent)


Authorizer: TypeAlias = Signer | Bearer
"""Completes requests in the name of one credential."""


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
