from __future__ import annotations

from importlib import import_module

import attrs
import pytest

from ocr_async.documents import registry
from ocr_async.documents.classification import AutoClassificationItem

MODELS = {
    "train-ticket": "train_ticket",
    "quota-invoice": "quota_invoice",
    "passport": "passport",
    "bankcard": "bankcard",
}
NOT_FOR_PICTURES = {"image", "url", "pdf_page_number"}


def model(name: str) -> type:
    module = import_module(f"huaweicloudsdkocr.v1.model.{name}")
    return getattr(module, name.title().replace("_", ""))


@pytest.mark.parametrize(("api", "name"), MODELS.items())
def test_every_result_field_of_the_official_models_is_known(api, name):
    known = {*registry.find(api).result_class.field_names(), "confidence"}
    assert set(model(f"{name}_result").openapi_types) <= known


@pytest.mark.parametrize("api", [*MODELS, "auto-classification"])
def test_every_option_of_the_official_models_is_known(api):
    name = f"{api.replace('-', '_')}_request_body"
    known = {attribute.name for attribute in attrs.fields(registry.find(api))}
    assert set(model(name).openapi_types) - NOT_FOR_PICTURES <= known


def test_every_item_field_of_the_official_models_is_known():
    assert set(model("auto_classification_result").openapi_types) <= set(AutoClassificationItem.field_names())
