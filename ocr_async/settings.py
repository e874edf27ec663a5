"""The settings of a session as values: what was left out, what can be, and what cannot."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from inspect import iscoroutinefunction
from math import inf
from types import UnionType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypedDict, cast

from ocr_async.events import Listener
from ocr_async.gates import Limits, SharedGates
from ocr_async.retry import RetryPolicy

if TYPE_CHECKING:
    import ssl

    import httpx


class NotGiven(Enum):
    """The type of `NOT_GIVEN`, for arguments of which None means something."""

    NOT_GIVEN = "not given"


NOT_GIVEN: Final = NotGiven.NOT_GIVEN
"""Stands for an argument that was left out."""

Seconds: TypeAlias = "float | Literal[NotGiven.NOT_GIVEN] | None"


class LocalSettings(TypedDict, total=False):
    """The settings of a session that also make sense on a service in the same process; see OcrSession."""

    timeout: float | None
    attempt_timeout: float | None
    retry: RetryPolicy | None
    limits: Limits | SharedGates | None
    on_event: Listener | Iterable[Listener] | None


class Settings(LocalSettings, total=False):
    """The settings of a session beside its credentials and its one region; see OcrSession."""

    regions: Sequence[str] | None
    endpoint: str | None
    endpoints: Sequence[str] | None
    iam_endpoint: str | None
    project_id: str | Mapping[str, str] | None
    http_client: httpx.AsyncClient | httpx.AsyncBaseTransport | None
    proxy: str | None
    verify: bool | str | ssl.SSLContext
    cert: str | tuple[str, str] | tuple[str, str, str] | None


def check(
    timeout: Seconds,
    attempt_timeout: Seconds,
    retry: object,
    limits: object,
    http_client: object,
) -> None:
    """Raise ValueError or TypeError for settings that cannot be."""
    for name, seconds in (("timeout", timeout), ("attempt_timeout", attempt_timeout)):
        if seconds is not NOT_GIVEN:
            checked_seconds(name, seconds)
    if http_client is not None and not _sends(http_client):
        raise TypeError(f"http_client is of {type(http_client)}, neither an httpx.AsyncClient nor an async transport.")
    if retry is not None:
        checked_retry(retry)
    if limits is not None and not isinstance(limits, Limits) and not hasattr(limits, "gate"):
        raise TypeError(f"limits is of {type(limits)}, neither Limits nor SharedLimits.")


def checked_seconds(name: str, seconds: float | None) -> float | None:
    """Return the seconds; raise ValueError when they are 0, negative or no number, TypeError for what is none."""
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{name} is of {type(seconds)}, not a number of seconds.")
    if not (0 < seconds <= sys.float_info.max or seconds == inf):
        raise ValueError(f"{name}={seconds} is not a number of seconds above 0.")
    return seconds


def check_number(name: str, number: object, kind: type[int] | UnionType, least: int = 1) -> None:
    """Raise ValueError for a number below the least or none (NaN), TypeError for what is not of the kind."""
    if isinstance(number, int | float) and not number >= least:
        raise ValueError(f"{name}={number} is not at least {least}")
    if not isinstance(number, kind) or isinstance(number, bool):
        raise TypeError(f"{name} is of {type(number)}, not a {'whole ' if kind is int else ''}number.")


def checked_retry(retry: object) -> RetryPolicy:
    """Return the policy; raise TypeError for what is none."""
    if not isinstance(retry, RetryPolicy):
        raise TypeError(f"retry is of {type(retry)}, not a RetryPolicy.")
    return retry


def checked_project_id(project_id: str) -> str:
    """Return the project id, trimmed; raise ValueError for what cannot be part of a path and a header."""
    if not isinstance(project_id, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"project_id is of {type(project_id)}, not text.")
    project_id = project_id.strip()
    if not re.fullmatch(r"\w[\w.-]*", project_id, re.ASCII):
        raise ValueError(f"project_id={project_id!r} is none: it holds white space or signs beyond letters and digits.")
    return project_id


def listeners(on_event: object) -> Sequence[Listener]:
    """Return the listeners that were given, none, one or several; raise TypeError for what is none."""
    if on_event is None:
        return ()
    given = (on_event,) if callable(on_event) or not hasattr(on_event, "__iter__") else on_event
    several = tuple(cast("Iterable[Listener]", given))
    for listener in several:
        if not callable(listener):
            raise TypeError(f"on_event is of {type(listener)}, which cannot be called with an event.")
        if iscoroutinefunction(listener) or iscoroutinefunction(type(listener).__call__):
            raise TypeError("on_event is an async function, which nobody awaits: pass a plain one that starts a task.")
    return several


def _sends(client: object) -> bool:
    import httpx  # noqa: PLC0415  whoever brings a client has loaded it

    return isinstance(client, httpx.AsyncClient | httpx.AsyncBaseTransport)
