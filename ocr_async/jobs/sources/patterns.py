"""Names with *, ?, [] and **, as shells know them, folder by folder without listing any whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatch

from attrs import define, field

from ocr_async.jobs.sources.folders import HIDDEN, Found, Visited, is_folder, unreadable

WILDCARDS = "*?["


def glob(pattern: str, walked: Visited) -> Iterator[Found]:
    """Yield the paths that match a pattern, and every folder on the way that cannot be read.

    `walked` is for those who walk through the folders that match: none leads back to one that was looked through.
    """
    base, *rest = pattern.replace(os.sep, "/").split("/")
    matching = _Matching(Visited(walked.left), walked)
    if any(sign in base for sign in WILDCARDS):
        return matching.under("", [base, *rest])
    return matching.under(base + ("/" if rest else ""), rest)


@define
class _Matching:
    visited: Visited
    walked: Visited
    _unreadable: set[str] = field(factory=set[str])

    def under(self, base: str, parts: list[str]) -> Iterator[Found]:
        """Yield what matches the parts of a pattern below a folder."""
        if not parts:
            yield base, None
            return
        part, rest = parts[0], parts[1:]
        if part == "**":
            yield from self._at_any_depth(base, rest)
        elif any(sign in part for sign in WILDCARDS):
            for name, leads_on, problem in self._listed(base):
                if problem is not None:
                    yield name, problem
                elif fnmatch(name, part) and (leads_on or not rest):
                    yield from self.under(base + name + ("/" if rest else ""), rest)
        elif os.path.exists(base + part):  # noqa: PTH110  a million files make Path objects felt
            yield from self.under(base + part + ("/" if rest else ""), rest)

    def _at_any_depth(self, base: str, rest: list[str]) -> Iterator[Found]:
        """Yield what matches the rest of a pattern in a folder and in each one below it."""
        if not rest:  # all that is in it
            yield base or ".", None
            return
        try:
            with self.visited.enter(base or ".") as is_new:
                if not is_new:
                    return
                yield from self.under(base, rest)
                listed_twice = any(sign in rest[0] for sign in WILDCARDS)
                for name, leads_on, problem in self._listed(base, notes=not listed_twice):
                    if problem is not None:
                        yield name, problem
                    elif leads_on:
                        yield from self._at_any_depth(f"{base}{name}/", rest)
        except OSError as error:
            yield from self._refused(base, error)

    def _listed(self, folder: str, *, notes: bool = True) -> Iterator[tuple[str, bool, str | None]]:
        """Yield the names in a folder but hidden ones, and whether each is a folder itself; or why it cannot be read."""
        if not os.path.isdir(folder or "."):  # noqa: PTH112  as above
            return
        if notes:
            self.walked.stay_in(folder or ".")
        try:
            with os.scandir(folder or ".") as found:
                for one in found:
                    if one.name.startswith("."):
                        if notes:
                            self.visited.left.add(one.path, HIDDEN)
                    else:
                        yield one.name, is_folder(one), None
        except OSError as error:
            for name, problem in self._refused(folder, error):
                yield name, False, problem

    def _refused(self, folder: str, error: OSError) -> Iterator[Found]:
        """Yield a folder that cannot be read, once."""
        if folder not in self._unreadable:
            self._unreadable.add(folder)
            yield folder.removesuffix("/") or ".", unreadable(error)
