from __future__ import annotations

import pytest

from ocr_async.gates import Limits, Rate


def test_known_limits_show_only_what_is_known():
    assert repr(Limits()) == "Limits()"
    assert repr(Limits(concurrency=8)) == "Limits(concurrency=8)"
    assert repr(Limits(concurrency=8, rate=2.5)) == "Limits(concurrency=8, rate=2.5)"


@pytest.mark.parametrize("wrong", [{"concurrency": 0}, {"rate": 0}, {"rate": -1.0}])
def test_a_limit_of_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Limits(**wrong)


@pytest.mark.parametrize("wrong", [float("inf"), 2.5, "8"])
def test_a_part_of_a_call_is_no_limit_of_calls_at_once(wrong):
    with pytest.raises(TypeError, match="concurrency"):
        Limits(concurrency=wrong)


def test_an_announced_rate_is_in_calls_a_second():
    assert Rate(600, 60).announced == 10
    assert Rate().announced is None
    assert Rate(0, 60).announced is None
