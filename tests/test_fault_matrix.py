"""What becomes of a call that meets a fault, in every way to make a call: the table of faults is the expectation.

Each cell recognizes three pictures; the second request meets the fault. The two others come through, unless the fault
doubts the credential of a run.
"""

from __future__ import annotations

from collections import Counter

import httpx
import orjson
import pytest
from attrs import field, frozen

from ocr_async import AkSk, Done, OcrSession, Password, RetryPolicy, TrainTicket, errors
from ocr_async.jobs import run_job
from ocr_async.testing import ACCOUNT, FAULTS, Answer, Reset, ScriptedService, Stall, picture

SESSION = {"retry": RetryPolicy(base=0.001, longest=0.01), "attempt_timeout": 1.0, "timeout": 60.0}
CREDENTIALS = {
    "token": Password(ACCOUNT.user, ACCOUNT.password, ACCOUNT.domain),
    "key": AkSk(ACCOUNT.ak, ACCOUNT.sk),
}
PLACES = {"one endpoint": ["a"], "three endpoints": ["a", "b", "c"]}


def said(status, code, **headers):
    """An answer with a documented code."""
    body = orjson.dumps({"error_code": code, "error_msg": "as documented"})
    return Answer(status, body, {"Content-Type": "application/json", **headers})


@frozen
class Row:
    """The end of the call that a fault strikes: its error, the sends it took, and how often its picture was read."""

    fault: object
    error: str = ""
    sends: int = 2
    readings: int = 1
    stops: str = ""
    """Which ways end there, with what was not sent left for later: "batch job", or "job"."""
    with_token: Row | None = field(default=None)
    """What is different where a token can be renewed."""


REPEATED = {name: Row(fault) for name, fault in FAULTS.items() if not name.startswith(("stall", "too many"))}
TABLE = REPEATED | {
    "too many requests": Row(FAULTS["too many requests"]),
    "busy for a moment": Row(Answer(429, headers={"Retry-After": "0.05"})),
    "stall": Row(Stall(3600.0)),
    "reset after processing": Row(Reset(processed=True), readings=2),
    "truncated": Row(FAULTS["truncated"], readings=2),
    "empty": Row(FAULTS["empty"], readings=2),
    "backend unavailable": Row(said(503, "APIG.0613")),
    "a code that says retry, with a status that does not": Row(said(400, "AIS.0105")),
    "an unknown code of a broken server": Row(said(500, "NEW.0001")),
    "a bad picture": Row(said(400, "AIS.0104"), "DocumentError", 1, 0),
    "a bad request": Row(said(400, "AIS.0121"), "RequestError", 1, 0),
    "an unknown code of a bad request": Row(said(400, "NEW.0001"), "RequestError", 1, 0),
    "an address that cannot be fetched": Row(said(400, "ModelArts.4601"), "DocumentError", 1, 0),
    "no such path": Row(said(404, "APIG.0101"), "RequestError", 1, 0),
    "not subscribed": Row(said(403, "ModelArts.4204"), "SubscriptionError", 1, 0, stops="job"),
    "no permission": Row(said(403, "APIG.0302"), "AuthError", 1, 0),
    "a firewall": Row(Answer(403, b"<html>Blocked</html>", {"Content-Type": "text/html"}), "AuthError", 1, 0),
    "moved": Row(Answer(301, b"", {"Location": "https://elsewhere.test/"}), "RequestError", 1, 0),
    "a proxy that wants a password": Row(Answer(407), "RequestError", 1, 0),
    "too large for the gateway": Row(Answer(413, b"<html>413</html>"), "DocumentError", 1, 0),
    "a success of another shape": Row(Answer(200, b'{"result": 5}'), "DecodeError", 1, 0),
    "a wrong key": Row(said(401, "APIG.0301"), "AuthError", 1, 0, stops="batch job", with_token=Row(None)),
    "a token that has ended": Row(said(401, "APIG.0307"), "AuthError", 1, 0, stops="batch job", with_token=Row(None)),
    "a locked user": Row(said(401, "APIG.0303"), "AuthError", 1, 0, stops="batch job"),
}


class Hosts(httpx.AsyncBaseTransport):
    """Three addresses of one service, and its IAM."""

    def __init__(self, service):
        self.inner = httpx.ASGITransport(service)

    async def handle_async_request(self, request):
        return await self.inner.handle_async_request(request)


def session_on(service, credentials, hosts):
    return OcrSession(
        credentials,
        endpoints=[f"http://{host}.test" for host in hosts],
        iam_endpoint="http://iam.test",
        project_id={f"{host}.test": ACCOUNT.project_id for host in hosts},
        http_client=Hosts(service),
        **SESSION,
    )


async def single(session, folder):
    """Three calls, one after the other."""
    ends = []
    for path in sorted(folder.iterdir()):
        try:
            result = await session.recognize(TrainTicket, path)
            ends.append(("", result.meta.attempts))
        except errors.OcrError as error:
            ends.append((type(error).__name__, error.attempts))
    return ends


async def batch(session, folder):
    """A run over three pictures."""
    async with session.recognize_many(TrainTicket, sorted(folder.iterdir())) as run:
        return [
            ("" if isinstance(outcome, Done) else type(outcome.error).__name__, outcome.attempts)
            async for outcome in run
        ]


async def job(session, folder):
    """A job over a folder of three pictures."""
    out = folder.with_suffix(".jsonl")
    await run_job(session, TrainTicket, folder, out=out)
    lines = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    return [(line.get("error", {}).get("kind", ""), line["attempts"]) for line in lines]


WAYS = {"single": single, "batch": batch, "job": job}


@pytest.fixture
def folder(tmp_path):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number in range(3):
        (pictures / f"{number}.png").write_bytes(picture(number))
    return pictures


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("who", CREDENTIALS)
@pytest.mark.parametrize("where", PLACES)
async def test_a_fault_has_the_end_that_the_table_says(folder, name, way, who, where):
    row = TABLE[name]
    service = ScriptedService(faults=[None, row.fault])
    if who == "token" and row.with_token is not None:
        row = row.with_token
    async with session_on(service, CREDENTIALS[who], PLACES[where]) as session:
        ends = await WAYS[way](session, folder)

    struck = [(row.error, row.sends)]
    if way in row.stops:
        assert ("", 1) in ends
        assert way == "job" or struck[0] in ends
    else:
        assert Counter(ends) == Counter([("", 1), ("", 1), *struck])
    assert service.ledger.processed.total() == sum(end[0] == "" for end in ends) - (not row.error) + row.readings
