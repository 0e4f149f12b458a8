"""The ExternalSecrets that take the place of upstream's passwords."""

from __future__ import annotations

import pytest

from synth.catalog.kubeflow import Credential
from synth.domains.kubeflow import Store, external_secret
from tests.schemas import complaints


@pytest.mark.parametrize(
    ("operator", "version"), [("0.9.20", "v1beta1"), ("0.16.2", "v1"), ("1.0.0", "v1")]
)
def test_the_version_is_one_that_the_operator_serves(operator: str, version: str) -> None:
    credential = Credential("kubeflow", "mysql-secret", "Opaque", ("password", "username"))
    body = external_secret(credential, Store("platform", operator))
    assert body["apiVersion"] == f"external-secrets.io/{version}"
    assert body["spec"]["secretStoreRef"] == {"kind": "ClusterSecretStore", "name": "platform"}
    assert complaints("external-secrets.yaml", body) == []
