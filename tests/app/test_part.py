"""A part comes back from the cache as it went in, origins included."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synth.app.part import decode, directory, encode
from synth.config.problems import ConfigurationError
from synth.kit.application import HelmChart
from synth.kit.objects import Identity, Origin, Resource, manifest

ORIGIN = Origin("models/nlp.sentiment", "models.sentiment")
CONFIG_MAP = manifest("v1", "ConfigMap", "a", namespace="nlp", data={"on": "Überraschung"})


def test_an_application_of_plain_manifests() -> None:
    part = directory("models", 11, [Resource("models", CONFIG_MAP, ORIGIN)])
    assert part.origins == {Identity("", "ConfigMap", "nlp", "a"): ORIGIN}
    assert decode(encode(part)) == part


def test_an_application_of_a_chart() -> None:
    part = directory("strimzi", 0, [Resource("strimzi", CONFIG_MAP, ORIGIN)])
    chart = HelmChart("https://charts.example.com", "strimzi", "0.45.1", {"replicas": 2})
    part = replace(part, application=replace(part.application, source=chart, namespace="kafka"))
    assert decode(encode(part)) == part


def test_more_than_argo_cd_takes_is_refused() -> None:
    large = [
        Resource("models", manifest("v1", "ConfigMap", f"c{n}", data={"x": "y" * 900_000}), ORIGIN)
        for n in range(12)
    ]
    with pytest.raises(ConfigurationError) as caught:
        directory("models", 11, large)
    assert str(caught.value) == (
        "application models: 10.8 MB of manifests, and Argo CD refuses more than 10: split it"
    )
