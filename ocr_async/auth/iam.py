"""The two questions to IAM: a token for a user and a project, and the id of a region's project."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from ocr_async import json_body
from ocr_async.auth.credentials import Password, Token
from ocr_async.auth.providers import Found
from ocr_async.auth.times import lifetime
from ocr_async.errors import CredentialsError, DecodeError
from ocr_async.json_body import NoJsonError
from ocr_async.model import Json
from ocr_async.settings import checked_project_id

if TYPE_CHECKING:
    import httpx

    from ocr_async.transport.request import RawRequest

JSON_TYPE = (("Content-Type", "application/json;charset=utf8"),)


def token_request(iam: str, who: Password, *, project_id: str | None, region: str | None) -> RawRequest:
    """Ask for a token that is scoped to a project, by id or by the region's name; without the service catalog."""
    from ocr_async.transport import new_request  # noqa: PLC0415  loads with the first request

    user: dict[str, Json] = {"name": who.user, "password": who.password, "domain": {"name": who.domain}}
    project: dict[str, Json] = {"id": project_id} if project_id else {"name": region}
    body: Json = {
        "auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": project},
        }
    }
    return new_request("POST", f"{iam}/v3/auth/tokens?nocatalog=true", JSON_TYPE, json.dumps(body).encode())


def read_token(reply: httpx.Response) -> Found:
    """Return the token with its life, and the id of its project where that is told.

    Raises DecodeError when the reply holds no token.
    """
    text = reply.headers.get("x-subject-token")
    if not text:
        raise DecodeError(
            "IAM answered without the header X-Subject-Token.", problems=["no token"], status=reply.status_code
        )
    try:
        credential = Token(text)
    except ValueError as error:
        raise _none(reply, str(error)) from None
    token = _object(_object(_decoded(reply)).get("token"))
    project_id = _object(token.get("project")).get("id")
    life = lifetime(token.get("issued_at"), token.get("expires_at"), reply.headers.get("date"))
    return Found(credential, "IAM", _project_id(reply, project_id), seconds=life)


def projects_url(iam: str, region: str | None) -> str:
    """Return where to get the project of a region, or all of them where the region has no name."""
    query = f"?{urlencode({'name': region})}" if region else ""
    return f"{iam}/v3/projects{query}"


def read_project(reply: httpx.Response, region: str | None) -> str:
    """Return the id of the one project.

    Raises CredentialsError when there is none or more than one: then the caller must say which.
    """
    found = _object(_decoded(reply)).get("projects")
    ids = [entry.get("id") for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []
    if len(ids) == 1 and (project_id := _project_id(reply, ids[0])):
        return project_id
    named = f" named {region}" if region else ""
    raise CredentialsError(f"IAM lists {len(ids)} projects{named}, not one. Pass project_id=... to the session.")


def _project_id(reply: httpx.Response, told: Json) -> str | None:
    """Return the id that IAM tells, None where it tells none; raise DecodeError for one that no project can have."""
    try:
        return checked_project_id(told) if isinstance(told, str) and told else None
    except ValueError as error:
        raise _none(reply, str(error)) from None


def _none(reply: httpx.Response, problem: str) -> DecodeError:
    return DecodeError(f"IAM answered with what cannot be: {problem}", problems=[problem], status=reply.status_code)


def _decoded(reply: httpx.Response) -> Json:
    try:
        decoded = json_body.loads(reply)
    except NoJsonError:
        raise DecodeError(
            "IAM answered with something that is not JSON.", status=reply.status_code, body=reply.content
        ) from None
    return decoded


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
