"""Beyond one process: one account limit for all of them."""

from ocr_async.cluster.shared_limits import SharedLimits

__all__ = ["SharedLimits"]
