"""What an entry of `teams:` says beside its Profile: who works there, what pods get, and where they
run.
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from synth.config.base import Name, NonEmpty, Quantity, Section
from synth.config.containers import Env, SecretEnv, Toleration
from synth.kit.quantities import quantity


def _email(address: str) -> str:
    local, at, domain = address.partition("@")
    if not (local and at and "." in domain) or " " in address:
        raise ValueError(
            f"{address!r} is not an e-mail address, which is how Kubeflow knows a user"
        )
    return address


Email = Annotated[str, AfterValidator(_email)]
"""A user as the login names them."""


class Contributor(Section):
    """Somebody beside the owner who works in the team's namespace."""

    user: Email
    """The e-mail address, as the login names them."""
    role: Literal["admin", "edit", "view"] = "edit"
    """What they may do there: Kubeflow's ClusterRole kubeflow-<role>."""

    @property
    def binding(self) -> str:
        """What Kubeflow's access management calls the contributor's objects (kubeflow/kubeflow
        components/access-management/kfam/bindings.go, getBindingName, v1.8.0 to v1.10.0).
        """
        user = re.sub(r"[^a-zA-Z0-9]+", "-", self.user).lower()
        return re.sub(r"-+", "-", f"user-{user}-clusterrole-{self.role}")


def apart(contributors: tuple[Contributor, ...], info: ValidationInfo) -> tuple[Contributor, ...]:
    """A validator: nobody is named twice, nor is the owner, whom `info` has."""
    users = [each.user for each in contributors]
    if info.data.get("owner") in users:
        raise ValueError(f"{info.data['owner']} is the owner, who may do everything: take it out")
    if twice := sorted({user for user in users if users.count(user) > 1}):
        raise ValueError(f"{', '.join(twice)} is there twice: keep one role for each user")
    named: dict[str, str] = {}
    for each in contributors:
        other = named.setdefault(each.binding, each.user)
        if other != each.user:
            raise ValueError(
                f"Kubeflow cannot tell {other} and {each.user} apart: it calls the objects of both "
                f"{each.binding}"
            )
    return contributors


class Limits(Section):
    """What a container in the namespace gets that says nothing, and what it may say, by resource: a
    LimitRange. A quota refuses containers that ask for nothing, so that it needs `default` or
    `defaultRequest` for whatever does not come from here.
    """

    default: dict[str, Quantity] = {}
    """Limits of a container that has none; where there is a `max`, that else."""
    default_request: dict[str, Quantity] = {}
    """Requests of a container that has none; without it its limits."""
    max: dict[str, Quantity] = {}
    """No container's limit is above."""
    min: dict[str, Quantity] = {}
    """No container's request is below."""

    @property
    def most(self) -> dict[str, str]:
        """The limits of a container that has none, as the API server completes them (kubernetes
        pkg/apis/core/v1/defaults.go, SetDefaults_LimitRangeItem).
        """
        return {**self.max, **self.default}

    @property
    def least(self) -> dict[str, str]:
        """The requests of a container that has neither these nor limits."""
        return {**self.min, **self.most, **self.default_request}

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        rising = ("min", "defaultRequest", "default", "max")
        given = (self.min, self.default_request, self.default, self.max)
        wrong = []
        for resource in sorted(set().union(*given)):
            levels = zip(rising, (each.get(resource) for each in given), strict=True)
            there = [(name, value) for name, value in levels if value is not None]
            for (low, least), (high, most) in pairwise(there):
                if quantity(least) > quantity(most):
                    wrong.append(f"{resource}: {low} is {least}, above {high}, which is {most}")
        if wrong:
            raise ValueError("; ".join(wrong))
        if not any(given):
            raise ValueError(
                "says nothing: give default, defaultRequest, max or min, or take it out"
            )
        return self


class Volume(Section):
    """What is mounted into every container of a pod, from the same namespace."""

    name: Name
    mount_path: Annotated[NonEmpty, Field(pattern=r"^/")]
    """Where containers find it."""
    secret: Name | None = None
    """The Secret it is made of."""
    config_map: Name | None = None
    """The ConfigMap it is made of."""
    persistent_volume_claim: Name | None = None
    """The PersistentVolumeClaim that it is."""
    read_only: bool = False
    """Whether containers may only read; of a Secret or ConfigMap they can do no more."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = (self.secret, self.config_map, self.persistent_volume_claim)
        if sum(source is not None for source in sources) != 1:
            raise ValueError(
                "comes from one place: name a secret, a configMap or a persistentVolumeClaim"
            )
        return self


def _distinct(volumes: tuple[Volume, ...]) -> tuple[Volume, ...]:
    paths = [volume.mount_path for volume in volumes]
    if twice := sorted({path for path in paths if paths.count(path) > 1}):
        raise ValueError(f"{', '.join(twice)} is the mountPath of more than one volume")
    return volumes


def _selective(selector: dict[str, str]) -> dict[str, str]:
    if not selector:
        raise ValueError(
            "is empty, which is every pod of the namespace: give a label, such as "
            '<name>: "true", which the spawner of notebooks gives to those that choose it'
        )
    return selector


class PodDefault(Section):
    """What Kubeflow adds to pods that carry a label; people choose it when they make a notebook."""

    name: Name
    desc: NonEmpty | None = None
    """What the spawner of notebooks calls it; without it the name."""
    selector: Annotated[dict[str, str], AfterValidator(_selective)]
    """Labels of the pods. The spawner gives the first one, with the value "true"."""
    env: Env = {}
    """Environment variables by name."""
    secret_env: SecretEnv = {}
    """Environment variables whose values are in Secrets of the namespace."""
    volumes: Annotated[tuple[Volume, ...], AfterValidator(_distinct)] = ()
    """What containers find mounted."""
    pipelines_token: bool = False
    """A token by which the pods can call Kubeflow Pipelines."""
    image_pull_secrets: tuple[Name, ...] = ()
    """Secrets by which images are pulled."""
    tolerations: tuple[Toleration, ...] = ()
    """Taints of nodes that the pods put up with."""
    labels: dict[str, str] = {}
    """Labels that the pods get."""
    annotations: dict[str, str] = {}
    """Annotations that the pods get."""

    @model_validator(mode="after")
    def _adds(self) -> Self:
        if not self.model_fields_set - {"name", "desc", "selector"}:
            raise ValueError("adds nothing to pods: give env, volumes or another thing to add")
        return self


PULL_SECRETS = "image-pull-secrets"
"""The PodDefault that notebooks get the team's pull secrets by, and its label."""
RUNS_PULL_SECRETS = f"pipelines-{PULL_SECRETS}"
"""The PodDefault that runs of pipelines get them by."""


DOCKER_TYPE, DOCKER_KEY = "kubernetes.io/dockerconfigjson", ".dockerconfigjson"
"""The type of a Secret that images are pulled by, and its only key."""


class PullSecret(Section):
    """A Secret of the type kubernetes.io/dockerconfigjson in the team's namespace."""

    name: Name
    """The Secret's name."""
    external: NonEmpty | None = None
    """The entry of `secrets.store` that the Secret is made from, with the property
    `dockerconfigjson`; without it the Secret is there already."""


def of_ours(secrets: tuple[PullSecret, ...], info: ValidationInfo) -> tuple[PullSecret, ...]:
    """A validator: no PodDefault, which `info` has, is called like one that is made for them."""
    written = {each.name for each in info.data.get("pod_defaults", ())} if secrets else set()
    for name in (PULL_SECRETS, RUNS_PULL_SECRETS):
        if name in written:
            raise ValueError(f"make a PodDefault {name}: call the one in podDefaults otherwise")
    return secrets


def _block(cidr: str) -> str:
    try:
        network = ip_network(cidr, strict=False)
    except ValueError:
        raise ValueError(
            f"{cidr!r} is not a block of addresses such as 10.0.0.0/8 or 192.0.2.7/32"
        ) from None
    if str(network) != cidr:
        raise ValueError(f"{cidr!r} is not how a block is written: say {network}")
    return cidr


Block = Annotated[str, AfterValidator(_block), Field(examples=["10.0.0.0/8"])]
"""A block of addresses."""


class Destination(Section):
    """Where pods may connect to by TCP: a namespace, or addresses."""

    namespace: Name | None = None
    cidr: Block | None = None
    """The addresses that connections really go to, behind Services and load balancers."""
    ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = ()
    """The ports there; without any, all."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.namespace is None) == (self.cidr is None):
            raise ValueError("is one place: name a namespace or a cidr")
        return self


class Egress(Section):
    """Where the pods of isolated teams may connect to, beside one another and what every one of them
    needs that the environment knows of.
    """

    api_server: Annotated[tuple[Block, ...], Field(min_length=1)]
    """The addresses of the API server behind the Service `kubernetes`, which no label selects."""
    dns: tuple[Block, ...] = ()
    """Name servers beside kube-dns, such as NodeLocal DNSCache's 169.254.20.10/32."""
    to: tuple[Destination, ...] = ()
    """What else every team needs: the object store, the git host."""
