"""Tables of a job's results for people and programs: a row a document, a column a field, typed cells.

They are made from the output alone, so they can be made at any time: `tables.write("results.jsonl", "results.xlsx")`.
"""

from __future__ import annotations

from ocr_async.jobs.tables.write import FORMATS, check_format, check_targets, is_table, write, write_all

__all__ = ["FORMATS", "check_format", "check_targets", "is_table", "write", "write_all"]
