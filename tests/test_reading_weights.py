"""Weights that are all but 0 become 0, and nothing else of a model changes."""

from __future__ import annotations

import struct

import pytest

pytest.importorskip("numpy")

from ocr_async.local.reading.weights import without_denormals


def varint(value):
    return bytes([value]) if value < 0x80 else bytes([value & 0x7F | 0x80]) + varint(value >> 7)


def part(number, content):
    """Return a field of a protocol buffer that holds bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def tensor(data_type, raw):
    return b"\x08\x20" + varint(2 << 3) + varint(data_type) + part(8, b"name") + part(9, raw)


def model(*tensors):
    node = part(1, b"a node that is kept" * 20)
    return b"\x08\x08" + part(7, node + b"".join(part(5, it) for it in tensors)) + part(14, b"\x4d" + b"opset")


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


def test_weights_that_are_all_but_nothing_become_nothing():
    weights = floats(1.0, 1e-40, -1e-39, 1e-35, -2.5, 1e-20, 0.0)
    kept = floats(1.0, 0.0, 0.0, 0.0, -2.5, 1e-20, 0.0)

    assert without_denormals(model(tensor(1, weights))) == model(tensor(1, kept))


def test_what_is_not_a_weight_is_left_as_it_is():
    numbers = model(tensor(7, struct.pack("<3q", 1, 2, 3)))

    assert without_denormals(numbers) == numbers
