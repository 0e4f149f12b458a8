"""With `defaultCredentials: external` nothing that we write holds a password the world knows.

What Argo CD builds from the reference is judged in test_reference.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.catalog.kubeflow import RELEASES, Credential
from synth.domains.kubeflow import credential_secret
from synth.kit.external_secrets import Store
from tests.kubeflow.releases import Upstream, objects
from tests.kubeflow.well_known import occurring, secrets_with_data, well_known
from tests.schemas import complaints


@pytest.mark.parametrize("upstream", RELEASES, indirect=True)
def test_no_well_known_credential_is_in_the_output(upstream: Upstream, tmp_path: Path) -> None:
    parts = upstream.release.components.values()
    bodies = [body for built in upstream.parts(*parts).values() for body in built]
    values = well_known(bodies)
    assert any(value.startswith("$2y$") for value in values), "dex's static user"
    assert "minio123" in values

    switches = {part.name: True for part in parts}
    for source in ("hydrated", "reference"):
        files = upstream.applications(tmp_path / source, source, switches)
        assert files.keys() == switches.keys()
        text = "\n".join(data.decode() for each in files.values() for data in each.values())
        assert occurring(values, text) == []
        assert [b for each in files.values() for b in secrets_with_data(objects(each))] == []


def test_what_is_looked_for_is_found(upstream: Upstream, tmp_path: Path) -> None:
    files = upstream.applications(tmp_path, credentials="upstream")
    bodies = [body for each in files.values() for body in objects(each)]
    text = "\n".join(data.decode() for each in files.values() for data in each.values())
    assert occurring(well_known(upstream.example()), text) == sorted(well_known(upstream.example()))
    assert secrets_with_data(bodies) != []


@pytest.mark.parametrize(
    ("operator", "version"), [("0.9.20", "v1beta1"), ("0.16.2", "v1"), ("1.0.0", "v1")]
)
def test_the_version_is_one_that_the_operator_serves(operator: str, version: str) -> None:
    credential = Credential("kubeflow", "mysql-secret", "Opaque", ("password", "username"))
    body = credential_secret(credential, Store("platform", operator))
    assert body["apiVersion"] == f"external-secrets.io/{version}"
    assert body["spec"]["secretStoreRef"] == {"kind": "ClusterSecretStore", "name": "platform"}
    assert complaints("external-secrets.yaml", body) == []
