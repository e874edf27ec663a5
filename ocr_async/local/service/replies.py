"""What the service answers: results, and refusals in the shapes of OCR, the gateway and IAM."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from uuid import uuid4

import orjson
from starlette.responses import Response

from ocr_async.model import Json

NO_HEADERS: Mapping[str, str] = MappingProxyType({})

# The reference pages give no HTTP status for the ModelArts codes. Chosen by meaning: who may repeat the call, and when.
REFUSALS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "AIS.0101": (400, "The input parameter is invalid."),
        "AIS.0102": (400, "The image format is not supported."),
        "AIS.0103": (400, "The image size does not meet the requirements."),
        "AIS.0104": (400, "The image is not supported or the image quality is poor."),
        "AIS.0105": (400, "Recognition failed."),
        "APIG.0101": (404, "The API does not exist or has not been published in the environment."),
        "APIG.0201": (413, "Request entity too large."),
        "APIG.0301": (401, "Incorrect IAM authentication information."),
        "APIG.0308": (429, "The throttling threshold has been reached"),
        "ModelArts.0212": (401, "Invalid Token header. The Token not contain project item."),
        "ModelArts.4104": (400, "Invalid Request Content Length."),
        "ModelArts.4105": (400, "The JSON format of the input data is incorrect."),
        "ModelArts.4203": (403, "Access denied! You do not have permission."),
        "ModelArts.4401": (429, "Max concurrency error."),
        "ModelArts.4402": (504, "Backend service timeout error."),
        "ModelArts.4505": (500, "Backend service internal error."),
        "ModelArts.4601": (400, "The URL is not allowed."),
        "ModelArts.4603": (400, "Obtaining the file from the URL failed."),
    }
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
        known_status, known_message = REFUSALS.get(code, (400, "The request was refused."))
        super().__init__(code)
        self.code = code
        self.status = status or known_status
        self.message = message or known_message
        self.headers = headers


class IamRefused(Exception):  # noqa: N818  as above
    """A call to IAM that is answered with IAM's own error shape."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def reply(content: Json, *, status: int = 200, headers: Mapping[str, str] = NO_HEADERS) -> Response:
    """Return a JSON reply with a request id of its own."""
    return _reply(content, status, uuid4().hex, headers)


def refusal(refused: Refused) -> Response:
    """Return the error body of the OCR service; gateway errors also carry the request id in it."""
    request_id = uuid4().hex
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
