"""The table of APIs that follows from the readers: each document's own, and auto-classification of them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ocr_async.local.apis import Api, boolean, integer, list_of, mapping
from ocr_async.local.reading.documents import READERS
from ocr_async.local.reading.reader import Reader

CLASSIFICATION = "auto-classification"


def apis(readers: Sequence[Reader]) -> Mapping[tuple[str, str], Api]:
    """Return the APIs that these readers answer, by version in the path and last part of the path."""
    each = {(version, reader.api): api for reader in readers for version, api in reader.versions.items()}
    types = sorted({reader.item_type for reader in readers if reader.item_type})
    asked = {"type_list": list_of(*types)}
    more = {"detect_seal": boolean, "pdf_page_number": integer, "extended_parameters": mapping}
    return {
        **each,
        ("v2", CLASSIFICATION): Api(8000, parameters={**asked, **more}),
        ("v1.0", CLASSIFICATION): Api(8000, parameters=asked),
    }


APIS = apis(READERS)
"""The APIs that the package's own readers answer."""
