"""Temporary keys from the metadata service of a cloud server."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from ocr_async import json_body
from ocr_async.auth.credentials import AkSk
from ocr_async.auth.renewed import Lease
from ocr_async.auth.times import lifetime
from ocr_async.errors import DecodeError
from ocr_async.json_body import NoJsonError

if TYPE_CHECKING:
    import httpx

    from ocr_async.transport.request import Headers

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
    reply = await ask(new_request("GET", f"{address}/openstack/latest/securitykey", _in_session(session)))
    if reply.status_code != 200:
        raise DecodeError(
            f"it answered HTTP {reply.status_code}: no agency is set for this server?", status=reply.status_code
        )
    return _lease(reply)


def _in_session(reply: httpx.Response) -> Headers:
    """Return what names the session, nothing where version 2 is not offered."""
    token = reply.content.decode("latin-1").strip()
    if reply.status_code != 200 or not token:
        return ()
    if not re.fullmatch(r"[!-~]+", token):
        raise DecodeError("what answers there gives no token: it is something else", status=reply.status_code)
    return (("X-Metadata-Token", token),)


def _lease(reply: httpx.Response) -> Lease[AkSk]:
    try:
        answer = json_body.loads(reply)
    except NoJsonError:
        answer = None
    key = answer.get("credential") if isinstance(answer, dict) else None
    if not isinstance(key, dict) or not (key.get("access") and key.get("secret")):
        raise DecodeError("its answer holds no key", status=reply.status_code)
    token = key.get("securitytoken")
    try:
        credential = AkSk(str(key["access"]), str(key["secret"]), str(token) if token else None)
    except ValueError as error:
        raise DecodeError(f"its answer holds no key that can be: {error}", status=reply.status_code) from None
    return Lease(credential, lifetime(None, key.get("expires_at"), reply.headers.get("date")))
