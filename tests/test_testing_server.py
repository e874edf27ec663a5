from __future__ import annotations

import signal
import socket
import subprocess
import sys

import httpx

from ocr_async.testing import picture, picture_number, serve
from ocr_async.testing.server import listening


def test_a_server_is_ready_when_its_url_is_given(caller):
    with serve(caller.service) as url:
        assert httpx.get(f"{url}/testing/ledger").status_code == 200


def test_a_server_is_gone_when_its_block_ends(caller):
    with serve(caller.service) as url:
        pass

    try:
        httpx.get(url)
    except httpx.ConnectError:
        return
    raise AssertionError("something still listens")


async def test_large_and_small_pictures_come_through_a_socket(caller):
    token = (await caller.log_in()).headers["X-Subject-Token"]
    with serve(caller.service) as url:
        async with httpx.AsyncClient(base_url=url) as client:
            caller.http = client
            for size in (1_000, 300_000, 7_500_000):
                response = await caller.recognize(image=picture(1, size=size), headers={"X-Auth-Token": token})
                assert response.json()["result"]["ticket_id"] == picture_number(picture(1, size=size))


def test_a_server_of_its_own_process_says_where_it_is():
    command = [sys.executable, "-m", "ocr_async.testing", "--concurrency", "2", "--rate", "50", "--faults", "0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}/testing/ledger").json()["calls"] == 0
        process.send_signal(signal.SIGTERM)
    assert process.returncode is not None


def test_a_reply_does_not_wait_for_the_receipt_of_its_head():
    with listening() as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
