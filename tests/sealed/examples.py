"""SealedSecrets in the form that kubeseal writes, with values that nobody can unseal."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import yaml

from synth.app.secrets import wanted_files
from synth.config.load import Loaded
from synth.configuration import configuration
from synth.kit.objects import Body
from synth.kit.secrets import Provided
from synth.project import Project

VALUE = b64encode((256).to_bytes(2) + bytes(256 + 16 + 8)).decode()
"""The length of a key that RSA encrypted, that key, and eight bytes with their tag."""


def sealed(secret: Provided) -> str:
    """The file of a Secret."""
    values = "".join(f"    {json.dumps(key)}: {VALUE}\n" for key in secret.keys)
    return (
        "---\n"
        "apiVersion: bitnami.com/v1alpha1\n"
        "kind: SealedSecret\n"
        "metadata:\n"
        "  creationTimestamp: null\n"
        f"  name: {secret.name}\n"
        f"  namespace: {secret.namespace}\n"
        "spec:\n"
        "  encryptedData:\n"
        f"{values}"
        "  template:\n"
        "    metadata:\n"
        "      creationTimestamp: null\n"
        f"      name: {secret.name}\n"
        f"      namespace: {secret.namespace}\n"
        + ("" if secret.type == "Opaque" else f"    type: {secret.type}\n")
    )


def body(secret: Provided) -> Body:
    """The object in it."""
    made: Body = yaml.safe_load(sealed(secret))
    return made


def seal(project: Project, environment: str) -> dict[str, Path]:
    """Seals everything that an environment wants, and returns its files by namespace and name."""
    loaded: Loaded = configuration(project)[environment]
    made = {}
    for path, secret in wanted_files(loaded.environment).items():
        made[path] = project.secrets / environment / f"{path}.yaml"
        made[path].parent.mkdir(parents=True, exist_ok=True)
        made[path].write_text(sealed(secret))
    return made
