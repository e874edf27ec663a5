"""Pictures that are read by whoever made them, at the moment when they are to be sent."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocr_async.fields import ImageLimits
    from ocr_async.sources.picture import Picture


class Deferred(ABC):
    """A source that opens itself."""

    @abstractmethod
    async def picture(self, limits: ImageLimits) -> Picture:
        """Return the picture; raise SourceError when there is none within the limits."""
