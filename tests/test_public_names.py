from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import ocr_async
from ocr_async.model import VERSION

OPTIONAL = ["PIL", "httpx", "httptools", "numpy", "onnxruntime", "openpyxl", "orjson", "pypdfium2", "rapidocr", "rich"]
OPTIONAL += ["starlette", "trio", "typer", "uvicorn"]


@pytest.mark.parametrize("name", ocr_async.__all__)
def test_every_public_name_is_there(name):
    assert getattr(ocr_async, name) is not None


def test_type_checkers_see_the_same_names():
    source = Path(ocr_async.__file__).with_name("__init__.pyi").read_text("utf-8")
    seen = {
        alias.asname for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) for alias in node.names
    }

    assert seen - {None} == set(ocr_async.__all__)


def test_the_version_is_that_of_the_distribution():
    assert ocr_async.__version__ == VERSION


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'TrainTickt'"):
        _ = ocr_async.TrainTickt


def test_importing_session_and_types_loads_no_optional_package_and_opens_nothing():
    script = f"""
import sys
opened = []
def watch(event, args):
    if event.startswith("socket.") or (event == "open" and not str(args[0]).endswith((".py", ".pyc", ".so", ".pyi"))):
        opened.append((event, args[0]))
sys.addaudithook(watch)
import ocr_async
from ocr_async.model import VERSION
ocr_async.OcrSession, ocr_async.TrainTicket
print([name for name in {OPTIONAL!r} if name in sys.modules], opened)
"""
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert printed.strip() == "[] []"
