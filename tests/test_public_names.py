from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

import ocr_async

OPTIONAL = ["PIL", "httpx", "httptools", "numpy", "onnxruntime", "openpyxl", "orjson", "pypdfium2", "rapidocr", "rich"]
OPTIONAL += ["starlette", "trio", "typer", "uvicorn"]


@pytest.mark.parametrize("name", ocr_async.__all__)
def test_every_public_name_is_there(name):
    assert getattr(ocr_async, name) is not None


def test_nothing_else_is_public():
    public = {name for name, value in vars(ocr_async).items() if not name.startswith("_")}
    modules = {name for name in public if isinstance(getattr(ocr_async, name), ModuleType)}

    assert public - modules - {"TYPE_CHECKING"} <= set(ocr_async.__all__)


def test_importing_the_package_loads_no_optional_package_and_opens_nothing():
    script = f"""
import sys
opened = []
def watch(event, args):
    if event.startswith("socket.") or (event == "open" and not str(args[0]).endswith((".py", ".pyc", ".so", ".pyi"))):
        opened.append((event, args[0]))
sys.addaudithook(watch)
import ocr_async
print([name for name in {OPTIONAL!r} if name in sys.modules], opened)
"""
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert printed.strip() == "[] []"
