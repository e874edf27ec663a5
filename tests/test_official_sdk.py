"""The official SDK against the service on a loopback socket: two independent sides of one contract."""

from __future__ import annotations

from base64 import b64encode

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkocr.v1 import (
    AutoClassificationRequestBody,
    BankcardRequestBody,
    OcrClient,
    PassportRequestBody,
    QuotaInvoiceRequestBody,
    RecognizeAutoClassificationRequest,
    RecognizeBankcardRequest,
    RecognizePassportRequest,
    RecognizeQuotaInvoiceRequest,
    RecognizeTrainTicketRequest,
    TrainTicketRequestBody,
)

from ocr_async.testing import ScriptedService, picture, picture_number, serve

IMAGE = picture(1)
BASE64 = b64encode(IMAGE).decode()


@pytest.fixture
def service():
    return ScriptedService()


@pytest.fixture
def url(service):
    with serve(service) as url:
        yield url


def client_of(url, credentials):
    return OcrClient.new_builder().with_credentials(credentials).with_endpoint(url).build()


@pytest.fixture
def client(service, url):
    return client_of(url, BasicCredentials(service.account.ak, service.account.sk, service.account.project_id))


def test_it_reads_a_train_ticket(client):
    request = RecognizeTrainTicketRequest(body=TrainTicketRequestBody(image=BASE64, return_text_location=True))

    response = client.recognize_train_ticket(request)

    assert response.result.ticket_id == picture_number(IMAGE)
    assert response.result.departure_station == "长沙南"
    assert response.x_request_id


def test_it_reads_a_quota_invoice(client):
    response = client.recognize_quota_invoice(RecognizeQuotaInvoiceRequest(body=QuotaInvoiceRequestBody(image=BASE64)))

    assert (response.result.number, response.result.amount) == (picture_number(IMAGE), "￥50.00")


def test_it_reads_a_passport(client):
    body = PassportRequestBody(image=BASE64, country_code="CHN")

    response = client.recognize_passport(RecognizePassportRequest(body=body))

    assert response.result.passport_number == picture_number(IMAGE)
    assert response.result.extra_info["local_language"]["name"] == "张三"


def test_it_reads_a_bank_card(client):
    response = client.recognize_bankcard(RecognizeBankcardRequest(body=BankcardRequestBody(image=BASE64)))

    assert response.result.card_number == picture_number(IMAGE)


def test_it_classifies_several_documents(client):
    body = AutoClassificationRequestBody(image=BASE64, type_list=["quota_invoice"])

    response = client.recognize_auto_classification(RecognizeAutoClassificationRequest(body=body))

    assert [item.status.error_code for item in response.result] == ["AIS.0000", "AIS.0000", "AIS.0104"]
    assert response.result[0].content["number"] == picture_number(IMAGE)


def test_its_signing_opens_the_type_that_it_does_not_know(service, client):
    """It has no operation for the Emirates ID card, but its core client signs and sends any path."""
    request = client._recognize_passport_http_info(RecognizePassportRequest(body={"image": BASE64, "side": "front"}))

    response = client._call_api(**request | {"resource_path": "/v2/{project_id}/ocr/emirates-id-card"})

    assert response.status_code == 200
    assert service.ledger.processed.total() == 1


def test_it_finds_its_project_by_the_region(service, url):
    credentials = BasicCredentials(service.account.ak, service.account.sk).with_iam_endpoint(url)
    region = Region(service.account.region, url)
    client = OcrClient.new_builder().with_credentials(credentials).with_region(region).build()

    client.recognize_bankcard(RecognizeBankcardRequest(body=BankcardRequestBody(image=BASE64)))

    assert service.ledger.project_requests == 1


def test_a_wrong_key_is_refused_and_five_lock_it(service, url, client):
    request = RecognizeBankcardRequest(body=BankcardRequestBody(image=BASE64))
    wrong = client_of(url, BasicCredentials(service.account.ak, "wrong", service.account.project_id))

    for _ in range(5):
        with pytest.raises(ClientRequestException) as failure:
            wrong.recognize_bankcard(request)
        assert (failure.value.status_code, failure.value.error_code) == (401, "APIG.0301")
    with pytest.raises(ClientRequestException, match="AK access failed to reach the limit"):
        client.recognize_bankcard(request)
