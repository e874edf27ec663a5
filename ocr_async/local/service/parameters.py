"""The body of a recognition call: what it asks for, checked against its API."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
import pybase64
from attrs import field, frozen

from ocr_async.local.apis import Api
from ocr_async.local.service.replies import Refused
from ocr_async.model import Json
from ocr_async.sources.headers import HeaderError, read_header


@frozen
class Parameters:
    """What a call asks for: a picture or its address, and the options."""

    image: bytes | None = field(repr=False)
    url: str | None
    options: Mapping[str, Json]


def parse(body: bytes, api: Api) -> Parameters:
    """Return the checked parameters of a body; `Refused` with the documented code otherwise."""
    content = _json_object(body)
    image, url = content.pop(api.source, None), content.pop("url", None)
    if not api.source:
        image = url = None
    elif (image is None) == (url is None) or not isinstance(image or url, str):
        raise Refused("AIS.0101")
    if not all(name in api.parameters and api.parameters[name](value) for name, value in content.items()):
        raise Refused("AIS.0101")
    picture = None if image is None else _decode(str(image), api)
    return Parameters(picture, None if url is None else str(url), content)


def check_picture(image: bytes, api: Api) -> None:
    """Refuse a picture whose format, by its content, or whose sides the API does not take."""
    try:
        header = read_header(lambda offset, count: image[offset : offset + count], len(image), api.formats)
    except HeaderError:
        raise Refused("AIS.0102") from None
    if header.format not in api.formats:
        raise Refused("AIS.0102")
    if header.width is None or header.height is None:
        return
    if min(header.width, header.height) < api.min_side or max(header.width, header.height) > api.max_side:
        raise Refused("AIS.0103")


def _json_object(body: bytes) -> dict[str, Json]:
    try:
        content: Json = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused("ModelArts.4105") from None
    if not isinstance(content, Mapping):
        raise Refused("ModelArts.4105")
    return dict(content)


def _decode(image: str, api: Api) -> bytes:
    if len(image) > api.max_base64:
        raise Refused("ModelArts.4104")
    try:
        picture = pybase64.b64decode(image, validate=True)  # a "data:" prefix is no base64
    except ValueError:
        raise Refused("AIS.0102") from None
    check_picture(picture, api)
    return picture
