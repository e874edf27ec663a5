from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from replies import reply_of

from ocr_async import protocol
from ocr_async.documents import EmiratesIdCard, QuotaInvoice, TrainTicket
from ocr_async.documents.classification import AutoClassification
from ocr_async.errors import (
    AuthError,
    DecodeError,
    DocumentError,
    RequestError,
    ServiceError,
    SubscriptionError,
    ThrottledError,
)
from ocr_async.fields import Meta

ERRORS = Path(__file__).parent / "samples" / "errors"
HTML = {"content-type": "text/html; charset=utf-8"}
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def body(value: object) -> bytes:
    return json.dumps(value).encode()


def said(status: int, value: object, **headers: str):
    return protocol.error(reply_of(status, headers, body(value)))


def refused(reply) -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        protocol.read(TrainTicket(), reply)
    return caught.value


@pytest.mark.parametrize(
    ("document_type", "parameters"),
    [
        (QuotaInvoice(), {}),
        (EmiratesIdCard(side="front"), {"side": "front"}),
        (
            AutoClassification(type_list=["passport"], detect_seal=True),
            {"type_list": ["passport"], "detect_seal": True},
        ),
    ],
)
def test_a_picture_fits_between_the_prefix_and_the_suffix(document_type, parameters):
    prefix, suffix = protocol.parameters(document_type)
    assert json.loads(prefix + b"aGVsbG8=" + suffix) == {"image": "aGVsbG8=", **parameters}


def test_an_address_goes_into_the_body_with_the_options():
    address = 'https://example.com/"护照".jpg'
    sent = protocol.url_body(EmiratesIdCard(side="back"), address)
    assert json.loads(sent) == {"url": address, "side": "back"}


def test_a_reply_of_success_becomes_a_result_with_the_facts_of_the_call():
    meta = Meta(request_id="7")
    result = protocol.read(QuotaInvoice(), reply_of(200, {}, body({"result": {"number": "1"}})), meta)
    assert (result.number, result.meta) == ("1", meta)


@pytest.mark.parametrize(
    ("status", "error_class"),
    [
        (302, RequestError),
        (400, RequestError),
        (401, AuthError),
        (403, AuthError),
        (404, RequestError),
        (408, ServiceError),
        (413, DocumentError),
        (429, ThrottledError),
        (500, ServiceError),
        (501, ServiceError),
        (502, ServiceError),
        (503, ServiceError),
        (504, ServiceError),
        (599, ServiceError),
    ],
)
@pytest.mark.parametrize("code", ["", "New.1234"])
def test_without_a_known_code_the_status_decides(status, error_class, code):
    error = said(status, {"error_code": code, "error_msg": "x"})
    assert type(error) is error_class
    assert error.retryable is (status in (408, 429, 500, 502, 503, 504, 599))


@pytest.mark.parametrize(
    ("status", "code", "error_class"),
    [
        (200, "AIS.0104", DocumentError),
        (400, "ModelArts.4401", ThrottledError),
        (400, "ModelArts.4204", SubscriptionError),
        (500, "ModelArts.4203", AuthError),
        (400, "APIG.0308", ThrottledError),
        (401, "APIG.0301", AuthError),
        (400, "ModelArts.4402", ServiceError),
        (500, "AIS.0102", DocumentError),
    ],
)
def test_a_known_code_goes_before_the_status(status, code, error_class):
    assert type(said(status, {"error_code": code, "error_msg": "x"})) is error_class


@pytest.mark.parametrize(
    ("status", "error_class", "retryable"),
    [(504, ServiceError, True), (502, ServiceError, True), (400, RequestError, False), (413, DocumentError, False)],
)
def test_the_code_with_seven_statuses_is_judged_by_its_status(status, error_class, retryable):
    error = said(status, {"error_code": "APIG.0201", "error_msg": "x"})
    assert (type(error), error.retryable) == (error_class, retryable)


@pytest.mark.parametrize(
    "value",
    [
        {"error_code": "APIG.0307", "error_msg": "The token must be updated."},
        {"errorCode": "APIG.0307", "errorMsg": "The token must be updated."},
        {"code": "APIG.0307", "message": "The token must be updated."},
        {"error": {"error_code": "APIG.0307", "error_msg": "The token must be updated."}},
        {"request_id": "7", "error": {"code": "APIG.0307", "message": "The token must be updated."}},
    ],
)
def test_every_shape_of_an_error_body_is_understood(value):
    error = said(401, value)
    assert (error.code, error.message) == ("APIG.0307", "The token must be updated.")


def test_the_status_that_iam_repeats_as_a_number_is_no_code():
    error = protocol.error(reply_of(401, {}, (ERRORS / "401-iam-token.json").read_bytes()))
    assert isinstance(error, AuthError)
    assert (error.code, error.message) == ("", "The username or password is wrong.")


def test_an_error_says_what_happened_and_what_to_do():
    reply = reply_of(400, {"x-request-id": "abc"}, (ERRORS / "400-picture-size.json").read_bytes())
    assert str(protocol.error(reply)) == (
        "HTTP 400 AIS.0103: The image size does not meet the requirements. "
        "To do: resize within the limits of the API. (request id abc)"
    )


def test_a_known_code_without_a_message_gets_the_documented_one():
    assert said(400, {"error_code": "AIS.0105"}).message == "Recognition failed."


@pytest.mark.parametrize(
    ("headers", "content", "message"),
    [
        ({}, b"", "an empty body"),
        (HTML, b"<html>\n <h1>502 Bad Gateway</h1></html>", "text/html, 39 bytes that begin with '<html> <h1>502"),
        ({}, b"\xff\xfe\x00", "a body of unknown type, 3 bytes"),
        ({}, b'{"error_code": "AIS', "19 bytes of JSON that is cut short"),
        ({}, b"[]", "2 bytes of JSON"),
        ({}, b"null", "4 bytes"),
    ],
)
def test_an_error_without_a_body_of_json_is_described(headers, content, message):
    assert message in protocol.error(reply_of(502, headers, content)).message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_reply_is_read_in_every_encoding_of_json(encoding):
    """It was billed, whatever a gateway on the way made of it."""
    content = json.dumps({"result": {"ticket_id": "7", "name": "张三"}}, ensure_ascii=False).encode(encoding)
    assert protocol.read(TrainTicket(), reply_of(200, {}, content)).name == "张三"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b'{"result": {"name": "a", "confidence": {"name": NaN, "x": -Infinity, "y": 1e400}}}', "a"),
        (b'{"result": {"name": "a", "x": ' + b"9" * 5000 + b"}}", "a"),
        (b'{"result": {"name": "a\tb"}}', "a\tb"),
        (b'{"result": {"name": "a\\ud83d"}}', "a\ufffd"),
        (b'{"result": {"name": "\\ud83d\\ude00", "x": NaN}}', "\U0001f600"),
        (b'{"result": {"name": "\xed\xa0\xbd\xed\xb8\x80"}}', "\U0001f600"),
        (b'{"result": {"name": "a"}}\0\0\0', "a"),
    ],
)
def test_a_reply_is_read_though_it_is_no_strict_json(content, name):
    assert protocol.read(TrainTicket(), reply_of(200, {}, content)).name == name


@pytest.mark.parametrize("charset", ["GBK", '"gb18030"', "Big5"])
def test_a_reply_is_read_in_the_charset_that_it_names(charset):
    content = '{"result": {"name": "張三"}}'.encode(charset.strip('"'))
    headers = {"content-type": f"application/json;charset={charset}"}
    assert protocol.read(TrainTicket(), reply_of(200, headers, content)).name == "張三"


@pytest.mark.parametrize(
    "content",
    [
        '{"result": {"name": "张三"}}'.encode("gbk"),
        b'{"result": {"name": "a",}, "x": "' + b"y" * 20 + b'"}',
        b'{"result": {"name": "a"}}<!-- served by a gateway -->',
        b'{"result": {"name": "a"}}<p>',
        b'{"result":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_came_whole_and_nobody_can_read_is_not_asked_for_again(content):
    error = refused(reply_of(200, {"content-type": "application/json;charset=nonsense"}, content))
    assert "no JSON" in str(error)
    assert not error.retryable


WHOLE = '{"result": {"name": "张三", "price": -1.5e3, "known": true, "x": [null, {"y": "a\\u00e9"}]}}'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_reply_that_was_cut_anywhere_is_asked_for_again(encoding):
    content = WHOLE.encode(encoding)
    errors = [refused(reply_of(200, {}, content[:length])) for length in range(len(content))]
    assert all(error.retryable for error in errors)


@pytest.mark.parametrize("content", [b'\xef\xbb\xbf{"result"', b"\xff\xfe{", b"<html>"])
def test_no_other_encoding_makes_json_of_what_is_none(content):
    assert "no JSON" in str(refused(reply_of(200, {}, content)))


@pytest.mark.parametrize(
    ("headers", "content", "message"),
    [
        ({}, b"", "HTTP 200 with a body that is no JSON: an empty body"),
        (HTML, b"<html>Welcome</html>", "text/html, 20 bytes that begin with '<html>Welcome</html>'"),
        ({}, b'{"result": {"name": "secr', "JSON that is cut short"),
        ({}, b"[]", "no result @ $"),
        ({}, b"null", "no result @ $"),
        ({}, b"{}", "no result @ $"),
        ({}, b'{"result": null}', "expected an object, not null @ $.result"),
        ({}, b'{"result": {"name": 5}}', "expected a string, not a number @ $.result.name"),
    ],
)
def test_a_success_that_does_not_fit_is_an_error_with_the_raw_body(headers, content, message):
    error = refused(reply_of(200, headers, content))
    assert message in str(error)
    assert (error.status, error.body) == (200, content)


@pytest.mark.parametrize(
    "content",
    [
        b'{"result": {"name": "a secret", "seal_mark": "a secret"}}',
        b'{"result": {"name": "a secret"',
        b'  {"name": "a secret"}',
        b'{"result": ["a secret"]}',
        b'["a secret"',
        b'\xef\xbb\xbf{"name": "a secret"',
        '{"name": "a secret"'.encode("utf-16"),
        '{"name": "a secret"'.encode("utf-16-be"),
        b')]}\',\n{"name": "a secret"}',
        b'callback({"name": "a secret"})',
    ],
)
def test_an_error_never_holds_a_value_of_the_document(content):
    error = refused(reply_of(200, {}, content))
    assert "secret" not in str(error)
    assert "secret" not in "".join(error.problems)
    assert "secret" not in repr(error)


def test_a_code_of_error_inside_a_success_is_that_error():
    with pytest.raises(DocumentError):
        protocol.read(TrainTicket(), reply_of(200, {}, body({"error_code": "AIS.0104", "error_msg": "x"})))


@pytest.mark.parametrize("result", [None, {}, [], "", {"error_code": "AIS.0104", "error_msg": "x"}])
def test_an_empty_result_beside_a_code_of_error_is_that_error(result):
    with pytest.raises(DocumentError):
        protocol.read(
            TrainTicket(), reply_of(200, {}, body({"error_code": "AIS.0104", "error_msg": "x", "result": result}))
        )


def test_a_result_beside_the_code_of_success_is_the_result():
    reply = reply_of(200, {}, body({"error_code": "AIS.0000", "error_msg": "ok", "result": {}}))
    assert protocol.read(TrainTicket(), reply).name is None


@pytest.mark.parametrize(
    "value",
    [
        [{"error_code": "ModelArts.4401", "error_msg": "x"}],
        {"errors": [{"code": "ModelArts.4401", "message": "x"}]},
        {"error_code": " ModelArts.4401\n", "error_msg": "x"},
    ],
)
def test_a_code_is_found_in_a_list_and_between_blanks(value):
    assert isinstance(said(400, value), ThrottledError)


def test_what_a_service_says_is_shown_in_one_printable_line_of_bounded_length():
    text = "\x1b[31mred\nline 2\r\n" + "x y " * 100_000
    error = said(400, {"error_code": text, "error_msg": text}, **{"x-request-id": "\x1b[0m" + "r s" * 10_000})
    assert str(error).isprintable()
    assert len(str(error)) < 2_000
    assert error.message.startswith("\\x1b[31mred line 2 x y")


@pytest.mark.parametrize("address", ["https://ada:hunter2@example.com/a.jpg", "https://example.com/a.jpg?Sig=hunter2"])
def test_what_opens_an_address_is_taken_out_of_what_a_service_repeats(address):
    assert "hunter2" not in str(said(400, {"error_msg": f"cannot get '{address}'"}))
    assert "hunter2" not in str(protocol.error(reply_of(302, {"location": address})))
    assert "example.com/a.jpg" in str(said(400, {"error_msg": f"cannot get '{address}'"}))


def test_a_header_with_a_name_that_is_no_ascii_is_no_failure():
    lines = [(b"X-RateLimit-\xff", b"\xfe"), (b"X-Ratelimit-Limit", b"5"), (b"x-ratelimit-limit", b"6")]
    _, limits = protocol.headers_of_use(httpx.Response(200, headers=lines))
    assert limits == {"x-ratelimit-\xff": "\xfe", "x-ratelimit-limit": "5, 6"}


def test_a_long_message_is_cut():
    assert len(said(400, {"error_msg": "too long " * 1_000}).message) == 500


@pytest.mark.parametrize("secret", ["QTWAOYTTINDUT2QVKYUC", "MIIE" + "a1B/" * 100, "/9j/4AAQ" * 20])
@pytest.mark.parametrize("content", ['{{"error_msg": "the key {} is unknown"}}', "the key {} is unknown"])
def test_what_looks_like_a_key_a_token_or_an_image_is_taken_out_of_a_message(secret, content):
    error = protocol.error(reply_of(401, {}, content.format(secret).encode()))
    assert "the key *** is unknown" in str(error)
    assert secret[:20] not in str(error)


def test_a_long_page_is_cut():
    assert len(protocol.error(reply_of(502, HTML, b"<p>" * 10_000)).message) < 200


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3.0),
        (" 0.5 ", 0.5),
        ("Fri, 02 Jan 2026 03:04:35 GMT", 30.0),
        ("Fri, 02 Jan 2026 03:00:00 GMT", 0.0),
        ("Fri, 02 Jan 2026 03:04:35 -0000", 30.0),
        ("1.", 1.0),
        ("2, 3", 2.0),
        ("99999999999", 99999999999.0),
        ("\u0663", None),
        ("soon", None),
        ("Fri, 99 Jan 2026 03:04:35 GMT", None),
        ("Fri, 02 Jan 99999 03:04:35 GMT", None),
        ("-3", None),
        ("1e9", None),
        ("", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(text, seconds):
    assert protocol.retry_after(reply_of(429, {"retry-after": text}), NOW) == seconds


def test_a_date_to_wait_for_is_seen_from_the_date_of_the_reply():
    headers = {"retry-after": "Fri, 02 Jan 2026 03:04:35 GMT", "date": "Fri, 02 Jan 2026 03:04:25 GMT"}
    assert protocol.retry_after(reply_of(429, headers), NOW) == 10.0


def test_the_hint_of_the_server_goes_before_the_documented_wait():
    told = protocol.error(reply_of(400, {"retry-after": "3"}, body({"error_code": "AIS.0118"})))
    assert (told.retry_after, told.retryable) == (3.0, True)
    assert said(400, {"error_code": "AIS.0118"}).retry_after == 7200.0


@pytest.mark.parametrize(
    ("message", "limit"),
    [
        ("The throttling threshold has been reached: policy user over ratelimit,limit:600,time:1 minute.", (600, 60.0)),
        ("limit: 5, time: 10 second", (5, 10.0)),
        ("limit:1000,time:1 hour", (1000, 3600.0)),
        ("The throttling threshold has been reached. Threshold: 20 times per 60 seconds", (20, 60.0)),
        ("limit:XX,time:1 minute", None),
        ("slow down", None),
        ("", None),
    ],
)
def test_the_limit_is_read_from_the_message(message, limit):
    assert protocol.rate_limit(message) == limit
