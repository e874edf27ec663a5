"""The document types: what each API takes, and the typed result that it gives back; loaded when named."""

from ocr_async.public_names import lazily

__getattr__, __dir__, __all__ = lazily(__name__)
