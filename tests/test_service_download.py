from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ocr_async.local.service.download import Downloader
from ocr_async.local.service.replies import Refused
from ocr_async.testing import picture, picture_number, serve


@pytest.fixture
def host():
    """A web server with a picture, a text, redirects to the picture, elsewhere and in a circle, and one that fails."""
    replies = {
        "/picture": Response(picture(1)),
        "/text": Response("text"),
        "/moved": RedirectResponse("/picture"),
        "/elsewhere": RedirectResponse("http://169.254.169.254/latest/meta-data"),
        "/round": RedirectResponse("/round"),
        "/broken": Response(status_code=500),
    }

    async def answer(request):
        return replies[request.url.path]

    with serve(Starlette(routes=[Route(path, answer) for path in replies])) as url:
        yield url


async def code(caller, url):
    return (await caller.recognize(image=None, url=url)).json().get("error_code")


@pytest.mark.parametrize(
    "allowed", ["127.0.0.1", ["http://127.0.0.1:8000/"], ["ok.example.com", "example.com/pictures"]]
)
def test_what_can_be_no_host_is_refused(allowed):
    with pytest.raises((TypeError, ValueError), match=r"give (a list of hosts|such as ocr\.example\.com)"):
        Downloader(allowed)


async def test_a_service_without_a_list_fetches_nothing(caller, host):
    assert await code(caller, f"{host}/picture") == "ModelArts.4601"


async def test_an_allowed_host_is_fetched_and_read(caller_of, host):
    caller = caller_of(url_allow_list=["127.0.0.1:*"])

    response = await caller.recognize(image=None, url=f"{host}/picture")

    assert response.json()["result"]["ticket_id"] == picture_number(picture(1))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/text", "AIS.0102"),
        ("/elsewhere", "ModelArts.4601"),
        ("/round", "ModelArts.4603"),
        ("/broken", "ModelArts.4603"),
        ("/no", "ModelArts.4603"),
    ],
)
async def test_what_is_fetched_must_be_a_picture_and_come_at_once(caller_of, host, path, expected):
    caller = caller_of(url_allow_list=["127.0.0.1:*"])

    assert await code(caller, host + path) == expected


async def test_a_redirect_within_the_list_is_followed(caller_of, host):
    response = await caller_of(url_allow_list=["127.0.0.1:*"]).recognize(image=None, url=f"{host}/moved")

    assert response.json()["result"]["ticket_id"] == picture_number(picture(1))


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("*", "http://169.254.169.254/openstack/latest/securitykey"),
        ("*", "http://127.0.0.1/"),
        ("*", "http://[::1]/"),
        ("*", "http://[::ffff:127.0.0.1]/"),
        ("*", "http://[64:ff9b::7f00:1]/"),
        ("*", "http://2130706433/"),
        ("*", "http://0x7f.1/"),
        ("*", "http://localhost/"),
        ("*", "http://10.0.0.7/"),
        ("10.0.1.0/24", "http://10.0.2.7/"),
        ("127.0.0.2:80", "http://127.0.0.1/"),
    ],
)
async def test_an_address_that_the_internet_does_not_route_must_be_on_the_list_itself(caller_of, allowed, url):
    assert await code(caller_of(url_allow_list=[allowed]), url) == "ModelArts.4601"


async def test_a_listed_name_that_resolves_to_an_inner_address_is_refused(caller_of, monkeypatch):
    async def rebound(*_, **__):
        return [(0, 0, 0, "", ("93.184.216.34", 80)), (0, 0, 0, "", ("10.0.0.7", 80))]

    monkeypatch.setattr("anyio.getaddrinfo", rebound)

    assert (
        await code(caller_of(url_allow_list=["images.example.com"]), "http://images.example.com/x") == "ModelArts.4601"
    )


@pytest.mark.parametrize("allowed", ["127.0.0.1:*", "127.0.0.0/8:*", "localhost:*"])
async def test_an_inner_host_that_is_listed_is_fetched(caller_of, host, allowed):
    name = "localhost" if allowed.startswith("localhost") else "127.0.0.1"
    downloaded = caller_of(url_allow_list=[allowed, f"{name}:*"])

    response = await downloaded.recognize(image=None, url=host.replace("127.0.0.1", name) + "/picture")

    assert response.json()["result"]["ticket_id"] == picture_number(picture(1))


async def test_a_host_that_does_not_answer_is_a_failed_download(caller_of):
    assert await code(caller_of(url_allow_list=["127.0.0.1:1"]), "http://127.0.0.1:1/x") == "ModelArts.4603"


async def test_no_more_is_fetched_than_the_limit(host):
    with pytest.raises(Refused, match=r"AIS\.0103"):
        await Downloader(["127.0.0.1:*"]).fetch(f"{host}/picture", len(picture(1)) - 1)


@pytest.mark.parametrize(
    ("entry", "url", "allowed"),
    [
        ("a.test", "http://a.test/x", True),
        ("a.test", "https://A.TEST:443/x", True),
        ("a.test", "http://a.test:8080/x", False),
        ("a.test:8080", "http://a.test:8080/x", True),
        ("a.test", "http://b.a.test/x", False),
        ("*.a.test", "http://b.a.test/x", True),
        ("*.a.test", "http://ba.test/x", False),
        ("a.test", "http://user@a.test/x", False),
        ("a.test", "http://a.test@b.test/x", False),
        ("a.test", "ftp://a.test/x", False),
        ("a.test", "file:///etc/passwd", False),
        ("a.test", "http://a.test:x/", False),
        ("*", "a.test", False),
    ],
)
def test_an_entry_allows_its_host_on_the_default_port(entry, url, allowed):
    assert Downloader([entry]).allows(url) is allowed
