"""One request to an endpoint and its reply: completed by the account, sent, and judged by what it says of the credential."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
from attrs import field, frozen

from ocr_async import error_codes, protocol
from ocr_async.calls.attempt import Attempt
from ocr_async.errors import AuthError, OcrError, TransportError
from ocr_async.fields import DocumentType, Result
from ocr_async.sources import Picture, Url
from ocr_async.transport.progress import RequestProgress
from ocr_async.transport.request import Headers, RawRequest, new_request
from ocr_async.transport.sending import send

if TYPE_CHECKING:
    from ocr_async.auth.authorizers import Authorizer
    from ocr_async.sources.bodies import Body

PROJECT = "{project_id}"
"""Where a path has a project's id; a path without it needs none."""


class _Question(NamedTuple):
    """What is asked of an endpoint, before it is asked in anybody's name."""

    url: str
    headers: Headers
    document_type: DocumentType[Any]
    opened: Picture | Url | None

    async def body(self) -> bytes | Body:
        """Make the body of the request."""
        if isinstance(self.opened, Picture):
            return await self.opened.body(*protocol.parameters(self.document_type))
        if isinstance(self.opened, Url):
            return protocol.url_body(self.document_type, await self.opened.for_service())
        return protocol.options_body(self.document_type)


@frozen
class Exchange:
    """Sends a document type with its picture, and returns what `read` makes of the reply."""

    transport: Callable[[], httpx.AsyncBaseTransport]
    attempt_timeout: float
    headers: Headers = field(repr=False)

    async def run(
        self,
        document_type: DocumentType[Any],
        opened: Picture | Url | None,
        attempt: Attempt,
        read: Callable[[httpx.Response], Result],
    ) -> Result:
        """Send as `attempt`: alone as long as nobody knows whether the credential is right."""
        account = attempt.endpoint.known_account or await attempt.endpoint.account()
        path, headers = document_type.path(PROJECT), self.headers
        # Before it waits for its turn: all wait for the same reply of IAM then, not one after the other.
        if PROJECT in path:
            project_id = account.project.lasting or await account.project.get()
            path, headers = path.replace(PROJECT, project_id), (*headers, ("X-Project-Id", project_id))
        question = _Question(attempt.endpoint.address.url + path, headers, document_type, opened)
        standing = account.authorizer.standing
        if standing.is_trusted:
            return await self._authorized(question, account.authorizer, attempt, read)
        async with standing.alone():
            return await self._authorized(question, account.authorizer, attempt, read)

    async def _authorized(
        self,
        question: _Question,
        authorizer: Authorizer,
        attempt: Attempt,
        read: Callable[[httpx.Response], Result],
    ) -> Result:
        body, is_renewed = await question.body(), False
        while True:
            request = await self._request(authorizer, question, body, attempt)
            reply = await self._send(request, attempt)
            try:
                result = read(reply)
            except OcrError as error:
                authorizer.standing.judge(error, reply, request)
                if is_renewed or not (_asks_for_renewal(error) and authorizer.renew(request)):
                    raise
            else:
                authorizer.standing.accepted()
                return result
            attempt.prepare_again()
            is_renewed = True

    async def _request(
        self, authorizer: Authorizer, question: _Question, body: bytes | Body, attempt: Attempt
    ) -> RawRequest:
        url, headers = question.url, question.headers
        proof = await authorizer.proof("POST", url, headers, body)
        return new_request("POST", url, headers, body, proof=proof, once=attempt.tally.before_send is not None)

    async def _send(self, request: RawRequest, attempt: Attempt) -> httpx.Response:
        if attempt.tally.before_send is not None:
            await attempt.tally.before_send(attempt.tally)
        transport, progress = self.transport(), RequestProgress()
        attempt.sending()
        try:
            reply = await send(transport, request, seconds=self.attempt_timeout, progress=progress)
        except TransportError as error:
            attempt.lost(sent=error.sent)
            raise
        except BaseException:
            attempt.lost(sent=progress.may_be_read, waiting=progress.is_waiting)
            raise
        attempt.answered()
        return reply


def _asks_for_renewal(error: OcrError) -> bool:
    if not isinstance(error, AuthError):
        return False
    known = error_codes.error_codes().get(error.code)
    return error.status == 401 if known is None else known.action == "refresh_token"
