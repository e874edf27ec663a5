"""What documents may say: stations, places, countries, banks, names, as text files with a line for each."""

from __future__ import annotations

from importlib.resources import files


def lines(name: str) -> list[str]:
    """Return the lines of one of the text files of this package."""
    return files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8").splitlines()
