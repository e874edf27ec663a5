"""What a session knows of its credential: found once, turned into an authorizer for each endpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import inf
from typing import TYPE_CHECKING, TypeVar

import anyio
from attrs import define, field

from ocr_async import protocol
from ocr_async.auth import iam, providers
from ocr_async.auth.authorizers import Authorizer, Bearer, Signer
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

C = TypeVar("C", AkSk, Password, Token)

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
    _signer: Signer | None = field(init=False, default=None)
    _token: Renewed[str] | None = field(init=False, default=None)
    _password: Standing = field(init=False, factory=Standing)
    _asked: list[str] = field(init=False, factory=list[str])
    """The addresses of IAM that have not answered yet."""

    def __attrs_post_init__(self) -> None:
        providers.check(self.credentials)
        self._found = Renewed(self._find, self.background)

    async def account(
        self, *, endpoint: str, iam_endpoint: str | None, region: str | None, project_id: str | None
    ) -> Account:
        """Return the view of one endpoint; `endpoint` stands in for IAM where no other address is known.

        Raises CredentialsError when there is no credential.
        """
        found = await self._found.get()
        who = found.credential
        address = iam_endpoint or _iam_of(found) or endpoint
        if isinstance(who, Password) and not (iam_endpoint or found.iam_endpoint):
            raise CredentialsError(
                f"A password is sent to IAM only, and nobody said where that is for {endpoint}: pass iam_endpoint=..., or region=..."
            )
        project_id = project_id or _project_of(found)
        if isinstance(who, Password):
            return self._token_account(found, who, address, region, project_id)
        authorizer = self._signer_of(found, who) if isinstance(who, AkSk) else self._bearer_of(found, who)

        async def look_up() -> Lease[str]:
            if project_id:
                return Lease(project_id)
            request = await _authorized(authorizer, address, region)
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
        return await self._signer_of(found, found.credential).key()

    @property
    def waits_for(self) -> str:
        """Say who has not answered yet, "" where nobody is asked."""
        if self._asked:
            return f"IAM at {self._asked[-1]} has not answered"
        return "no credential has been found yet" if self._found.is_under_way else ""

    def _token_account(
        self, found: providers.Found, who: Password, address: str, region: str | None, project_id: str | None
    ) -> Account:
        if not (region or project_id):
            raise CredentialsError("A token needs a project: pass region=... or project_id=... to the session.")
        projects: list[str | None] = [project_id]

        async def obtain() -> Lease[str]:
            user = who if found.seconds is None else (await self._find_again(Password)).value
            request = iam.token_request(address, user, project_id=project_id, region=region)
            reply = await self._ask(request, self._password)
            lease, projects[0] = iam.read_token(reply)
            self.emit(CredentialRenewed(address, "token", lease.seconds))
            return lease

        token = Renewed(obtain, self.background)

        async def project_of_token() -> Lease[str]:
            await token.get()
            if projects[0] is None:
                raise CredentialsError("IAM did not tell the token's project. Pass project_id=... to the session.")
            return Lease(projects[0])

        return Account(Bearer(token), Renewed(project_of_token, self.background))

    def _signer_of(self, found: providers.Found, key: AkSk) -> Signer:
        if self._signer is None:
            keys = partial(self._find_again, AkSk)
            self._signer = Signer(key if found.seconds is None else Renewed(keys, self.background))
        return self._signer

    def _bearer_of(self, found: providers.Found, who: Token) -> Bearer:
        if found.seconds is None:
            return Bearer(who.token)
        if self._token is None:
            self._token = Renewed(self._find_token_again, self.background)
        return Bearer(self._token)

    async def _find_token_again(self) -> Lease[str]:
        lease = await self._find_again(Token)
        return Lease(lease.value.token, lease.seconds)

    async def _find(self) -> Lease[providers.Found]:
        return Lease(await providers.find(self.credentials, self.transport()))

    async def _find_again(self, kind: type[C]) -> Lease[C]:
        """Look for a credential that ends where one of its kind was found before."""
        found = await providers.find(self.credentials, self.transport())
        if not isinstance(found.credential, kind):
            raise CredentialsError(f"{found.place} no longer gives a {_NAMES[kind]}.")
        seconds = inf if found.seconds is None else found.seconds
        self.emit(CredentialRenewed(found.place, _NAMES[kind], seconds))
        return Lease(found.credential, seconds)

    async def _ask(self, request: httpx.Request, standing: Standing) -> httpx.Response:
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

    async def _ask_once(self, request: httpx.Request, standing: Standing) -> httpx.Response:
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
        standing.judge(refusal, reply)
        raise refusal


_NAMES: Mapping[type[Credential], str] = {AkSk: "temporary key", Password: "password", Token: "token"}


def _project_of(found: providers.Found) -> str | None:
    try:
        return checked_project_id(found.project_id.strip()) if found.project_id else None
    except ValueError as error:
        raise CredentialsError(f"{found.place}: {error}") from None


def _iam_of(found: providers.Found) -> str | None:
    try:
        return base_url("iam_endpoint", found.iam_endpoint) if found.iam_endpoint else None
    except ValueError as error:
        raise CredentialsError(f"{found.place}: {error}") from None


async def _authorized(authorizer: Authorizer, address: str, region: str | None) -> httpx.Request:
    from ocr_async.transport import new_request  # noqa: PLC0415  loads with the first request

    url = iam.projects_url(address, region)
    return new_request("GET", url, proof=await authorizer.proof("GET", url, (), b""))
