"""The three ways to prove who asks. No secret shows in a repr."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import field, frozen

if TYPE_CHECKING:
    import attrs


def _text(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Refuse what is no text or empty, without showing it."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"{attribute.name} is empty or no text")


def _word(_: object, attribute: attrs.Attribute[Any], value: str | None) -> None:
    """Refuse what cannot stand in a header, and quotes, which files of variables keep, without showing it."""
    _text(_, attribute, value)
    if not re.fullmatch(r"[!#-&(-~]+", value or ""):
        raise ValueError(
            f"{attribute.name} holds a line break, white space, quotes or signs beyond ASCII: copy it again, alone"
        )


def _word_if_any(_: object, attribute: attrs.Attribute[Any], value: str | None) -> None:
    if value:
        _word(_, attribute, value)


@frozen
class AkSk:
    """An access key and its secret: every request is signed. The default on G42 Cloud.

    A temporary key comes with a `security_token`, which is signed and sent along.
    """

    ak: str = field(validator=_word)
    sk: str = field(validator=_word, repr=False)
    security_token: str | None = field(default=None, validator=_word_if_any, repr=False)


@frozen
class Password:
    """An IAM user: name, password and account (`domain`). Buys a token of 24 hours, renewed ahead of its end."""

    user: str = field(validator=_text)
    password: str = field(validator=_text, repr=False)
    domain: str = field(validator=_text)


@frozen
class Token:
    """A ready-made IAM token of the right project; nobody renews it."""

    token: str = field(validator=_word, repr=False)


Credential: TypeAlias = AkSk | Password | Token
