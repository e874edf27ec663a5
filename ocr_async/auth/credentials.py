"""The three ways to prove who asks. No secret shows in a repr."""

from __future__ import annotations

from typing import TypeAlias

from attrs import field, frozen, validators

_text = validators.and_(validators.instance_of(str), validators.min_len(1))


@frozen
class AkSk:
    """An access key and its secret: every request is signed. The default on G42 Cloud.

    A temporary key comes with a `security_token`, which is signed and sent along.
    """

    ak: str = field(validator=_text)
    sk: str = field(validator=_text, repr=False)
    security_token: str | None = field(default=None, repr=False)


@frozen
class Password:
    """An IAM user: name, password and account (`domain`). Buys a token of 24 hours, renewed ahead of its end."""

    user: str = field(validator=_text)
    password: str = field(validator=_text, repr=False)
    domain: str = field(validator=_text)


@frozen
class Token:
    """A ready-made IAM token of the right project; nobody renews it."""

    token: str = field(validator=_text, repr=False)


Credential: TypeAlias = AkSk | Password | Token
