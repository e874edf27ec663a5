"""Bulk jobs on disk: `run_job` reads any number of pictures into a file, each once, however often it is interrupted."""

from __future__ import annotations

from ocr_async.jobs.frames import to_arrow, to_pandas, to_polars
from ocr_async.jobs.job import run_job
from ocr_async.jobs.progress import OnProgress, Progress
from ocr_async.jobs.results import read_results
from ocr_async.jobs.rules import Unknown
from ocr_async.jobs.stop import Stop
from ocr_async.jobs.summary import Failure, JobSummary, Slow, Unsure

__all__ = [
    "Failure",
    "JobSummary",
    "OnProgress",
    "Progress",
    "Slow",
    "Stop",
    "Unknown",
    "Unsure",
    "read_results",
    "run_job",
    "to_arrow",
    "to_pandas",
    "to_polars",
]
