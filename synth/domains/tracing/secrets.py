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
    return [ca_volume(elasticsearch), _volume(_PASSWORD, elasticsearch.password)]


def mounts() -> list[Body]:
    """Where they are."""
    return [CA_MOUNT, _mount(_PASSWORD)]


def ca_volume(elasticsearch: Elasticsearch) -> Body:
    """The certificate alone, for who has the password as a variable."""
    return _volume(_CA, elasticsearch.ca)


def _mount(name: str) -> Body:
    return {"name": name, "mountPath": f"/etc/{name}", "readOnly": True}


def _volume(name: str, reference: SecretKeyRef) -> Body:
    items = [{"key": reference.key, "path": _FILE}]
    return {"name": name, "secret": {"secretName": reference.secret, "items": items}}


CA_MOUNT = _mount(_CA)
