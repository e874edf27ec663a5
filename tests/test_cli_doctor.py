from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from command_line import CommandLine

from ocr_async.calls.addresses import addresses
from ocr_async.cli.findings import State, answer, blank_picture, clock
from ocr_async.documents import TrainTicket
from ocr_async.sources import open_source
from ocr_async.testing import FAULTS, Refusal, ScriptedService, serve

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def service():
    return ScriptedService()


@pytest.fixture
def run(service, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("OCR_ASYNC_METADATA", "off")
    monkeypatch.setenv("HUAWEICLOUD_SDK_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", service.account.ak)
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", service.account.sk)
    with serve(service) as url:
        command_line = CommandLine(capsys)
        yield lambda *arguments: command_line("doctor", *arguments, "--endpoint", url)


def flat(ended):
    """The output as one line, whatever the width it was wrapped to."""
    return " ".join(ended.out.split())


def test_all_well_is_told_after_one_call(run, service):
    ended = run()
    assert ended.code == 0
    assert "access key from environment" in flat(ended)
    assert "train-ticket takes calls" in flat(ended)
    assert service.ledger.calls == 1


def test_a_blank_picture_that_is_refused_as_one_proves_the_subscription(run, service):
    service.recognizer.replies = _refuse("AIS.0104")
    ended = run("passport")
    assert ended.code == 0
    assert "passport takes calls" in flat(ended)


def test_a_missing_subscription_is_told_with_where_to_get_it(run, service):
    service.recognizer.replies = _refuse("ModelArts.4204")
    ended = run()
    assert ended.code == 1
    assert "ModelArts.4204" in ended.out
    assert "subscribe to this API" in flat(ended)


def test_a_wrong_key_costs_one_signature(run, service, monkeypatch):
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", "wrong")
    monkeypatch.setenv("HUAWEICLOUD_SDK_PROJECT_ID", service.account.project_id)
    ended = run()
    assert ended.code == 1
    assert "APIG.0301" in ended.out
    assert service.ledger.signature_checks == 1


def test_a_failing_service_is_not_asked_again(run, service):
    service.faults = iter([FAULTS["bad gateway"]] * 9)
    assert run().code == 1
    assert service.ledger.calls == 1


def test_no_credential_anywhere_names_the_places_and_sends_no_call(run, service, monkeypatch, tmp_path):
    monkeypatch.delenv("HUAWEICLOUD_SDK_CREDENTIALS_FILE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("HUAWEICLOUD_SDK_AK")
    monkeypatch.delenv("HUAWEICLOUD_SDK_SK")
    ended = run()
    assert ended.code == 1
    assert all(place in flat(ended) for place in ("environment", "profile file", "metadata service", "none found"))
    assert service.ledger.calls == 0


def test_the_place_of_a_credential_is_told_and_the_credential_is_not(run, service, tmp_path, monkeypatch):
    monkeypatch.delenv("HUAWEICLOUD_SDK_AK")
    monkeypatch.delenv("HUAWEICLOUD_SDK_SK")
    account = service.account
    (tmp_path / "credentials").write_text(f"[basic]\nak = {account.ak}\nsk = {account.sk}\n")
    ended = run()
    assert ended.code == 0
    assert "access key from profile [basic]" in flat(ended)
    assert account.sk not in ended.out + ended.err
    assert account.ak not in ended.out + ended.err


def test_an_address_where_nobody_listens_is_told(capsys, monkeypatch):
    ended = CommandLine(capsys)("doctor", "--endpoint", "http://127.0.0.1:9", "--ak", "a", "--sk", "b")
    assert ended.code == 1
    assert "cannot connect" in flat(ended)
    assert "check the address" in flat(ended)


def test_no_credential_is_looked_for_behind_one_that_cannot_be_used(run, service, monkeypatch, tmp_path):
    monkeypatch.delenv("HUAWEICLOUD_SDK_SK")
    (tmp_path / "credentials").write_text("[basic]\nak = other\nsk = account\n")
    ended = run()
    assert ended.code == 1
    assert "FAIL credentials environment: only ak given" in flat(ended)
    assert "profile" not in flat(ended)
    assert service.ledger.calls == 0


def test_the_optional_parts_are_listed(run):
    out = run().out
    assert all(part in out for part in ("engine", "pdf", "tables", "Arabic"))


def test_an_unknown_region_is_wrong_usage(capsys):
    assert CommandLine(capsys)("doctor", "--region", "nowhere", "--ak", "a", "--sk", "b").code == 2


@pytest.mark.parametrize(
    ("seconds", "state"), [(0, State.GOOD), (-30, State.GOOD), (300, State.NOTE), (-1200, State.BAD), (1200, State.BAD)]
)
def test_a_clock_that_is_off_is_noted_and_beyond_a_quarter_of_an_hour_a_failure(seconds, state):
    assert clock(NOON + timedelta(seconds=seconds), NOON).state is state


@pytest.mark.parametrize(
    "date", ["soon", "Fri, 02 Jan 2026 03:04:35 -0000", "Fri, 02 Jan 99999999999999999999 03:04:35 GMT"]
)
async def test_a_date_in_another_form_ends_no_look(date):
    transport = httpx.MockTransport(lambda _: httpx.Response(404, headers={"Date": date}))
    (address,) = addresses(region=None, regions=None, endpoint="http://ocr.test", endpoints=None, iam_endpoint=None)
    assert "endpoint" in [finding.about async for finding in answer(address, transport)]


async def test_the_blank_picture_passes_the_checks_of_its_type():
    opened = await open_source(blank_picture(64), TrainTicket().limits)
    assert (opened.format, opened.width, opened.height) == ("BMP", 64, 64)


def _refuse(code):
    def refusing(_):
        raise Refusal(code)

    return refusing
