"""Quantities as Kubernetes writes them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.kit.quantities import canonical, quantity, written


# What kubernetes/apimachinery 0.34.4 makes of them (resource.MustParse(…).String()).
@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("0.5", "500m"),
        ("1000m", "1"),
        ("1500m", "1500m"),
        ("1.5Gi", "1536Mi"),
        ("1024Mi", "1Gi"),
        ("0.5Ki", "512"),
        ("0.3Ki", "307200m"),
        ("1.0001Ki", "1024102400u"),
        ("2000", "2k"),
        ("1000k", "1M"),
        ("0", "0"),
        ("0m", "0"),
        ("0.0000000001", "1n"),
        ("1e3", "1e3"),
        ("2048Ki", "2Mi"),
    ],
)
def test_a_quantity_has_one_way_to_be_written(given: str, written: str) -> None:
    assert canonical(given) == written


@pytest.mark.parametrize(
    ("amount", "binary", "text"),
    [
        ("0", True, "0"),
        ("500m", False, "500m"),
        ("1500m", False, "1.5"),
        ("1125m", False, "1125m"),
        ("96", False, "96"),
        ("1", True, "1"),
        ("640Mi", True, "640Mi"),
        ("1536Mi", True, "1.5Gi"),
        ("100M", True, "97656.25Ki"),
        ("0.1", True, "1"),
        ("1n", False, "1n"),
    ],
)
def test_an_amount_is_written_in_the_largest_unit_that_has_it(
    amount: str, binary: bool, text: str
) -> None:
    assert written(quantity(amount), binary=binary) == text


@given(st.fractions(min_value=0, max_value=10**15, max_denominator=1000), st.booleans())
def test_what_is_written_is_never_less(amount: Fraction, binary: bool) -> None:
    again = quantity(written(amount, binary=binary))
    assert amount <= again < amount + (1 if binary else Fraction(1, 10**9))
