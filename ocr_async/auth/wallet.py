"""What a session knows of its credential: found once, turned into an authorizer for each endpoint."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING

import anyio
from attrs import define, field

from ocr_async import protocol
from ocr_async.auth import iam, providers
from ocr_async.auth.authorizers import Authorizer, Bearer, Signer
from ocr_async.auth.background import Background
from ocr_async.auth.credentials import AkSk, Password
from ocr_async.auth.renewed import Lease, Renewed
from ocr_async.errors import CredentialsError, OcrError, ThrottledError, TransportError
from ocr_async.events import CredentialRenewed, Emitter
from ocr_async.retry import RetryPolicy, Tally, decide

if TYPE_CHECKING:
    import httpx

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
        address = (iam_endpoint or found.iam_endpoint or endpoint).rstrip("/")
        if isinstance(found.credential, Password) and not (iam_endpoint or found.iam_endpoint):
            raise CredentialsError(
                f"A password is sent to IAM only, and nobody said where that is for {endpoint}: pass iam_endpoint=..., or region=..."
            )
        project_id = project_id or found.project_id
        if isinstance(found.credential, Password):
            return self._token_account(found.credential, address, region, project_id)
        who = found.credential
        authorizer = self._signer_of(found, who) if isinstance(who, AkSk) else Bearer(who.token)

        async def look_up() -> Lease[str]:
            if project_id:
                return Lease(project_id)
            return Lease(iam.read_project(await self._send(await _authorized(authorizer, address, region)), region))

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

    def _token_account(self, who: Password, address: str, region: str | None, project_id: str | None) -> Account:
        if not (region or project_id):
            raise CredentialsError("A token needs a project: pass region=... or project_id=... to the session.")
        projects: list[str | None] = [project_id]

        async def obtain() -> Lease[str]:
            reply = await self._send(iam.token_request(address, who, project_id=project_id, region=region))
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
            self._signer = Signer(key if found.seconds is None else Renewed(self._temporary_key, self.background))
        return self._signer

    async def _find(self) -> Lease[providers.Found]:
        return Lease(await providers.find(self.credentials, self.transport()))

    async def _temporary_key(self) -> Lease[AkSk]:
        found = await providers.find(self.credentials, self.transport())
        if not isinstance(found.credential, AkSk):
            raise CredentialsError(f"{found.place} no longer gives a key.")
        seconds = inf if found.seconds is None else found.seconds
        self.emit(CredentialRenewed(found.place, "temporary key", seconds))
        return Lease(found.credential, seconds)

    async def _send(self, request: httpx.Request) -> httpx.Response:
        """Send to IAM, patient with its passing faults; raise every other refusal."""
        from ocr_async.transport import send  # noqa: PLC0415  loads with the first request

        tally = Tally(deadline=inf)
        while True:
            error: OcrError
            try:
                reply = await send(self.transport(), request, seconds=IAM_SECONDS)
            except TransportError as failure:
                error = TransportError(f"IAM: {failure}", sent=failure.sent)
                error.__cause__ = failure
            else:
                if reply.status_code < 400:
                    return reply
                error = protocol.error(reply)
            tally.sends += 1
            tally.count(error)
            error.attempts = tally.sends
            wait = decide(PATIENCE, tally, error, 0.0)
            if wait is None:
                raise error
            await anyio.sleep(max(wait, 1.0) if isinstance(error, ThrottledError) else wait)


async def _authorized(authorizer: Authorizer, address: str, region: str | None) -> httpx.Request:
    from ocr_async.transport import new_request  # noqa: PLC0415  loads with the first request

    url = iam.projects_url(address, region)
    return new_request("GET", url, proof=await authorizer.proof("GET", url, (), b""))
