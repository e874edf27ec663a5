"""`ocr-async`: the commands put together, and errors turned into one line and an exit code.

Exit codes: 0 all well, 1 something failed, 2 wrong usage; `batch` has more.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from ocr_async.cli import batch, console, demo, doctor, job, recognize, review, serve, types
from ocr_async.errors import CredentialsError, OcrError
from ocr_async.model import VERSION

EXTRAS = {
    **dict.fromkeys(("cv2", "numpy", "onnxruntime", "PIL", "rapidocr", "starlette", "uvicorn"), "local"),
    "pypdfium2": "pdf",
    **dict.fromkeys(("pyarrow", "xlsxwriter"), "tables"),
}
"""Which extra of the distribution brings an optional package."""

app = typer.Typer(
    name="ocr-async",
    help="Read tickets, invoices, passports and cards with the OCR services of Huawei Cloud and G42 Cloud, or offline.",
    epilog="Without an account begin with `demo`, with one with `doctor`. "
    "Exit codes: 0 all well, 1 something failed, 2 wrong usage.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command(epilog="Example: ocr-async recognize passport page.jpg --option country_code=CHN --json")(
    recognize.recognize
)
app.command(epilog="Example: ocr-async batch quota-invoice scans --out results.jsonl --to xlsx")(batch.batch)
app.add_typer(job.app, name="job")
app.command(epilog="Example: ocr-async review results.jsonl --reviewer ada")(review.review)
app.command()(types.types)
app.command()(serve.serve)
app.command()(doctor.doctor)


def _show_version(wanted: bool) -> None:
    if wanted:
        console.write_line(f"ocr-async {VERSION}")
        raise typer.Exit


def _log(wanted: bool) -> None:
    logging.basicConfig(format="%(asctime)s %(name)s %(message)s", level=logging.WARNING)
    logging.getLogger("ocr_async").setLevel(logging.DEBUG if wanted else logging.ERROR)


@app.callback()
def _root(  # pyright: ignore[reportUnusedFunction]  the options of `ocr-async` itself; their callbacks do the work
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", callback=_log, help="Log what happens to each call.")
    ] = False,
) -> None: ...


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run `ocr-async` with these arguments, by default the process's own, and exit."""
    console.accept_any_text()
    try:
        app(arguments, prog_name="ocr-async")
    except OcrError as error:
        console.fail(error.describe())
        if isinstance(error, CredentialsError):
            console.note("Without an account: --local, with pip install 'ocr-async[local]'.")
    except ModuleNotFoundError as error:
        console.fail(_missing(error))
    except OSError as error:
        if error.errno not in _FULL:
            raise
        console.fail(f"the output cannot be written: {error.strerror}")
        console.forget_output()
    raise SystemExit(1)


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def _missing(error: ModuleNotFoundError) -> str:
    package = (error.name or "").partition(".")[0]
    if package not in EXTRAS:
        raise error
    return f"this needs {package}, which is not installed: pip install 'ocr-async[{EXTRAS[package]}]'"
