"""Manifests: a job's items as CSV, TSV, JSON lines or Parquet, each also packed with gzip, one item a line.

Columns (or keys): `path`, `url` or `source`; and, each optional, `key`, `type`, `options` (a JSON object), `page` (of
a PDF file, from 1). Others are ignored. Paths are relative to the manifest's folder. A line that does not fit becomes
an entry with a problem that names the line, and fails alone.
"""

from __future__ import annotations

from ocr_async.jobs.manifest.entries import entries, key_text
from ocr_async.jobs.manifest.failed_list import check, write
from ocr_async.jobs.manifest.rows import SUFFIXES

__all__ = ["SUFFIXES", "check", "entries", "key_text", "write"]
