"""One request to an endpoint and its reply: completed by the account, sent, and judged by what it says of the credential."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from ocr_async import error_codes, protocol
from ocr_async.auth.standing import doubts_credential
from ocr_async.calls.attempt import Attempt
from ocr_async.errors import AuthError, OcrError, TransportError
from ocr_async.fields import DocumentType, Result
from ocr_async.model import Body, Reply, Request
from ocr_async.sources import Picture, Url

if TYPE_CHECKING:
    from ocr_async.auth.authorizers import Authorizer
    from ocr_async.auth.wallet import Account
    from ocr_async.transport import Timeout, Transport

LONGEST_CONNECT = 10.0
"""Seconds for a connection to open: a service that does not answer within them is down."""

PROJECT = "{project_id}"
"""Where a path has a project's id; a path without it needs none."""


@frozen
class Exchange:
    """Sends a document type with its picture, and returns what `read` makes of the reply."""

    transport: Callable[[], Transport]
    attempt_timeout: float
    headers: dict[str, str] = field(repr=False)

    async def run(
        self,
        document_type: DocumentType[Any],
        opened: Picture | Url | None,
        attempt: Attempt,
        read: Callable[[Reply], Result],
    ) -> Result:
        """Send as `attempt`: alone as long as nobody knows whether the credential is right."""
        account = await attempt.endpoint.account()
        unsigned = partial(self._unsigned, document_type, opened, attempt)
        standing = account.authorizer.standing
        if standing.is_trusted:
            return await self._authorized(unsigned, account, attempt, read)
        async with standing.alone():
            return await self._authorized(unsigned, account, attempt, read)

    async def _authorized(
        self,
        unsigned: Callable[[Account], Awaitable[Request]],
        account: Account,
        attempt: Attempt,
        read: Callable[[Reply], Result],
    ) -> Result:
        authorizer = account.authorizer
        request = await unsigned(account)
        signed = await authorizer.authorize(request)
        reply = await self._send(signed, attempt)
        try:
            return _judged(reply, read, authorizer)
        except AuthError as error:
            if not _asks_for_renewal(error) or not authorizer.renew(signed):
                raise
        attempt.prepare_again()
        renewed = await authorizer.authorize(request)
        return _judged(await self._send(renewed, attempt), read, authorizer)

    async def _unsigned(
        self, document_type: DocumentType[Any], opened: Picture | Url | None, attempt: Attempt, account: Account
    ) -> Request:
        headers = self.headers
        path = document_type.path(PROJECT)
        if PROJECT in path:
            project_id = await account.project.get()
            path = document_type.path(project_id)
            headers = {**headers, "X-Project-Id": project_id}
        once = attempt.tally.before_send is not None
        return Request("POST", attempt.endpoint.address.url + path, headers, await _body(document_type, opened), once)

    async def _send(self, request: Request, attempt: Attempt) -> Reply:
        if attempt.tally.before_send is not None:
            await attempt.tally.before_send(attempt.tally)
        transport = self.transport()
        attempt.sending()
        try:
            reply = await transport.send(request, timeout=_timeout(self.attempt_timeout))
        except TransportError as error:
            attempt.lost(error)
            raise
        attempt.answered()
        return reply


def _judged(reply: Reply, read: Callable[[Reply], Result], authorizer: Authorizer) -> Result:
    """Read a reply, and note whether it doubts the credential."""
    try:
        result = read(reply)
    except AuthError as error:
        if doubts_credential(error):
            authorizer.standing.judge(error)
        else:
            authorizer.standing.accepted()
        raise
    except OcrError:
        authorizer.standing.accepted()
        raise
    authorizer.standing.accepted()
    return result


@lru_cache(maxsize=8)
def _timeout(seconds: float) -> Timeout:
    from ocr_async.transport import Timeout  # noqa: PLC0415  the transport is loaded with the first request

    return Timeout(connect=min(seconds, LONGEST_CONNECT), read=None, write=None, total=seconds)


async def _body(kind: DocumentType[Any], opened: Picture | Url | None) -> bytes | Body:
    if isinstance(opened, Picture):
        return opened.body(*protocol.parameters(kind))
    if isinstance(opened, Url):
        return protocol.url_body(kind, await opened.for_service())
    return protocol.options_body(kind)


def _asks_for_renewal(error: AuthError) -> bool:
    known = error_codes.error_codes().get(error.code)
    return error.status == 401 if known is None else known.action == "refresh_token"
