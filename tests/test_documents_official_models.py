"""The official SDK and this package read the same reply of the scripted service: field by field the same, all filled."""

from __future__ import annotations

from base64 import b64encode
from importlib import import_module

import pytest
from catalogue_walk import APIS, NEEDED, filled_result, made
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkocr import v1 as sdk

from ocr_async import OcrSession
from ocr_async.documents import registry
from ocr_async.fields import options_of
from ocr_async.fields.encoding import encode
from ocr_async.testing import ScriptedService, png, serve

OPERATIONS = {each["id"]: each["operation"] for each in APIS.values() if each["operation"]}
PICTURE = png(1, width=200, height=200)
NOT_IN_ITS_MODELS = {
    "bankcard": {"card_holder"},  # of G42 Cloud
    "general-table": {"rectification_matrix"},
    "passport": {"machine_code", "machine_code2"},  # of the reference pages alone
    "transportation-license": {"vehicle_weight"},
}
"""The fields of the catalogue that the SDK drops: it was written by other sources than the reference pages."""


@pytest.fixture(scope="module")
def service():
    return ScriptedService(lambda task: filled_result(task.api))


@pytest.fixture(scope="module")
def client(service):
    account = service.account
    with serve(service) as url:
        credentials = BasicCredentials(account.ak, account.sk, account.project_id)
        yield sdk.OcrClient.new_builder().with_credentials(credentials).with_endpoint(url).build()


def request_model(operation):
    return getattr(sdk, f"{operation}Request")


def body_model(operation):
    name = request_model(operation).openapi_types["body"]
    return getattr(sdk, name)


def asked_with_the_sdk(client, api):
    """Return the `result` of the answer as the SDK's models have it, as plain data."""
    operation = OPERATIONS[api]
    body = body_model(operation)(**NEEDED.get(api, {}))
    source = made(api).source_parameter
    if source:
        setattr(body, source, b64encode(PICTURE).decode())
    response = getattr(client, APIS[api]["sdk_method"])(request_model(operation)(body=body))
    return plain(response.result)


def plain(value):
    if hasattr(value, "openapi_types"):
        by_key = {value.attribute_map[name]: getattr(value, name) for name in value.openapi_types}
        return {key: plain(each) for key, each in by_key.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return {key: plain(each) for key, each in value.items()} if isinstance(value, dict) else value


def without(value, names):
    if isinstance(value, list):
        return [without(each, names) for each in value]
    return {key: each for key, each in value.items() if key not in names}


def test_it_has_52_operations():
    assert len(OPERATIONS) == 52


@pytest.mark.parametrize("api", OPERATIONS)
async def test_a_reply_with_every_field_filled_is_the_same_for_both(service, client, api):
    kind = made(api)
    async with OcrSession.local(service) as session:
        result = await session.recognize(kind, PICTURE if kind.source_parameter else None)
    ours = encode(result.content if api == "custom-template" else result)

    assert ours == filled_result(api)
    assert asked_with_the_sdk(client, api) == without(ours, NOT_IN_ITS_MODELS.get(api, ()))


@pytest.mark.parametrize("api", OPERATIONS)
def test_every_option_of_its_models_is_known(api):
    known = {option.name for option in options_of(registry.find(api))}
    assert {*body_model(OPERATIONS[api]).openapi_types} - {made(api).source_parameter, "url"} <= known


def test_its_models_were_found():
    assert import_module("huaweicloudsdkocr.v1").TrainTicketResult.openapi_types["ticket_id"] == "str"
