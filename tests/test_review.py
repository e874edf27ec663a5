from __future__ import annotations

import re
from importlib.resources import files

import httpx
import pytest
import pytest_asyncio
from attrs import define
from job_fixtures import fill, run

from ocr_async import Bankcard, read_results
from ocr_async.errors import OcrError
from ocr_async.review import pictures
from ocr_async.review.app import create_app
from ocr_async.review.desk import Desk
from ocr_async.review.guard import Guard
from ocr_async.review.judging import contradictions
from ocr_async.review.queue import Filter
from ocr_async.testing import Refusal, ScriptedService, picture, picture_number

HOST = "127.0.0.1:8123"


NUMBERS = {picture_number(picture(number)): number for number in range(5)}


@define
class Page:
    """A client of the page, in this process."""

    client: httpx.AsyncClient
    guard: Guard
    desk: Desk

    async def get(self, path, **settings):
        return await self.client.get(path, **settings)

    async def post(self, path, **body):
        return await self.client.post(path, json=body)

    async def sign_in(self):
        return await self.client.get("/", params={"token": self.guard.token})


@pytest_asyncio.fixture
async def out(tmp_path):
    out = tmp_path / "results.jsonl"
    await run(fill(tmp_path / "scans", range(4)), out)
    return out


@pytest_asyncio.fixture
async def page(out):
    desk = Desk.open(out, "ada")
    desk.sort()
    guard = Guard(create_app(desk), frozenset((HOST,)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url=f"http://{HOST}") as client:
        yield Page(client, guard, desk)
    desk.close()


async def test_the_token_is_good_for_one_browser(page):
    first = await page.sign_in()
    assert (first.status_code, first.headers["location"]) == (303, "/")
    cookie = first.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict"))
    assert (await page.get("/")).status_code == 200
    page.client.cookies.clear()
    assert (await page.sign_in()).status_code == 403
    assert (await page.get("/state")).status_code == 403


@pytest.mark.parametrize("path", ["/", "/state", "/documents/1", "/documents/1/picture", "/assets/page.js"])
async def test_nothing_is_shown_without_the_token(page, path):
    answer = await page.get(path)
    assert answer.status_code == 403
    assert "G" not in answer.text


@pytest.mark.parametrize("headers", [{"host": "evil.example"}, {"origin": "http://evil.example"}])
async def test_foreign_hosts_and_origins_are_refused(page, headers):
    await page.sign_in()
    assert (await page.get("/state", headers=headers)).status_code == 403


async def test_every_answer_is_strict_and_kept_by_nobody(page):
    await page.sign_in()
    for path in ("/", "/state", "/documents/1", "/documents/1/picture", "/documents/99", "/nowhere"):
        headers = (await page.get(path)).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/documents/../../etc/passwd/picture", "/documents/x/picture", "/assets/../desk.py"])
async def test_no_path_of_the_address_leads_to_a_file(page, path):
    await page.sign_in()
    assert (await page.get(path)).status_code == 404


async def test_a_form_of_another_site_changes_nothing(page):
    await page.sign_in()
    answer = await page.client.post("/documents/1/verdict", data={"verdict": "accepted"})
    assert answer.status_code == 400
    assert dict(page.desk._review.verdicts()) == {}


async def test_a_correction_is_kept_with_who_made_it_and_taken_back(page, out):
    await page.sign_in()
    changed = (await page.post("/documents/1/correction", field="train_number", value="G1")).json()
    field = next(field for field in changed["fields"] if field["name"] == "train_number")
    assert (field["value"], field["mark"]) == ("G1", "corrected")
    assert [done.corrected for done in read_results(out)].count(("train_number",)) == 1
    undone = (await page.post("/undo")).json()["undone"]
    assert undone == {"number": 1, "verdict": "corrected", "field": "train_number"}
    assert all(not done.corrected for done in read_results(out))
    assert (await page.post("/undo")).json()["undone"] is None


async def test_verdicts_move_a_document_out_of_what_is_open(page):
    await page.sign_in()
    first = (await page.get("/state")).json()["first"]
    state = (await page.post(f"/documents/{first}/verdict", verdict="accepted")).json()
    assert state["progress"] == {"total": 4, "reviewed": 1, "skipped": 0}
    second = (await page.get("/state")).json()["first"]
    assert second != first
    state = (await page.post(f"/documents/{second}/verdict", verdict="skipped")).json()
    assert state["progress"] == {"total": 4, "reviewed": 1, "skipped": 1}
    only = (await page.get("/state", params={"state": "accepted"})).json()
    assert only["first"] == first
    await page.post("/undo")
    await page.post("/undo")
    assert (await page.get("/state")).json()["progress"]["reviewed"] == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/documents/1/verdict", {"verdict": "corrected"}),
        ("/documents/1/verdict", {}),
        ("/documents/1/correction", {"field": "train_number", "value": 7}),
        ("/documents/1/correction", {"value": "7"}),
    ],
)
async def test_what_the_page_does_not_send_is_refused(page, path, body):
    await page.sign_in()
    assert (await page.post(path, **body)).status_code == 400


async def test_documents_and_fields_that_are_not_there_are_gone(page):
    await page.sign_in()
    assert (await page.get("/documents/99")).status_code == 404
    assert (await page.post("/documents/1/correction", field="nothing", value="7")).status_code == 404


async def test_a_picture_is_shown_only_while_it_is_the_one_that_was_read(page, out, tmp_path):
    await page.sign_in()
    answer = await page.get("/documents/1/picture")
    assert answer.headers["content-type"] == "image/png"
    assert (answer.headers["x-picture-width"], answer.headers["x-picture-height"]) == ("32", "32")
    key = page.desk.line(1)["key"]
    (tmp_path / "scans" / key.rpartition("/")[2]).write_bytes(picture(77))
    answer = await page.get("/documents/1/picture")
    assert answer.status_code == 409
    assert "not the one that was read" in answer.json()["problem"]


async def test_the_worst_comes_first(tmp_path):
    out = tmp_path / "results.jsonl"
    await run(fill(tmp_path / "scans", range(5)), out, ScriptedService(replies=card), document_type=Bankcard)
    desk = Desk.open(out, "ada")
    desk.sort()
    order = [desk.line(number)["key"].rpartition("/")[2] for number in desk.order(Filter()).walk(Filter())]
    assert order == ["3.png", "1.png", "2.png", "0.png", "4.png"]
    fields = desk.document(desk.order(Filter()).first(Filter()), Filter())["fields"]
    assert [field["name"] for field in fields if field["mark"] == "wrong"] == ["issue_date", "expiry_date"]
    desk.close()


def card(task):
    """0: sure; 1: a wrong check digit; 2: unsure; 3: contradicts itself; 4: refused."""
    number = NUMBERS[picture_number(task.image)]
    if number == 4:
        raise Refusal("AIS.0104")
    card = {"card_number": "4111 1111 1111 1111", "confidence": {"card_number": 0.6 if number == 2 else 0.95}}
    if number == 1:
        card["card_number"] = "4111 1111 1111 1112"
    if number == 3:
        card |= {"issue_date": "12/20", "expiry_date": "12/10"}
    return card


async def test_filters_by_type_field_and_code(tmp_path):
    out = tmp_path / "results.jsonl"
    await run(fill(tmp_path / "scans", range(5)), out, ScriptedService(replies=card), document_type=Bankcard)
    desk = Desk.open(out, "ada")
    desk.sort()

    def found(**wanted):
        return [
            desk.line(number)["key"].rpartition("/")[2]
            for number in desk.order(Filter(**wanted)).walk(Filter(**wanted))
        ]

    assert desk.order(Filter()).choices()["codes"] == ["AIS.0104"]
    assert found(code="AIS.0104") == ["4.png"]
    assert found(field="expiry_date") == ["3.png"]
    assert found(field="card_number")[:2] == ["1.png", "2.png"]
    assert sorted(found(field="card_number")[2:]) == ["0.png", "3.png"]
    assert found(type="passport") == []
    desk.close()


def test_contradictions_of_one_document_among_several_have_its_name():
    line = {
        "status": "done",
        "type": "auto-classification",
        "result": {"items": [{"type": "bankcard", "content": {"card_number": "4111 1111 1111 1112"}}]},
    }
    (found,) = contradictions(line)
    assert found.fields == ("items.0.content.card_number",)


def test_what_is_no_picture_is_an_error():
    with pytest.raises(OcrError, match="cannot be shown"):
        pictures.shown(b"<svg xmlns='http://www.w3.org/2000/svg'/>")


def _colours(css, scheme):
    """The colours of a scheme by their names."""
    dark = css.index("prefers-color-scheme: dark")
    part = css[dark : css.index("* {", dark)] if scheme == "dark" else css[:dark]
    return dict(re.findall(r"--([\w-]+): #([0-9a-f]{6})", re.sub(r"#(\w)(\w)(\w);", r"#\1\1\2\2\3\3;", part)))


def _contrast(one, other):
    """The contrast of two colours as WCAG 2 counts it."""

    def light(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((light(one), light(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_of_texts_have_the_contrast_that_reading_takes(scheme):
    colours = _colours(files("ocr_async.review").joinpath("assets/page.css").read_text("utf-8"), scheme)
    pairs = [("text", "sheet"), ("text", "ground"), ("text", "chosen"), ("faint", "sheet"), ("faint", "chosen")]
    pairs += [(name, f"{name}-ground") for name in ("wrong", "doubtful", "corrected")] + [("on-accent", "accent")]
    assert {
        pair: round(_contrast(*(colours[name] for name in pair)), 1)
        for pair in pairs
        if _contrast(*(colours[name] for name in pair)) < 4.5
    } == {}
