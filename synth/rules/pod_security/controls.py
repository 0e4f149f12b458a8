"""The controls of the Pod Security Standards, as Kubernetes' admission controller evaluates them.

Names, order and messages are those of kubernetes/pod-security-admission policy/ (v0.37.2); a policy
version is a minor version of Kubernetes 1.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal, NamedTuple

from synth.kit.objects import Body


@dataclass(frozen=True)
class Pod:
    """A pod as the controls see it: its annotations and its spec."""

    annotations: Mapping[str, str]
    spec: Body

    @cached_property
    def security(self) -> Body:
        """The pod's own securityContext."""
        return self.spec.get("securityContext") or {}

    @cached_property
    def containers(self) -> list[Body]:
        """Every container, in the order that messages name them."""
        return [
            container
            for kind in ("initContainers", "containers", "ephemeralContainers")
            for container in self.spec.get(kind) or ()
        ]

    @cached_property
    def contexts(self) -> list[Body]:
        """The securityContexts: the pod's own, then those of its containers."""
        return [self.security, *map(_security, self.containers)]

    def where(self, bad: Callable[[Body], object]) -> list[str]:
        """The names of the containers whose securityContext is bad."""
        return [each["name"] for each in self.containers if bad(_security(each))]

    def setters(self, bad: Callable[[Body], object], *more: str) -> str:
        """Who has a securityContext that is bad: `pod and container "a"`; empty where nobody."""
        names = self.where(bad)
        pod = ["pod"] if bad(self.security) else []
        return " and ".join([*pod, *([_containers(names)] if names else []), *more])

    @property
    def on_windows(self) -> bool:
        """Whether the pod says that it is for Windows, whose pods may not set these fields."""
        return (self.spec.get("os") or {}).get("name") == "windows"

    @property
    def in_user_namespace(self) -> bool:
        """Whether root of the pod is another user on its node."""
        return self.spec.get("hostUsers") is False


class Forbidden(NamedTuple):
    """What a control has against a pod: what it is about, and the values that are not allowed."""

    reason: str
    detail: str


Check = Callable[[Pod], Forbidden | None]


class Control(NamedTuple):
    """One control of a level.

    `checks` are by the policy version that they are of, each until the next one; `replaces` is the
    control of baseline whose place a control of restricted takes.
    """

    id: str
    level: Literal["baseline", "restricted"]
    checks: Mapping[int, Check]
    replaces: str = ""

    def check(self, version: int) -> Check | None:
        """The check of a policy version; None before the control was there."""
        since = [minor for minor in self.checks if minor <= version]
        return self.checks[max(since)] if since else None


def _security(container: Body) -> Body:
    return container.get("securityContext") or {}


def _quoted(items: Iterable[str]) -> str:
    return ", ".join(f'"{item}"' for item in items)


def _some(items: Sequence[object], one: str, many: str = "") -> str:
    return one if len(items) == 1 else many or f"{one}s"


def _containers(names: Sequence[str]) -> str:
    return f"{_some(names, 'container')} {_quoted(names)}"


def _app_armor(pod: Pod) -> Forbidden | None:
    prefix = "container.apparmor.security.beta.kubernetes.io/"

    def bad(security: Body) -> bool:
        profile = security.get("appArmorProfile")
        return profile is not None and profile.get("type") not in {"RuntimeDefault", "Localhost"}

    annotations = sorted(
        f"{key}={json.dumps(value, ensure_ascii=False)}"
        for key, value in pod.annotations.items()
        if key.startswith(prefix)
        and value not in {"", "runtime/default"}
        and not value.startswith("localhost/")
    )
    said = [_some(annotations, "annotation")] if annotations else []
    if not (setters := pod.setters(bad, *said)):
        return None
    types = {each["appArmorProfile"].get("type", "") for each in pod.contexts if bad(each)}
    values = [*sorted(types), *annotations]
    return Forbidden(
        _some(values, "forbidden AppArmor profile"),
        f"{setters} must not set AppArmor profile type to {_quoted(values)}",
    )


_DEFAULT_CAPABILITIES = frozenset(
    "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP "
    "SETUID SYS_CHROOT".split()
)


def _capabilities(security: Body, do: str) -> list[str]:
    return (security.get("capabilities") or {}).get(do) or []


def _added(pod: Pod, allowed: Container[str]) -> str:
    """Which containers add capabilities that are not allowed; empty where none does."""
    found = {
        capability
        for container in pod.containers
        for capability in _capabilities(_security(container), "add")
        if capability not in allowed
    }
    if not found:
        return ""
    names = pod.where(lambda security: found.intersection(_capabilities(security, "add")))
    return (
        f"{_containers(names)} must not include {_quoted(sorted(found))} "
        "in securityContext.capabilities.add"
    )


def _default_capabilities(pod: Pod) -> Forbidden | None:
    added = _added(pod, _DEFAULT_CAPABILITIES)
    return Forbidden("non-default capabilities", added) if added else None


def _no_capabilities(pod: Pod) -> Forbidden | None:
    keeping = pod.where(lambda security: "ALL" not in _capabilities(security, "drop"))
    drop = f'{_containers(keeping)} must set securityContext.capabilities.drop=["ALL"]'
    said = [*([drop] if keeping else []), _added(pod, {"NET_BIND_SERVICE"})]
    detail = "; ".join(filter(None, said))
    return Forbidden("unrestricted capabilities", detail) if detail else None


def _host_namespaces(pod: Pod) -> Forbidden | None:
    shared = [f"{key}=true" for key in ("hostNetwork", "hostPID", "hostIPC") if pod.spec.get(key)]
    return Forbidden("host namespaces", ", ".join(shared)) if shared else None


def _host_paths(pod: Pod) -> Forbidden | None:
    names = [
        each["name"] for each in pod.spec.get("volumes") or () if each.get("hostPath") is not None
    ]
    if not names:
        return None
    return Forbidden("hostPath volumes", f"{_some(names, 'volume')} {_quoted(names)}")


def _host_ports(pod: Pod) -> Forbidden | None:
    def used(container: Body) -> set[str]:
        # On the node's network, the API server makes every port one of the node before admission
        # (kubernetes/kubernetes pkg/apis/core/v1/defaults.go).
        default = "containerPort" if pod.spec.get("hostNetwork") else ""
        ports = [each.get("hostPort") or each.get(default) for each in container.get("ports") or ()]
        return {str(port) for port in ports if port}

    names = [each["name"] for each in pod.containers if used(each)]
    ports = sorted({port for each in pod.containers for port in used(each)})
    if not names:
        return None
    return Forbidden(
        "hostPort",
        f"{_containers(names)} {_some(names, 'uses', 'use')} {_some(ports, 'hostPort')} "
        f"{', '.join(ports)}",
    )


def _hosts(container: Body) -> set[str]:
    """The hosts that a container's probes and hooks name."""
    lifecycle = container.get("lifecycle") or {}
    handlers = [
        *(container.get(f"{probe}Probe") for probe in ("liveness", "readiness", "startup")),
        *(lifecycle.get(hook) for hook in ("postStart", "preStop")),
    ]
    actions = [(each or {}).get(kind) for each in handlers for kind in ("httpGet", "tcpSocket")]
    return {each["host"] for each in actions if each and each.get("host")}


def _probed_hosts(pod: Pod) -> Forbidden | None:
    hosts = sorted({host for each in pod.containers for host in _hosts(each)})
    names = sorted({each["name"] for each in pod.containers if _hosts(each)})
    if not hosts:
        return None
    said = "probe or lifecycle host"
    return Forbidden(
        said,
        f"{_containers(names)} {_some(names, 'uses', 'use')} {_some(hosts, said)} {_quoted(hosts)}",
    )


def _privileged(pod: Pod) -> Forbidden | None:
    names = pod.where(lambda security: security.get("privileged"))
    said = f"{_containers(names)} must not set securityContext.privileged=true"
    return Forbidden("privileged", said) if names else None


def _masked_proc(pod: Pod) -> Forbidden | None:
    def unmasked(security: Body) -> bool:
        return security.get("procMount") not in {None, "Default"}

    if not (names := pod.where(unmasked)):
        return None
    types = sorted({each["procMount"] for each in map(_security, pod.containers) if unmasked(each)})
    return Forbidden(
        "procMount",
        f"{_containers(names)} must not set securityContext.procMount to {_quoted(types)}",
    )


_SELINUX_TYPES = frozenset({"", "container_t", "container_init_t", "container_kvm_t"})


def _selinux(pod: Pod, *, allowed: Container[str]) -> Forbidden | None:
    def options(security: Body) -> Body:
        return security.get("seLinuxOptions") or {}

    def bad(security: Body) -> bool:
        said = options(security)
        kind = said.get("type") or ""
        return bool(kind not in allowed or said.get("user") or said.get("role"))

    if not (setters := pod.setters(bad)):
        return None
    given = [options(each) for each in pod.contexts]
    types = sorted({kind for each in given if (kind := each.get("type") or "") not in allowed})
    wrong = [
        *([f"{_some(types, 'type')} {_quoted(types)}"] if types else []),
        *(
            f"{key} may not be set"
            for key in ("user", "role")
            if any(each.get(key) for each in given)
        ),
    ]
    return Forbidden(
        "seLinuxOptions",
        f"{setters} set forbidden securityContext.seLinuxOptions: {'; '.join(wrong)}",
    )


def _seccomp(security: Body) -> str | None:
    """The type of the profile that a securityContext sets; None where it sets none."""
    profile = security.get("seccompProfile")
    return None if profile is None else profile.get("type") or ""


_PROFILES = ("RuntimeDefault", "Localhost")


def _no_other_seccomp(pod: Pod) -> Forbidden | None:
    def bad(security: Body) -> bool:
        return _seccomp(security) not in {None, *_PROFILES}

    if not (setters := pod.setters(bad)):
        return None
    types = sorted({_seccomp(each) or "" for each in pod.contexts if bad(each)})
    return Forbidden(
        "seccompProfile",
        f"{setters} must not set securityContext.seccompProfile.type to {_quoted(types)}",
    )


def _seccomp_set(pod: Pod) -> Forbidden | None:
    if forbidden := _no_other_seccomp(pod):
        return forbidden
    without = pod.where(lambda security: _seccomp(security) is None)
    if not without or _seccomp(pod.security):
        return None
    return Forbidden(
        "seccompProfile",
        f"pod or {_containers(without)} must set securityContext.seccompProfile.type to "
        '"RuntimeDefault" or "Localhost"',
    )


_SYSCTLS_1_0 = frozenset({
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start",
})  # fmt: skip
_SYSCTLS_1_27 = _SYSCTLS_1_0 | {"net.ipv4.ip_local_reserved_ports"}
_SYSCTLS_1_29 = _SYSCTLS_1_27 | {
    "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
}  # fmt: skip
_SYSCTLS_1_32 = _SYSCTLS_1_29 | {"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"}
_SYSCTLS_1_37 = _SYSCTLS_1_32 | {
    "net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat"
}  # fmt: skip


def _sysctls(pod: Pod, *, allowed: Container[str]) -> Forbidden | None:
    names = [each["name"] for each in pod.security.get("sysctls") or ()]
    unsafe = [name for name in names if name not in allowed]
    return Forbidden("forbidden sysctls", ", ".join(unsafe)) if unsafe else None


def _host_process(pod: Pod) -> Forbidden | None:
    def bad(security: Body) -> bool:
        return bool((security.get("windowsOptions") or {}).get("hostProcess"))

    setters = pod.setters(bad)
    said = f"{setters} must not set securityContext.windowsOptions.hostProcess=true"
    return Forbidden("hostProcess", said) if setters else None


def _no_escalation(pod: Pod) -> Forbidden | None:
    names = pod.where(lambda security: security.get("allowPrivilegeEscalation") is not False)
    said = f"{_containers(names)} must set securityContext.allowPrivilegeEscalation=false"
    return Forbidden("allowPrivilegeEscalation != false", said) if names else None


_VOLUMES = frozenset({
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim",
    "projected", "secret",
})  # fmt: skip
_OTHER_VOLUMES = (
    "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "nfs", "iscsi", "glusterfs",
    "rbd", "flexVolume", "cinder", "cephfs", "flocker", "fc", "azureFile", "vsphereVolume",
    "quobyte", "azureDisk", "photonPersistentDisk", "portworxVolume", "scaleIO", "storageos",
)  # fmt: skip


def _volumes(pod: Pod) -> Forbidden | None:
    def sources(volume: Body) -> set[str]:
        # One without a source is an emptyDir (kubernetes/kubernetes pkg/apis/core/v1/defaults.go).
        said = {kind for kind, value in volume.items() if kind != "name" and value is not None}
        return said or {"emptyDir"}

    bad = [each for each in pod.spec.get("volumes") or () if sources(each).isdisjoint(_VOLUMES)]
    if not bad:
        return None
    names = [each["name"] for each in bad]
    types = sorted({
        next((kind for kind in _OTHER_VOLUMES if kind in sources(each)), "unknown") for each in bad
    })  # fmt: skip
    return Forbidden(
        "restricted volume types",
        f"{_some(names, 'volume')} {_quoted(names)} {_some(names, 'uses', 'use')} "
        f"{_some(types, 'restricted volume type')} {_quoted(types)}",
    )


def _non_root(pod: Pod) -> Forbidden | None:
    def said(security: Body) -> object:
        return security.get("runAsNonRoot")

    reason = "runAsNonRoot != true"
    if setters := pod.setters(lambda security: said(security) is False):
        return Forbidden(reason, f"{setters} must not set securityContext.runAsNonRoot=false")
    silent = pod.where(lambda security: said(security) is None)
    if not silent or said(pod.security):
        return None
    return Forbidden(
        reason, f"pod or {_containers(silent)} must set securityContext.runAsNonRoot=true"
    )


def _user(pod: Pod) -> Forbidden | None:
    def root(security: Body) -> bool:
        return security.get("runAsUser") == 0

    setters = pod.setters(root)
    return Forbidden("runAsUser=0", f"{setters} must not set runAsUser=0") if setters else None


def _but_on_windows(check: Check) -> Check:
    return lambda pod: None if pod.on_windows else check(pod)


def _but_in_user_namespaces(check: Check) -> Check:
    return lambda pod: None if pod.in_user_namespace else check(pod)


CONTROLS = (
    Control("appArmorProfile", "baseline", {0: _app_armor}),
    Control("capabilities_baseline", "baseline", {0: _default_capabilities}),
    Control("hostNamespaces", "baseline", {0: _host_namespaces}),
    Control("hostPathVolumes", "baseline", {0: _host_paths}),
    Control("hostPorts", "baseline", {0: _host_ports}),
    Control("hostProbesAndHostLifecycle", "baseline", {34: _probed_hosts}),
    Control("privileged", "baseline", {0: _privileged}),
    Control("procMount", "baseline", {0: _masked_proc, 35: _but_in_user_namespaces(_masked_proc)}),
    Control("seLinuxOptions", "baseline", {
        0: partial(_selinux, allowed=_SELINUX_TYPES),
        31: partial(_selinux, allowed=_SELINUX_TYPES | {"container_engine_t"}),
    }),
    Control("seccompProfile_baseline", "baseline", {0: _no_other_seccomp}),
    Control("sysctls", "baseline", {
        0: partial(_sysctls, allowed=_SYSCTLS_1_0),
        27: partial(_sysctls, allowed=_SYSCTLS_1_27),
        29: partial(_sysctls, allowed=_SYSCTLS_1_29),
        32: partial(_sysctls, allowed=_SYSCTLS_1_32),
        37: partial(_sysctls, allowed=_SYSCTLS_1_37),
    }),
    Control("windowsHostProcess", "baseline", {0: _host_process}),
    Control("allowPrivilegeEscalation", "restricted", {
        0: _no_escalation, 25: _but_on_windows(_no_escalation),
    }),
    Control("capabilities_restricted", "restricted", {
        0: _no_capabilities, 25: _but_on_windows(_no_capabilities),
    }, "capabilities_baseline"),
    Control("procMount_restricted", "restricted", {35: _masked_proc}, "procMount"),
    Control("restrictedVolumes", "restricted", {0: _volumes}, "hostPathVolumes"),
    Control("runAsNonRoot", "restricted", {0: _non_root, 35: _but_in_user_namespaces(_non_root)}),
    Control("runAsUser", "restricted", {23: _user, 35: _but_in_user_namespaces(_user)}),
    Control("seccompProfile_restricted", "restricted", {
        0: _seccomp_set, 25: _but_on_windows(_seccomp_set),
    }, "seccompProfile_baseline"),
)  # fmt: skip
"""Every control, in the order of the API server's messages. The policy versions before 1.22, which no
API server with the admission controller defaults to, are not told apart.
"""
