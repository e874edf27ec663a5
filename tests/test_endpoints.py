from __future__ import annotations

import anyio
import httpx
import pytest
from attrs import evolve
from virtual_time import VirtualGates, now, run

from ocr_async import AkSk, Bankcard, EmiratesIdCard, Failed, OcrSession, Password, RetryPolicy, TrainTicket
from ocr_async.errors import RegionError, ServiceError, TransportError
from ocr_async.events import EndpointBack, EndpointLeft
from ocr_async.testing import ACCOUNT, FAULTS, ScriptedService, picture

pytestmark = pytest.mark.anyio

KEY = AkSk(ACCOUNT.ak, ACCOUNT.sk)
QUICK = RetryPolicy(base=0.001, longest=0.01)


def reaching(**services):
    """An HTTP client whose hosts `a.test`, `b.test` are services in this process."""
    return httpx.AsyncClient(
        mounts={f"all://{name}.test": httpx.ASGITransport(service) for name, service in services.items()}
    )


def session_on(services, **settings):
    endpoints = [f"http://{name}.test" for name in services]
    settings = {"credentials": KEY, "project_id": {f"{name}.test": ACCOUNT.project_id for name in services}} | settings
    return OcrSession(endpoints=endpoints, http_client=reaching(**services), retry=QUICK, **settings)


@pytest.mark.parametrize(
    "project_id", [{"a.test": ACCOUNT.project_id, "b.test": ACCOUNT.project_id}, {"cn-north-4": ACCOUNT.project_id}]
)
async def test_endpoints_of_one_region_are_told_apart_by_their_hosts(project_id):
    services = {"a": ScriptedService(), "b": ScriptedService()}
    async with session_on(services, region="cn-north-4", project_id=project_id) as session:
        outcomes = await outcomes_of(session, 60)
        assert [each.name for each in session.stats().endpoints] == ["a.test", "b.test"]

    assert {outcome.endpoint for outcome in outcomes} == {"a.test", "b.test"}
    assert {outcome.result.meta.region for outcome in outcomes} == {"cn-north-4"}


async def test_an_endpoint_alone_in_its_region_is_called_by_it():
    for project_id in ({"a.test": ACCOUNT.project_id}, {"cn-north-4": ACCOUNT.project_id}):
        services = {"a": ScriptedService()}
        async with session_on(services, region="cn-north-4", project_id=project_id) as session:
            assert (await session.recognize(TrainTicket, picture(1))).meta.endpoint == "cn-north-4"


async def outcomes_of(session, count, **options):
    async with session.recognize_many(TrainTicket, [picture(n) for n in range(count)], **options) as run:
        return [outcome async for outcome in run]


@pytest.mark.parametrize("places", [[], ["cn-north-4", "cn-north-4"], "cn-north-4"], ids=repr)
@pytest.mark.parametrize("name", ["regions", "endpoints"])
def test_places_that_are_none_or_twice_the_same_are_refused(name, places):
    with pytest.raises(ValueError, match=f"is not a list of one or more different {name}"):
        OcrSession(KEY, **{name: places})


def test_a_project_of_no_region_and_no_endpoint_is_refused():
    OcrSession(KEY, region="cn-north-4", project_id={"cn-north-4": "p", "ap-southeast-1": "q"})
    with pytest.raises(ValueError, match="project_id names 'cn-nroth-4', which is neither a region nor the host"):
        OcrSession(KEY, region="cn-north-4", project_id={"cn-nroth-4": "p"})


async def test_a_run_uses_every_endpoint():
    services = {"a": ScriptedService(seconds=0.01), "b": ScriptedService(seconds=0.01)}

    async with session_on(services) as session:
        outcomes = await outcomes_of(session, 300)

    assert {outcome.endpoint for outcome in outcomes} == {"a.test", "b.test"}
    assert min(service.ledger.calls for service in services.values()) >= 20


async def test_a_call_that_failed_at_one_endpoint_moves_to_the_other():
    services = {"a": ScriptedService(faults=[FAULTS["bad gateway"]] * 99), "b": ScriptedService()}

    async with session_on(services) as session:
        outcomes = await outcomes_of(session, 30)

    assert all(outcome.endpoint == "b.test" for outcome in outcomes)


async def test_an_endpoint_that_keeps_failing_is_left_alone_and_tried_again_by_one_call():
    events = []
    services = {"a": ScriptedService(faults=[FAULTS["bad gateway"]] * 8), "b": ScriptedService(seconds=0.02)}

    async with session_on(services, on_event=events.append) as session:
        with anyio.fail_after(20):
            while not any(isinstance(event, EndpointBack) for event in events):
                await outcomes_of(session, 40, concurrency=8)

    left = next(event for event in events if isinstance(event, EndpointLeft))
    assert left.endpoint == "a.test"
    assert isinstance(left.error, ServiceError)


async def test_calls_wait_for_the_only_endpoint_while_it_is_left_alone():
    service = ScriptedService(faults=[FAULTS["bad gateway"]] * 9)

    async with OcrSession.local(service, retry=QUICK) as session:
        outcomes = await outcomes_of(session, 40, concurrency=16)

    assert not any(isinstance(outcome, Failed) for outcome in outcomes)


@pytest.mark.parametrize("hosts", ["a", "ab"])
def test_calls_get_through_within_seconds_once_the_network_is_back(hosts):
    async def answer(_):
        if now() < 40:
            raise httpx.ConnectError("unreachable")
        return httpx.Response(200, json={"result": {}})

    async def main():
        failed = []

        async def call(session, second):
            await anyio.sleep(second)
            try:
                await session.recognize(TrainTicket, picture(1), timeout=10)
            except TransportError:
                failed.append(second)

        endpoints = [f"http://{name}.test" for name in hosts]
        settings = {"project_id": {f"{name}.test": "p" for name in hosts}, "http_client": httpx.MockTransport(answer)}
        async with OcrSession(KEY, endpoints=endpoints, limits=VirtualGates(), **settings) as session:
            async with anyio.create_task_group() as tasks:
                for second in range(60):
                    tasks.start_soon(call, session, second)
        return failed

    assert max(run(main())) < 37


async def test_a_type_goes_only_where_it_is_offered():
    asked = []

    def answer(request):
        asked.append(request.url.host)
        return httpx.Response(200, json={"result": {"side": "front"}})

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    projects = {"cn-north-4": "p1", "ae-ad-1": "p2"}
    async with OcrSession(KEY, regions=list(projects), project_id=projects, http_client=client) as session:
        await session.recognize(EmiratesIdCard, picture(1))
        await session.recognize(TrainTicket, picture(1))

    assert asked == ["ocr.ae-ad-1.g42cloud.com", "ocr.cn-north-4.myhuaweicloud.com"]


async def test_the_only_region_that_offers_a_type_is_not_left_for_one_that_does_not():
    service, left = ScriptedService(faults=[FAULTS["bad gateway"]] * 40), []
    regions = ["cn-north-4", "cn-north-1"]
    settings = {"project_id": dict.fromkeys(regions, ACCOUNT.project_id), "http_client": httpx.ASGITransport(service)}

    async with OcrSession(
        KEY, regions=regions, retry=evolve(QUICK, attempts=50), on_event=left.append, **settings
    ) as session:
        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(session.recognize, Bankcard, picture(number))

    assert not [event for event in left if isinstance(event, EndpointLeft)]


async def test_a_type_that_no_region_offers_names_those_that_do():
    async with OcrSession(KEY, regions=["cn-south-1", "ae-ad-1"]) as session:
        with pytest.raises(RegionError, match="cn-north-4"):
            await session.recognize(TrainTicket, picture(1))


async def test_each_endpoint_has_its_own_token_and_project():
    elsewhere = evolve(ACCOUNT, project_id="f" * 32, region="cn-east-3")
    services = {"ocr": ScriptedService(), "other": ScriptedService(account=elsewhere)}
    hosts = {
        "ocr.cn-north-4.myhuaweicloud.com": services["ocr"],
        "iam.cn-north-4.myhuaweicloud.com": services["ocr"],
        "ocr.cn-east-3.myhuaweicloud.com": services["other"],
        "iam.cn-east-3.myhuaweicloud.com": services["other"],
    }
    mounts = {f"all://{host}": httpx.ASGITransport(service) for host, service in hosts.items()}
    who = Password(ACCOUNT.user, ACCOUNT.password, ACCOUNT.domain)
    endpoints = ["https://ocr.cn-north-4.myhuaweicloud.com", "https://ocr.cn-east-3.myhuaweicloud.com"]

    async with OcrSession(who, endpoints=endpoints, http_client=httpx.AsyncClient(mounts=mounts)) as session:
        async with session.recognize_many(TrainTicket, [picture(n) for n in range(20)]) as run:
            await run.results()

    assert [service.ledger.token_requests for service in services.values()] == [1, 1]
    assert all(service.ledger.answers["200"] for service in services.values())


@pytest.mark.parametrize(
    "settings",
    [
        {"region": "cn-north-4", "regions": ["cn-north-4"]},
        {"endpoint": "https://a.test", "endpoints": ["https://b.test"]},
        {"regions": ["cn-north-4"], "endpoint": "https://a.test"},
        {"regions": ["cn-north-4", "cn-east-3"], "project_id": "one for two regions"},
        {"endpoint": "https://a.test/with/a/path"},
        {"endpoint": "two words"},
        {"endpoint": "https://"},
    ],
)
async def test_settings_that_contradict_each_other_are_refused_at_once(settings):
    with pytest.raises(ValueError, match=r"region|endpoint"):
        OcrSession(KEY, **settings)


async def test_an_unknown_region_names_the_known_ones():
    with pytest.raises(RegionError, match="cn-north-4"):
        OcrSession(KEY, region="cn-nowhere-1")
