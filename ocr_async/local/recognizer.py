"""The seam between the embedded service and whatever reads its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from attrs import field, frozen

from ocr_async.model import Json


@frozen
class Task:
    """One picture to read, as a request of the service asks for it."""

    api: str
    """The last part of the path, such as "train-ticket"."""

    version: str = "v2"
    """The version in the path, "v1.0" or "v2"."""

    image: bytes = field(default=b"", repr=False)
    """The picture file: JPEG, PNG, BMP or TIFF."""

    options: Mapping[str, Json] = field(default=MappingProxyType({}))
    """The parameters of the request beside the picture."""


class Recognizer(Protocol):
    """Reads pictures for the embedded service; one instance serves all requests.

    An async method `load`, if there is one, is awaited before the first task: where a session or a server is started.
    """

    async def recognize(self, task: Task) -> Json:
        """Return the value of `result`; raises `Refusal`."""
        ...

    async def aclose(self) -> None:
        """Let go of models and threads; further tasks are refused."""
        ...


async def load(recognizer: Recognizer) -> None:
    """Have a recognizer bring into memory what its first task would else wait for, if it has a method `load` for that."""
    loading = getattr(recognizer, "load", None)
    if loading is not None:
        await loading()


class Refusal(Exception):  # noqa: N818  an answer of the service, not a fault
    """The recognizer's no to one task, as the error code that the service answers with."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message


class Unreadable(Refusal):
    """No supported document in the picture, not the one that was asked for, or too poor a picture (AIS.0104)."""

    def __init__(self, message: str = "The image is not supported or the image quality is poor.") -> None:
        super().__init__("AIS.0104", message)


class Busy(Refusal):
    """More tasks are waiting than the recognizer takes (ModelArts.4401)."""

    def __init__(self, message: str = "Too many requests are being processed. Try again later.") -> None:
        super().__init__("ModelArts.4401", message)
