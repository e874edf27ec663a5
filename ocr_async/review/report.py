"""`ocr-async job report`: how a job went, as one page with plots that loads nothing and needs no script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ocr_async import html
from ocr_async.jobs import look
from ocr_async.jobs.atomic import replacing
from ocr_async.jobs.ledger import Ledger
from ocr_async.review import course, plots
from ocr_async.review.desk import DOUBTFUL

MOST_CODES = 30

_STYLE = """
:root { color-scheme: light dark; --ground: #f4f5f7; --sheet: #fff; --text: #1b1f24; --faint: #57606a; --line: #d8dee4;
  --c0: #0b5cad; --c1: #b45309; --c2: #a4133c; font: 16px/1.45 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; }
@media (prefers-color-scheme: dark) { :root { --ground: #0f1419; --sheet: #1a2027; --text: #e6e9ed; --faint: #a3adb8;
  --line: #39424c; --c0: #6cb6ff; --c1: #f0a54a; --c2: #ff8fa3; } }
body { margin: 0; background: var(--ground); color: var(--text); }
main { max-width: 56rem; margin: auto; padding: 1.2rem; background: var(--sheet); min-height: 100vh; box-sizing: border-box; }
h1 { font-size: 1.35rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin-top: 2rem; }
p { color: var(--faint); overflow-wrap: anywhere; }
.figures { max-height: 24rem; overflow: auto; } details { margin-top: .4rem; color: var(--faint); }
table { border-collapse: collapse; } th, td { text-align: start; padding: .2rem .9rem .2rem 0; border-bottom: 1px solid var(--line); }
summary { cursor: pointer; } :focus-visible { outline: 3px solid var(--c0); outline-offset: 2px; }
"""


def write(ledger: Ledger, target: Path) -> None:
    """Write the report of a job, while it runs or after.

    Raises:
        JobError: the ledger cannot be read.
        OSError: the report cannot be written.
    """
    page = "".join(_page(ledger))
    with replacing(target) as part:
        part.write_text(page, encoding="utf-8", errors="backslashreplace")


def _page(ledger: Ledger) -> Iterator[str]:
    job = look.status(ledger)
    name = html.text(ledger.path.name)
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    yield (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name}</title><style>{_STYLE}{plots.STYLE}</style></head><body><main>"
    )
    yield f"<h1>{name}</h1>"
    yield _totals(job)
    yield from _plots(ledger, job)
    yield _runs(ledger)
    yield "</main></body></html>\n"


def _totals(job: look.JobStatus) -> str:
    state = "running" if job.running else (job.last.how if job.last else "never run")
    counts = {"done": job.done, "failed": job.failed, "held": job.held, "waiting": job.waiting, "gone": job.gone}
    rows = [html.Row((name, f"{count:,}")) for name, count in counts.items()]
    rows.append(html.Row(("sends that may be billed", f"{job.spent:,}")))
    return html.line(f"{job.job}: {state}, {job.runs:,} runs") + html.table(("items", "number"), rows)


def _plots(ledger: Ledger, job: look.JobStatus) -> Iterator[str]:
    clock = course.clock_of(ledger)
    marks = [at for at in clock.offset.values() if at]
    rates, latencies = course.pace(ledger, clock)
    yield "<h2>Course</h2>" + html.line(
        "Over seconds of work: the time between runs is left out, a dotted line is a new run."
    )
    yield plots.over_time("Throughput", rates, marks)
    yield plots.over_time("Latency, waiting and repeats included", latencies, marks)
    seen = False
    for name, curves in course.gates(ledger, clock):
        seen = True
        yield plots.over_time(f"Window and refusals: {name}", curves, marks)
    if not seen:
        yield html.line("Window and refusals: not recorded, the runs were shorter than a second.")
    yield "<h2>Failures by code</h2>"
    codes = list(job.codes.items())[:MOST_CODES]
    yield plots.bars("Items that failed", codes) if codes else html.line("None failed.")
    yield "<h2>Confidence by field</h2>"
    found = course.confidences(ledger, DOUBTFUL)
    title = "From the 5th to the 95th percentile, with a mark at the middle; the lowest first"
    yield plots.spans(title, found) if found else html.line("No result has a confidence.")


def _runs(ledger: Ledger) -> str:
    rows = [
        html.Row(
            (run.number, run.begun, run.ended or "", run.how, run.counts.get("done", ""), run.counts.get("failed", ""))
        )
        for run in look.runs(ledger)
    ]
    return (
        f'<h2>Runs</h2><div class="scroll">{html.table(("run", "begun", "ended", "how", "done", "failed"), rows)}</div>'
    )
