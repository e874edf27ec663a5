"""The weights of a model file (ONNX), without the numbers that processors are slow at.

A float nearer to 0 than 1.2e-38 is denormal, and a product with one may take a hundred times as long as any other. The
detector has a quarter of a million: more than half of its time on onnxruntime, and nothing of its answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

LEAST: Final = 1e-30
"""Weights nearer to 0 are 0: some of their products would be denormal, and sums of ordinary floats do not notice."""

GRAPH, INITIALIZER, RAW_DATA, DATA_TYPE = 7, 5, 9, 2
"""Numbers of fields in the messages ModelProto, GraphProto and TensorProto."""

FLOAT = 1
"""The data type of a tensor of floats of 32 bits."""

VARINT, FIXED_64, LENGTH, FIXED_32 = 0, 1, 2, 5
"""How the value of a field is written."""


def without_denormals(model: bytes) -> bytes:
    """Return a model with its weights that are all but 0 made 0."""
    changed = bytearray(model)
    for graph in _parts(changed, range(len(changed)), GRAPH):
        for tensor in _parts(changed, graph, INITIALIZER):
            if _number(changed, tensor, DATA_TYPE) == FLOAT:
                for raw in _parts(changed, tensor, RAW_DATA):
                    weights = np.frombuffer(changed, "<f4", len(raw) // 4, raw.start)
                    weights[np.abs(weights) < LEAST] = 0
    return bytes(changed)


def _parts(message: bytearray, within: range, wanted: int) -> Iterator[range]:
    """Yield where the values of a field of messages, texts or bytes are."""
    return (value for number, value in _fields(message, within) if number == wanted and isinstance(value, range))


def _number(message: bytearray, within: range, wanted: int) -> int | None:
    """Return the value of a field of a number."""
    values = (value for number, value in _fields(message, within) if number == wanted and isinstance(value, int))
    return next(values, None)


def _fields(message: bytearray, within: range) -> Iterator[tuple[int, int | range]]:
    """Yield the fields of a message of protocol buffers: the number of each, and its value or where that is."""
    at = within.start
    while at < within.stop:
        key, at = _varint(message, at)
        number, way = key >> 3, key & 7
        if way == VARINT:
            value, at = _varint(message, at)
            yield number, value
        else:
            length, at = _varint(message, at) if way == LENGTH else ({FIXED_64: 8, FIXED_32: 4}[way], at)
            yield number, range(at, at + length)
            at += length


def _varint(message: bytearray, at: int) -> tuple[int, int]:
    """Return the number that is written from a place on, seven bits a byte, and the place after it."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
