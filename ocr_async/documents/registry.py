"""The document types by name: those of this package, each imported when it is asked for, and any that were defined.

A package of document types announces its modules as entry points of the group `ocr_async.documents`; they are loaded
when a name is asked for that is not known yet, and when all are listed.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules

from ocr_async.fields import DocumentType, Result, registered


def find(name: str) -> type[DocumentType[Result]]:
    """Return the document type that is called `train-ticket`, `train_ticket` or `TrainTicket`; else ValueError."""
    api = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).replace("_", "-").lower()
    found = get(api)
    if found is None:
        raise ValueError(f"unknown document type {name!r}. Known: {', '.join(apis())}.")
    return found


def get(api: str) -> type[DocumentType[Result]] | None:
    """Return the document type of an API, None when there is none."""
    if api not in registered():
        getattr(import_module("ocr_async.documents"), class_name(api), None)  # loads its module
    if api not in registered():
        _load_all()
    return registered().get(api)


def of_content(content_type: str) -> type[DocumentType[Result]] | None:
    """Return the document type that a classifying API calls so, such as `id_card_portrait_side`."""
    direct = get(content_type.replace("_", "-"))
    return direct or next((each for each in document_types() if content_type in each.content_types), None)


def class_name(api: str) -> str:
    """Return the name of the class of an API: `train-ticket` is `TrainTicket`."""
    return api.title().replace("-", "")


def family(document_type: type[DocumentType[Result]]) -> str:
    """Return the family of a document type: the module that it is defined in."""
    return document_type.__module__.rpartition(".")[2].strip("_").replace("_", " ")


def apis() -> tuple[str, ...]:
    """Return the ids of the APIs that have a document type, by family."""
    return tuple(each.api for each in document_types())


def document_types() -> tuple[type[DocumentType[Result]], ...]:
    """Return all document types, by family."""
    _load_all()
    return tuple(sorted(registered().values(), key=lambda each: (family(each), each.api)))


@cache
def _load_all() -> None:
    documents = import_module("ocr_async.documents")
    for module in iter_modules(documents.__path__, "ocr_async.documents."):
        import_module(module.name)
    for announced in entry_points(group="ocr_async.documents"):
        announced.load()
