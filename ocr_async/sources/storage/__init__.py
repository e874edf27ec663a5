"""Objects in buckets and on web servers, through obstore (extra `storage`)."""

from __future__ import annotations

from ocr_async.sources.storage.addresses import is_prefix
from ocr_async.sources.storage.objects import About, StoredObject
from ocr_async.sources.storage.stores import Buckets

__all__ = ["About", "Buckets", "StoredObject", "is_prefix"]
