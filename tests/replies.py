"""Replies as values, without a wire."""

from __future__ import annotations

import httpx


def reply_of(status=200, headers=None, body=b""):
    lines = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return httpx.Response(status, headers=lines, content=body)
