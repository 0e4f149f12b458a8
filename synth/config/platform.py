"""`teams:`, `secrets:`, `policy:` and `retired:`: who shares the platform, and what leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from synth.config.base import (
    CONTACT_POINTS,
    Day,
    Name,
    NonEmpty,
    Quantity,
    Resources,
    Section,
    refers_to,
)
from synth.config.containers import Nodes
from synth.config.objectives import SENSIBLE, Objectives
from synth.config.promotion import Promotion
from synth.config.repository import Repository
from synth.config.teams import (
    DOCKER_KEY,
    DOCKER_TYPE,
    Contributor,
    Destination,
    Egress,
    Email,
    Limits,
    PodDefault,
    PullSecret,
    apart,
    of_ours,
)
from synth.kit.secrets import Provided


class Notebooks(Section):
    """How much of a team's quota its notebooks may take; nothing enforces it but the quota."""

    max: Annotated[int, Field(ge=1)]
    """So many run at once at most."""
    resources: Resources
    """What each asks for."""


class Team(Section):
    """A team: a Kubeflow Profile, and with it a namespace of the same name."""

    name: Name
    """The team's name and its namespace."""
    owner: Email
    """The e-mail address of the Profile's owner, as the login names them."""
    contributors: Annotated[tuple[Contributor, ...], AfterValidator(apart)] = ()
    """Who works there beside the owner."""
    quota: dict[str, Quantity] = {}
    """What the namespace may request, by resource: cpu, memory, requests.nvidia.com/gpu."""
    notebooks: Notebooks | None = None
    """What its notebooks may ask for; without it none are counted."""
    limits: Limits | None = None
    """What each of its containers may request, and gets where it says nothing."""
    pod_defaults: tuple[PodDefault, ...] = ()
    """What is added to its pods by their labels, such as those of notebooks."""
    image_pull_secrets: Annotated[tuple[PullSecret, ...], AfterValidator(of_ours)] = ()
    """Secrets by which images are pulled: of models, workflows, streams, events and runs of pipelines;
    of notebooks where they choose the PodDefault image-pull-secrets."""
    nodes: Nodes = Nodes()
    """The nodes of models, of steps of workflows and of components of pipelines that say nothing of
    them themselves."""
    gpu_nodes: Nodes | None = None
    """The nodes of those that ask for GPUs; without it `nodes`."""
    isolated: bool = False
    """Whether pods of other namespaces reach its own only where they have to: by NetworkPolicies,
    which the cluster's network has to know."""
    egress: tuple[Destination, ...] = ()
    """Where its pods may connect to beside what `policy.egress` says."""
    contact_point: Annotated[str, refers_to(CONTACT_POINTS)] | None = None
    """Who is told of the team's alerts that no route takes: the name of an entry of
    observability.notifications.contactPoints."""

    repository: Repository | None = None
    """Its own repository, which Argo CD syncs into its namespace beside what the environment says."""

    @property
    def in_namespace(self) -> bool:
        """Whether something lies in the namespace for all that runs there."""
        return bool(
            self.contributors
            or self.limits
            or self.pod_defaults
            or self.image_pull_secrets
            or self.isolated
        )

    @property
    def secrets(self) -> Iterator[Provided]:
        """Those of its Secrets that the environment's provider brings."""
        for each in self.image_pull_secrets:
            if each.external:
                asked = f"teams.{self.name}.imagePullSecrets.{each.name}"
                yield Provided(
                    self.name, each.name, (DOCKER_KEY,), asked, each.external, type=DOCKER_TYPE
                )


class Retired(Section):
    """What is on its way out: Argo CD may still remove what it had, and does."""

    name: Name
    """A team's name, or an application's as its folder in dist/<environment>/ is called."""
    kind: Literal["application", "team", "repository"]
    """`application`: nothing of it is in git any more, and Argo CD removes what ran; `team`: its
    namespace stays permitted, and its repository's project; `repository`: that of a team that stays.
    What holds data stays in any case."""
    namespaces: tuple[Name, ...] = ()
    """The namespaces of a retired application's objects, but for those of teams."""


class SecretStore(Section):
    """The ClusterSecretStore of the external-secrets operator."""

    name: Name = "platform"
    """The store's name."""


class Secrets(Section):
    """Where Secrets come from; none is ever in git."""

    provider: Literal["externalSecrets", "sealedSecrets"] = "externalSecrets"
    """`externalSecrets`: ExternalSecrets have External Secrets make them from `store`; `sealedSecrets`:
    each is the file secrets/<environment>/<namespace>/<name>.yaml, which kubeseal wrote."""
    store: SecretStore = SecretStore()
    """The store that every ExternalSecret reads."""


class Accepted(Section):
    """Findings that the environment lives with for a while."""

    name: Name
    """What files that extend this one call it by."""
    code: NonEmpty
    """The code of the findings: RB001."""
    application: str = "*"
    """The application of the objects, as its folder in dist/<environment>/ is called; `*` stands for
    anything."""
    object: str = "*"
    """The object as the finding calls it, `ClusterRole.rbac.authorization.k8s.io argo-*`, or the key
    of a finding about no object, `teams.nlp.quota`; `*` stands for anything."""
    reason: NonEmpty
    """Why this is fine, for whoever reads it next."""
    owner: NonEmpty
    """Who answers for it."""
    until: Day
    """The last day that it is fine."""


class Policy(Section):
    """What an environment demands of itself."""

    require_mirror: bool = False
    """Every image must come from `registry`; what cannot be rewritten is an error."""
    refuse_default_credentials: bool = False
    """`kubeflow.defaultCredentials: upstream` is an error here."""
    require_provenance: bool = False
    """Every variant must say which run of the registry it came from; a bare artifact is an
    error."""
    direct_changes: bool = False
    """Steps of workflows may change the objects of models; Argo CD shows them as out of sync, and
    leaves them until git says something new."""
    require_isolation: bool = False
    """Every team must be isolated."""
    egress: Egress | None = None
    """Where pods of isolated teams may connect to; without it anywhere."""
    require_image_digests: bool = False
    """Every image that the environment names must say which one it is by its digest; a tag can be
    moved, and a placeholder (the same digit throughout) was never built."""
    objectives: Literal["required", "default", "optional"] = "optional"
    """A model that says nothing of what it promises: an error (`required`), promises
    `defaultObjectives` (`default`), or promises nothing and is watched by nobody (`optional`)."""
    default_objectives: Objectives = SENSIBLE
    """What such a model promises."""
    promotion: Promotion = Promotion()
    """How versions of models come in and take over."""
    levels: dict[str, Literal["error", "warning"]] = {}
    """How much a rule's findings weigh here, by its code: SC005, or a rule's of this repository's own.
    What stops a build stays an error."""
    accepted: tuple[Accepted, ...] = ()
    """Findings of `synth validate` that this environment lives with; what an entry accepts must be
    there."""
