"""Documents of one's own, by a template made in the console of the service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from attrs import field, frozen

from ocr_async.fields import PICTURES, DocumentType, ImageLimits, KeyValues, Result, document
from ocr_async.model import Json


@document
class CustomTemplateResult(Result, KeyValues):
    """What a template found, as a mapping; which names there are, the template decides."""

    template_id: Annotated[str | None, "The template that was used; it stands beside the result in the reply."] = None
    content: Annotated[Mapping[str, Json], "All of the result, as it came."] = field(factory=dict[str, Any])

    @classmethod
    def in_reply(cls, reply: Mapping[str, Json]) -> Json:
        """Return the part of a reply that is decoded: `result` and what stands beside it."""
        return {"template_id": reply.get("template_id"), "content": reply["result"]}

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield every name that has a text."""
        return ((name, value) for name, value in self.content.items() if isinstance(value, str))


@frozen
class CustomTemplate(DocumentType[CustomTemplateResult]):
    """A document by a template or a classifier of one's own; closed to new users since July 2024.

    ValueError unless exactly one of both is given.
    """

    api = "custom-template"
    picture = ImageLimits(formats=(*PICTURES, "GIF", "WEBP"))
    template_id: str | None = None
    classifier_id: str | None = None
    classifier_mode: Annotated[bool, "Whether the class alone is wanted, with `classifier_id`."] = False

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if (self.template_id is None) == (self.classifier_id is None):
            raise ValueError("exactly one of template_id and classifier_id says what to look for")
