"""Secrets that kubeseal itself sealed go through a build, and the controller's own code unseals what comes
out (`make test-sealed`): kubeseal has it for recovery.
"""

from __future__ import annotations

import json
import subprocess
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from synth.app.secrets import sealed_problems, wanted_files
from synth.cli.steps import Silence
from synth.configuration import configuration
from synth.kit.objects import Body
from synth.kit.secrets import Provided
from synth.pipeline import build
from synth.project import Project
from synth.render.cache import Cache
from synth.render.documents import dump, load_all
from tests.events.programs import program
from tests.schemas import complaints
from tests.sealed.test_sealed_secrets import EVERYTHING, WANTED, bodies, written
from tests.shared import go
from tools.crd_schemas import of_modules
from tools.go_modules import downloaded

pytestmark = pytest.mark.sealed
MODULE = "github.com/bitnami-labs/sealed-secrets@v0.40.0"
KUBEFLOW = 'kubeflow: {release: "1.8.1"}\n'


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a private key and its certificate, as the controller makes them."""
    folder = tmp_path_factory.mktemp("keys")
    key = rsa.generate_private_key(65537, 4096)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sealed-secrets")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()))
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    return folder


def kubeseal(*arguments: str, given: str = "") -> str:
    done = subprocess.run(
        [program("kubeseal"), *arguments], input=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def secret(wanted: Provided) -> Body:
    """What `kubectl create secret generic --dry-run=client` writes."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": wanted.name,
            "namespace": wanted.namespace,
            "creationTimestamp": None,
        },
        **({} if wanted.type == "Opaque" else {"type": wanted.type}),
        "data": {key: b64encode(_value(wanted, key).encode()).decode() for key in wanted.keys},
    }


def _value(wanted: Provided, key: str) -> str:
    return f"{wanted.path} {key}: gänzlich geheim"


def sealed_by_kubeseal(project: Project, keys: Path, *scope: str) -> dict[str, Provided]:
    wanted = wanted_files(configuration(project)["test"].environment)
    for path, each in wanted.items():
        file = project.secrets / "test" / f"{path}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        kubeseal(
            "--cert", str(keys / "cert.pem"), "--sealed-secret-file", str(file), *scope,
            given=dump(secret(each)),
        )  # fmt: skip
    return wanted


def crd() -> Path:
    """The CRD that the chart brings."""
    folder = downloaded(MODULE, go()) / "helm/sealed-secrets/crds"
    return folder / "bitnami.com_sealedsecrets.yaml"


@pytest.mark.parametrize("scope", ["strict", "namespace-wide", "cluster-wide"])
def test_what_kubeseal_sealed_is_unsealed_to_what_its_consumer_reads(
    project: Project, cache: Cache, keys: Path, scope: str
) -> None:
    wanted = sealed_by_kubeseal(written(project, EVERYTHING + KUBEFLOW), keys, "--scope", scope)
    assert wanted.keys() > WANTED.keys()
    result = build(project, cache, [], Silence())
    assert not [each for each in result.warnings if "secrets/" in str(each)]
    made = {
        f"{body['metadata']['namespace']}/{body['metadata']['name']}": body
        for body in bodies(result.trees["dist/test"])
        if body["kind"] == "SealedSecret"
    }
    assert made.keys() == wanted.keys()
    for path, body in made.items():
        assert complaints(crd(), body) == []
        unseal = ("--recovery-unseal", "--recovery-private-key", str(keys / "key.pem"))
        [unsealed] = load_all(kubeseal(*unseal, given=json.dumps(body)))
        each = wanted[path]
        assert (unsealed["kind"], unsealed["metadata"]["name"]) == ("Secret", each.name)
        assert unsealed["metadata"]["namespace"] == each.namespace
        assert unsealed.get("type", "Opaque") == each.type
        data = {key: b64decode(value).decode() for key, value in unsealed["data"].items()}
        assert data == {key: _value(each, key) for key in each.keys}


def test_what_the_controller_cannot_unseal_is_a_mistake_here(project: Project, keys: Path) -> None:
    """One that was sealed under another name, by the scope that kubeseal has by default."""
    sealed_by_kubeseal(written(project, EVERYTHING), keys)
    text = (project.secrets / "test/mlflow/database.yaml").read_text()
    file = project.secrets / "test/mlflow/other.yaml"
    file.write_text(text.replace("  name: database\n", "  name: other\n", 1))
    done = subprocess.run(
        [program("kubeseal"), "--recovery-unseal", "--recovery-private-key", str(keys / "key.pem")],
        input=file.read_text(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "no key could decrypt secret" in done.stderr) == (1, True)
    line = file.read_text().splitlines().index("      name: database") + 1
    assert list(map(str, sealed_problems(configuration(project)["test"]))) == [
        f"secrets/test/mlflow/other.yaml:{line}:7: spec.template.metadata.name: is another than the "
        "object's, and of the scope strict it can be unsealed only as what it was sealed as: seal it again"
    ]


def test_what_the_catalogue_knows_of_the_crd_is_what_it_says() -> None:
    go()
    for path, text in of_modules().items():
        assert path.read_text() == text
