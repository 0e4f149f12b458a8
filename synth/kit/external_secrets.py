"""Secrets that the External Secrets operator makes from a store.

Source: external-secrets/external-secrets apis/externalsecrets/{v1beta1,v1}, of one form.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from synth.kit.objects import Body, manifest
from synth.kit.versions import minor

V1_SINCE = (0, 16)
"""From here on v1 is served; 0.17 serves it alone."""


@dataclass(frozen=True, slots=True)
class Store:
    """The ClusterSecretStore called `name`, read by this version of External Secrets."""

    name: str
    external_secrets: str


def external_secret(
    name: str,
    store: Store,
    *,
    namespace: str,
    entry: str,
    keys: Iterable[str],
    secret: str | None = None,
    type: str = "Opaque",
) -> Body:
    """An ExternalSecret that makes a Secret, called `secret` or like itself, with these keys: each
    is the property of its name in the store's `entry`, without a dot in front, which stores read
    as the beginning of a path.
    """
    version = "v1" if minor(store.external_secrets) >= V1_SINCE else "v1beta1"
    return manifest(
        f"external-secrets.io/{version}",
        "ExternalSecret",
        name,
        namespace=namespace,
        spec={
            "refreshInterval": "1h",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": store.name},
            "target": {
                "name": secret or name,
                "creationPolicy": "Owner",
                "template": {"type": type},
            },
            "data": [
                {"secretKey": key, "remoteRef": {"key": entry, "property": key.removeprefix(".")}}
                for key in keys
            ],
        },
    )
