"""`observability.logs:`: where logs go, and the requests of models."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from synth.config.base import Duration, Name, Resources, Section, Storage
from synth.kit.quantities import milliseconds

_DAY = milliseconds("1d")


def _whole_days(duration: str) -> str:
    if milliseconds(duration) % _DAY or not milliseconds(duration):
        raise ValueError(f"{duration!r} is not a whole number of days such as 7d")
    return duration


def days(duration: str) -> int:
    """A duration that is `Days`, as a number of them."""
    return milliseconds(duration) // _DAY


def _eight(version: str) -> str:
    if not re.fullmatch(r"8\.\d+\.\d+", version):
        raise ValueError(f"{version!r} is not a version of the Elastic Stack 8 such as 8.16.0")
    return version


def _quorum(nodes: int) -> int:
    if nodes == 2:
        raise ValueError("2 nodes elect no master without each other: take 1, or at least 3")
    return nodes


Days = Annotated[Duration, AfterValidator(_whole_days), Field(examples=["7d"])]
"""A duration of whole days, kept as it was written."""


class ElasticsearchNodes(Section):
    """The nodes of the Elasticsearch that keeps everything."""

    nodes: Annotated[int, Field(ge=1), AfterValidator(_quorum)] = 1
    """With three or more of them every index has a copy, and one may fail."""
    storage: Storage
    resources: Resources = Resources()
    """Requests and limits of a node; half of its memory limit is the heap. Without them ECK gives
    2Gi (elastic/cloud-on-k8s pkg/controller/elasticsearch/nodespec/defaults.go)."""


class Pods(Section):
    """Pods of a Deployment that ECK makes."""

    replicas: Annotated[int, Field(ge=1)] = 1
    resources: Resources = Resources()


class Logs(Section):
    """Elasticsearch with Kibana, and what fills it; ECK runs them (`addons.eck`, or one that is
    there already).
    """

    namespace: Name = "logging"
    """A namespace of their own."""
    version: Annotated[str, AfterValidator(_eight)] = "8.16.0"
    """The version of the Elastic Stack, all of it."""
    retention: Days = "7d"
    """How long logs are kept; each index takes a day's."""
    elasticsearch: ElasticsearchNodes
    kibana: Pods | None = Pods()
    """Where people look for logs; `null` for none."""
    receiver: Pods = Pods()
    """What takes the requests and answers of models with `requestLog`."""
    containers: bool = True
    """Whether what every container writes is collected, by a pod on each node that reads the node's
    files."""

    @property
    def receiver_url(self) -> str:
        """Where models send their requests and answers, as CloudEvents."""
        return f"http://requests.{self.namespace}.svc.cluster.local:8080"
