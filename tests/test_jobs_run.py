from __future__ import annotations

import anyio
import pytest
from job_fixtures import by_key, fill, run

from ocr_async.auth import AkSk
from ocr_async.batch import Item
from ocr_async.documents import Passport, TrainTicket
from ocr_async.errors import AuthError, JobError, RegionError
from ocr_async.gates import Limits
from ocr_async.jobs import Stop, run_job
from ocr_async.session import OcrSession
from ocr_async.testing import FAULTS, Answer, ScriptedService, Unreadable, picture, picture_number, random_faults, serve


def unreadable(number):
    """Answer every picture but one."""

    def reply(task):
        if task.image == picture(number):
            raise Unreadable
        return {"ticket_id": picture_number(task.image), "confidence": {"ticket_id": 0.9}}

    return reply


async def test_every_picture_gets_one_line_with_its_own_result(tmp_path):
    folder, out = fill(tmp_path / "scans", range(300)), tmp_path / "out.jsonl"
    summary = await run(folder, out)
    found = by_key(out)
    assert summary.done == len(found) == 300
    for number in range(300):
        line = found[f"{folder}/{number}.png"]
        assert line["result"]["ticket_id"] == picture_number(picture(number))


async def test_a_line_says_how_the_result_came_about(tmp_path):
    folder, out = fill(tmp_path / "scans", [1]), tmp_path / "out.jsonl"
    await run(folder, out, document_type=Passport(country_code="CHN"))
    (line,) = by_key(out).values()
    assert list(line) == [
        "key", "source", "type", "options", "status", "sha256", "read_at", "run", "version", "attempts", "request_id",
        "seconds", "endpoint", "result",
    ]  # fmt: skip
    assert line["options"] == {"country_code": "CHN"}
    assert (line["type"], line["status"], line["attempts"], line["endpoint"]) == ("passport", "done", 1, "ocr.test")
    assert line["request_id"]


async def test_the_same_call_again_sends_nothing(tmp_path):
    folder, out, service = fill(tmp_path / "scans", range(50)), tmp_path / "out.jsonl", ScriptedService()
    await run(folder, out, service)
    before = out.read_bytes()
    summary = await run(folder, out, service)
    assert service.ledger.calls == 50
    assert (summary.already, summary.finished, summary.done) == (50, 0, 50)
    assert out.read_bytes() == before


async def test_files_that_joined_the_folder_are_read_by_the_next_run(tmp_path):
    folder, out, service = fill(tmp_path / "scans", range(5)), tmp_path / "out.jsonl", ScriptedService()
    await run(folder, out, service)
    fill(folder, range(8))
    await run(folder, out, service)
    assert service.ledger.calls == len(by_key(out)) == 8


async def test_the_same_picture_under_two_names_is_sent_once_and_the_copy_is_marked(tmp_path):
    folder, out, service = fill(tmp_path / "scans", range(10)), tmp_path / "out.jsonl", ScriptedService(seconds=0.05)
    for number in range(10):
        (folder / f"copy of {number}.png").write_bytes(picture(number))
    summary = await run(folder, out, service)
    found = by_key(out)
    copies = [line for line in found.values() if "copy_of" in line]
    assert service.ledger.calls == summary.copied == len(copies) == 10
    assert all(found[line["copy_of"]]["result"] == line["result"] for line in copies)


async def test_a_picture_that_was_read_before_is_copied_when_it_comes_under_another_name(tmp_path):
    folder, out, service = fill(tmp_path / "scans", [1]), tmp_path / "out.jsonl", ScriptedService()
    await run(folder, out, service)
    (folder / "moved.png").write_bytes(picture(1))
    await run(folder, out, service)
    assert service.ledger.calls == 1
    assert by_key(out)[f"{folder}/moved.png"]["copy_of"] == f"{folder}/1.png"


async def test_a_picture_is_sent_once_for_each_type_and_option(tmp_path):
    fill(tmp_path, [1])
    path, out, service = tmp_path / "1.png", tmp_path / "out.jsonl", ScriptedService()
    kinds = [TrainTicket, Passport, Passport(country_code="CHN")]
    items = [Item(path, kind, key=str(index)) for index, kind in enumerate(kinds)]
    await run(items, out, service, document_type=None)
    assert service.ledger.calls == len(by_key(out)) == 3


async def test_a_file_that_was_only_touched_is_not_sent_again(tmp_path):
    folder, out, service = fill(tmp_path / "scans", [1]), tmp_path / "out.jsonl", ScriptedService()
    await run(folder, out, service)
    (folder / "1.png").write_bytes(picture(1))
    await run(folder, out, service)
    assert service.ledger.calls == 1


async def test_a_file_with_new_content_is_read_again_and_its_line_replaced(tmp_path):
    folder, out = fill(tmp_path / "scans", [1, 2]), tmp_path / "out.jsonl"
    await run(folder, out)
    (folder / "1.png").write_bytes(picture(3, size=200))
    await run(folder, out)
    assert by_key(out)[f"{folder}/1.png"]["result"]["ticket_id"] == picture_number(picture(3, size=200))
    assert len(by_key(out)) == 2


async def test_a_missing_file_fails_alone_and_is_read_once_it_is_there(tmp_path):
    fill(tmp_path, [1])
    out, items = tmp_path / "out.jsonl", [tmp_path / "1.png", tmp_path / "2.png"]
    summary = await run(items, out)
    line = by_key(out)[f"{tmp_path}/2.png"]
    assert (summary.done, summary.failed) == (1, 1)
    assert line["error"]["kind"] == "SourceError"
    assert line["attempts"] == 0
    fill(tmp_path, [2])
    summary = await run(items, out)
    assert (summary.done, summary.failed) == (2, 0)
    assert by_key(out)[f"{tmp_path}/2.png"]["status"] == "done"


async def test_a_picture_that_the_service_cannot_read_fails_alone_and_says_what_to_do(tmp_path):
    folder, out = fill(tmp_path / "scans", range(5)), tmp_path / "out.jsonl"
    summary = await run(folder, out, ScriptedService(unreadable(3)))
    error = by_key(out)[f"{folder}/3.png"]["error"]
    assert (error["kind"], error["code"]) == ("DocumentError", "AIS.0104")
    assert error["remedy"]
    (failure,) = summary.failures
    assert (failure.code, failure.count, failure.example) == ("AIS.0104", 1, f"{folder}/3.png")
    assert not summary.stopped


async def test_the_list_of_failed_items_runs_them_alone_and_their_lines_are_replaced(tmp_path):
    folder, out = fill(tmp_path / "scans", range(5)), tmp_path / "out.jsonl"
    summary = await run(folder, out, ScriptedService(unreadable(3)))
    service = ScriptedService()
    summary = await run(summary.failed_list, out, service, retry_failed=True)
    assert service.ledger.calls == 1
    assert (summary.done, summary.failed, summary.failed_list) == (5, 0, None)
    assert by_key(out)[f"{folder}/3.png"]["status"] == "done"
    assert (await run(tmp_path / "out.failed.csv", out, service, retry_failed=True)).finished == 0


async def test_what_failed_is_not_sent_again_unless_asked(tmp_path):
    folder, out, service = fill(tmp_path / "scans", range(5)), tmp_path / "out.jsonl", ScriptedService(unreadable(3))
    await run(folder, out, service)
    await run(folder, out, service)
    assert service.ledger.calls == 5
    await run(folder, out, service, retry_failed=True)
    assert service.ledger.calls == 6


async def test_a_refused_key_ends_the_job_and_leaves_everything_for_the_next_run(tmp_path):
    folder, out = fill(tmp_path / "scans", range(50)), tmp_path / "out.jsonl"
    refused = Answer(401, b'{"error_code": "APIG.0301", "error_msg": "Incorrect IAM authentication information"}')
    service = ScriptedService(faults=[refused])
    summary = await run(folder, out, service)
    assert isinstance(summary.error, AuthError)
    assert not summary.is_complete
    assert (summary.done, summary.failed, service.ledger.calls) == (0, 0, 1)
    summary = await run(folder, out, service)
    assert summary.is_complete
    assert summary.done == len(by_key(out)) == 50


async def test_a_type_that_the_region_does_not_offer_ends_a_job_of_that_type(tmp_path):
    folder = fill(tmp_path / "scans", range(50))
    async with OcrSession(AkSk("key", "secret"), region="ae-ad-1", project_id="project") as session:
        summary = await run_job(session, TrainTicket, folder, out=tmp_path / "out.jsonl")
    assert isinstance(summary.error, RegionError)
    assert summary.failed == 0


async def test_a_stop_finishes_what_is_under_way_and_the_next_run_goes_on(tmp_path):
    folder, out, service = fill(tmp_path / "scans", range(200)), tmp_path / "out.jsonl", ScriptedService(seconds=0.01)
    stop = Stop()

    def watch(progress):
        if progress.done:
            stop.ask()

    summary = await run(folder, out, service, stop=stop, on_progress=watch, concurrency=4)
    assert summary.stopped
    assert service.ledger.calls == summary.done == len(by_key(out)) < 200
    summary = await run(folder, out, service)
    assert summary.is_complete
    assert service.ledger.calls == summary.done == len(by_key(out)) == 200


async def test_a_second_stop_ends_at_once_and_what_the_service_may_have_read_is_held(tmp_path):
    folder, out = fill(tmp_path / "scans", range(12)), tmp_path / "out.jsonl"
    at_service, seen, stop, limits = [], [], Stop(), Limits(concurrency=3)

    def seconds():
        at_service.append(1)
        return 0 if len(at_service) == 1 else 3600

    def watch(progress):
        seen.append(progress.in_flight)
        if len(at_service) == 4:
            stop.ask()
            stop.ask()

    service = ScriptedService(seconds=seconds)
    async with OcrSession.local(service, limits=limits) as session:
        summary = await run_job(session, TrainTicket, folder, out=out, stop=stop, on_progress=watch)
    assert (summary.stopped, summary.done, seen[-1]) == (True, 1, 0)
    service.recognizer.seconds = 0
    summary = await run(folder, out, service)
    assert (summary.held, summary.done) == (3, 9)
    summary = await run(summary.failed_list, out, service, unknown="retry")
    assert (summary.held, summary.done) == (0, 12)
    assert {line["status"] for line in by_key(out).values()} == {"done"}


async def test_cancelling_keeps_what_was_finished(tmp_path):
    folder, out, service = fill(tmp_path / "scans", range(100)), tmp_path / "out.jsonl", ScriptedService(seconds=0.02)
    with anyio.CancelScope() as scope:
        await run(folder, out, service, on_progress=lambda progress: progress.done and scope.cancel(), concurrency=4)
    assert scope.cancelled_caught
    kept = len(by_key(out))
    assert 0 < kept < 100
    summary = await run(folder, out, service, unknown="retry")
    assert summary.done == len(by_key(out)) == 100


async def test_progress_ends_at_the_total(tmp_path):
    folder, seen = fill(tmp_path / "scans", range(30)), []
    await run(folder, tmp_path / "out.jsonl", on_progress=seen.append)
    last = seen[-1]
    assert (last.total, last.is_total_final, last.settled, last.in_flight) == (30, True, 30, 0)
    assert "train-ticket" in last.endpoints[0].gates


async def test_random_faults_leave_no_trace_in_the_output(tmp_path):
    folder, out = fill(tmp_path / "scans", range(200)), tmp_path / "out.jsonl"
    faults = {name: fault for name, fault in FAULTS.items() if name not in {"stall", "too many requests, retry after"}}
    service = ScriptedService(faults=random_faults(0.2, faults=faults, seed=1))
    with serve(service) as url:
        summary = await run(folder, out, service, url=url)
    assert (summary.done, summary.failed) == (200, 0)
    for number in range(200):
        assert by_key(out)[f"{folder}/{number}.png"]["result"]["ticket_id"] == picture_number(picture(number))


async def test_the_summary_names_the_slowest_and_the_least_certain_of_the_whole_job(tmp_path):
    folder, out = fill(tmp_path / "scans", range(10)), tmp_path / "out.jsonl"
    await run(folder, out)
    summary = await run(folder, out)
    assert len(summary.slowest) == len(summary.unsure) == 5
    assert summary.unsure[0].field == "departure_time"


async def test_bytes_with_a_key_are_read_like_a_file(tmp_path):
    out, service = tmp_path / "out.jsonl", ScriptedService()
    items = [Item(picture(1), key="a"), Item(picture(2), key="b"), Item(picture(1), key="c")]
    await run(items, out, service)
    await run(items, out, service)
    assert service.ledger.calls == 2
    assert by_key(out)["c"]["copy_of"] in {"a", "b"}


async def test_bytes_without_a_key_fail_alone(tmp_path):
    out = tmp_path / "out.jsonl"
    summary = await run([Item(picture(1)), Item(picture(2), key="b")], out)
    assert (summary.done, summary.failed) == (1, 1)
    assert "key" in by_key(out)["item 1"]["error"]["message"]


async def test_what_an_iterable_raises_comes_out_and_the_next_run_goes_on(tmp_path):
    folder, out, service = fill(tmp_path / "scans", range(200)), tmp_path / "out.jsonl", ScriptedService()

    def broken():
        yield from folder.iterdir()
        raise RuntimeError("the list ended early")

    with pytest.raises(RuntimeError, match="the list ended early"):
        await run(broken(), out, service)
    await run(folder.iterdir(), out, service)
    assert service.ledger.calls == len(by_key(out)) == 200


async def test_what_on_progress_raises_comes_out_and_what_was_finished_is_kept(tmp_path):
    folder, out, service = fill(tmp_path / "scans", range(30)), tmp_path / "out.jsonl", ScriptedService(seconds=0.05)

    def broken(progress):
        if progress.done:
            raise RuntimeError("no place to show it")

    with pytest.raises(RuntimeError, match="no place to show it"):
        await run(folder, out, service, on_progress=broken, concurrency=2)
    assert len(by_key(out)) == service.ledger.calls > 0


async def test_a_generator_of_files_is_taken_lazily(tmp_path):
    folder, out = fill(tmp_path / "scans", range(20)), tmp_path / "out.jsonl"
    summary = await run((folder / f"{number}.png" for number in range(20)), out)
    assert summary.done == 20


def test_a_job_runs_on_trio_too(tmp_path):
    folder, out = fill(tmp_path / "scans", range(30)), tmp_path / "out.jsonl"
    summary = anyio.run(run, folder, out, backend="trio")
    assert summary.done == len(by_key(out)) == 30


async def test_a_table_format_that_does_not_exist_is_refused_before_anything_is_sent(tmp_path):
    folder, service = fill(tmp_path / "scans", [1]), ScriptedService()
    with pytest.raises(ValueError, match="choose among xlsx, csv, parquet"):
        await run(folder, tmp_path / "out.jsonl", service, to=["pdf"])
    assert service.ledger.calls == 0


async def test_the_output_of_another_document_type_is_refused(tmp_path):
    folder, out = fill(tmp_path / "scans", [1]), tmp_path / "out.jsonl"
    await run(folder, out)
    with pytest.raises(JobError, match=r"out\.ledger belongs to a job of train-ticket, not of passport"):
        await run(folder, out, document_type=Passport)
