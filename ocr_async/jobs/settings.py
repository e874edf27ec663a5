"""Numbers that a job is given, checked before anything is opened."""

from __future__ import annotations


def check_settings(*, concurrency: int | None, limit: int | None, budget: int | None, timeout: float | None) -> None:
    """Refuse numbers that cannot be meant.

    Raises:
        ValueError: one is out of its range.
    """
    for name, number, least in (("concurrency", concurrency, 1), ("limit", limit, 0), ("budget", budget, 0)):
        if number is not None and number < least:
            raise ValueError(f"{name}={number} is not at least {least}")
    if timeout is not None and not timeout > 0:
        raise ValueError(f"timeout={timeout:g} is no number of seconds that can be waited")
