"""What a document type of one's own is made of: see `ocr_async.fields`."""

from ocr_async.fields.base import Fields, Meta, Result, document
from ocr_async.fields.document_type import DocumentType, ImageLimits, VersionedType, instance

__all__ = ["DocumentType", "Fields", "ImageLimits", "Meta", "Result", "VersionedType", "document", "instance"]
