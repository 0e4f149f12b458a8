"""What each version of the Strimzi operator serves and runs.

Source: strimzi/strimzi-kafka-operator CHANGELOG.md and kafka-versions.yaml at the versions named.
"""

from __future__ import annotations

from synth.kit.versions import minor

V1_SINCE = (0, 49)
"""From here on the operator serves v1, from 1.0 on nothing else."""
KRAFT_ONLY_SINCE = (0, 46)
"""From here on every cluster is one of KRaft and node pools; before, annotations say so."""

KAFKA_VERSIONS = {
    "0.45.0": ("3.8.0", "3.8.1", "3.9.0"),
    "0.45.1": ("3.8.0", "3.8.1", "3.9.0"),
    "0.45.2": ("3.8.0", "3.8.1", "3.9.0", "3.9.1", "3.9.2"),
    "0.46.0": ("3.9.0", "4.0.0"),
    "0.51.0": ("4.1.0", "4.1.1", "4.2.0"),
    "1.0.0": ("4.1.0", "4.1.1", "4.2.0"),
    "1.2.0": ("4.2.0", "4.2.1", "4.3.0", "4.3.1"),
}
"""The versions of Kafka that an operator runs."""
_KUBERNETES = (((0, 51), (1, 30)), ((0, 48), (1, 27)), ((0, 44), (1, 25)))


def api_version(strimzi: str) -> str:
    """The `apiVersion` of Kafka's objects that an operator of this version serves."""
    return f"kafka.strimzi.io/{'v1' if minor(strimzi) >= V1_SINCE else 'v1beta2'}"


def oldest_kubernetes(strimzi: str) -> tuple[int, int]:
    """The first minor version of Kubernetes that an operator of this version supports; (0, 0)
    where nothing is known.
    """
    return next((floor for since, floor in _KUBERNETES if minor(strimzi) >= since), (0, 0))
