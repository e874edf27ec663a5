"""Who may call the embedded service."""

from __future__ import annotations

import secrets

from attrs import field, frozen

DAY = 24 * 3600.0


@frozen
class Account:
    """One IAM user with an access key, in one project of one region.

    `security_token` makes the key a temporary one: it must come signed with each call. `token_life` is the validity of
    an IAM token in seconds, 24 hours as on the reference pages.
    """

    ak: str
    sk: str = field(repr=False)
    user: str = "local"
    password: str = field(default="local", repr=False)
    domain: str = "local"
    project_id: str = "0123456789abcdef0123456789abcdef"
    region: str = "cn-north-4"
    security_token: str | None = field(default=None, repr=False)
    token_life: float = DAY

    @classmethod
    def random(cls, *, region: str = "cn-north-4") -> Account:
        """Return an account whose key, password and project id nobody else knows."""
        return cls(
            ak=secrets.token_hex(10).upper(),
            sk=secrets.token_urlsafe(30),
            password=secrets.token_urlsafe(12),
            project_id=secrets.token_hex(16),
            region=region,
        )
