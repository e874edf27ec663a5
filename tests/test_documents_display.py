from __future__ import annotations

from ocr_async.documents import QuotaInvoiceResult
from ocr_async.documents.classification import AutoClassificationResult
from ocr_async.fields.decoding import decode


def test_a_notebook_shows_field_value_and_confidence():
    shown = decode(QuotaInvoiceResult, {"amount": "￥50.00", "confidence": {"amount": 0.99}})._repr_html_()
    assert "<td>amount</td><td>￥50.00</td><td>0.9900</td>" in shown


def test_a_low_confidence_is_marked():
    sure = decode(QuotaInvoiceResult, {"code": "1", "confidence": {"code": 0.95}})._repr_html_()
    unsure = decode(QuotaInvoiceResult, {"code": "1", "confidence": {"code": 0.5}})._repr_html_()
    assert "<tr><td>code" in sure
    assert "<tr style=" in unsure


def test_an_empty_field_is_not_marked_however_low_its_confidence():
    shown = decode(
        QuotaInvoiceResult, {"code": " ", "number": "", "confidence": {"code": 0.1, "number": 0.0}}
    )._repr_html_()
    assert "<tr style=" not in shown


def test_what_comes_from_the_document_is_escaped():
    shown = decode(QuotaInvoiceResult, {"code": "<script>", "<b>": "</td>"})._repr_html_()
    assert "<script>" not in shown
    assert "<b>" not in shown
    assert "&lt;script&gt;" in shown


def test_missing_fields_are_not_shown():
    assert "location" not in decode(QuotaInvoiceResult, {"code": "1"})._repr_html_()


def test_several_documents_are_shown_one_by_one_and_failures_by_their_error():
    shown = decode(
        AutoClassificationResult,
        [
            {"type": "quota_invoice", "content": {"code": "1", "confidence": {"code": 0.95}}},
            {"type": "<passport>", "status": {"error_code": "AIS.0104"}, "content": {}},
            {"type": "something_new", "content": {"total": "12"}},
        ],
    )._repr_html_()
    assert "<caption>1. quota_invoice</caption>" in shown
    assert "<td>code</td><td>1</td><td>0.9500</td>" in shown
    assert "2. &lt;passport&gt;: HTTP 200 AIS.0104" in shown
    assert "3. something_new: has no result class yet" in shown
