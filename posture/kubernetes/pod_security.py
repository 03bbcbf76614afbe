"""The Pod Security Standards, as each version of Kubernetes applies them.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from posture.kubernetes.pods import Container, Pod, mapping, sequence

LATEST = 37
"""The newest minor version of Kubernetes whose rules are known here."""


class PodSecurityLevel(StrEnum):
    """How much a pod is held to."""

    BASELINE = "baseline"
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True)
class Violation:
    """What a control forbids, and where the manifest has it."""

    control: str
    path: str
    reason: str


Found = Iterator[tuple[str, str]]
"""Paths, each with what is wrong there."""
Judge = Callable[[Pod, int], Found]


@dataclass(frozen=True, slots=True)
class PodControl:
    """A control of a level, from a minor version on."""

    id: str
    level: PodSecurityLevel
    since: int
    judge: Judge
    replaces: str = ""
    """The baseline control that this one makes redundant at the restricted level."""

    @property
    def title(self) -> str:
        """The good state."""
        return inspect.getdoc(self.judge) or self.id


CONTROLS: list[PodControl] = []


def control(level: PodSecurityLevel, since: int = 0, replaces: str = "") -> Callable[[Judge], Judge]:
    """Register a control; the function's name is its id."""

    def register(judge: Judge) -> Judge:
        CONTROLS.append(PodControl(judge.__name__, level, since, judge, replaces))
        return judge

    return register


def violations(pod: Pod, level: PodSecurityLevel, version: int = LATEST) -> list[Violation]:
    """Return what a pod violates at a level, by the rules of a minor version."""
    return [
        Violation(each.id, path, reason)
        for each in controls_of(level, version)
        for path, reason in each.judge(pod, version)
    ]


def controls_of(level: PodSecurityLevel, version: int) -> list[PodControl]:
    """Return the controls of a level in a version; restricted includes baseline."""
    held = [
        each
        for each in CONTROLS
        if each.since <= version and (level is PodSecurityLevel.RESTRICTED or each.level is level)
    ]
    replaced = {each.replaces for each in held}
    return [each for each in held if each.id not in replaced]


def level_of(pod: Pod, version: int = LATEST) -> PodSecurityLevel | None:
    """Return the strictest level that a pod reaches; None where it reaches none."""
    if violations(pod, PodSecurityLevel.BASELINE, version):
        return None
    return (
        PodSecurityLevel.BASELINE
        if violations(pod, PodSecurityLevel.RESTRICTED, version)
        else PodSecurityLevel.RESTRICTED
    )


def _contexts(pod: Pod) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the security contexts of the pod and of its containers."""
    yield f"{pod.path}spec.securityContext", pod.security
    for each in pod.containers():
        yield f"{each.path}.securityContext", each.security


@control(PodSecurityLevel.BASELINE)
def windows_host_process(pod: Pod, _version: int) -> Found:
    """Containers run as no process of the Windows host."""
    for path, context in _contexts(pod):
        if mapping(context.get("windowsOptions")).get("hostProcess") is True:
            yield f"{path}.windowsOptions.hostProcess", "runs as a process of the Windows host"


@control(PodSecurityLevel.BASELINE)
def host_namespaces(pod: Pod, _version: int) -> Found:
    """Pods have network, processes and memory of their own."""
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.spec.get(field) is True:
            yield f"{pod.path}spec.{field}", f"shares the host's namespace ({field})"


@control(PodSecurityLevel.BASELINE)
def privileged(pod: Pod, _version: int) -> Found:
    """Containers are not privileged."""
    for each in pod.containers():
        if each.security.get("privileged") is True:
            yield f"{each.path}.securityContext.privileged", "is privileged: it is root on the node"


BASELINE_CAPABILITIES = frozenset({
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
    "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
})  # fmt: skip


@control(PodSecurityLevel.BASELINE)
def capabilities_baseline(pod: Pod, _version: int) -> Found:
    """Containers add no capability beyond the usual ones."""
    yield from _added_capabilities(pod, BASELINE_CAPABILITIES)


def _added_capabilities(pod: Pod, allowed: frozenset[str]) -> Found:
    for each in pod.containers():
        for at, name in enumerate(sequence(mapping(each.security.get("capabilities")).get("add"))):
            if str(name) not in allowed:
                yield f"{each.path}.securityContext.capabilities.add[{at}]", f"adds the capability {name}"


@control(PodSecurityLevel.BASELINE)
def host_path_volumes(pod: Pod, _version: int) -> Found:
    """Pods mount no folder of the host."""
    for at, volume in enumerate(sequence(pod.spec.get("volumes"))):
        if mapping(volume).get("hostPath") is not None:
            yield f"{pod.path}spec.volumes[{at}].hostPath", "mounts a folder of the host"


@control(PodSecurityLevel.BASELINE)
def host_ports(pod: Pod, _version: int) -> Found:
    """Containers listen on no port of the host."""
    for each in pod.containers():
        for at, port in enumerate(sequence(each.raw.get("ports"))):
            if mapping(port).get("hostPort"):
                yield f"{each.path}.ports[{at}].hostPort", "listens on a port of the host"


PROFILE_TYPES = ("RuntimeDefault", "Localhost")
"""Types of a profile, of AppArmor as of seccomp, that confine."""
APPARMOR = "container.apparmor.security.beta.kubernetes.io/"


@control(PodSecurityLevel.BASELINE)
def app_armor_profile(pod: Pod, _version: int) -> Found:
    """AppArmor is not turned off."""
    for key, value in pod.annotations.items():
        if str(key).startswith(APPARMOR) and not _is_profile(value, ("", "runtime/default")):
            yield f"{pod.path}metadata.annotations[{key}]", f"turns AppArmor off ({value})"
    for path, context in _contexts(pod):
        kind = mapping(context.get("appArmorProfile")).get("type")
        if kind not in (None, *PROFILE_TYPES):
            yield f"{path}.appArmorProfile.type", f"turns AppArmor off ({kind})"


def _is_profile(value: object, allowed: tuple[str, ...]) -> bool:
    return value in allowed or str(value).startswith("localhost/")


SELINUX_TYPES = ("", "container_t", "container_init_t", "container_kvm_t")
ENGINE_TYPE_SINCE = 31


@control(PodSecurityLevel.BASELINE)
def selinux_options(pod: Pod, version: int) -> Found:
    """SELinux confines containers as usual."""
    types = (*SELINUX_TYPES, "container_engine_t") if version >= ENGINE_TYPE_SINCE else SELINUX_TYPES
    for path, context in _contexts(pod):
        options = mapping(context.get("seLinuxOptions"))
        if options.get("type", "") not in types:
            yield f"{path}.seLinuxOptions.type", f"sets the SELinux type {options['type']}"
        for field in ("user", "role"):
            if options.get(field):
                yield f"{path}.seLinuxOptions.{field}", f"sets an SELinux {field}"


OWN_USERS_SINCE = 35
"""Since then, a pod whose users are not the host's may do more."""


@control(PodSecurityLevel.BASELINE)
def proc_mount(pod: Pod, version: int) -> Found:
    """Containers see the usual part of /proc."""
    if not (version >= OWN_USERS_SINCE and pod.has_own_users):
        yield from proc_mount_restricted(pod, version)


@control(PodSecurityLevel.RESTRICTED, since=OWN_USERS_SINCE, replaces="proc_mount")
def proc_mount_restricted(pod: Pod, _version: int) -> Found:
    """Containers see the usual part of /proc, whoever their users are."""
    for each in pod.containers():
        if each.security.get("procMount") not in (None, "Default"):
            yield f"{each.path}.securityContext.procMount", "sees all of /proc"


SECCOMP_FIELD_SINCE = 19
SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"


@control(PodSecurityLevel.BASELINE)
def seccomp_profile_baseline(pod: Pod, version: int) -> Found:
    """Seccomp is not turned off."""
    if version < SECCOMP_FIELD_SINCE:
        for key, value in pod.annotations.items():
            is_seccomp = key == SECCOMP_POD or str(key).startswith(SECCOMP_CONTAINER)
            if is_seccomp and not _is_profile(value, ("runtime/default", "docker/default")):
                yield f"{pod.path}metadata.annotations[{key}]", f"turns seccomp off ({value})"
        return
    for path, context in _contexts(pod):
        kind = mapping(context.get("seccompProfile")).get("type")
        if kind not in (None, *PROFILE_TYPES):
            yield f"{path}.seccompProfile.type", f"turns seccomp off ({kind})"


SYSCTLS: Mapping[int, tuple[str, ...]] = {
    0: (
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_unprivileged_port_start",
    ),
    27: ("net.ipv4.ip_local_reserved_ports",),
    29: (
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
    ),
    32: ("net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"),
    37: ("net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat"),
}
"""Kernel settings that concern the pod alone, by the minor version that allows them."""


@control(PodSecurityLevel.BASELINE)
def sysctls(pod: Pod, version: int) -> Found:
    """Pods set only kernel settings that concern themselves."""
    allowed = {name for since, names in SYSCTLS.items() if since <= version for name in names}
    for at, each in enumerate(sequence(pod.security.get("sysctls"))):
        name = mapping(each).get("name")
        if str(name) not in allowed:
            yield f"{pod.path}spec.securityContext.sysctls[{at}].name", f"sets the kernel's {name}"


PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
HOOKS = ("postStart", "preStop")
ACTIONS = ("httpGet", "tcpSocket")


@control(PodSecurityLevel.BASELINE, since=34)
def host_probes_and_host_lifecycle(pod: Pod, _version: int) -> Found:
    """Probes and hooks call the pod itself."""
    for each in pod.containers():
        lifecycle = mapping(each.raw.get("lifecycle"))
        handlers = [(name, each.raw.get(name)) for name in PROBES]
        handlers += [(f"lifecycle.{name}", lifecycle.get(name)) for name in HOOKS]
        for name, handler in handlers:
            for action in ACTIONS:
                if mapping(mapping(handler).get(action)).get("host"):
                    yield f"{each.path}.{name}.{action}.host", "lets the node's agent call another host"


RESTRICTED_VOLUMES = frozenset({
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
})  # fmt: skip


@control(PodSecurityLevel.RESTRICTED, replaces="host_path_volumes")
def restricted_volumes(pod: Pod, _version: int) -> Found:
    """Pods mount only volumes that reach nothing of the host."""
    for at, volume in enumerate(sequence(pod.spec.get("volumes"))):
        # One with a name alone is an emptyDir.
        for kind in sorted(set(mapping(volume)) - {"name"} - RESTRICTED_VOLUMES):
            yield f"{pod.path}spec.volumes[{at}].{kind}", f"mounts a volume of the kind {kind}"


WINDOWS_EXEMPT_SINCE = 25


def _is_exempt(pod: Pod, version: int) -> bool:
    return version >= WINDOWS_EXEMPT_SINCE and pod.is_windows


@control(PodSecurityLevel.RESTRICTED, since=8)
def allow_privilege_escalation(pod: Pod, version: int) -> Found:
    """Processes cannot gain more privileges than their parent has."""
    if _is_exempt(pod, version):
        return
    for each in pod.containers():
        if each.security.get("allowPrivilegeEscalation") is not False:
            yield f"{each.path}.securityContext.allowPrivilegeEscalation", "may gain more privileges than its parent"


@control(PodSecurityLevel.RESTRICTED)
def run_as_non_root(pod: Pod, version: int) -> Found:
    """Containers must run as another user than root."""
    if version >= OWN_USERS_SINCE and pod.has_own_users:
        return
    of_pod = pod.security.get("runAsNonRoot")
    if of_pod is False:
        yield f"{pod.path}spec.securityContext.runAsNonRoot", "may run as root"
    for each in pod.containers():
        own = each.security.get("runAsNonRoot")
        if own is False or (own is None and of_pod is None):
            yield f"{each.path}.securityContext.runAsNonRoot", "may run as root"


@control(PodSecurityLevel.RESTRICTED, since=23)
def run_as_user(pod: Pod, version: int) -> Found:
    """Containers do not ask for the user 0."""
    if version >= OWN_USERS_SINCE and pod.has_own_users:
        return
    for path, context in _contexts(pod):
        if _is_root(context.get("runAsUser")):
            yield f"{path}.runAsUser", "runs as root"


def _is_root(user: object) -> bool:
    return isinstance(user, int) and not isinstance(user, bool) and user == 0


@control(PodSecurityLevel.RESTRICTED, since=SECCOMP_FIELD_SINCE, replaces="seccomp_profile_baseline")
def seccomp_profile_restricted(pod: Pod, version: int) -> Found:
    """Every container has a seccomp profile."""
    if _is_exempt(pod, version):
        return
    of_pod = mapping(pod.security.get("seccompProfile")).get("type")
    if of_pod not in (None, *PROFILE_TYPES):
        yield f"{pod.path}spec.securityContext.seccompProfile.type", f"turns seccomp off ({of_pod})"
    for each in pod.containers():
        kind = mapping(each.security.get("seccompProfile")).get("type")
        if kind is None and of_pod is None:
            yield f"{each.path}.securityContext.seccompProfile", "has no seccomp profile"
        elif kind not in (None, *PROFILE_TYPES):
            yield f"{each.path}.securityContext.seccompProfile.type", f"turns seccomp off ({kind})"


@control(PodSecurityLevel.RESTRICTED, since=22, replaces="capabilities_baseline")
def capabilities_restricted(pod: Pod, version: int) -> Found:
    """Containers drop all capabilities."""
    if _is_exempt(pod, version):
        # Linux's settings mean nothing there, but baseline's hold for every pod.
        yield from capabilities_baseline(pod, version)
        return
    for each in pod.containers():
        if "ALL" not in _dropped(each):
            yield f"{each.path}.securityContext.capabilities.drop", "keeps capabilities that it could drop"
    yield from _added_capabilities(pod, frozenset({"NET_BIND_SERVICE"}))


def _dropped(container: Container) -> list[Any]:
    return sequence(mapping(container.security.get("capabilities")).get("drop"))
