"""`gateway:`: the address that clients outside the cluster reach models by."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from synth.config.base import Section


def _host(host: str) -> str:
    if not re.fullmatch(r"([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]*[a-z0-9])?", host):
        raise ValueError(f"{host!r} is not a host such as models.example.com")
    return host


class Gateway(Section):
    """Kubeflow's ingress gateway, for models."""

    host: Annotated[str, AfterValidator(_host)]
    """A host for models alone: Istio sends a host to the routes that name it, so Kubeflow's own
    pages, whose routes name none, would be gone from it."""
