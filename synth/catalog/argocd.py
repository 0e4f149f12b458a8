"""The Argo CD versions that are known, and the Kustomize that each of them builds with."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

KUSTOMIZE: Mapping[str, str] = MappingProxyType(
    {"3.2": "5.7.0", "3.3": "5.8.1", "3.4": "5.8.1", "3.5": "5.8.1"}
)
"""By Argo CD's minor version. Source: argoproj/argo-cd hack/tool-versions.sh (kustomize5_version)
at v3.2.6, v3.3.19, v3.4.13 and v3.5.1."""
