"""The keys and tokens that the service accepts, and those that it hands out."""

from __future__ import annotations

import math
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence

from attrs import field, frozen

from ocr_async.local.service.accounts import Account

MOST_ISSUED = 10_000


@frozen
class Key:
    """An access key; a temporary one has a security token and an end."""

    ak: str
    sk: str = field(repr=False)
    account: Account = field(repr=False)
    security_token: str | None = field(default=None, repr=False)
    expires: float = math.inf


@frozen
class Token:
    """An IAM token; without a project it opens no OCR API."""

    text: str = field(repr=False)
    account: Account = field(repr=False)
    issued: float
    expires: float
    has_project: bool


class Credentials:
    """All keys and tokens of a running service; the oldest issued ones are forgotten beyond `MOST_ISSUED`."""

    def __init__(self, accounts: Sequence[Account], clock: Callable[[], float]) -> None:
        self.accounts = tuple(accounts)
        self._clock = clock
        self._keys = {account.ak: _permanent(account) for account in accounts}
        self._temporary: OrderedDict[str, Key] = OrderedDict()
        self._tokens: OrderedDict[str, Token] = OrderedDict()

    def key(self, ak: str) -> Key | None:
        """Return the key of that name, also one that has expired."""
        return self._keys.get(ak) or self._temporary.get(ak)

    def token(self, text: str) -> Token | None:
        """Return the token of that text, also one that has expired."""
        return self._tokens.get(text)

    def issue_token(self, account: Account, *, has_project: bool) -> Token:
        """Hand out a token; older ones of the account stay valid."""
        now = self._clock()
        token = Token(secrets.token_urlsafe(192), account, now, now + account.token_life, has_project)
        self._tokens[token.text] = token
        _forget_oldest(self._tokens)
        return token

    def issue_temporary_key(self, account: Account, seconds: float) -> Key:
        """Hand out an access key that ends after so many seconds and needs its security token."""
        key = Key(
            ak=secrets.token_hex(10).upper(),
            sk=secrets.token_urlsafe(30),
            account=account,
            security_token=secrets.token_urlsafe(96),
            expires=self._clock() + seconds,
        )
        self._temporary[key.ak] = key
        _forget_oldest(self._temporary)
        return key


def _permanent(account: Account) -> Key:
    return Key(account.ak, account.sk, account, account.security_token)


def _forget_oldest(issued: OrderedDict[str, Key] | OrderedDict[str, Token]) -> None:
    if len(issued) > MOST_ISSUED:
        issued.popitem(last=False)
