"""The APIs of the scripted service: those of the embedded one, and every document type that is defined."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from ocr_async.documents import registry
from ocr_async.fields import DocumentType, Result
from ocr_async.local.reading import APIS
from ocr_async.local.service import Api
from ocr_async.model import Json


def registered_apis() -> Mapping[tuple[str, str], Api]:
    """Return every API by version and id; of those that the embedded service lacks, options are taken as they come."""
    return {("v2", each.api): _api(each) for each in registry.document_types()} | dict(APIS)


def _api(cls: type[DocumentType[Result]]) -> Api:
    options = {attribute.name: _any for attribute in attrs.fields(cls)}
    picture = cls.picture
    return Api(picture.max_side, picture.max_base64_bytes, picture.min_side, options, cls.source_parameter)


def _any(_: Json) -> bool:
    return True
