"""The two questions to IAM: a token for a user and a project, and the id of a region's project."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from ocr_async.auth.credentials import Password, Token
from ocr_async.auth.providers import Found
from ocr_async.auth.times import lifetime
from ocr_async.errors import CredentialsError, DecodeError
from ocr_async.model import Json

if TYPE_CHECKING:
    import httpx

JSON_TYPE = (("Content-Type", "application/json;charset=utf8"),)


def token_request(iam: str, who: Password, *, project_id: str | None, region: str | None) -> httpx.Request:
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
    token = _object(_object(_decoded(reply)).get("token"))
    project_id = _object(token.get("project")).get("id")
    life = lifetime(token.get("issued_at"), token.get("expires_at"), reply.headers.get("date"))
    return Found(Token(text), "IAM", project_id if isinstance(project_id, str) else None, seconds=life)


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
    if len(ids) == 1 and isinstance(ids[0], str):
        return ids[0]
    named = f" named {region}" if region else ""
    raise CredentialsError(f"IAM lists {len(ids)} projects{named}, not one. Pass project_id=... to the session.")


def _decoded(reply: httpx.Response) -> Json:
    try:
        decoded: Json = json.loads(reply.content)
    except ValueError:
        raise DecodeError(
            "IAM answered with something that is not JSON.", status=reply.status_code, body=reply.content
        ) from None
    return decoded


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
