"""How long a token or temporary key serves, from the times the service tells."""

from __future__ import annotations

from datetime import UTC, datetime

from ocr_async.protocol import http_date

DAY = 24 * 3600.0


def lifetime(issued_at: object, expires_at: object, date_header: str | None) -> float:
    """Return the seconds from issue to expiry; 24 hours when the service does not say.

    Both times are the service's own, so that a wrong local clock does not matter; without an issue time the reply's
    Date header stands for it, then the local clock.
    """
    end = _moment(expires_at)
    if end is None:
        return DAY
    start = _moment(issued_at) or http_date(date_header) or datetime.now(UTC)
    return max(0.0, (end - start).total_seconds())


def _moment(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
