"""What is sent: pictures and the addresses of pictures, one module for each kind of source."""

from ocr_async.sources.opening import Source, open_source
from ocr_async.sources.picture import Picture
from ocr_async.sources.stored import Stored
from ocr_async.sources.url import Url

__all__ = ["Picture", "Source", "Stored", "Url", "open_source"]
