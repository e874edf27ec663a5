"""What a session knows of its credential: found once, turned into an authorizer for each endpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import anyio
from attrs import define, field

from ocr_async import protocol
from ocr_async.auth import iam, providers
from ocr_async.auth.authorizers import Authorizer, Bearer, Signer, current
from ocr_async.auth.background import Background
from ocr_async.auth.credentials import AkSk, Credential, Password, Token
from ocr_async.auth.renewed import LONGEST, Lease, Renewed
from ocr_async.auth.standing import Standing
from ocr_async.errors import CredentialsError, OcrError, ThrottledError, TransportError
from ocr_async.events import CredentialRenewed, Emitter
from ocr_async.loops import now
from ocr_async.regions import base_url
from ocr_async.retry import RetryPolicy, Tally, decide
from ocr_async.settings import checked_project_id

if TYPE_CHECKING:
    import httpx

    from ocr_async.transport.request import RawRequest

IAM_SECONDS = 15.0
"""How long one request to IAM may take: it answers within a second when it is well."""

PATIENCE = RetryPolicy(attempts=4, refusals=4)
"""How patient a call to IAM is: short, for every call of the session waits behind it."""


@define(eq=False)
class Account:
    """One endpoint's view of the credential: what completes its requests, and the id of its project."""

    authorizer: Authorizer
    project: Renewed[str]


@define(eq=False)
class Wallet:
    """Finds the credential on first use and keeps what is derived from it."""

    credentials: providers.Credentials | None
    transport: Callable[[], httpx.AsyncBaseTransport]
    background: Background
    emit: Emitter
    _found: Renewed[providers.Found] = field(init=False)
    _signer: Signer = field(init=False)
    _bearer: Bearer = field(init=False)
    _password: Standing = field(init=False, factory=Standing)
    _asked: list[str] = field(init=False, factory=list[str])
    """The addresses of IAM that have not answered yet."""

    def __attrs_post_init__(self) -> None:
        providers.check(self.credentials)
        self._found = Renewed(self._find, self.background)
        self._signer, self._bearer = Signer(self._found), Bearer(self._found)

    async def account(
        self, *, endpoint: str, iam_endpoint: str | None, region: str | None, project_id: str | None
    ) -> Account:
        """Return the view of one endpoint; `endpoint` stands in for IAM where no other address is known.

        Raises CredentialsError when there is no credential.
        """
        found = await self._found.get()
        address = iam_endpoint or _told(found, found.iam_endpoint, partial(base_url, "iam_endpoint"))
        project_id = project_id or _told(found, found.project_id, checked_project_id)
        if isinstance(found.credential, Password):
            if address is None:
                raise CredentialsError(
                    f"A password is sent to IAM only, and nobody said where that is for {endpoint}: pass iam_endpoint=..., or region=..."
                )
            return self._token_account(address, region, project_id)
        from ocr_async.transport import new_request  # noqa: PLC0415  loads with the first request

        authorizer = self._signer if isinstance(found.credential, AkSk) else self._bearer

        async def look_up() -> Lease[str]:
            if project_id:
                return Lease(project_id)
            url = iam.projects_url(address or endpoint, region)
            request = new_request("GET", url, proof=await authorizer.proof("GET", url, (), b""))
            return Lease(iam.read_project(await self._ask(request, authorizer.standing), region))

        return Account(authorizer, Renewed(look_up, self.background))

    async def key(self) -> AkSk:
        """Return the access key, for another service of the cloud; a temporary one is renewed ahead of its end.

        Raises CredentialsError when there is no credential, or it is none with an access key.
        """
        found = await self._found.get()
        if not isinstance(found.credential, AkSk):
            raise CredentialsError(
                f"OBS takes an access key, and the credential in the {found.place} is a {type(found.credential).__name__}: "
                "pass AkSk(...), or the same bucket as s3:// with the variables of S3."
            )
        return found.credential

    @property
    def waits_for(self) -> str:
        """Say who has not answered yet, "" where nobody is asked."""
        if self._asked:
            return f"IAM at {self._asked[-1]} has not answered"
        return "no credential has been found yet" if self._found.is_under_way else ""

    def _token_account(self, address: str, region: str | None, project_id: str | None) -> Account:
        if not (region or project_id):
            raise CredentialsError("A token needs a project: pass region=... or project_id=... to the session.")

        async def obtain() -> Lease[providers.Found]:
            who = await current(self._found, Password)
            request = iam.token_request(address, who, project_id=project_id, region=region)
            return self._lease(iam.read_token(await self._ask(request, self._password)), address)

        token = Renewed(obtain, self.background)

        async def project_of_token() -> Lease[str]:
            told = (await token.get()).project_id or project_id
            if told is None:
                raise CredentialsError("IAM did not tell the token's project. Pass project_id=... to the session.")
            return Lease(told)

        return Account(Bearer(token), Renewed(project_of_token, self.background))

    async def _find(self) -> Lease[providers.Found]:
        found = await providers.find(self.credentials, self.transport())
        return self._lease(found, found.place)

    def _lease(self, found: providers.Found, place: str) -> Lease[providers.Found]:
        """Return what was found with its life, and tell of a credential that ends."""
        if found.seconds is None:
            return Lease(found)
        name = next(name for kind, name in _NAMES.items() if isinstance(found.credential, kind))
        self.emit(CredentialRenewed(place, name, found.seconds))
        return Lease(found, found.seconds)

    async def _ask(self, request: RawRequest, standing: Standing) -> httpx.Response:
        """Send to IAM, patient with its passing faults, and alone while nobody knows whether the credential is right.

        Raises every other refusal, and what lasts longer than a request for a credential may.
        """
        tally = Tally(deadline=now() + LONGEST - IAM_SECONDS)
        host = request.url.netloc.decode()
        self._asked.append(host)
        try:
            while True:
                try:
                    async with standing.alone():
                        return await self._ask_once(request, standing)
                except OcrError as error:
                    tally.count(error)
                    wait = decide(PATIENCE, tally, error, now())
                    if wait is None:
                        raise
                await anyio.sleep(max(wait, 1.0) if isinstance(tally.last_error, ThrottledError) else wait)
        finally:
            self._asked.remove(host)

    async def _ask_once(self, request: RawRequest, standing: Standing) -> httpx.Response:
        from ocr_async.transport import send  # noqa: PLC0415  loads with the first request

        try:
            reply = await send(self.transport(), request, seconds=IAM_SECONDS)
        except TransportError as failure:
            error = TransportError(f"IAM: {failure}", sent=failure.sent)
            error.retryable, error.is_unreached = failure.retryable, failure.is_unreached
            raise error from failure
        if reply.is_success:
            standing.accepted()
            return reply
        refusal = protocol.error(reply)
        refusal.message = f"IAM: {refusal.message}"
        standing.judge(refusal, reply, request)
        raise refusal


_NAMES: Mapping[type[Credential], str] = {AkSk: "temporary key", Password: "password", Token: "token"}


def _told(found: providers.Found, fact: str | None, checked: Callable[[str], str]) -> str | None:
    """Return what the place of a credential knew beside it; raise CredentialsError, which names it, when that cannot be."""
    try:
        return checked(fact) if fact else None
    except ValueError as error:
        raise CredentialsError(f"{found.place}: {error}") from None
