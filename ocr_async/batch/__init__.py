"""Many calls over one iterator: what goes in, what comes out, and the run between them."""

from ocr_async.batch.counts import BatchStats
from ocr_async.batch.items import Item, ItemLike
from ocr_async.batch.outcomes import Done, Failed, Outcome, Outcomes
from ocr_async.batch.run import Batch

__all__ = ["Batch", "BatchStats", "Done", "Failed", "Item", "ItemLike", "Outcome", "Outcomes"]
