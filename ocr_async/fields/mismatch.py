"""What does not fit: said with the names of JSON types alone, never with the value."""

from __future__ import annotations

from typing import NoReturn

JSON_NAMES: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


class MismatchError(ValueError):
    """A value of the reply has the wrong type; the text names types only, never the value."""


class ProblemsError(ValueError):
    """A value does not fit its class; `problems` are lines of the form "what is wrong @ $.result.field"."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def refuse(value: object, wanted: str) -> NoReturn:
    """Raise MismatchError for a value that is not what was wanted."""
    raise MismatchError(f"expected {wanted}, not {JSON_NAMES[type(value)]}")


def number(value: object, _: object) -> float:
    """Return a number as a float; booleans are none."""
    if type(value) is float:
        return value
    return float(value) if type(value) is int else refuse(value, "a number")
