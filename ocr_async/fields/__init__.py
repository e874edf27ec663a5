"""What document types and results are made of: their base classes, and what their fields are and mean; loaded when named.

A new API is two small classes: a `DocumentType[SomeResult]` whose attrs fields are the options of the request,
and a `Result` whose attrs fields are the fields of the reply. Defining them is all: it registers them by the api.
"""

from ocr_async.public_names import lazily

__getattr__, __dir__, __all__ = lazily(__name__)
