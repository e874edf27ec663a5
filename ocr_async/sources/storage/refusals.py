"""What a store says when it does not do what it was asked, in a few words and without the address that it was asked at."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager

from ocr_async.errors import SourceError
from ocr_async.sources.names import address_name

INSTALL = "needs an extra: pip install 'ocr-async[storage]'"

_STATUS = re.compile(r"status code: (\d{3}[ A-Za-z]*)")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_ADDRESS = re.compile(r"\w+://\S+")
_LONGEST = 200

_WORDS = {
    "FileNotFoundError": "there is no such object",
    "AlreadyExistsError": "there is one of that name already",
    "PreconditionError": "another one has been written there meanwhile",
    "PermissionDeniedError": "access is denied: check what the credentials of the store may do",
    "UnauthenticatedError": "the credentials of the store are not accepted",
    "InvalidPathError": "a key with an empty segment, '.' or '..' cannot be read: name the other objects one by one",
}


@contextmanager
def explained(address: str) -> Generator[None, None, None]:
    """Turn what obstore raises in the block into a SourceError that names the address without what signs it."""
    try:
        yield
    except SourceError:
        raise
    except ImportError as error:
        raise SourceError(address_name(address), f"storage {INSTALL}") from error
    except Exception as error:  # obstore raises built-in errors beside its own
        raise SourceError(address_name(address), problem_of(error)) from error


def problem_of(error: Exception) -> str:
    """Return what is wrong; the text of obstore has whole requests, whose queries may be signed."""
    said = str(error)
    status, code = _STATUS.search(said), _CODE.search(said)
    words = _WORDS.get("InvalidPathError" if "path segment" in said else type(error).__name__)
    if words is None and status is None:
        first = _ADDRESS.sub("...", said.partition("\n")[0])
        words = f"the store cannot be used: {first[:_LONGEST] or type(error).__name__}"
    answered = f"{status[1].strip()}{f', {code[1]}' if code else ''}" if status else ""
    if words is None:
        return f"the store answers {answered}"
    return f"{words} ({answered})" if answered else words
