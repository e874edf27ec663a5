"""Where a document type is offered."""

from __future__ import annotations

from ocr_async.errors import RegionError
from ocr_async.fields.base import Result
from ocr_async.fields.document_type import DocumentType
from ocr_async.regions import Region


def check_offered(document_type: DocumentType[Result], where: Region) -> None:
    """Raise RegionError when the region is known not to offer the document type, or one of the options set."""
    offering = document_type.regions
    if offering and where.id not in offering:
        raise RegionError(
            f"{document_type.api} is not offered in {where.id}. Regions that offer it: {', '.join(offering)}. "
            "An explicit endpoint skips this check."
        )
    for option in document_type.options():
        cloud = document_type.only_on.get(option, where.cloud)
        if cloud != where.cloud:
            raise RegionError(
                f"{document_type.api}: the option {option} exists on {cloud} only, not on {where.cloud} ({where.id}). "
                "Leave it out there."
            )
