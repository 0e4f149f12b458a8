"""The Secrets of Elasticsearch as files in the pods of those that write into it."""

from __future__ import annotations

from synth.kit.elasticsearch import Elasticsearch, SecretKeyRef
from synth.kit.objects import Body

_CA, _PASSWORD = "elasticsearch-ca", "elasticsearch-password"
_FILE = "content"
CA_FILE = f"/etc/{_CA}/{_FILE}"
PASSWORD_FILE = f"/etc/{_PASSWORD}/{_FILE}"


def volumes(elasticsearch: Elasticsearch) -> list[Body]:
    """The certificate of who signed its own, and its password."""
    return [_volume(_CA, elasticsearch.ca), _volume(_PASSWORD, elasticsearch.password)]


def mounts() -> list[Body]:
    """Where they are."""
    return [
        {"name": name, "mountPath": f"/etc/{name}", "readOnly": True} for name in (_CA, _PASSWORD)
    ]


def _volume(name: str, reference: SecretKeyRef) -> Body:
    items = [{"key": reference.key, "path": _FILE}]
    return {"name": name, "secret": {"secretName": reference.secret, "items": items}}
