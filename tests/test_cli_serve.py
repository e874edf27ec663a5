from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys

import httpx
import pytest
from command_line import COMMAND, CommandLine, environment, process


@pytest.fixture
def server():
    """Starts `ocr-async serve` on a free port; gives the process and what it said at its start."""
    started = []

    def start(*arguments):
        command = [*COMMAND, "serve", "--port", "0", *arguments]
        running = subprocess.Popen(
            command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(running)
        lines = []
        while not lines or "recognize" not in lines[-1]:
            lines.append(running.stdout.readline())
        return running, "".join(lines)

    yield start
    for running in started:
        running.kill()
        running.communicate()


def exports(said):
    """The environment that the copy-paste lines set."""
    (line,) = re.findall(r"export (.*)", said)
    return environment(**dict(pair.split("=", 1) for pair in line.split()))


def address(said):
    return re.search(r"http://\S+", said)[0]


def test_what_it_prints_is_enough_to_call_it(server):
    _, said = server()
    ended = process("doctor", "--endpoint", address(said), env=exports(said))
    out = b" ".join(ended.stdout.split()).decode()
    assert "train-ticket takes calls" in out
    assert ended.returncode == 0


def test_secrets_are_new_with_each_start(server):
    _, first = server()
    _, second = server()
    assert exports(first)["HUAWEICLOUD_SDK_SK"] != exports(second)["HUAWEICLOUD_SDK_SK"]


def test_the_account_may_be_chosen(server):
    _, said = server(
        "--ak", "KEY", "--sk", "SECRET", "--project-id", "p1", "--user", "u", "--password", "w", "--domain", "d"
    )
    assert all(part in said for part in ("KEY", "p1", "user    u, password (as given), domain d"))
    assert "SECRET" not in said


def test_secrets_come_from_the_environment_and_are_not_shown(server, monkeypatch):
    monkeypatch.setenv("OCR_ASYNC_SERVE_AK", "KEYFROMENV")
    monkeypatch.setenv("OCR_ASYNC_SERVE_SK", "secret-from-env")
    monkeypatch.setenv("OCR_ASYNC_SERVE_PASSWORD", "password-from-env")
    _, said = server()
    assert "KEYFROMENV" in said
    assert "from-env" not in said
    given = environment(HUAWEICLOUD_SDK_AK="KEYFROMENV", HUAWEICLOUD_SDK_SK="secret-from-env")
    assert process("doctor", "--endpoint", address(said), env=given).returncode == 0


def test_limits_may_be_set(server):
    _, said = server("--rate", "1/hour")
    codes = [httpx.get(f"{address(said)}/healthz").status_code]
    for _ in range(2):
        process("doctor", "--endpoint", address(said), env=exports(said))
    counted = httpx.get(f"{address(said)}/metrics").text
    assert codes == [200]
    assert 'code="APIG.0308"' in counted


@pytest.mark.parametrize("rate", ["0", "fast", "5/day", "-1", ""])
def test_a_rate_that_is_none_is_told(capsys, rate):
    ended = CommandLine(capsys)("serve", "--rate", rate)
    assert ended.code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_host_that_is_none_is_told(capsys):
    ended = CommandLine(capsys)("serve", "--port", "0", "--allow-url", "http://127.0.0.1/")
    assert (ended.code, "--allow-url" in ended.err) == (2, True)


def test_an_interrupt_ends_it_cleanly(server):
    running, said = server()
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 0
    assert err == "Stopped.\n"
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(address(said).removeprefix("http://").split(":"), timeout=1)


def test_a_port_in_use_is_told(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = CommandLine(capsys)("serve", "--port", taken.getsockname()[1])
    assert ended.code == 1
    assert "cannot listen on 127.0.0.1" in ended.err


def test_an_address_that_others_can_reach_comes_with_a_warning(server):
    running, _ = server("--host", "0.0.0.0")
    assert "can be reached by others" in running.stderr.readline()
