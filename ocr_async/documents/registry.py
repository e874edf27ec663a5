"""The document types by name, each imported when it is asked for."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ocr_async.documents.base import DocumentType, Result

_MODULES: Mapping[str, str] = MappingProxyType(
    {
        "train-ticket": "train_ticket",
        "quota-invoice": "quota_invoice",
        "passport": "passport",
        "emirates-id-card": "emirates_id_card",
        "bankcard": "bankcard",
        "auto-classification": "auto_classification",
    }
)

APIS: tuple[str, ...] = tuple(_MODULES)
"""The ids of the APIs that have a document type."""


@cache
def find(name: str) -> type[DocumentType[Result]]:
    """Return the document type that is called `train-ticket`, `train_ticket` or `TrainTicket`; else ValueError."""
    api = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).replace("_", "-").lower()
    if api not in _MODULES:
        raise ValueError(f"unknown document type {name!r}. Known: {', '.join(APIS)}.")
    module = import_module(f"ocr_async.documents.{_MODULES[api]}")
    return cast("type[DocumentType[Result]]", getattr(module, class_name(api)))


def class_name(api: str) -> str:
    """Return the name of the class of an API: `train-ticket` is `TrainTicket`."""
    return api.title().replace("-", "")


def document_types() -> tuple[type[DocumentType[Result]], ...]:
    """Return all document types, in the order of the reference pages."""
    return tuple(map(find, APIS))
