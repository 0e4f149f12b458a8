"""SealedSecrets that are missing, and those that nobody asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from synth.config.environment import Environment
from synth.config.sealed import SealedFile
from synth.kit.secrets import Provided
from synth.rules.findings import Finding


def check_secrets(
    environment: Environment, wanted: Mapping[str, Provided], files: Collection[SealedFile]
) -> Iterator[Finding]:
    """Findings about the files in an environment's folder; `wanted` are the Secrets that have to come
    of them, by namespace and name.
    """
    there = {file.path for file in files}
    for path, secret in wanted.items():
        if path not in there:
            yield Finding(
                "SE001", "error", secret.asked,
                f"the Secret {path} is not sealed: put each value into a file that is called like its "
                f"key, and run: {_command(environment, secret)}",
            )  # fmt: skip
    for file in files:
        if file.path and file.path not in wanted:
            yield Finding(
                "SE002", "warning", file.name,
                "nothing in the environment asks for this Secret: take the file out",
            )  # fmt: skip


def _command(environment: Environment, secret: Provided) -> str:
    """What writes the file of a Secret.

    Source: bitnami-labs/sealed-secrets README.md and cmd/kubeseal/main.go at v0.40.0.
    """
    folder = f"secrets/{environment.name}/{secret.namespace}"
    controller = environment.addons.sealed_secrets
    create = [
        "kubectl create secret generic", secret.name,
        "--namespace", secret.namespace,
        *([] if secret.type == "Opaque" else ["--type", secret.type]),
        *(f"--from-file={key}" for key in secret.keys),
        "--dry-run=client -o yaml",
    ]  # fmt: skip
    seal = [
        "kubeseal",
        *([f"--controller-namespace {controller.namespace}"] if controller else []),
        f"--sealed-secret-file {folder}/{secret.name}.yaml",
    ]
    return f"mkdir -p {folder} && {' '.join(create)} | {' '.join(seal)}"
