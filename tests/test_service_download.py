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
    """A web server with a picture, a text, a redirect to the picture, and one that fails."""
    replies = {
        "/picture": Response(picture(1)),
        "/text": Response("text"),
        "/moved": RedirectResponse("/picture"),
        "/broken": Response(status_code=500),
    }

    async def answer(request):
        return replies[request.url.path]

    with serve(Starlette(routes=[Route(path, answer) for path in replies])) as url:
        yield url


async def code(caller, url):
    return (await caller.recognize(image=None, url=url)).json().get("error_code")


async def test_a_service_without_a_list_fetches_nothing(caller, host):
    assert await code(caller, f"{host}/picture") == "ModelArts.4601"


async def test_an_allowed_host_is_fetched_and_read(caller_of, host):
    caller = caller_of(url_allow_list=["127.0.0.1:*"])

    response = await caller.recognize(image=None, url=f"{host}/picture")

    assert response.json()["result"]["ticket_id"] == picture_number(picture(1))


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/text", "AIS.0102"), ("/moved", "ModelArts.4603"), ("/broken", "ModelArts.4603"), ("/no", "ModelArts.4603")],
)
async def test_what_is_fetched_must_be_a_picture_and_come_at_once(caller_of, host, path, expected):
    caller = caller_of(url_allow_list=["127.0.0.1:*"])

    assert await code(caller, host + path) == expected


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
