"""Which Secrets the applications of an environment have from its provider, and who brings them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from synth.app.kubeflow import enabled_components
from synth.app.workloads import WORKLOADS
from synth.config.environment import Environment
from synth.config.load import Loaded
from synth.config.problems import Problem
from synth.config.sealed import SealedFile, mistakes
from synth.domains.kubeflow import provided_credentials
from synth.kit import external_secrets, sealed_secrets
from synth.kit.objects import Identity
from synth.kit.sealed_secrets import Sealed
from synth.kit.secrets import Provided, Provider

_EXTERNAL = f"{external_secrets.KIND}.{external_secrets.GROUP}"
KINDS = frozenset({_EXTERNAL, f"{sealed_secrets.KIND}.{sealed_secrets.GROUP}"})
"""The kinds of what brings Secrets, as `Kind.group`."""


def provided(environment: Environment) -> dict[str, list[Provided]]:
    """The Secrets that come from the provider, by the application that has them."""
    found = {
        name: list(workload.secrets(environment))
        for name, workload in WORKLOADS.items()
        if workload.secrets
    }
    kubeflow = environment.kubeflow
    if kubeflow and kubeflow.default_credentials == "external":
        hydrated = kubeflow.source == "hydrated"
        for component in enabled_components(environment):
            name = f"kubeflow-{component.name}"
            found[name] = list(provided_credentials(component, hydrated=hydrated))
    return found


def providers(environment: Environment, sealed: Iterable[SealedFile]) -> dict[str, Provider]:
    """Who brings the Secrets of each application, of `sealed` those of no other."""
    asked = provided(environment)
    if environment.secrets.provider == "externalSecrets":
        return dict.fromkeys(asked, environment.store)
    files = {file.path: file for file in sealed}
    return {
        application: Sealed(
            {each.path: files[each.path].body for each in secrets if each.path in files}
        )
        for application, secrets in asked.items()
    }


def wanted_files(environment: Environment) -> dict[str, Provided]:
    """The Secrets that SealedSecrets of the repository bring, by namespace and name."""
    if environment.secrets.provider == "externalSecrets":
        return {}
    return {each.path: each for secrets in provided(environment).values() for each in secrets}


def sealed_problems(loaded: Loaded) -> Iterator[Problem]:
    """What is wrong with the files of an environment's SealedSecrets."""
    wanted = wanted_files(loaded.environment)
    for file in loaded.sealed:
        yield from mistakes(file, wanted.get(file.path))


def provider_kinds(environment: Environment) -> frozenset[str]:
    """Those of them that an environment may have, or may have to lose."""
    sealed = environment.secrets.provider == "sealedSecrets" or environment.addons.sealed_secrets
    return KINDS if sealed else frozenset({_EXTERNAL})


def possible_secrets(environment: Environment) -> Iterator[Identity]:
    """Those kinds in the namespaces of Secrets that the provider brings to Kubeflow."""
    for application, secrets in provided(environment).items():
        for each in secrets if application not in WORKLOADS else ():
            for kind in sorted(provider_kinds(environment)):
                name, _, group = kind.partition(".")
                yield Identity(group, name, each.namespace, "")
