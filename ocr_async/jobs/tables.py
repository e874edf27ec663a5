from __future__ import annotations


def check_format(name): ...
def write_all(path, to):
    return ()
