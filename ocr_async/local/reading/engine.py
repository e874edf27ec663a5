"""RapidOCR behind two functions: where lines of text are, and what a strip says."""

from __future__ import annotations

import ctypes
import math
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from anyio import from_thread
from attrs import field, frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels: TypeAlias = NDArray[Any]
    """An image of bytes: height, width and the channels blue, green, red."""

    Quad: TypeAlias = NDArray[Any]
    """Four corners as rows of x and y."""

UNCLIP_RATIO = 2.0
"""How far a detected line is grown; the engine's own 1.6 loses the lines of machine readable zones."""

SEARCH_STEP = 32
"""The pixels of which the sides of what the detector looks at are multiples."""

STRIP_HEIGHT, SHORTEST_STRIP, STRIP_STEP = 48, 96, 32
"""The height in pixels at which strips are read, and the width to which shorter ones are padded (the engine's own 320
costs a third more), longer ones to a multiple of the step: preparing for a width costs OpenVINO as much as a strip."""

PREPARED = 0, 100
"""Steps of the detector and of the recognizer for which each request of OpenVINO keeps what it prepared, those used last:
500 for the recognizer take 130 MB more for 5 % of the time."""

SHARED = "ONEDNN_PRIMITIVE_CACHE_CAPACITY", "2048"
"""The variable of the environment that tells oneDNN, below OpenVINO, for how many steps it keeps what it prepared for all
requests, and how many. With its own 1,024 sizes of pages push those of strips out; 4,096 take 100 MB more."""

LARGE = 1_000_000
"""Pixels from which one search goes on at a time: a runtime takes 300 MB for it. With OpenVINO all do: what the only
request keeps for the next page saves 3 to 8 % of the CPU, and two would keep 80 MB more."""

KEPT = 3 * LARGE
"""Values of an image up to which OpenVINO keeps what it took for the next one."""

M_MMAP_THRESHOLD, LARGE_BLOCK = -3, 4 << 20
"""The parameter of `mallopt` and the bytes from which a block is a mapping of its own, which ends with it."""

GREY = (127, 127, 127)
"""What a strip is padded with: nothing, to the recognizer."""

COLUMNS = 6
"""Of the recognizer's answer to the height of a strip: it says what stands at each eighth pixel of 48."""


T = TypeVar("T")


class Engine:
    """The detector and the recognizer of RapidOCR (PP-OCR), with the models that its wheel holds.

    They run on OpenVINO where that is installed (the extra `openvino`), else on onnxruntime, which takes less memory. One
    instance serves several threads, each with one thread of the runtime: that gives more pictures a second than two
    threads for each. The strips of a picture are read by `threads` of its own (the number of cores unless given), so
    that a single picture has all cores, too. Nothing is ever downloaded. Models are loaded by `load`, or on first use.
    """

    def __init__(self, runtime: str | None = None, threads: int | None = None) -> None:
        self.runtime = runtime or best_runtime()
        self._strips = ThreadPoolExecutor(threads or cores(), "ocr_async strips")
        self._lock, self._searching = threading.Lock(), threading.Lock()
        self._parts: tuple[Any, Any] | None = None

    def load(self) -> None:
        """Bring the models into memory; blocks for about a second."""
        self._loaded()

    def detect(self, pixels: Pixels) -> list[Quad]:
        """Return the quadrilaterals of the lines of text, in the pixels of the image that was given."""
        large = pixels.shape[0] * pixels.shape[1] >= LARGE
        with self._searching if large or self.runtime == "openvino" else nullcontext():
            if large:
                _return_free_blocks()
            return self._detected(pixels)

    def _detected(self, pixels: Pixels) -> list[Quad]:
        detector, _ = self._loaded()
        _still_wanted()
        with suppress(*_cannot_be_seen()):
            found = detector(pixels)
            return [] if found.boxes is None else list(found.boxes)
        return []

    def recognize(self, strips: Sequence[Pixels]) -> list[tuple[str, float]]:
        """Return what each strip says, read from left to right, and how sure that is (0 to 1)."""
        by_width = sorted(range(len(strips)), key=lambda at: _width(strips[at]))  # equal ones are prepared for once
        reading = {at: self._strips.submit(self._recognized, strips[at]) for at in by_width}
        try:
            return [_result(reading[at]) for at in range(len(strips))]
        finally:
            for future in reading.values():
                future.cancel()

    def _recognized(self, strip: Pixels) -> tuple[str, float]:
        with suppress(*_cannot_be_seen()):
            ((text, score),), _ = self._run(strip)
            return text.strip(), float(score)
        return "", 0.0

    def meanwhile(self, work: Callable[[Pixels], T], pixels: Pixels) -> Future[T]:
        """Have a thread that reads strips do other work on a picture, so that it is done beside a search for text."""
        return self._strips.submit(work, pixels)

    def characters(self, strip: Pixels) -> list[tuple[str, float]]:
        """Return the characters of a strip but for blanks, each with its middle in pixels from the left."""
        _, (found,) = _result(self._strips.submit(self._run, strip, places=True))
        column = strip.shape[0] / COLUMNS
        words = zip(found.words, found.word_cols, strict=True)
        return [(said, (at + 0.5) * column) for word, ats in words for said, at in zip(word, ats, strict=True)]

    def _run(self, strip: Pixels, *, places: bool = False) -> Any:
        """Return the text of a strip and how sure it is, in a list, and the words of it in another."""
        _, recognizer = self._loaded()
        padded = _padded(strip)
        answer = recognizer.session(_blob(padded, padded.shape[1], STRIP_HEIGHT))
        return recognizer.postprocess_op(answer, return_word_box=places, wh_ratio_list=(1.0,), max_wh_ratio=1.0)

    def _loaded(self) -> tuple[Any, Any]:
        with self._lock:
            if self._parts is None:
                self._parts = _load(self.runtime)
        return self._parts


def best_runtime() -> str:
    """Return the runtime that an engine uses unless told: "openvino" where it is installed, else "onnxruntime"."""
    return "openvino" if find_spec("openvino") else "onnxruntime"


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cannot_be_seen() -> tuple[type[Exception], ...]:
    """Return what OpenCV and the engine raise for pixels that it cannot scale, such as a strip of a single row at the edge of a page."""
    import cv2  # noqa: PLC0415  heavy

    return cv2.error, ZeroDivisionError


def _still_wanted() -> None:
    """Raise the cancellation of the call that this thread works for, if there was one."""
    with suppress(RuntimeError):  # not in a thread of anyio: nobody can cancel
        from_thread.check_cancelled()


def _result(future: Future[T]) -> T:
    """Return what a strip says, unless nobody wants it any more."""
    _still_wanted()
    return future.result()


def _load(runtime: str) -> tuple[Any, Any]:
    import cv2  # noqa: PLC0415  heavy
    from rapidocr import EngineType, RapidOCR  # noqa: PLC0415  heavy

    if runtime == "openvino":
        os.environ.setdefault(*SHARED)  # read once, when the first model is loaded
    cv2.setNumThreads(1)  # pictures share the cores already: OpenCV's own threads cost a fifth of the throughput
    # The whole pipeline is not used: it turns strips one by one, and cannot be told at which size to look.
    whole = RapidOCR(
        params={
            "Global.use_cls": False,
            "Global.log_level": "critical",
            "Det.engine_type": EngineType(runtime),
            "Rec.engine_type": EngineType(runtime),
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.unclip_ratio": UNCLIP_RATIO,
        }
    )
    parts: Any = whole
    loaded = parts._load_det_model(), parts._load_rec_model()  # noqa: SLF001  the only way to the two parts
    loaded[0].get_preprocess = lambda: _prepared
    if runtime == "openvino":
        _return_large_blocks()
        for part, prepared in zip(loaded, PREPARED, strict=True):
            part.session.session = _Requests(part.session.model, prepared)
    else:
        detector, _ = loaded
        detector.session.session = _quicker(detector.session.session)
    return loaded


def _quicker(session: Any) -> Any:
    """Return a session of onnxruntime for the same detector that answers the same in less time and memory.

    Its weights are not denormal, which OpenVINO sees to by itself, and it keeps what one search took for the next one:
    that saves a seventh of it, while a plan of the memory for each size of page would cost more than it gives.
    """
    from ocr_async.local.reading.weights import without_denormals  # noqa: PLC0415  heavy

    model = Path(session._model_path).read_bytes()  # noqa: SLF001  there is no other way to the file
    options = session.get_session_options()
    options.enable_cpu_mem_arena, options.enable_mem_pattern = True, False
    return type(session)(without_denormals(model), options, providers=session.get_providers())


def _prepared(pixels: Pixels) -> Pixels:
    """Return an image as the detector takes it."""
    factor = max(1.0, SEARCH_STEP / min(pixels.shape[:2]))
    height, width = (round(int(side * factor) / SEARCH_STEP) * SEARCH_STEP for side in pixels.shape[:2])
    return _blob(pixels, width, height)


def _blob(pixels: Pixels, width: int, height: int) -> Pixels:
    """Return an image at a size as models take it, with values from -1 to 1; RapidOCR's own way takes a twentieth of their time."""
    import cv2  # noqa: PLC0415  heavy

    return cv2.dnn.blobFromImage(pixels, 1 / 127.5, (width, height), (127.5,) * 3)


def _width(strip: Pixels) -> int:
    """Return the width in pixels of a strip at the height at which it is read."""
    height, width = (int(side) for side in strip.shape[:2])
    return max(1, math.ceil(STRIP_HEIGHT * width / max(height, 1)))


def _padded(strip: Pixels) -> Pixels:
    """Return a strip at the height at which it is read, with grey after its end up to the next width of the grid."""
    import cv2  # noqa: PLC0415  heavy

    width = _width(strip)
    level = cv2.resize(strip, (width, STRIP_HEIGHT))
    more = max(SHORTEST_STRIP - width, -width % STRIP_STEP)
    padded: Pixels = cv2.copyMakeBorder(level, 0, 0, 0, more, cv2.BORDER_CONSTANT, value=GREY)
    return padded


def _return_large_blocks() -> None:
    """Have the C library give blocks of megabytes back to the system at once: what it keeps of them adds up to 300 MB.

    They are OpenVINO's own and differ in size from picture to picture. Only the GNU library can be told.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)


def _return_free_blocks() -> None:
    """Have the C library give what is free back to the system: after some pictures that is 100 MB and more."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


class _Requests:
    """A model of OpenVINO that several threads may use: each request has a model of its own, and serves one at a time.

    Shapes differ from strip to strip, and what the runtime would keep of each is gigabytes after some hundred pictures;
    what it keeps of the last one is let go of where that was large.
    """

    def __init__(self, model: object, prepared: int) -> None:
        self._model, self._prepared = model, prepared
        self._runtime: Any = import_module("openvino")  # the extra of this name
        self._free: list[tuple[Any, Any]] = []
        self._local = threading.local()

    def infer(self, inputs: Sequence[Pixels]) -> None:
        """Run the model, on whichever request is free."""
        compiled, request = self._one()
        try:
            request.infer(inputs, share_outputs=True)
            self._local.output = request.get_output_tensor().data.copy()
            if inputs[0].size > KEPT:
                compiled.release_memory()
        finally:
            self._free.append((compiled, request))

    def get_output_tensor(self) -> Output:
        """Return what came out of this thread's last run."""
        return Output(self._local.output)

    def _one(self) -> tuple[Any, Any]:
        """Return a model and its request that nobody uses."""
        with suppress(IndexError):
            return self._free.pop()
        settings = {
            "NUM_STREAMS": "1",
            "INFERENCE_NUM_THREADS": "1",
            "ENABLE_CPU_PINNING": "NO",  # bound, the requests would share the first core
            "CPU_RUNTIME_CACHE_CAPACITY": str(self._prepared),
        }
        compiled = self._runtime.Core().compile_model(self._model, "CPU", settings)
        return compiled, compiled.create_infer_request()


@frozen
class Output:
    """What a model answered, under the name that RapidOCR looks for."""

    data: Pixels = field(repr=False)
