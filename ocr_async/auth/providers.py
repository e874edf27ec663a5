"""The places where a credential may be: environment, profile file, metadata service, or a chain of them.

The names of variables, file and sections are those of the official SDK (huaweicloudsdkcore 3.1).
"""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from attrs import NOTHING, evolve, field, fields, frozen

from ocr_async.auth import metadata
from ocr_async.auth.credentials import AkSk, Credential, Password, Token
from ocr_async.auth.renewed import Lease
from ocr_async.errors import CredentialsError, DecodeError, OcrError
from ocr_async.sources.threads import in_thread

if TYPE_CHECKING:
    import httpx

PREFIX = "HUAWEICLOUD_SDK_"

PROFILE_BYTES = 1024 * 1024
"""What is read of a profile file at most: one with more is another file, or a device."""


@frozen
class Found:
    """A credential and what its place knew beside it. `seconds` is how long it serves, None for as long as it is valid."""

    credential: Credential
    place: str
    project_id: str | None = None
    iam_endpoint: str | None = None
    seconds: float | None = None


@frozen
class NotFound:
    """A place that had no credential, and why. `broken`: something is there that cannot be used; a chain ends with it."""

    place: str
    reason: str
    broken: bool = False


class Provider(Protocol):
    """A place to look for a credential. `find` reads it afresh; it never raises for "nothing there".

    A place of your own, such as a vault that hands out keys for an hour, is a class with that one method:

        class Vault:
            async def find(self, transport):
                key = await vault.read("ocr")
                return Found(AkSk(key["ak"], key["sk"], key["token"]), "vault", seconds=key["seconds"])

    A credential with `seconds` is asked for again ahead of its end, while the old one still serves. Nothing to be had is
    `(NotFound("vault", "why not"),)`; with `broken=True` a `Chain` does not look any further.
    """

    async def find(self, transport: httpx.AsyncBaseTransport) -> Found | tuple[NotFound, ...]:
        """Look, and return what was found or one line for each place that was looked at."""
        ...


@frozen
class Env:
    """Environment variables: `HUAWEICLOUD_SDK_AK`, `_SK`, `_SECURITY_TOKEN`, `_PROJECT_ID`, `_IAM_ENDPOINT`.

    Beyond the official SDK's: `_USER`, `_PASSWORD`, `_DOMAIN` for an IAM user, `_TOKEN` for a ready-made token.
    """

    variables: Mapping[str, str] | None = field(default=None, repr=False)

    async def find(self, transport: httpx.AsyncBaseTransport) -> Found | tuple[NotFound, ...]:  # noqa: ARG002  a provider's signature
        """Look into the environment."""
        variables = os.environ if self.variables is None else self.variables
        values = {
            name.removeprefix(PREFIX).lower(): value for name, value in variables.items() if name.startswith(PREFIX)
        }
        values = {name: value.strip() for name, value in values.items()}
        missing = f"{PREFIX}AK and {PREFIX}SK are not both set (nor _USER, _PASSWORD, _DOMAIN, nor _TOKEN)"
        return _found(values, "environment", missing)


@frozen
class Profile:
    """A section of the official SDK's profile file, by default `[basic]` of `~/.huaweicloud/credentials`.

    `HUAWEICLOUD_SDK_CREDENTIALS_FILE` names another file.
    """

    name: str = "basic"
    path: str | os.PathLike[str] | None = None

    async def find(self, transport: httpx.AsyncBaseTransport) -> Found | tuple[NotFound, ...]:  # noqa: ARG002  a provider's signature
        """Look into the file."""
        found = await in_thread(self._read)
        if isinstance(found, Found) or self.path is not None or not _named_file():
            return found
        return tuple(evolve(place, broken=True) for place in found)  # the environment says that it is there

    def _read(self) -> Found | tuple[NotFound, ...]:
        import configparser  # noqa: PLC0415  read on use only

        try:
            path = self._file()
        except RuntimeError:  # there is no home directory
            return (NotFound("profile file", f"there is no home directory; {PREFIX}CREDENTIALS_FILE names a file"),)
        parser = configparser.ConfigParser(interpolation=None)
        try:
            with path.open("rb") as file:
                parser.read_string("\n".join(_decoded(file.read(PROFILE_BYTES)).splitlines()))
        except OSError as error:
            return (self._unread(path, error),)
        except (configparser.DuplicateOptionError, configparser.DuplicateSectionError) as error:
            what = f"has in line {error.lineno} again what it had before: leave one of the two"
            return (NotFound(f"profile file {path}", what, broken=True),)
        except (ValueError, configparser.Error) as error:
            todo = "save it as UTF-8 with a line such as [basic] before ak = ... and sk = ..."
            what = f"is no profile file ({type(error).__name__}): {todo}"
            return (NotFound(f"profile file {path}", what, broken=True),)
        place = f"profile [{self.name}] of {path}"
        if not parser.has_section(self.name):
            return (NotFound(place, "there is no such section"),)
        values = dict(parser.items(self.name))
        return _found(values, place, "ak and sk are not both given", is_meant=any(values.values()))

    def _file(self) -> Path:
        given = self.path or _named_file()
        return Path(given).expanduser() if given else Path.home() / ".huaweicloud" / "credentials"

    def _unread(self, path: Path, error: OSError) -> NotFound:
        """Say why there is nothing: broken where the file is there."""
        is_there = os.path.exists(path)  # noqa: PTH110  never raises, and is false where this user may not look
        reason = f"cannot be read: {error.strerror}" if is_there else "there is no such file"
        if self.path is None and _named_file():
            reason += f", which {PREFIX}CREDENTIALS_FILE names"
        return NotFound(f"profile file {path}", reason, broken=is_there)


@frozen
class Metadata:
    """The metadata service of a cloud server with an agency: temporary keys, renewed before they end.

    `OCR_ASYNC_METADATA=off` keeps it out of the default chain's way on machines outside the cloud.
    """

    address: str = "http://169.254.169.254"

    async def find(self, transport: httpx.AsyncBaseTransport) -> Found | tuple[NotFound, ...]:
        """Ask the service; a second without an answer means there is none."""
        place = f"metadata service {self.address}"
        if os.environ.get("OCR_ASYNC_METADATA", "").strip().lower() == "off":
            return (NotFound(place, "switched off by OCR_ASYNC_METADATA"),)
        try:
            lease: Lease[AkSk] = await metadata.temporary_key(transport, self.address)
        except OcrError as error:
            return (NotFound(place, str(error) if isinstance(error, DecodeError) else "it does not answer"),)
        return Found(lease.value, place, seconds=lease.seconds)


@frozen(init=False)
class Chain:
    """Looks at several places in turn and takes the first credential."""

    providers: tuple[Provider | Credential, ...]

    def __init__(self, *providers: Provider | Credential) -> None:
        for provider in providers:
            check(provider)
        object.__setattr__(self, "providers", providers)

    async def find(self, transport: httpx.AsyncBaseTransport) -> Found | tuple[NotFound, ...]:
        """Look at each place until one has a credential."""
        missing: list[NotFound] = []
        for provider in self.providers:
            if isinstance(provider, AkSk | Password | Token):
                return Found(provider, "arguments")
            found = _checked(await provider.find(transport), provider)
            if isinstance(found, Found):
                return found
            missing.extend(found)
            if any(place.broken for place in found):
                break  # the account that was meant is not another one further on
        return tuple(missing)


def region_from_env() -> str | None:
    """Return the region that the environment names, None where it names none, without the line break that files end in."""
    region = os.environ.get(PREFIX + "REGION") or None
    return region and (region.strip() or region)


def _named_file() -> str:
    return os.environ.get(PREFIX + "CREDENTIALS_FILE", "").strip()


Credentials: TypeAlias = "Credential | Provider"
"""What a session accepts: a credential, or a place to look for one."""


def default_chain() -> Chain:
    """Return the places looked at when no credential is given."""
    return Chain(Env(), Profile(), Metadata())


def check(credentials: object) -> None:
    """Raise TypeError for what is neither a credential nor a place to look for one, without showing it."""
    is_place = hasattr(credentials, "find") and not isinstance(credentials, str | bytes | type)
    if credentials is not None and not is_place and not isinstance(credentials, AkSk | Password | Token):
        what = "a class" if isinstance(credentials, type) else f"of type {type(credentials).__name__}"
        raise TypeError(
            f"credentials is {what}: pass AkSk(...), Password(...), Token(...), or a place to look such as Env()"
        )


async def find(credentials: Credentials | None, transport: httpx.AsyncBaseTransport) -> Found:
    """Return the credential to use.

    Raises CredentialsError with one line for each place that was looked at.
    """
    chain = Chain(credentials) if credentials is not None else default_chain()
    found = await chain.find(transport)
    if isinstance(found, Found):
        return found
    lines = "\n".join(f"  {missing.place}: {missing.reason}" for missing in found)
    raise CredentialsError(
        f"No credentials found. Looked at:\n{lines}\nPass AkSk(...) to the session, or set one of these."
    )


def _checked(answer: object, provider: Provider) -> Found | tuple[NotFound, ...]:
    """Return what a place answered; raise CredentialsError, without showing it, for what is no such answer."""
    what = f"a {type(answer).__name__}"
    if isinstance(answer, Found):
        facts = {name: getattr(answer, name) for name in _KINDS}
        wrong = [
            f"a {type(fact).__name__} as its {name}"
            for name, fact in facts.items()
            if not isinstance(fact, _KINDS[name])
        ]
        if not wrong and _is_life(answer.seconds):
            return answer
        what = f"Found with {wrong[0] if wrong else 'seconds that are no time'}"
    else:
        places = cast("tuple[object, ...]", answer) if isinstance(answer, tuple) else (None,)
        missing = tuple(place for place in places if isinstance(place, NotFound))
        if len(missing) == len(places):
            return missing
    raise CredentialsError(
        f"{type(provider).__name__}.find returned {what}: return Found(AkSk(...), place), or (NotFound(place, reason),)"
    )


def _is_life(seconds: float | None) -> bool:
    """Tell whether it is a time, as against NaN or a number that no clock can be added to; one that is over may be negative."""
    return seconds is None or abs(seconds) <= sys.float_info.max or seconds == inf


_KINDS = {
    "credential": AkSk | Password | Token,
    "place": str,
    "project_id": str | None,
    "iam_endpoint": str | None,
    "seconds": int | float | None,
}


def _found(
    values: Mapping[str, str], place: str, missing: str, *, is_meant: bool = False
) -> Found | tuple[NotFound, ...]:
    """Return the first kind of credential of which anything is given; half of one never leads to another one behind it.

    `is_meant` is whether a place without any is broken.
    """
    for kind in (AkSk, Password, Token):
        given = {each.name: values[each.name] for each in fields(kind) if values.get(each.name)}
        if not given:
            continue
        if any(each.default is NOTHING and each.name not in given for each in fields(kind)):
            return (NotFound(place, f"only {' and '.join(given)} given, which is not enough; {missing}", broken=True),)
        try:
            return Found(kind(**given), place, values.get("project_id") or None, values.get("iam_endpoint") or None)
        except ValueError as error:  # not copied well
            return (NotFound(place, str(error), broken=True),)
    return (NotFound(place, missing, broken=is_meant),)


def _decoded(content: bytes) -> str:
    """Return the text of a file as editors save it: UTF-8 with or without a mark, or UTF-16 with one."""
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if is_utf16 else "utf-8-sig")
