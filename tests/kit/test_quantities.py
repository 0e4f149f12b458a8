"""Quantities as Kubernetes writes them."""

from __future__ import annotations

import pytest

from synth.kit.quantities import canonical


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
