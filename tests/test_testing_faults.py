from __future__ import annotations

from collections import Counter
from itertools import islice

import anyio
import httpx
import pytest

from ocr_async.testing import FAULTS, ScriptedService, Stall, picture, random_faults, serve, weighted_faults

ANSWERS = {
    "too many requests": (429, ""),
    "too many requests, retry after": (429, ""),
    "over the rate": (429, "APIG.0308"),
    "over the concurrency": (429, "ModelArts.4401"),
    "backend timeout": (504, "ModelArts.4402"),
    "internal error": (500, "ModelArts.4505"),
    "bad gateway": (502, "<html>"),
    "unavailable": (503, ""),
}


@pytest.mark.parametrize(("name", "answer"), ANSWERS.items())
async def test_an_answer_comes_instead_of_processing(caller_of, name, answer):
    status, text = answer
    caller = caller_of(faults=[FAULTS[name]])

    response = await caller.recognize()

    assert response.status_code == status
    assert text in response.text
    assert bool(response.text) == bool(text)
    assert not caller.service.ledger.processed


@pytest.mark.parametrize("faults", [["bad gateway"], "bad gateway", [None, 502], {"bad gateway": 1}])
def test_what_is_no_fault_is_refused_and_not_passed_over(faults):
    with pytest.raises(TypeError, match="is no fault: give an Answer, Reset, Cut or Stall"):
        ScriptedService(faults=faults)


async def test_a_fault_hits_one_call_and_a_script_ends(caller_of):
    caller = caller_of(faults=[FAULTS["unavailable"], None, FAULTS["bad gateway"]])

    assert [(await caller.recognize()).status_code for _ in range(5)] == [503, 200, 502, 200, 200]


async def test_the_ledger_names_the_faults_that_were_played(caller_of):
    caller = caller_of(faults=[FAULTS["truncated"], Stall(0.001), None])
    for _ in range(3):
        await caller.recognize()

    assert caller.service.ledger.faults == {"truncated": 1, "Stall": 1}


async def test_only_recognition_meets_faults(caller_of):
    caller = caller_of(faults=[FAULTS["unavailable"]])

    assert (await caller.log_in()).status_code == 201
    assert (await caller.recognize()).status_code == 503


@pytest.mark.parametrize(("name", "processed"), [("reset before processing", 0), ("reset after processing", 1)])
async def test_a_reset_in_process_is_an_exception(caller_of, name, processed):
    caller = caller_of(faults=[FAULTS[name]])

    with pytest.raises(ConnectionResetError):
        await caller.recognize()

    assert caller.service.ledger.processed.total() == processed


@pytest.mark.parametrize(("name", "processed"), [("reset before processing", 0), ("reset after processing", 1)])
async def test_a_reset_on_a_socket_breaks_the_connection(caller_of, name, processed):
    caller = caller_of(faults=[FAULTS[name]])
    token = (await caller.log_in()).headers["X-Subject-Token"]

    with serve(caller.service) as url:
        async with httpx.AsyncClient(base_url=url, headers={"X-Auth-Token": token}) as client:
            caller.http = client
            with pytest.raises(httpx.ReadError):
                await caller.recognize(headers={"X-Auth-Token": token})
            assert (await caller.recognize(headers={"X-Auth-Token": token})).status_code == 200

    assert caller.service.ledger.processed.total() == processed + 1


async def test_a_truncated_reply_is_the_start_of_one(caller_of):
    caller = caller_of(faults=[FAULTS["truncated"]])

    cut, whole = await caller.recognize(), await caller.recognize()

    assert cut.status_code == 200
    assert cut.content == whole.content[: len(whole.content) // 2]
    assert caller.service.ledger.processed.total() == 2


async def test_an_empty_reply_is_a_success_without_a_body(caller_of):
    response = await caller_of(faults=[FAULTS["empty"]]).recognize()

    assert (response.status_code, response.content) == (200, b"")


async def test_a_stall_delays_a_call_that_then_goes_well(caller_of):
    caller = caller_of(faults=[Stall(30), Stall(0.001)])

    with anyio.move_on_after(0.05) as scope:
        await caller.recognize()
    assert scope.cancelled_caught
    assert (await caller.recognize()).status_code == 200


def test_random_faults_are_the_same_for_the_same_seed():
    first, second = (list(islice(random_faults(0.2, seed=3), 100)) for _ in range(2))

    assert first == second
    assert first != list(islice(random_faults(0.2, seed=4), 100))


def test_random_faults_hit_their_share_of_the_calls_with_every_kind():
    drawn = list(islice(random_faults(0.2), 10_000))
    kinds = Counter(next(name for name, fault in FAULTS.items() if fault == one) for one in drawn if one)

    assert 1800 < kinds.total() < 2200
    assert kinds.keys() == FAULTS.keys()
    assert all(100 < count < 220 for count in kinds.values())


def test_each_kind_can_have_its_own_probability():
    drawn = list(islice(weighted_faults([(0.5, FAULTS["unavailable"]), (0.1, FAULTS["empty"])]), 10_000))

    assert 4700 < drawn.count(FAULTS["unavailable"]) < 5300
    assert 850 < drawn.count(FAULTS["empty"]) < 1150


async def test_pictures_keep_their_results_under_random_faults(caller_of):
    caller = caller_of(faults=random_faults(0.5, faults={name: FAULTS[name] for name in ANSWERS}))
    finished = set()
    for _ in range(20):
        for number in {*range(20)} - finished:
            if (await caller.recognize(image=picture(number))).status_code == 200:
                finished.add(number)

    assert finished == {*range(20)}
    assert set(caller.service.ledger.processed.values()) == {1}
