"""Results as what an endpoint returns, and as parts of Pydantic models."""

from __future__ import annotations

import httpx
import pydantic
import pytest
from fastapi import FastAPI

from ocr_async.documents import QuotaInvoiceResult
from ocr_async.fields import Result
from ocr_async.fields.decoding import decode

INVOICE = decode(QuotaInvoiceResult, {"number": "1", "further": [1], "confidence": {"number": 0.9}})


class Scan(pydantic.BaseModel):
    name: str
    document: QuotaInvoiceResult


@pytest.mark.parametrize("said", [QuotaInvoiceResult, Result, list[QuotaInvoiceResult], Scan])
async def test_an_endpoint_returns_results_as_plain_data(said):
    plain = INVOICE.to_dict()
    given, expected = {
        Scan: (Scan(name="a", document=INVOICE), {"name": "a", "document": plain}),
        list[QuotaInvoiceResult]: ([INVOICE], [plain]),
    }.get(said, (INVOICE, plain))
    app = FastAPI()
    app.get("/", response_model=said)(lambda: given)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app.test") as client:
        assert (await client.get("/")).json() == expected
        assert (await client.get("/openapi.json")).status_code == 200


def test_a_model_takes_no_other_result():
    with pytest.raises(pydantic.ValidationError):
        Scan(name="a", document=INVOICE.to_dict())
