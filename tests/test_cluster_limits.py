"""Several processes on one account: what they are lent together never exceeds its limits."""

from __future__ import annotations

import gc
import shutil
import socket
import subprocess
import sys
import time

import anyio
import pytest
from command_line import environment

from ocr_async import Done, OcrSession, TrainTicket
from ocr_async.cluster import SharedLimits
from ocr_async.cluster.place import CLASS, Outcome, Place
from ocr_async.gates import Concurrency, Limits, Rate
from ocr_async.local.service import ServiceLimits
from ocr_async.testing import ScriptedService, picture, serve


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="module")
def redis_url():
    """A real Redis server on a socket of its own."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for line in running.stdout:
        if "ready to accept" in line.lower():
            break
    yield f"redis://127.0.0.1:{port}/0"
    running.kill()
    running.communicate()


@pytest.fixture(params=["socket", "redis"])
def address(request, tmp_path_factory):
    """Where the limits are kept, in each of the ways that need no cluster."""
    if request.param == "redis":
        return request.getfixturevalue("redis_url").replace("/0", f"/{next(DATABASES)}")
    return f"unix://{tmp_path_factory.mktemp('limits')}/s"


DATABASES = iter(range(1, 16))

pytestmark = [  # of what the end of a thread, which is that of its loop, leaves to the collector
    pytest.mark.filterwarnings("ignore:Exception ignored in. <function _SelectorTransport"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket.socket"),
]


@pytest.fixture(autouse=True)
def collected():
    """Collect here what a test leaves, and not in the middle of another file's."""
    yield
    gc.collect()


async def most_at_once(gates, calls=40):
    """Start calls at all gates together; return how many were in flight at most, and how many came to their end."""
    in_flight = most = ended = 0

    async def call(gate):
        nonlocal in_flight, most, ended
        slot = await gate.acquire()
        in_flight += 1
        most = max(most, in_flight)
        await anyio.sleep(0.002)
        in_flight -= 1
        ended += 1
        slot.admitted()

    async with anyio.create_task_group() as tasks:
        for number in range(calls):
            tasks.start_soon(call, gates[number % len(gates)])
    return most, ended


async def test_processes_never_exceed_the_concurrency_that_they_share(address):
    limits = [SharedLimits(address, Limits(concurrency=3), share=2) for _ in range(2)]
    try:
        assert await most_at_once([each.gate("cn-north-4", "train-ticket") for each in limits]) == (3, 40)
    finally:
        for each in limits:
            each.close()


async def test_gates_of_other_apis_and_endpoints_are_apart(address):
    with SharedLimits(address, Limits(concurrency=1), share=2) as limits:
        slots = [await limits.gate(*names).acquire() for names in (("a", "x"), ("a", "y"), ("b", "x"))]
        for slot in slots:
            slot.abandoned()


async def test_a_call_that_is_cancelled_while_it_waits_holds_nothing(address):
    with SharedLimits(address, Limits(concurrency=1), share=2) as limits:
        gate = limits.gate("cn-north-4", "passport")
        slot = await gate.acquire()
        with anyio.move_on_after(0.05) as waited:
            await gate.acquire()
        slot.admitted()
        slot = await gate.acquire()

    assert waited.cancelled_caught


async def test_the_first_word_about_a_call_counts(address):
    with SharedLimits(address, Limits(concurrency=1), share=2) as limits:
        gate = limits.gate("cn-north-4", "passport")
        slot = await gate.acquire()
        slot.admitted()
        slot.abandoned()
        slot = await gate.acquire()
        with anyio.move_on_after(0.05) as waited:
            await gate.acquire()

    assert waited.cancelled_caught


async def test_a_rate_is_kept_by_all_together(address):
    with (
        SharedLimits(address, Limits(rate=100), share=2) as first,
        SharedLimits(address, Limits(rate=100), share=2) as second,
    ):
        gates = [each.gate("cn-north-4", "passport") for each in (first, second)]
        began = time.monotonic()
        for number in range(20):
            (await gates[number % 2].acquire()).admitted()

    assert time.monotonic() - began >= 0.18


async def test_a_service_behind_two_sessions_sees_no_more_than_the_limit(address):
    service = ScriptedService(seconds=0.002, limits=ServiceLimits(concurrency=4))
    limits = [SharedLimits(address, Limits(concurrency=4), share=2) for _ in range(2)]
    done = []

    async def read(each):
        session = OcrSession.local(service, limits=each)
        async with session.recognize_many(TrainTicket, map(picture, range(30))) as run:
            done.extend([isinstance(item, Done) async for item in run])

    async with anyio.create_task_group() as tasks:
        for each in limits:
            tasks.start_soon(read, each)
    for each in limits:
        each.close()

    assert (done, service.ledger.answers) == ([True] * 60, {"200": 60})
    assert service.limiter.peak <= 4


async def test_another_process_takes_over_when_the_place_ends(tmp_path):
    address = f"unix://{tmp_path}/s"
    first, second = (SharedLimits(address, Limits(concurrency=2), share=2) for _ in range(2))
    (await first.gate("a", "x").acquire()).admitted()
    (await second.gate("a", "x").acquire()).admitted()
    first.close()

    assert await most_at_once([second.gate("a", "x")]) == (2, 40)
    second.close()


async def test_what_was_lent_by_a_place_that_ended_counts_with_the_next_one(tmp_path):
    address = f"unix://{tmp_path}/s"
    first, second = (SharedLimits(address, Limits(concurrency=2), share=2) for _ in range(2))
    (await first.gate("a", "x").acquire()).admitted()
    gate = second.gate("a", "x")
    slots = [await gate.acquire()]
    first.close()
    slots.append(await gate.acquire())
    with anyio.move_on_after(0.2) as waited:
        await gate.acquire()
    for slot in slots:
        slot.admitted()
    second.close()

    assert waited.cancelled_caught
    assert [slot.__class__.__name__ for slot in slots] == ["SharedSlot"] * 2


@pytest.mark.parametrize("address", ["unix:///nowhere/at/all/s", "redis://127.0.0.1:1/0"])
async def test_without_its_place_a_process_keeps_to_its_share(address):
    with SharedLimits(address, Limits(concurrency=6), share=3) as limits:
        assert await most_at_once([limits.gate("a", "x")]) == (2, 40)


async def test_limits_that_are_found_by_trying_are_found_for_all(tmp_path):
    address = f"unix://{tmp_path}/s"
    with SharedLimits(address, share=2) as first, SharedLimits(address, share=2) as second:
        slot = await first.gate("a", "x").acquire()
        slot.refused(Rate(20, 1.0))
        gate = second.gate("a", "x")
        (await gate.acquire()).admitted()

        assert gate.stats().pace == pytest.approx(20, rel=0.05)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_both_kinds_of_event_loop_share(tmp_path, anyio_backend):
    with SharedLimits(f"unix://{tmp_path}/s", Limits(concurrency=2), share=2) as limits:
        assert await most_at_once([limits.gate("a", "x")]) == (2, 40)


class Now:
    """Time that passes only when a test says so."""

    seconds = 0.0

    def __call__(self):
        return self.seconds


async def test_permits_of_a_silent_holder_return_with_its_lease():
    now = Now()
    place = Place(Limits(concurrency=1), lease=10, clock=now)
    lost = await place.ask("dead", "a x", 0)
    now.seconds = 9.9
    place.sweep()
    with anyio.move_on_after(0.01) as waited:
        await place.ask("alive", "a x", 0)
    now.seconds = 10.1
    place.alive("alive")
    place.sweep()
    grant = await place.ask("alive", "a x", 0)
    place.end("dead", lost.number, Outcome("admitted"))

    assert (waited.cancelled_caught, grant.holders) == (True, 1)


async def test_permits_go_round_whoever_asks_for_most():
    place, order = Place(Limits(concurrency=1)), []
    first = await place.ask("busy", "a x", 1)

    async def ask(holder):
        grant = await place.ask(holder, "a x", 1)
        order.append(holder)
        place.end(holder, grant.number, Outcome("admitted"))

    async with anyio.create_task_group() as tasks:
        for _ in range(6):
            tasks.start_soon(ask, "busy")
        await anyio.wait_all_tasks_blocked()
        for _ in range(3):
            tasks.start_soon(ask, "late")
        await anyio.wait_all_tasks_blocked()
        place.end("busy", first.number, Outcome("admitted"))

    assert order.index("late") <= 1
    assert sorted(order[:6]) == ["busy"] * 3 + ["late"] * 3


async def test_single_calls_and_repeats_go_before_the_items_of_batches(address):
    order = []
    with SharedLimits(address, Limits(concurrency=1), share=2) as limits:
        gate = limits.gate("a", "x")
        first = await gate.acquire(CLASS)

        async def call(name, position):
            slot = await gate.acquire(position)
            order.append(name)
            slot.admitted()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call, "item", CLASS + 1)
            await anyio.wait_all_tasks_blocked()
            tasks.start_soon(call, "single", 7)
            tasks.start_soon(call, "repeat", first.position)
            await anyio.wait_all_tasks_blocked()
            first.refused(Concurrency(), 0.0)

    assert order == ["single", "repeat", "item"]


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("tcp://10.0.0.1:7421", "loopback"),
        ("tcp://example.com:7421", "loopback"),
        ("unix://host/path", "form"),
        ("http://127.0.0.1:1", "form"),
        ("", "form"),
        ("redis://127.0.0.1/0", "must state"),
    ],
)
def test_an_address_that_cannot_be_is_told(address, problem):
    with pytest.raises(ValueError, match=problem):
        SharedLimits(address, share=2)


@pytest.mark.parametrize("settings", [{"share": 0}, {"share": 2, "lease": 0}, {"share": 2, "lease": float("nan")}])
def test_numbers_that_cannot_be_are_told(settings):
    with pytest.raises(ValueError, match="above 0"):
        SharedLimits("unix:///tmp/s", **settings)


def test_no_password_shows():
    limits = SharedLimits("redis://user:secret@127.0.0.1/0", Limits(rate=1), share=2)

    assert "secret" not in repr(limits)


WORKER = """
import sys, anyio
from ocr_async import AkSk, OcrSession, TrainTicket
from ocr_async.cluster import SharedLimits
from ocr_async.gates import Limits
from ocr_async.testing import ACCOUNT, picture

async def main(url, address):
    limits = SharedLimits(address, Limits(concurrency=4), share=4, lease=1)
    key = AkSk(ACCOUNT.ak, ACCOUNT.sk)
    async with OcrSession(key, endpoint=url, project_id=ACCOUNT.project_id, limits=limits) as session:
        print("ready", flush=True)
        sys.stdin.readline()
        async with session.recognize_many(TrainTicket, (picture(n) for n in range(10**9)), concurrency=16) as run:
            async for item in run:
                print("done" if hasattr(item, "result") else "failed", flush=True)

anyio.run(main, *sys.argv[1:])
"""


def test_permits_of_a_killed_process_return_to_the_others(address):
    service = ScriptedService(seconds=0.02, limits=ServiceLimits(concurrency=4))
    with serve(service) as url:
        command = [sys.executable, "-c", WORKER, url, address]
        workers = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment())
            for _ in range(3)
        ]
        try:
            for worker in workers:
                assert worker.stdout.readline() == "ready\n"
            for worker in workers:
                worker.stdin.write("go\n")
                worker.stdin.flush()
            for worker in workers:
                assert [worker.stdout.readline() for _ in range(10)] == ["done\n"] * 10
            workers[0].kill()
            for worker in workers[1:]:
                assert [worker.stdout.readline() for _ in range(60)] == ["done\n"] * 60
        finally:
            for worker in workers:
                worker.kill()
                worker.communicate()

    refused = sum(count for code, count in service.ledger.answers.items() if code != "200")
    assert refused <= 4 + 0.02 * service.ledger.calls  # those of the killed one were still at work
