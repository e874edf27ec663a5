"""The part of IAM that OCR callers need: tokens by password, the project of a region, temporary keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import md5

import orjson
from starlette.requests import Request
from starlette.responses import Response

from ocr_async.local.service.accounts import Account
from ocr_async.local.service.authentication import Authentication
from ocr_async.local.service.bodies import BodyReader
from ocr_async.local.service.credentials import Credentials, Token
from ocr_async.local.service.lockout import Lockout
from ocr_async.local.service.replies import IamRefused, Refused, iam_refusal, refusal, reply
from ocr_async.model import Json

MOST_BODY = 32 * 1024
USER_LOCK_SECONDS = 15 * 60.0
SHORTEST_KEY, LONGEST_KEY = 900, 24 * 3600


class Iam:
    """The endpoints of IAM; errors come in its own shape."""

    def __init__(
        self, credentials: Credentials, authentication: Authentication, bodies: BodyReader, clock: Callable[[], float]
    ) -> None:
        self._credentials = credentials
        self._authentication = authentication
        self._bodies = bodies
        self._lockout = Lockout(clock, seconds=USER_LOCK_SECONDS)

    async def create_token(self, request: Request) -> Response:
        """Answer `POST /v3/auth/tokens`: the token in a header, its facts in the body."""
        try:
            content = await self._json(request)
            account = self._log_in(content)
            has_project = _project_scope(content, account)
        except IamRefused as refused:
            return iam_refusal(refused)
        token = self._credentials.issue_token(account, has_project=has_project)
        facts = _facts(token, catalog="nocatalog" not in request.query_params)
        return reply({"token": facts}, status=201, headers={"X-Subject-Token": token.text})

    async def list_projects(self, request: Request) -> Response:
        """Answer `GET /v3/projects?name=`, signed or with a token."""
        try:
            claim = self._authentication.claim(request, needs_project=False)
            async with self._bodies.read(request, MOST_BODY) as body:
                account = await self._authentication.check(claim, request, body)
        except Refused as refused:
            return refusal(refused)
        name = request.query_params.get("name", account.region)
        projects: list[Json] = [_project(account) | {"enabled": True}] if name == account.region else []
        return reply({"projects": projects, "links": {"self": str(request.url), "previous": None, "next": None}})

    async def create_temporary_key(self, request: Request) -> Response:
        """Answer `POST /v3.0/OS-CREDENTIAL/securitytokens`: a token buys a key with a security token."""
        try:
            content = await self._json(request)
            token = self._authentication.check_token(request)
            seconds = _key_seconds(content)
        except IamRefused as refused:
            return iam_refusal(refused)
        except Refused as refused:
            return refusal(refused)
        key = self._credentials.issue_temporary_key(token.account, seconds)
        credential = {"access": key.ak, "secret": key.sk, "securitytoken": key.security_token}
        return reply({"credential": credential | {"expires_at": _time(key.expires)}}, status=201)

    async def _json(self, request: Request) -> Json:
        try:
            async with self._bodies.read(request, MOST_BODY) as body:
                content: Json = orjson.loads(body)
                return content
        except (orjson.JSONDecodeError, Refused):
            raise IamRefused(400, "Request body is invalid.") from None

    def _log_in(self, content: Json) -> Account:
        identity = _at(content, "auth", "identity")
        user = _at(identity, "password", "user")
        name, password, domain = _at(user, "name"), _at(user, "password"), _at(user, "domain", "name")
        if _at(identity, "methods") != ["password"] or not all(isinstance(x, str) for x in (name, password, domain)):
            raise IamRefused(400, "Request body is invalid.")
        account = next((a for a in self._credentials.accounts if (a.user, a.domain) == (name, domain)), None)
        who = f"{domain}/{name}"
        if self._lockout.is_locked(who):
            raise IamRefused(401, "Account locked.")
        if account is None or password != account.password:
            self._lockout.failed(who)
            raise IamRefused(401, "The username or password is wrong.")
        self._lockout.passed(who)
        return account


def _project_scope(content: Json, account: Account) -> bool:
    """Say whether the token shall open the project; a project counts before a domain in the scope."""
    project = _at(content, "auth", "scope", "project")
    if project is None:
        return False
    asked = _at(project, "id"), _at(project, "name")
    if asked not in {(account.project_id, None), (None, account.region), (account.project_id, account.region)}:
        raise IamRefused(404, "Could not find project.")
    return True


def _key_seconds(content: Json) -> float:
    identity = _at(content, "auth", "identity")
    seconds = _at(identity, "token", "duration_seconds")
    if seconds is None:
        seconds = SHORTEST_KEY
    if _at(identity, "methods") != ["token"] or not isinstance(seconds, int):
        raise IamRefused(400, "Request body is invalid.")
    if not SHORTEST_KEY <= seconds <= LONGEST_KEY:
        raise IamRefused(400, f"duration_seconds is from {SHORTEST_KEY} to {LONGEST_KEY}.")
    return seconds


def _facts(token: Token, *, catalog: bool) -> dict[str, Json]:
    account = token.account
    domain: dict[str, Json] = {"id": _made_up_id(account.domain), "name": account.domain}
    user: dict[str, Json] = {
        "id": _made_up_id(account.domain + account.user),
        "name": account.user,
        "domain": domain,
        "password_expires_at": "",
    }
    facts: dict[str, Json] = {
        "expires_at": _time(token.expires),
        "issued_at": _time(token.issued),
        "methods": ["password"],
        "roles": [{"id": "0", "name": "te_admin"}],
        "user": user,
    }
    if token.has_project:
        facts["project"] = {"id": account.project_id, "name": account.region, "domain": domain}
    if catalog:
        facts["catalog"] = ()
    return facts


def _project(account: Account) -> dict[str, Json]:
    return {"id": account.project_id, "name": account.region, "domain_id": _made_up_id(account.domain)}


def _made_up_id(name: str) -> str:
    return md5(name.encode(), usedforsecurity=False).hexdigest()


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _at(content: Json, *path: str) -> Json:
    for name in path:
        content = content.get(name) if isinstance(content, Mapping) else None
    return content
