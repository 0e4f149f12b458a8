"""Pods that nobody writes: each field that a control looks at is there or not, right or wrong, at the
pod or at any of its containers.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from synth.kit.objects import Body

Made = Callable[[Random], Any]
ABSENT: Any = object()
Choices = tuple[Any, ...]

FLAG: Choices = (ABSENT, ABSENT, None, True, False)
USER: Choices = (ABSENT, ABSENT, None, 0, 1, 65532)
PROFILE: Choices = (
    ABSENT, None, {}, {"type": "RuntimeDefault"}, {"type": "Localhost", "localhostProfile": "a"},
    {"type": "Unconfined"}, {"type": ""}, {"type": "Ünknown"},
)  # fmt: skip
SELINUX: Choices = (
    ABSENT, ABSENT, None, {}, {"type": "container_t"}, {"type": "container_engine_t"},
    {"type": "spc_t"}, {"user": "u"}, {"role": "r", "type": ""}, {"level": "s0"},
    {"type": "unconfined_t", "user": "", "role": "r"},
)  # fmt: skip
WINDOWS: Choices = (ABSENT, ABSENT, None, {}, {"hostProcess": True}, {"hostProcess": False})
CAPABILITIES = ("ALL", "CHOWN", "NET_BIND_SERVICE", "NET_RAW", "SYS_ADMIN", "all", "CAP_CHOWN")
HOSTS: Choices = (ABSENT, ABSENT, "", "10.0.0.1", "example.com")
SYSCTLS = (
    "kernel.shm_rmid_forced", "kernel.msgmax", "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_rmem", "net.ipv4.tcp_notsent_lowat",
)  # fmt: skip
VOLUMES = (
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim",
    "projected", "secret", "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "nfs",
    "iscsi", "glusterfs", "rbd", "flexVolume", "cinder", "cephfs", "flocker", "fc", "azureFile",
    "vsphereVolume", "quobyte", "azureDisk", "photonPersistentDisk", "portworxVolume", "scaleIO",
    "storageos",
)  # fmt: skip
ANNOTATIONS = (
    "container.apparmor.security.beta.kubernetes.io/main",
    "container.apparmor.security.beta.kubernetes.io/other",
    "container.seccomp.security.alpha.kubernetes.io/main",
    "example.com/note",
)
VALUES = ("runtime/default", "localhost/a", "unconfined", "", 'say "ü"', "localhost")


def stranger(source: Random) -> Body:
    """A pod of all that; one in five is one that keeps every rule but perhaps one."""
    calm = source.random() < 0.2
    spec = _fields(source, calm, {
        "hostNetwork": FLAG, "hostPID": FLAG, "hostIPC": FLAG, "hostUsers": FLAG,
        "os": (ABSENT, ABSENT, None, {"name": "windows"}, {"name": "linux"}),
        "securityContext": lambda source: _security(source, calm, pod=True),
        "volumes": _volumes,
        "containers": lambda source: _containers(source, calm, 1),
        "initContainers": lambda source: _containers(source, calm, 0),
        "ephemeralContainers": lambda source: _containers(source, calm, 0, ports=False),
    })  # fmt: skip
    annotations = {} if calm else _some(source, ANNOTATIONS, lambda source: source.choice(VALUES))
    return {"metadata": {"name": "stranger", "annotations": annotations}, "spec": spec}


def _fields(source: Random, calm: bool, choices: dict[str, Any]) -> Body:
    """Every field as it falls; a calm one says only what has to be there."""
    made = {}
    for key, choice in choices.items():
        needed = callable(choice) and key not in {
            "volumes",
            "initContainers",
            "ephemeralContainers",
        }
        if calm and not needed and source.random() < 0.95:
            continue
        value = choice(source) if callable(choice) else source.choice(choice)
        if value is not ABSENT:
            made[key] = value
    return made


def _some(source: Random, keys: tuple[str, ...], value: Made) -> Body:
    chosen = source.sample(keys, source.choice((0, 0, 0, 1, 2)))
    return {key: value(source) for key in chosen}


def _security(source: Random, calm: bool, *, pod: bool = False) -> Any:
    if calm:
        kept = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
        return kept if pod else {
            "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
        }  # fmt: skip
    if source.random() < 0.15:
        return source.choice((ABSENT, None, {}))
    both = {
        "runAsNonRoot": FLAG, "runAsUser": USER, "seccompProfile": PROFILE,
        "appArmorProfile": PROFILE, "seLinuxOptions": SELINUX, "windowsOptions": WINDOWS,
    }  # fmt: skip
    own: dict[str, Any] = {
        "privileged": FLAG, "allowPrivilegeEscalation": FLAG, "capabilities": _capabilities,
        "procMount": (ABSENT, ABSENT, None, "Default", "Unmasked", ""),
    }  # fmt: skip
    sysctls: dict[str, Any] = {"sysctls": _sysctls}
    return _fields(source, False, both | (sysctls if pod else own))


def _capabilities(source: Random) -> Any:
    if source.random() < 0.3:
        return source.choice((ABSENT, None, {}))

    def listed(source: Random) -> Any:
        return source.choice((ABSENT, None, source.choices(CAPABILITIES, k=source.randrange(3))))

    return _fields(source, False, {"add": listed, "drop": listed})


def _sysctls(source: Random) -> Any:
    names = source.sample(SYSCTLS, source.randrange(3))
    said = [{"name": name, "value": "1"} for name in names]
    return said or source.choice((ABSENT, None, []))


def _volumes(source: Random) -> Any:
    if source.random() < 0.5:
        return source.choice((ABSENT, None, []))
    return [
        {
            "name": f"volume-{index}",
            **{kind: {} for kind in source.sample(VOLUMES, source.randrange(3))},
        }
        for index in range(source.randrange(4))
    ]


def _containers(source: Random, calm: bool, least: int, *, ports: bool = True) -> Any:
    count = source.randrange(least, 3 if least else 2)
    return [
        _fields(source, calm, {
            "name": lambda source: source.choice(("main", "other", "third")),
            "securityContext": lambda source: _security(source, calm),
            "livenessProbe": _handler, "readinessProbe": _handler, "startupProbe": _handler,
            "lifecycle": _lifecycle,
        } | ({"ports": _ports} if ports else {}))
        for _ in range(count)
    ]  # fmt: skip


def _handler(source: Random) -> Any:
    if source.random() < 0.7:
        return source.choice((ABSENT, None, {}))
    kind = source.choice(("httpGet", "tcpSocket"))
    return {kind: _fields(source, False, {"port": (80,), "host": HOSTS})}


def _lifecycle(source: Random) -> Any:
    if source.random() < 0.6:
        return source.choice((ABSENT, None, {}))
    return _fields(source, False, {"postStart": _handler, "preStop": _handler})


def _ports(source: Random) -> Any:
    if source.random() < 0.6:
        return source.choice((ABSENT, None, []))
    ports = (ABSENT, ABSENT, 0, 80, 9, 443)
    return [
        _fields(source, False, {"containerPort": (80, 8080), "hostPort": ports})
        for _ in range(source.randrange(1, 3))
    ]
