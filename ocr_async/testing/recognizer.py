"""A recognizer that answers from a script: the documented samples unless told otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import anyio
import orjson
from attrs import define, field

from ocr_async.documents import registry
from ocr_async.fields import Result
from ocr_async.fields.encoding import encode
from ocr_async.local.recognizer import Task
from ocr_async.model import Json

Replies: TypeAlias = "Mapping[str, Json | Result] | Callable[[Task], Json | Result]"
"""Values of `result`, by the SHA-256 of a picture or by API; or a function, which may raise a `Refusal`."""

NO_REPLIES: Mapping[str, Json | Result] = MappingProxyType({})

_SAMPLES = Path(__file__).parent / "samples"
_NUMBERS = {
    "train-ticket": "ticket_id",
    "quota-invoice": "number",
    "passport": "passport_number",
    "emirates-id-card": "id_number",
    "bankcard": "card_number",
}


def sample_result(api: str, image: bytes) -> Json:
    """Return the documented sample of an API with a number of its own for each picture.

    That number is `picture_number(image)`, in the field of the document's number: `ticket_id`, `number`,
    `passport_number`, `id_number` or `card_number`. Raises LookupError for an API without a sample.
    """
    number = picture_number(image)
    sample = _sample(api)
    if isinstance(sample, dict):
        return {**sample, _NUMBERS[api]: number} if api in _NUMBERS else sample
    first, *others = sample
    return [{**first, "content": {**first["content"], "number": number}}, *others]


def has_sample(api: str) -> bool:
    """Tell whether there is a sample of an API; a scripted service answers the others with an empty result."""
    return (_SAMPLES / f"{Path(api).name}.json").exists()


def picture_number(image: bytes) -> str:
    """Return the document number that `sample_result` gives to a picture: 16 hex digits."""
    return sha256(image).hexdigest()[:16]


@define
class ScriptedRecognizer:
    """Answers each picture from a script after `seconds`, and counts how often it saw each picture.

    `processed` is keyed by the SHA-256 of the picture.
    """

    replies: Replies = NO_REPLIES
    seconds: float | Callable[[], float] = 0.0
    processed: Counter[str] = field(factory=Counter[str], init=False)

    async def recognize(self, task: Task) -> Json:
        """Return the scripted value of `result` for a picture."""
        seconds = self.seconds() if callable(self.seconds) else self.seconds
        if seconds:
            await anyio.sleep(seconds)
        digest = sha256(task.image).hexdigest()
        self.processed[digest] += 1
        if callable(self.replies):
            return _sent(self.replies(task))
        for name in (digest, task.api):
            if name in self.replies:
                return _sent(self.replies[name])
        return sample_result(task.api, task.image) if has_sample(task.api) else _empty_result(task.api)

    async def aclose(self) -> None:
        """Hold nothing, so there is nothing to let go of."""


def _sent(reply: Json | Result) -> Json:
    return encode(reply) if isinstance(reply, Result) else reply


def _empty_result(api: str) -> Json:
    known = registry.get(api)
    return [] if known is not None and known.result_class.json_type is list else {}


@lru_cache(maxsize=64)
def _sample(api: str) -> dict[str, Json] | list[dict[str, dict[str, Json]]]:
    path = _SAMPLES / f"{Path(api).name}.json"
    if not path.exists():
        raise LookupError(f"There is no sample of {api}: give its reply in `replies`.")
    sample: dict[str, Json] | list[dict[str, dict[str, Json]]] = orjson.loads(path.read_bytes())
    return sample
