"""Temporary keys from the metadata service of a cloud server."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from ocr_async.auth.credentials import AkSk
from ocr_async.auth.renewed import Lease
from ocr_async.auth.times import lifetime
from ocr_async.errors import DecodeError
from ocr_async.model import Json

if TYPE_CHECKING:
    import httpx

SESSION_SECONDS = 6 * 3600


async def temporary_key(transport: httpx.AsyncBaseTransport, address: str) -> Lease[AkSk]:
    """Return the key of the server's agency.

    Asks for a session token first (metadata version 2); where that is not offered, version 1 does without.
    Raises TransportError when nothing answers, DecodeError when the answer holds no key.
    """
    from ocr_async.transport import new_request, send  # noqa: PLC0415  only a server with an agency gets here

    ask = partial(send, transport, connect=1.0, seconds=3.0)
    session = await ask(
        new_request(
            "PUT", f"{address}/meta-data/latest/api/token", (("X-Metadata-Token-Ttl-Seconds", str(SESSION_SECONDS)),)
        )
    )
    headers = (("X-Metadata-Token", session.content.decode()),) if session.status_code == 200 else ()
    reply = await ask(new_request("GET", f"{address}/openstack/latest/securitykey", headers))
    if reply.status_code != 200:
        raise DecodeError(
            f"it answered HTTP {reply.status_code}: no agency is set for this server?", status=reply.status_code
        )
    return _lease(reply)


def _lease(reply: httpx.Response) -> Lease[AkSk]:
    try:
        answer: Json = json.loads(reply.content)
    except ValueError:
        answer = None
    key = answer.get("credential") if isinstance(answer, dict) else None
    if not isinstance(key, dict) or not (key.get("access") and key.get("secret")):
        raise DecodeError("its answer holds no key", status=reply.status_code)
    token = key.get("securitytoken")
    credential = AkSk(str(key["access"]), str(key["secret"]), str(token) if token else None)
    return Lease(credential, lifetime(None, key.get("expires_at"), reply.headers.get("date")))
