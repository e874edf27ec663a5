"""`python -m ocr_async` is `ocr-async`."""

from __future__ import annotations

from ocr_async.cli.app import main

if __name__ == "__main__":
    main()
