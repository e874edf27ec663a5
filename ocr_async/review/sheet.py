"""The documents of a job as one file to send to somebody: fields with their crops, and places to write corrections in.

The file loads nothing from outside. What is filled in comes back as a JSON file that `apply` takes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from attrs import frozen

from ocr_async import html
from ocr_async.errors import OcrError
from ocr_async.fields import Quad
from ocr_async.jobs.atomic import replacing
from ocr_async.model import Json
from ocr_async.review import pictures
from ocr_async.review.desk import Desk
from ocr_async.review.evidence import evidence
from ocr_async.review.queue import Filter

if TYPE_CHECKING:
    from PIL.Image import Image

LINE_HEIGHT, LINE_WIDTH, WHOLE_SIDE = 56, 640, 480
"""Pixels of a crop at most, and of the longer side of a picture in which no field was found."""

_SCRIPTS = ("texts.js", "sheet.js")


@frozen
class Sheet:
    """What goes into the file of one document."""

    about: Mapping[str, Json]
    pictures: Mapping[str, bytes]
    """The crops by field, as JPEG; that of the whole picture has no name."""
    sha256: str | None


def write(desk: Desk, target: Path, wanted: Filter, limit: int, on_progress: Callable[[int], None]) -> int:
    """Write the worst documents of a job into one HTML file and return how many; blocks for as long as engines look.

    Raises:
        OSError: it cannot be written.
    """
    data: list[Json] = []
    with replacing(target) as part, part.open("w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(_head())
        for count, number in enumerate(desk.order(wanted).walk(wanted), 1):
            if count > limit:
                break
            sheet = _sheet(desk, number)
            file.write(_article(len(data), sheet))
            data.append(_datum(sheet))
            on_progress(count)
        file.write(_tail(data))
    return len(data)


def _sheet(desk: Desk, number: int) -> Sheet:
    line = desk.line(number)
    about = desk.document(number, Filter())
    shown: dict[str, bytes] = {}
    with suppress(OcrError):  # without its picture there are still the values
        content = pictures.content_of(line, desk.place_of(line))
        shown = _crops(content, _places(line, content))
    return Sheet(about, shown, line.get("sha256"))


def _places(line: Mapping[str, Any], content: bytes) -> Mapping[str, Quad]:
    try:
        return evidence(line.get("result"), content)
    except OcrError:
        return {}


def _crops(content: bytes, places: Mapping[str, Quad]) -> dict[str, bytes]:
    with pictures.decoded(content) as opened:
        if not places:
            return {"": pictures.jpeg(opened, WHOLE_SIDE, 70)}
        picture = pictures.flat(opened)
    return {name: _jpeg(pictures.crop(picture, quad, LINE_HEIGHT, LINE_WIDTH)) for name, quad in places.items()}


def _jpeg(picture: Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=75)
    return target.getvalue()


def _datum(sheet: Sheet) -> Json:
    """Return what the script has to know of a document: what its fields held, exactly."""
    fields: Any = sheet.about["fields"]
    values = [{"name": field["name"], "value": field["value"]} for field in fields]
    return {"key": sheet.about["key"], "sha256": sheet.sha256, "fields": values}


def _article(place: int, sheet: Sheet) -> str:
    about: Any = sheet.about
    whole = f"<p>{_image(sheet.pictures[''], 'picture')}</p>" if "" in sheet.pictures else ""
    told = "".join(f'<li data-sentence="">{html.text(each["sentence"])}</li>' for each in about["contradictions"])
    if about["status"] != "done":
        told = f"<li>{html.text(about['code'])}: {html.text(about['message'])}</li>"
    rows = "".join(_row(place, at, field, sheet.pictures) for at, field in enumerate(about["fields"]))
    return (
        f'<article data-document="{place}"><h2 dir="auto">{html.text(about["key"])}</h2><p lang="en">{html.text(about["type"])}</p>'
        f"{f'<ul>{told}</ul>' if told else ''}{whole}<table><tbody>{rows}</tbody></table>"
        f'<p class="verdict"><label><span data-text="verdictOf"></span> <select data-verdict=""></select></label></p></article>\n'
    )


def _row(place: int, at: int, field: Mapping[str, Any], crops: Mapping[str, bytes]) -> str:
    value, name = field["value"], html.text(field["name"])
    score = "" if field["score"] is None else f"{int(field['score'] * 1000) / 10} %"
    crop = _image(crops[field["name"]], name) if field["name"] in crops else ""
    rows = min(4, 1 + len(value or "") // 60)
    mark = f' <b class="{field["mark"]}" data-text="{field["mark"]}">{field["mark"]}</b>' if field["mark"] else ""
    label = f"field-{place}-{at}"
    return (
        f'<tr><th scope="row"><label for="{label}" lang="en">{name}</label><small>{score}{mark}</small></th>'
        f'<td>{crop}<bdi dir="auto">{html.text(value or "")}</bdi>'
        f'<textarea id="{label}" rows="{rows}" dir="auto" data-field="{at}" hidden></textarea></td></tr>'
    )


def _image(content: bytes, name: str) -> str:
    return f'<img loading="lazy" alt="{name}" src="data:image/jpeg;base64,{base64.b64encode(content).decode()}">'


def _head() -> str:
    style, script = _asset("sheet.css"), _script()
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none';"
        " form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Review</title><style>{style}</style></head><body>\n"
        '<header><h1 data-text="title">Review</h1><p data-text="howTo" hidden></p>'
        '<button type="button" id="save" hidden><span data-text="saveFile"></span></button></header><main>\n'
    )


def _tail(data: Sequence[Json]) -> str:
    said = json.dumps(data).replace("<", "\\u003c")
    return (
        f'</main><script type="application/json" id="data">{said}</script><script>{_script()}</script></body></html>\n'
    )


def _script() -> str:
    """Return the scripts as one that needs no modules: a file has no origin to load them from."""
    lines = "\n".join(_asset(name) for name in _SCRIPTS).splitlines()
    kept = [line.removeprefix("export ") for line in lines if not line.startswith("import ")]
    return '"use strict";\n' + "\n".join(kept) + "\n"


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _asset(name: str) -> str:
    return files("ocr_async.review").joinpath("assets", name).read_text("utf-8")


def parsed(path: Path) -> Iterator[Mapping[str, Any]]:
    """Yield what somebody filled in, from the JSON file that the sheet saved.

    Raises:
        OcrError: it cannot be read, or is something else.
    """
    try:
        said: object = json.loads(path.read_bytes())
    except OSError as error:
        raise OcrError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise OcrError(f"{path} is no file of corrections: {error}") from error
    steps: Json = cast("Mapping[str, Json]", said).get("steps") if isinstance(said, Mapping) else None
    found = [step for step in steps if _is_step(step)] if isinstance(steps, list) else None
    if found is None or found != steps:
        raise OcrError(f"{path} is no file of corrections: it has no list of steps")
    yield from cast("list[Mapping[str, Any]]", found)


def _is_step(step: Json) -> bool:
    return isinstance(step, Mapping) and isinstance(step.get("key"), str)
