"""The HTTP side of the embedded service: `create_app` makes the ASGI app, `Account` says who may call it."""

from __future__ import annotations

from ocr_async.local.apis import Api
from ocr_async.local.service.accounts import Account
from ocr_async.local.service.app import create_app
from ocr_async.local.service.limiter import UNLIMITED, Limiter, ServiceLimits, schedule
from ocr_async.local.service.rates import Rate

__all__ = ["UNLIMITED", "Account", "Api", "Limiter", "Rate", "ServiceLimits", "create_app", "schedule"]
