"""The machine-readable zone: see `ocr_async.fields.mrz`."""

from ocr_async.fields.mrz import FILLER, Mrz, check_digit, parse

__all__ = ["FILLER", "Mrz", "check_digit", "parse"]
