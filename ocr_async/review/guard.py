"""Who may see the page: a browser on this machine that was given the one-time token, and nobody else."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import parse_qs

from attrs import define, field
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
USED = "This address was used before, or is not the one that was printed. Start the review again for a new one.\n"


@define(eq=False)
class Guard:
    """An ASGI app around the page: exchanges the token for a cookie, and lets nothing through without it.

    A name that leads to this machine by way of a foreign site (DNS rebinding) is refused by its host, a form on one by
    its origin.
    """

    app: ASGIApp
    hosts: frozenset[str]
    """As browsers name this server: `127.0.0.1:8123`."""
    token: str = field(factory=lambda: secrets.token_urlsafe(32), repr=False)
    _session: str = field(factory=lambda: secrets.token_urlsafe(32), init=False, repr=False)
    _is_used: bool = field(default=False, init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, or hand it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] == "http":
            answer = self._refusal(scope) or self._exchange(scope) or self._stranger(scope)
            await (answer or self.app)(scope, receive, _strict(send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        foreign = origin is not None and origin.removeprefix("http://") not in self.hosts
        if headers.get("host") not in self.hosts or foreign:
            return PlainTextResponse("This page answers on its own address only.\n", 403)
        return None

    def _exchange(self, scope: Scope) -> Response | None:
        """Exchange the token for a cookie, once."""
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token")
        if scope["path"] != "/" or not given or self._knows(scope):
            return None
        if self._is_used or not secrets.compare_digest(given[0].encode(), self.token.encode()):
            return PlainTextResponse(USED, 403)
        self._is_used = True
        answer = RedirectResponse("/", 303)
        answer.set_cookie(self._cookie(scope), self._session, httponly=True, samesite="strict", path="/")
        return answer

    def _stranger(self, scope: Scope) -> Response | None:
        return None if self._knows(scope) else PlainTextResponse(USED, 403)

    def _knows(self, scope: Scope) -> bool:
        given = cookie_parser(Headers(scope=scope).get("cookie", "")).get(self._cookie(scope), "")
        return secrets.compare_digest(given.encode(), self._session.encode())

    def _cookie(self, scope: Scope) -> str:
        """Return a name of its own for each port: cookies are shared by all of them."""
        return f"review-{scope['server'][1]}"


def _strict(send: Send) -> Send:
    async def strict(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return strict
