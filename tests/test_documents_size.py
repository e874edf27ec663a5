"""What an API costs in this package: two small classes."""

from __future__ import annotations

from pathlib import Path

import ocr_async.documents
from ocr_async.documents import registry

MOST_LINES = 60


def test_an_api_takes_less_than_sixty_lines_on_average_its_names_included():
    folder = Path(ocr_async.documents.__file__).parent
    lines = sum(len(path.read_text("utf-8").splitlines()) for path in folder.glob("*.py*"))
    own = [each for each in registry.document_types() if each.__module__.startswith("ocr_async.")]
    assert lines / len(own) < MOST_LINES
