"""Every documented error code of the OCR service, its gateways and IAM: what it means and what to do about it.

Codes are compared, never messages: the texts differ between pages. A code that is not in the table is judged by its
HTTP status.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from attrs import frozen

from ocr_async.errors import (
    ApiError,
    AuthError,
    DocumentError,
    RequestError,
    ServiceError,
    SubscriptionError,
    ThrottledError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

SUCCEEDED = "AIS.0000"
"""The code of a document that was read, inside a reply with several."""


@frozen
class ErrorCode:
    """One documented code.

    `action` is `none`, `stop` (never repeat unchanged), `retry`, `refresh_token` (new credentials once),
    `retry_later` (only after `wait` seconds); `wait` is the documented wait in seconds and `max_retries` how many
    repeats make sense, both `None` where nothing is said. `status` is `None` where it is not documented.
    """

    code: str
    status: int | None
    category: str
    action: str
    wait: float | None
    max_retries: int | None
    message: str
    meaning: str
    remedy: str

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later."""
        return self.action in ("retry", "retry_later")

    @property
    def error_class(self) -> type[ApiError]:
        """The class of the error that a caller sees."""
        return _CLASS_OF_CODE.get(self.code) or _CLASS_OF_CATEGORY[self.category]


@cache
def error_codes() -> Mapping[str, ErrorCode]:
    """Return the whole table, by code."""
    rows = ([cell.strip() for cell in line.split("|")] for line in _TABLE.strip().splitlines())
    return {row[0]: _error_code(row) for row in rows}


def api_error(
    status: int, code: str, message: str, *, request_id: str | None = None, retry_after: float | None = None
) -> ApiError:
    """Make the error for a reply that says no, or for one document of a reply: by code first, then by status."""
    known = error_codes().get(code)
    if known is None or known.category == "success" or code in _DECIDED_BY_STATUS:
        error_class, retryable, remedy = class_of_status(status), _is_passing(status), _REMEDY_OF_STATUS.get(status, "")
    else:
        error_class, retryable, remedy = known.error_class, known.retryable, _remedy(known, message)
        if known.action == "retry_later" and retry_after is None:
            retry_after = known.wait
    return error_class(
        status=status,
        code=code,
        message=message or (known.message if known else ""),
        remedy=remedy,
        request_id=request_id,
        retryable=retryable,
        retry_after=retry_after,
    )


def _remedy(known: ErrorCode, message: str) -> str:
    """Return what to do: of the steps `reason: what to do`, separated by semicolons, the one whose reason was given."""
    steps = [step.partition(": ") for step in known.remedy.split("; ")]
    return next((what for reason, _, what in steps if what and reason in message), known.remedy)


def class_of_status(status: int) -> type[ApiError]:
    """Return the class of an error of which only the HTTP status is known."""
    if status in _CLASS_OF_STATUS:
        return _CLASS_OF_STATUS[status]
    return ServiceError if status >= 500 else RequestError


def _is_passing(status: int) -> bool:
    return status in (408, 429) or (status >= 500 and status not in (501, 505))


def _error_code(row: list[str]) -> ErrorCode:
    code, status, category, action, wait, max_retries, *texts = row
    return ErrorCode(
        code,
        int(status) if status else None,
        category,
        action,
        float(wait) if wait else None,
        int(max_retries) if max_retries else None,
        *texts,
    )


_DECIDED_BY_STATUS = frozenset({"APIG.0201"})
"""One code for a timeout behind the gateway, a body that is too large, a malformed request and more."""

_CLASS_OF_STATUS: dict[int, type[ApiError]] = {
    401: AuthError,
    403: AuthError,
    408: ServiceError,
    413: DocumentError,
    429: ThrottledError,
}

_REMEDY_OF_STATUS = {
    401: "check the key, or the user, password and domain, and this machine's clock",
    403: "give the user or key the permission for this service",
    404: "check the endpoint's address, and whether this region offers the API",
}
"""What to do where no known code says it."""

_CLASS_OF_CATEGORY: dict[str, type[ApiError]] = {
    "auth": AuthError,
    "permission": AuthError,
    "quota": RequestError,
    "throttle": ThrottledError,
    "bad_input": RequestError,
    "bad_image": DocumentError,
    "source_url": DocumentError,
    "obs": DocumentError,
    "server": ServiceError,
    "not_found": RequestError,
    "config": RequestError,
    "success": ServiceError,
}

_CLASS_OF_CODE: dict[str, type[ApiError]] = {
    "AIS.0101": DocumentError,
    "AIS.0105": DocumentError,
    "ModelArts.4104": DocumentError,
    "ModelArts.4204": SubscriptionError,
    "ModelArts.4503": ServiceError,
    "ModelArts.4504": ServiceError,
    "ModelArts.4506": ServiceError,
}

# code | status | category | action | wait | repeats | message as documented | meaning | remedy
_TABLE = """
AIS.0000 | 200 | success | none |  |  | Succeeded. | this document was read | nothing
AIS.0101 | 400 | bad_input | stop |  |  | The input parameter is invalid. | a parameter is missing, doubled, misspelled or of the wrong type | fix the request: one of image and url, JSON booleans, allowed values
AIS.0102 | 400 | bad_image | stop |  |  | The image format is not supported. | file type not accepted, or image is not bare base64 | convert the file, drop a data: prefix
AIS.0103 | 400 | bad_image | stop |  |  | The image size does not meet the requirements. | a side is too short or too long | resize within the limits of the API
AIS.0104 | 400 | bad_image | stop |  |  | The image is not supported or the image quality is poor. | wrong kind of document for this API, or unreadable | use the right API or a better picture
AIS.0105 | 400 | server | retry |  | 1 | Recognition failed. | the recogniser itself failed | contact support
AIS.0117 | 400 | not_found | stop |  |  | Input ID does not exist. | unknown template_id or classifier_id | check the ID
AIS.0118 | 400 | server | retry_later | 7200 |  | Service request error or the tax authority's interface was malfunctioning. | the tax office did not answer the invoice check | try again after about two hours
AIS.0119 | 400 | bad_image | stop |  |  | Template match failed, template_id={xxx}. | picture does not fit the template | check the anchor fields of the template
AIS.0120 | 400 | bad_image | stop |  |  | Classification failed. | picture fits none of the templates | check the templates of the classifier
AIS.0121 | 400 | config | stop |  |  | The recognition area of template is not configured, template_id={xxx} | the template has no recognition area | finish the template
AIS.0122 | 400 | bad_image | stop |  |  | The image contains two or more ID cards with the same side. | double_side was asked and one side appears twice | send one front and one back
ModelArts.0203 |  | auth | refresh_token |  |  | Invalid token. | token not valid | check or renew the token
ModelArts.0212 |  | auth | stop |  |  | Invalid Token header. The Token not contain project item. | token has no project scope | ask for a token with scope.project
ModelArts.4101 |  | auth | stop |  |  | Token header cannot be empty. | X-Auth-Token header missing | send the header
ModelArts.4102 |  | auth | refresh_token |  |  | Parse Token error. | token cannot be parsed | check that the token is complete
ModelArts.4103 |  | auth | refresh_token |  |  | Invalid Token header. | token header not valid | check the token
ModelArts.4104 |  | bad_input | stop |  |  | Invalid Request Content Length. | request body too long or length wrong | keep the base64 below 10 MB
ModelArts.4105 |  | bad_input | stop |  |  | The JSON format of the input data is incorrect. | body is not valid JSON | send valid JSON
ModelArts.4106 |  | permission | stop |  |  | Invalid authorization request. | the account is restricted (arrears, frozen) | check the account
ModelArts.4107 |  | server | retry |  | 2 | Get user temp ak sk error. | the platform could not get a temporary key for the user | contact support
ModelArts.4201 |  | config | stop |  |  | Request url need service id. | path lacks the service part | check the URL
ModelArts.4202 |  | config | stop |  |  | Request url format invalid. | path malformed | check the URL
ModelArts.4203 |  | permission | stop |  |  | Access denied! You do not have permission. | no permission for this API | grant the permission
ModelArts.4204 |  | config | stop |  |  | Request api error! The API XXX is not subscribed. | the API is not enabled in this region or account, or the URL is misspelled | enable it in the console of the same region; check the URL
ModelArts.4301 |  | server | retry |  | 2 | Have error when get ai-service admin token. | the platform could not get its own token | contact support
ModelArts.4302 |  | server | retry |  |  | Gateway forwarding error. | forwarding to the service failed | contact support
ModelArts.4401 |  | throttle | retry |  |  | Max concurrency error. | too many requests at once | send fewer at once; ask for a higher limit
ModelArts.4402 |  | server | retry |  |  | Backend service timeout error. | the service took too long | contact support; try a smaller picture
ModelArts.4403 |  | server | retry |  |  | Backend service unavailable error. | the service is down or failing often | contact support
ModelArts.4502 |  | server | retry |  | 2 | Backend service response error. | the service answered wrongly | contact support
ModelArts.4503 |  | not_found | stop |  |  | Backend service found error. | the service does not exist | contact support
ModelArts.4504 |  | not_found | stop |  |  | Backend service api not found. | the API does not exist | contact support
ModelArts.4505 |  | server | retry |  |  | Backend service internal error. | internal fault | contact support
ModelArts.4506 |  | not_found | stop |  |  | SubService service found error. | the sub-service of the API does not exist | contact support
ModelArts.4508 |  | server | retry_later | 60 |  | Service not start. | the service does not exist or is stopped | contact support
ModelArts.4601 |  | source_url | stop |  |  | The URL is not allowed. | download address not acceptable | check the url parameter
ModelArts.4603 |  | source_url | retry |  | 1 | Obtaining the file from the URL failed. | the service could not download the file | check that the address is public, stable and serves an image type; or send image
ModelArts.4702 |  | obs | stop |  |  | Query Obs agency failed. | OBS delegation not found | enable OBS access for OCR
ModelArts.4703 |  | obs | stop |  |  | The Obs URL is invalid. | OBS address not valid | check the address
ModelArts.4704 |  | obs | retry |  | 1 | Obtaining the file from the OBS failed. | OBS file not readable | check path, rights and that the bucket is in the same region
ModelArts.4705 |  | obs | stop |  |  | The file stored on the OBS is oversized. | OBS file too large | use a smaller file
ModelArts.4706 |  | obs | stop |  |  | The Obs file is not exist. | OBS file missing | check the file
ModelArts.6201 |  | quota | stop |  |  |  | account frozen | top up or unfreeze the account
APIG.0101 | 404 | not_found | stop |  |  | The API does not exist or has not been published in the environment. | wrong path, method, or region; project_id missing from the path | check URL, method and region
APIG.0106 | 400 | bad_input | stop |  |  | Orchestration error. | a parameter breaks a rule of the gateway | check mandatory parameters and their form
APIG.0201 | 504 | server | retry | 2 |  | Backend timeout. | the request timed out | retry after 2 to 5 seconds, send fewer requests, shrink the picture
APIG.0301 | 401 | auth | refresh_token |  |  | Incorrect IAM authentication information. | token or signature rejected; the text after the colon says why | decrypt token fail: check how the token was made; token expires: get a new one; verify aksk signature fail: check the keys; x-auth-token not found: send the header; AK access failed to reach the limit: the key is locked after five failures, wait five minutes and check the keys
APIG.0307 | 401 | auth | refresh_token |  |  | The token must be updated. | token expired, or used in another region | get a new token for the region of the call
APIG.0308 | 429 | throttle | retry | 2 |  | The throttling threshold has been reached: policy user over ratelimit,limit:XX,time:1 minute. | more requests per minute than allowed | slow down; retry after 2 to 5 s
APIG.0103 | 500 | server | retry |  |  | The backend does not exist. | gateway finds no backend | try again later; if it lasts, contact support
APIG.0104 | 500 | server | retry |  |  | The plug-ins do not exist. | gateway configuration missing | try again later; if it lasts, contact support
APIG.0105 | 500 | server | retry |  |  | The backend configurations do not exist. | gateway configuration missing | try again later; if it lasts, contact support
APIG.0204 | 400 | config | stop |  |  | SSL protocol is not supported: TLSv1.1 | TLS version too old | use TLS 1.2 or later
APIG.0302 | 403 | permission | stop |  |  | The IAM user is not authorized to access the API. | user is on a black list or not on a white list | ask the administrator to authorize the user for the API
APIG.0303 | 401 | auth | stop |  |  | Incorrect app authentication information. | app signature wrong | check the app key
APIG.0304 | 403 | permission | stop |  |  | The app is not authorized to access the API. | app has no right | ask the administrator to authorize the app
APIG.0305 | 401 | auth | refresh_token |  |  | Incorrect authentication information. | credentials wrong | check the credentials
APIG.0306 | 403 | permission | stop |  |  | API access denied. | access refused | ask the administrator for access
APIG.0310 | 403 | permission | stop |  |  | The project is unavailable. | project cannot be used | check that the project is normal
APIG.0311 | 401 | auth | stop |  |  | Incorrect debugging authentication information. | debug credentials wrong | check the debugging credentials
APIG.0401 | 403 | permission | stop |  |  | Unknown client IP address. | client address not known | ask the administrator which client addresses are allowed
APIG.0402 | 403 | permission | stop |  |  | The IP address is not authorized to access the API. | client address refused | ask the administrator to allow the client address
APIG.0404 | 403 | permission | stop |  |  | Access to the backend IP address has been denied. | backend address refused | ask the administrator of the API
APIG.0501 | 405 | quota | stop |  |  | The app quota has been used up. | quota used up | buy more quota
APIG.0502 | 405 | quota | stop |  |  | The app has been frozen. | app frozen, balance too low | top up the account
APIG.0601 | 500 | server | retry |  |  | Internal server error. | gateway fault | try again later; if it lasts, contact support
APIG.0602 | 400 | bad_input | stop |  |  | Bad request. | request not acceptable | check the request
APIG.0605 | 500 | server | retry |  |  | Domain name resolution failed. | gateway could not resolve the backend | try again later; if it lasts, contact support
APIG.0606 | 500 | server | retry |  |  | Failed to load the API configurations. | gateway fault | try again later; if it lasts, contact support
APIG.0607 | 400 | config | stop |  |  | The following protocol is supported: {xxx} | wrong protocol, such as http for https | use https
APIG.0608 | 500 | server | retry |  |  | Failed to obtain the admin token. | gateway fault | try again later; if it lasts, contact support
APIG.0609 | 500 | server | retry |  |  | The VPC backend does not exist. | gateway finds no backend | try again later; if it lasts, contact support
APIG.0610 | 502 | server | retry |  |  | No backend available. | no backend reachable | try again later; if it lasts, contact support
APIG.0611 | 500 | server | retry |  |  | The backend port does not exist. | gateway configuration missing | try again later; if it lasts, contact support
APIG.0612 | 500 | config | stop |  |  | An API cannot call itself. | gateway loop | contact support
APIG.0613 | 503 | server | retry |  |  | The IAM service is currently unavailable. | IAM down for the gateway | try again later; if it lasts, contact support
APIG.0705 | 500 | server | retry |  |  | Backend signature calculation failed. | gateway fault | try again later; if it lasts, contact support
APIG.0802 | 403 | permission | stop |  |  | The IAM user is forbidden in the currently selected region | user blocked in the region | use another region, or ask the administrator
APIG.1009 | 400 | auth | stop |  |  | AppKey or AppSecret is invalid | app key wrong | check the app key
APIGW.0101 | 404 | not_found | stop |  |  | The API does not exist or has not been published in the environment. | wrong path, method or region | check URL, method and region
APIGW.0103 | 404 | not_found | stop |  |  | The backend does not exist. | gateway finds no backend | contact support
APIGW.0104 | 400 | server | stop |  |  | The plug-ins do not exist. | gateway configuration missing | contact support
APIGW.0105 | 400 | server | stop |  |  | The backend configurations do not exist. | gateway configuration missing | contact support
APIGW.0106 | 400 | bad_input | stop |  |  | Orchestration error. | parameter breaks a gateway rule | check mandatory parameters and their form
APIGW.0201 | 400 | bad_input | stop |  |  | API request error. | request not acceptable; other messages of this code are 413 and more | check the request
APIGW.0301 | 401 | auth | refresh_token |  |  | Incorrect IAM authentication information. | token or signature rejected; the text after the colon says why | decrypt token fail: check how the token was made; token expires: get a new one; verify aksk signature fail: check the keys; x-auth-token not found: send the header; AK access failed to reach the limit: the key is locked after five failures, wait five minutes and check the keys
APIGW.0302 | 403 | permission | stop |  |  |  | user is on a black list or not on a white list | ask the administrator to authorize the user for the API
APIGW.0303 | 401 | auth | stop |  |  |  | app signature wrong | check the app key
APIGW.0305 | 401 | auth | refresh_token |  |  |  | credentials wrong | check the credentials
APIGW.0306 | 403 | permission | stop |  |  |  | access refused | ask the administrator for access
APIGW.0307 | 401 | auth | refresh_token |  |  | The token must be updated. | token expired or used in another region | get a new token for the region of the call
APIGW.0308 | 429 | throttle | retry |  |  | The throttling threshold has been reached | too many requests | slow down; retry after 2 to 5 s
IAM.0001 | 401 | auth | stop |  |  | The request you have made requires authentication. | no or wrong credentials | check the credentials
IAM.0002 | 403 | permission | stop |  |  | You are not authorized to perform the requested action. | not allowed | grant the right
IAM.0003 | 403 | permission | stop |  |  | Policy doesn't allow %(actions)s to be performed. | policy forbids it | change the policy
IAM.0004 | 404 | not_found | stop |  |  | Could not find %(target)s: %(target_id)s. | user, account or project unknown | check the names
IAM.0005 | 409 | server | stop |  |  | Conflict occurred when attempting to store %(type)s - %(details)s. | conflict | check the request
IAM.0006 | 500 | server | retry |  |  | An unexpected error prevented the server from fulfilling your request. | IAM fault | retry, then support
IAM.0007 | 400 | bad_input | stop |  |  | Request parameter %(key)s is invalid. | parameter wrong | fix it
IAM.0009 | 400 | auth | refresh_token |  |  | X-Subject-Token is invalid in the request. | token to be checked is wrong | get a new token
IAM.0011 | 400 | bad_input | stop |  |  | Request body is invalid. | body wrong | fix it
IAM.0012 | 429 | throttle | retry |  |  | The throttling threshold has been reached. Threshold: %d times per %d seconds | too many calls to IAM | cache the token, back off
IAM.0020 | 410 | server | retry |  |  | Original auth failover to other regions, please auth downgrade | IAM failed over to another region | the platform handles it
IAM.0061 | 401 | auth | retry_later | 900 |  | Account locked. | locked after wrong passwords | wait for the unlock (15 minutes on the OCR help pages)
IAM.0062 | 401 | auth | stop |  |  | Incorrect password. | wrong password; repeats lock the account | fix the password
IAM.0063 | 401 | auth | stop |  |  | Access token authentication failed. | access token wrong | support
IAM.0064 | 401 | permission | stop |  |  | The access token does not have permissions for the request. | no right | grant the right
IAM.0065 | 401 | auth | stop |  |  | HUAWEI IDs registered in European countries cannot log in to HUAWEI CLOUD. | account of another site | use an account of this site
IAM.0066 | 401 | auth | refresh_token |  |  | The token has expired. | token expired | get a new one
IAM.0067 | 401 | auth | refresh_token |  |  | Invalid token. | token wrong | get a new one
IAM.0072 | 400 | bad_input | stop |  |  | '%(key)s' is a required property. | property missing | add it
IAM.0073 | 400 | bad_input | stop |  |  | Invalid input for field '%(key)s'. The value is '%(value)s'. | value wrong | fix it
IAM.0080 | 403 | permission | stop |  |  | The user %s with access key %s is disabled. | owner of the key is disabled | ask the administrator
IAM.0081 | 403 | permission | stop |  |  | This user only supports console access, not programmatic access. | no programmatic access | enable it
IAM.0082 | 403 | permission | stop |  |  | The user %s is disabled. | user disabled | ask the administrator
IAM.0083 | 403 | permission | stop |  |  | You do not have permission to access the private region %s. | private region | use another region
IAM.1101 | 400 | bad_input | stop |  |  | The request body size %s is invalid. | body empty or above 32 KB | fix it
IAM.1102 | 400 | bad_input | stop |  |  | The %s in the request body is invalid. | value wrong | fix it
IAM.1103 | 400 | bad_input | stop |  |  | The %s is required in the request body. | value missing | add it
IAM.1104 | 400 | auth | stop |  |  | The access key %s is in the blacklist. | key barred | use another key
IAM.1105 | 400 | auth | stop |  |  | The access key %s has expired. | key expired | make a new key
IAM.1106 | 400 | auth | stop |  |  | The user %s with access key %s cannot be found. | owner of the key unknown | check the key
IAM.1107 | 400 | auth | stop |  |  | The access key %s is inactive. | key disabled | enable it
IAM.1108 | 400 | auth | refresh_token |  |  | The securitytoken has expired. | temporary key expired | get a new temporary key
IAM.1109 | 400 | config | stop |  |  | The project information cannot be found. | project unknown | check the project
"""
