"""Settings of a job that cannot be meant are refused before anything is opened or sent."""

from __future__ import annotations

import pytest
from job_fixtures import fill, run

from ocr_async.testing import ScriptedService


async def no_items():
    yield "scans"


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"unknown": "Retry"}, "unknown='Retry' is neither 'hold' nor 'retry'"),
        ({"retry_failed": "no"}, "retry_failed is of <class 'str'>, neither True nor False"),
        ({"prune": 1}, "prune is of <class 'int'>"),
        ({"dry_run": "false"}, "dry_run is of <class 'str'>"),
        ({"concurrency": 0}, "concurrency=0 is not at least 1"),
        ({"concurrency": "8"}, "concurrency is of <class 'str'>, not a whole number"),
        ({"limit": -1}, "limit=-1 is not at least 0"),
        ({"limit": 1.5}, "limit is of <class 'float'>"),
        ({"budget": "5"}, "budget is of <class 'str'>"),
        ({"budget": True}, "budget is of <class 'bool'>"),
        ({"timeout": 0}, "timeout=0 is not a number of seconds above 0"),
        ({"timeout": "5"}, "timeout is of <class 'str'>"),
        ({"document_type": "train-ticket"}, "'train-ticket' is no document type"),
        ({"document_type": int}, "is no document type"),
        ({"on_progress": 5}, "on_progress is of <class 'int'>, which cannot be called"),
        ({"on_left_alone": 5}, "on_left_alone is of <class 'int'>"),
        ({"to": ["pdf"]}, "'pdf' is no table format"),
        ({"to": "pdf"}, "'pdf' is no table format"),
        ({"items": None}, "items is of <class 'NoneType'>"),
        ({"items": b"a picture"}, "items is of <class 'bytes'>"),
        ({"items": no_items()}, "items is of <class 'async_generator'>"),
    ],
)
async def test_a_setting_that_cannot_be_meant_is_named(tmp_path, setting, said):
    items, service = setting.pop("items", fill(tmp_path / "scans", [1])), ScriptedService()
    with pytest.raises((ValueError, TypeError), match=said):
        await run(items, tmp_path / "out.jsonl", service, **setting)
    assert service.ledger.calls == 0
    assert not list(tmp_path.glob("out*"))


async def test_one_table_format_may_be_given_alone(tmp_path):
    summary = await run(fill(tmp_path / "scans", [1]), tmp_path / "out.jsonl", to="csv")
    assert summary.tables == (tmp_path / "out.csv",)
