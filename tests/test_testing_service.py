from __future__ import annotations

from hashlib import sha256

import anyio
import pytest

from ocr_async.local.reading import APIS
from ocr_async.local.recognizer import Task
from ocr_async.local.service import Api
from ocr_async.testing import ScriptedRecognizer, picture, picture_number, sample_result

KNOWN = ["train-ticket", "quota-invoice", "passport", "emirates-id-card", "bankcard", "auto-classification"]


@pytest.mark.parametrize("api", KNOWN)
def test_each_picture_gets_a_result_of_its_own(api):
    results = [sample_result(api, picture(number)) for number in (1, 2)]

    assert results[0] != results[1]
    assert picture_number(picture(1)) in str(results[0])
    assert sample_result(api, picture(1)) == results[0]


async def test_replies_can_be_given_by_picture_and_by_api():
    replies = {sha256(picture(1)).hexdigest(): {"by": "picture"}, "passport": {"by": "api"}}
    recognizer = ScriptedRecognizer(replies)

    async def result(api, number):
        return await recognizer.recognize(Task(api, image=picture(number)))

    assert await result("passport", 1) == {"by": "picture"}
    assert await result("passport", 2) == {"by": "api"}
    assert await result("bankcard", 2) == sample_result("bankcard", picture(2))


async def test_replies_can_be_made_by_a_function():
    recognizer = ScriptedRecognizer(lambda task: {"api": task.api, "size": len(task.image)})

    assert await recognizer.recognize(Task("passport", image=b"12345")) == {"api": "passport", "size": 5}


async def test_an_api_without_a_sample_answers_an_empty_result():
    assert await ScriptedRecognizer().recognize(Task("my-api", image=picture(1))) == {}
    with pytest.raises(LookupError, match="no sample of my-api"):
        sample_result("my-api", picture(1))


async def test_an_api_of_the_test_itself_is_served(caller_of):
    caller = caller_of({"my-api": {"text": "hello"}}, apis={**APIS, ("v2", "my-api"): Api(max_side=100)})

    assert (await caller.recognize("my-api")).json() == {"result": {"text": "hello"}}


async def test_the_ledger_counts_how_often_each_picture_was_processed(caller):
    for number in (1, 2, 2):
        await caller.recognize(image=picture(number))

    counts = {sha256(picture(number)).hexdigest(): number for number in (1, 2)}
    assert caller.service.ledger.processed == counts
    assert caller.service.ledger.calls == 3


async def test_the_ledger_knows_who_asked_for_what(caller):
    token = (await caller.log_in()).headers["X-Subject-Token"]
    await caller.recognize(headers={"X-Auth-Token": token})
    await caller.recognize()
    await caller.http.get("/v3/projects", headers={"X-Auth-Token": token})

    ledger = caller.service.ledger
    assert (ledger.token_requests, ledger.project_requests, ledger.signature_checks) == (1, 1, 1)
    assert ledger.answers == {"200": 2}


async def test_the_ledger_knows_the_most_calls_at_a_time(caller_of):
    caller = caller_of(seconds=30)
    ledger = caller.service.ledger

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(caller.recognize)
        await anyio.wait_all_tasks_blocked()
        assert (ledger.in_flight, ledger.peak, caller.service.limiter.in_flight) == (5, 5, 5)
        group.cancel_scope.cancel()

    assert (ledger.in_flight, ledger.peak, caller.service.limiter.in_flight) == (0, 5, 0)


async def test_the_ledger_can_be_read_from_another_process(caller):
    await caller.recognize()

    counts = (await caller.http.get("/testing/ledger")).json()

    assert (counts["calls"], counts["pictures"], counts["processed"]) == (1, 1, 1)
    assert counts["answers"] == {"200": 1}


async def test_the_time_of_a_picture_may_come_from_a_function(caller_of):
    times = iter([0.0, 30.0])
    caller = caller_of(seconds=lambda: next(times))

    assert (await caller.recognize()).status_code == 200
    with anyio.move_on_after(0.05) as scope:
        await caller.recognize()
    assert scope.cancelled_caught
