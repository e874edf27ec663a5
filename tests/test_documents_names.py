"""The names that `ocr_async.documents` and `ocr_async.fields` give to their users: one list each, the stub."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

import ocr_async.documents
import ocr_async.fields
from ocr_async.documents import registry
from ocr_async.fields import DocumentType, Fields

PACKAGES = [ocr_async.documents, ocr_async.fields]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda each: each.__name__)
def test_every_name_is_there_and_type_checkers_see_the_same(package):
    source = Path(package.__file__).with_name("__init__.pyi").read_text("utf-8")
    seen = {
        alias.asname for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert seen == {*package.__all__}
    assert [name for name in package.__all__ if getattr(package, name) is None] == []


def test_every_type_and_result_of_a_family_is_among_the_names():
    families = {each.__module__ for each in registry.document_types() if each.__module__.startswith("ocr_async.")}
    own = {
        name
        for module in map(import_module, families)
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Fields | DocumentType) and value.__module__ == module.__name__
    }
    assert own - {*ocr_async.documents.__all__} == INSIDE


INSIDE = {"InvoiceFields", "InvoiceLine", "RegionsResult", "VatFields", "VehicleSaleFields"}
"""What classes of one module share, and nobody has to name."""


@pytest.mark.parametrize("document_type", registry.document_types(), ids=lambda each: each.api)
def test_the_names_of_a_type_and_its_result_follow_from_its_api(document_type):
    name = registry.class_name(document_type.api)
    assert getattr(ocr_async.documents, name) is document_type
    assert getattr(ocr_async.documents, f"{name}Result") is document_type.result_class
