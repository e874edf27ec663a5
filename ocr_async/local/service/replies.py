"""What the service answers: results, and refusals in the shapes of OCR, the gateway and IAM."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from secrets import token_hex
from types import MappingProxyType

import orjson
from starlette.responses import Response

from ocr_async.error_codes import error_codes
from ocr_async.model import Json

NO_HEADERS: Mapping[str, str] = MappingProxyType({})

# The reference pages give no HTTP status for the ModelArts codes. Chosen by meaning, so that a client which knows
# statuses only still does the right thing: 429 and 5xx may pass, 4xx will not.
_STATUS_OF_CATEGORY = MappingProxyType(
    {"auth": 401, "permission": 403, "not_found": 404, "throttle": 429, "server": 500}
)
_STATUS_OF_CODE = MappingProxyType(
    {"ModelArts.4302": 502, "ModelArts.4402": 504, "ModelArts.4403": 503, "ModelArts.4508": 503}
)


class Refused(Exception):  # noqa: N818  the service's own word for an answer, never seen by a caller
    """A call that is answered with an error code; status and message default to those of the code."""

    def __init__(
        self,
        code: str,
        *,
        message: str | None = None,
        status: int | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> None:
        known = error_codes().get(code)
        super().__init__(code)
        self.code = code
        self.status = status or _status(code)
        self.message = message or (known.message if known else "The request was refused.")
        self.headers = headers


class IamRefused(Exception):  # noqa: N818  as above
    """A call to IAM that is answered with IAM's own error shape."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def _status(code: str) -> int:
    known = error_codes().get(code)
    if known is None:
        return 400
    return known.status or _STATUS_OF_CODE.get(code) or _STATUS_OF_CATEGORY.get(known.category, 400)


def reply(content: Json, *, status: int = 200, headers: Mapping[str, str] = NO_HEADERS) -> Response:
    """Return a JSON reply with a request id of its own."""
    return _reply(content, status, token_hex(16), headers)


def refusal(refused: Refused) -> Response:
    """Return the error body of the OCR service; gateway errors also carry the request id in it."""
    request_id = token_hex(16)
    content = (
        {"error_code": refused.code, "error_msg": refused.message} if refused.code else {"message": refused.message}
    )
    if refused.code.startswith("APIG."):
        content["request_id"] = request_id
    return _reply(content, refused.status, request_id, refused.headers)


def iam_refusal(refused: IamRefused) -> Response:
    """Return the error body of the IAM service."""
    title = HTTPStatus(refused.status).phrase
    return reply({"error": {"code": refused.status, "message": refused.message, "title": title}}, status=refused.status)


def _reply(content: Json, status: int, request_id: str, headers: Mapping[str, str]) -> Response:
    return Response(
        orjson.dumps(content), status, {"X-Request-Id": request_id, **headers}, media_type="application/json"
    )
