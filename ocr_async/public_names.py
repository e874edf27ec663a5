"""Public names from one list: the stub of a package, which type checkers read and from which names load on first use."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib import import_module
from pkgutil import get_data

_IMPORT = re.compile(r"^from (\S+) import (?:\(\s*)?(\w+) as (\w+)", re.MULTILINE)


def lazily(package: str) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Return `__getattr__`, `__dir__` and `__all__` of a package, so that a program pays for the parts that it names."""
    homes = _homes(package)

    def load(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, attribute = homes[name]
        value: object = (
            import_module(f"{package}.{attribute}") if module == package else getattr(import_module(module), attribute)
        )
        setattr(import_module(package), name, value)
        return value

    return load, lambda: sorted(homes), [*homes]


def _homes(package: str) -> Mapping[str, tuple[str, str]]:
    """Return the module and the attribute of each name; the lines of a stub are `from module import name as name`."""
    stub = (get_data(package, "__init__.pyi") or b"").decode()
    return {name: (module, attribute) for module, attribute, name in _IMPORT.findall(stub)}
