"""Judges what the containers of a workload may do on their node."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.kubernetes import VERSION
from posture.core.outcome import Outcome, Severity
from posture.core.resource import Resource
from posture.kubernetes.judging import PRACTICE, Place, judge_containers, judge_control, judge_pod, workload
from posture.kubernetes.objects import WORKLOAD
from posture.kubernetes.pods import Container, Pod, mapping, sequence

SOCKETS = ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/var/run/crio/crio.sock")
_SINCE_129 = {"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_fin_timeout", "value": "30"}]}}


@check(
    resource_type=WORKLOAD,
    title="Containers are not privileged",
    problem="Privileged container",
    severity=Severity.CRITICAL,
    controls=PRACTICE,
    reads_observed=True,
    remediation=Remediation(
        console="Remove `securityContext.privileged: true`. Where one ability is needed, add that capability alone."
    ),
    examples=(
        passes(workload(securityContext={"privileged": False})),
        fails(workload(securityContext={"privileged": True})),
        does_not_apply({"kind": "Deployment"}, "no container"),
    ),
)
def kubernetes_workload_not_privileged(workload: Resource) -> Outcome:
    """A privileged container is root on its node: whoever breaks into it has every pod, secret and volume there."""
    return judge_control(workload, "privileged", "No container is privileged.")


@check(
    resource_type=WORKLOAD,
    title="Pods do not share the host's namespaces",
    problem="Pod shares the host's namespaces",
    severity=Severity.HIGH,
    controls=PRACTICE,
    reads_observed=True,
    remediation=Remediation(console="Remove `hostNetwork`, `hostPID` and `hostIPC`, or set them to false."),
    examples=(passes(workload()), fails(workload({"hostNetwork": True})), fails(workload({"hostPID": True}))),
)
def kubernetes_workload_own_namespaces(workload: Resource) -> Outcome:
    """With the host's network a pod reaches what listens on the node alone, the credentials of its role among them.

    With the host's processes it sees and stops those of every other pod.
    """
    return judge_control(workload, "host_namespaces", "The pod has namespaces of its own.")


@check(
    resource_type=WORKLOAD,
    title="Pods mount no folder of the host",
    problem="Pod mounts a folder of the host",
    severity=Severity.HIGH,
    controls=PRACTICE,
    remediation=Remediation(console="Use a persistent volume, an emptyDir or a CSI driver in place of `hostPath`."),
    examples=(
        passes(workload({"volumes": [{"name": "tmp", "emptyDir": {}}]})),
        fails(workload({"volumes": [{"name": "logs", "hostPath": {"path": "/var/log"}}]})),
    ),
)
def kubernetes_workload_no_host_path(workload: Resource) -> Outcome:
    """A folder of the host is shared with it: a link or a write there leads out of the container."""
    return judge_pod(workload, "No folder of the host is mounted.", _host_paths)


def _host_paths(pod: Pod) -> Iterator[Place]:
    for at, volume in enumerate(sequence(pod.spec.get("volumes"))):
        if (host := mapping(volume).get("hostPath")) is not None:
            path = str(mapping(host).get("path", ""))[:80]
            yield f"{pod.path}spec.volumes[{at}].hostPath", f"the pod mounts {path or 'a folder'} of the host"


@check(
    resource_type=WORKLOAD,
    title="Pods do not mount the container runtime's socket",
    problem="Pod mounts the container runtime's socket",
    severity=Severity.CRITICAL,
    controls=PRACTICE,
    remediation=Remediation(
        console="Remove the volume. Build images with what needs no daemon, as BuildKit without root."
    ),
    examples=(
        passes(workload({"volumes": [{"name": "logs", "hostPath": {"path": "/var/log"}}]})),
        fails(workload({"volumes": [{"name": "docker", "hostPath": {"path": "/var/run/docker.sock"}}]})),
    ),
)
def kubernetes_workload_no_runtime_socket(workload: Resource) -> Outcome:
    """Whoever reaches that socket starts a privileged container on the node, whatever the pod itself may do."""
    return judge_pod(workload, "No runtime's socket is mounted.", _sockets)


def _sockets(pod: Pod) -> Iterator[Place]:
    for at, volume in enumerate(sequence(pod.spec.get("volumes"))):
        path = mapping(mapping(volume).get("hostPath")).get("path")
        if isinstance(path, str) and path.rstrip("/") in SOCKETS:
            yield f"{pod.path}spec.volumes[{at}].hostPath.path", f"the pod mounts {path}"


@check(
    resource_type=WORKLOAD,
    title="Containers listen on no port of the host",
    problem="Container listens on a port of the host",
    severity=Severity.LOW,
    controls=PRACTICE,
    reads_observed=True,
    remediation=Remediation(console="Remove `hostPort` and reach the pod through a service."),
    examples=(
        passes(workload(ports=[{"containerPort": 8080}])),
        fails(workload(ports=[{"containerPort": 8080, "hostPort": 8080}])),
    ),
)
def kubernetes_workload_no_host_port(workload: Resource) -> Outcome:
    """A port of the host is open to whatever reaches the node, past services and network policies."""
    return judge_control(workload, "host_ports", "No container listens on a port of the host.")


@check(
    resource_type=WORKLOAD,
    title="Containers drop all capabilities and add none but to bind low ports",
    problem="Container keeps or adds capabilities",
    severity=Severity.MEDIUM,
    controls=PRACTICE,
    reads_observed=True,
    remediation=Remediation(
        console="Set `securityContext.capabilities.drop: [ALL]`, and add `NET_BIND_SERVICE` only where needed."
    ),
    examples=(
        passes(workload(securityContext={"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}})),
        fails(workload(securityContext={"capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]}})),
        fails(workload(), "the runtime's own set is kept"),
    ),
)
def kubernetes_workload_capabilities_dropped(workload: Resource) -> Outcome:
    """Capabilities are root's powers, one by one. Few programs need any, and SYS_ADMIN is near to root."""
    return judge_control(workload, "capabilities_restricted", "All capabilities are dropped.")


@check(
    resource_type=WORKLOAD,
    title="Processes cannot gain more privileges than their parent has",
    problem="Process may gain more privileges than its parent has",
    severity=Severity.MEDIUM,
    controls=PRACTICE,
    reads_observed=True,
    remediation=Remediation(console="Set `securityContext.allowPrivilegeEscalation: false` in every container."),
    examples=(
        passes(workload(securityContext={"allowPrivilegeEscalation": False})),
        fails(workload(securityContext={"allowPrivilegeEscalation": True})),
        fails(workload(), "which is what Kubernetes takes without the field"),
    ),
)
def kubernetes_workload_no_escalation(workload: Resource) -> Outcome:
    """Without it, a program with the setuid bit in the image makes a process root that was started as somebody else."""
    return judge_control(workload, "allow_privilege_escalation", "No process can gain privileges.")


@check(
    resource_type=WORKLOAD,
    title="Containers do not run as root",
    problem="Container may run as root",
    severity=Severity.MEDIUM,
    controls=PRACTICE,
    reads_observed=True,
    remediation=Remediation(
        console="Set `securityContext.runAsNonRoot: true` for the pod, and give the image a user of its own."
    ),
    examples=(
        passes(workload({"securityContext": {"runAsNonRoot": True}})),
        fails(workload(), "the image decides"),
        fails(workload({"securityContext": {"runAsNonRoot": True}}, securityContext={"runAsNonRoot": False})),
    ),
)
def kubernetes_workload_not_root(workload: Resource) -> Outcome:
    """Root in a container is root on the node as soon as anything leads out of it; most escapes need it."""
    return judge_control(workload, "run_as_non_root", "Every container must run as another user than root.")


@check(
    resource_type=WORKLOAD,
    title="Containers have a seccomp profile",
    problem="Container has no seccomp profile",
    severity=Severity.LOW,
    controls=PRACTICE,
    reads_observed=True,
    remediation=Remediation(console="Set `securityContext.seccompProfile.type: RuntimeDefault` for the pod."),
    examples=(
        passes(workload({"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}})),
        fails(workload({"securityContext": {"seccompProfile": {"type": "Unconfined"}}})),
        fails(workload(), "none"),
    ),
)
def kubernetes_workload_seccomp(workload: Resource) -> Outcome:
    """Seccomp keeps a program from kernel calls that it never needs; holes in the kernel are mostly in those."""
    return judge_control(workload, "seccomp_profile_restricted", "Every container has a seccomp profile.")


@check(
    resource_type=WORKLOAD,
    title="Pods set only kernel settings that concern themselves",
    problem="Pod sets a kernel setting that concerns the node",
    severity=Severity.MEDIUM,
    controls=PRACTICE,
    reads_observed=True,
    remediation=Remediation(
        console="Remove the sysctl, or set it on the nodes of a node group that is for this workload alone."
    ),
    examples=(
        passes(workload({"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}]}})),
        fails(workload({"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "65536"}]}})),
        passes(workload(_SINCE_129), "safe in the cluster's version", observed={VERSION: "1.29"}),
        fails(workload(_SINCE_129), "not yet safe in the cluster's version", observed={VERSION: "1.28"}),
        fails({**workload(_SINCE_129), VERSION: "1.28"}, "not yet safe in an upload's version"),
        is_unknown(workload(_SINCE_129), observed={VERSION: denied("eks:DescribeCluster")}),
    ),
)
def kubernetes_workload_safe_sysctls(workload: Resource) -> Outcome:
    """Settings of the kernel that are not the pod's own change how every other pod of the node runs."""
    return judge_control(workload, "sysctls", "No kernel setting of the node is changed.")


@check(
    resource_type=WORKLOAD,
    title="Containers see the usual part of /proc",
    problem="Container sees all of /proc",
    severity=Severity.MEDIUM,
    controls=PRACTICE,
    reads_observed=True,
    remediation=Remediation(console="Remove `securityContext.procMount`."),
    examples=(
        passes(workload(securityContext={"procMount": "Default"})),
        fails(workload(securityContext={"procMount": "Unmasked"})),
        passes(workload(), "before 1.35", observed={VERSION: "1.33"}),
        fails(workload(securityContext={"procMount": "Unmasked"}), "before 1.35", observed={VERSION: "1.33"}),
    ),
)
def kubernetes_workload_default_proc(workload: Resource) -> Outcome:
    """The parts of /proc that the runtime hides change the kernel's settings or show the memory of others."""
    return judge_control(workload, "proc_mount_restricted", "Every container sees the usual part of /proc.")


@check(
    resource_type=WORKLOAD,
    title="Containers have a read-only root filesystem",
    problem="Container can write to its root filesystem",
    severity=Severity.LOW,
    controls=PRACTICE,
    remediation=Remediation(
        console="Set `securityContext.readOnlyRootFilesystem: true`, and mount an emptyDir where it must write."
    ),
    examples=(
        passes(workload(securityContext={"readOnlyRootFilesystem": True})),
        fails(workload(), "which is what Kubernetes takes without the field"),
    ),
)
def kubernetes_workload_read_only_root(workload: Resource) -> Outcome:
    """Who breaks in brings tools along. Where nothing can be written, there is no place for them."""
    return judge_containers(workload, "Every root filesystem is read-only.", _writable)


def _writable(container: Container) -> Iterator[Place]:
    if container.security.get("readOnlyRootFilesystem") is not True:
        yield "securityContext.readOnlyRootFilesystem", "can write to its root filesystem"
