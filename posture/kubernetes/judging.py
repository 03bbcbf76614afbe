"""What checks of Kubernetes share.

Workloads for examples, and judging container by container.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from posture.core.kubernetes import VERSION
from posture.core.outcome import Outcome, failed, not_applicable, passed
from posture.core.resource import Resource
from posture.kubernetes.pod_security import CONTROLS, LATEST, PodSecurityLevel, controls_of
from posture.kubernetes.pods import Container, Pod, pod_of

PRACTICE = ("practices:kubernetes",)
NAMED_MAX = 3
"""Places that a reason names before it counts the rest."""
Place = tuple[str, str]
"""The path of what is wrong, and a clause that says what, as "container “web” is privileged"."""


def workload(spec: Mapping[str, Any] | None = None, **container: Any) -> dict[str, Any]:
    """Return the manifest of a deployment with one container, for examples."""
    pod = {**(spec or {}), "containers": [{"name": "web", "image": "registry.example/web:1.4", **container}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"template": {"metadata": {}, "spec": pod}},
    }


def judge_pod(resource: Resource, good: str, find: Callable[[Pod], Iterator[Place]]) -> Outcome:
    """Judge a workload by the places where its pod is wrong.

    `good` is the reason where there is none.
    """
    pod = pod_of(resource.raw_config)
    if pod is None or not any(True for _ in pod.containers()):
        return not_applicable("It has no container.")
    return judge_places(list(find(pod)), good)


def judge_places(places: list[Place], good: str) -> Outcome:
    """Fail with the places that are wrong, or pass."""
    if not places:
        return passed(good)
    clauses = [clause for _, clause in places[:NAMED_MAX]]
    more = f", and {len(places) - NAMED_MAX} more" if len(places) > NAMED_MAX else ""
    sentence = "; ".join(clauses) + more
    return failed(f"{sentence[0].upper()}{sentence[1:]}.", *(path for path, _ in places))


def judge_control(resource: Resource, control_id: str, good: str) -> Outcome:
    """Judge a workload by one control of the Pod Security Standards of its version.

    Where that version has only the control that it replaces, by that one.
    """
    version = _version_of(resource)
    controls = {each.id: each for each in controls_of(PodSecurityLevel.RESTRICTED, version)}
    if control_id not in controls:
        control_id = next(each.replaces for each in CONTROLS if each.id == control_id)
        good = controls[control_id].title if control_id in controls else good
    control = controls.get(control_id)
    if control is None:
        return not_applicable(f"Kubernetes 1.{version} has no such rule.")

    def find(pod: Pod) -> Iterator[Place]:
        by_path = {each.path: each for each in pod.containers()}
        for path, reason in control.judge(pod, version):
            yield path, f"{_subject(by_path, path)} {reason}"

    return judge_pod(resource, good, find)


def _version_of(resource: Resource) -> int:
    """Return the minor version by which a workload is judged.

    An upload has it in the configuration; of a live cluster it is observed, since an upgrade changes no workload.
    """
    found = resource.observed.get(VERSION) or resource.config.get(VERSION)
    _, _, minor = found.partition(".") if isinstance(found, str) else ("", "", "")
    return int(minor) if minor.isdecimal() else LATEST


def judge_containers(resource: Resource, good: str, find: Callable[[Container], Iterator[Place]]) -> Outcome:
    """Judge a workload container by container.

    Clauses get the container's name in front.
    """

    def find_in(pod: Pod) -> Iterator[Place]:
        for each in pod.containers():
            for path, clause in find(each):
                yield f"{each.path}.{path}" if path else each.path, f"{named(each)} {clause}"

    return judge_pod(resource, good, find_in)


def named(container: Container) -> str:
    """Return a container by its name, for sentences."""
    return f"container “{str(container.raw.get('name', 'without a name'))[:60]}”"


def _subject(by_path: Mapping[str, Container], path: str) -> str:
    found = by_path.get(f"{path.partition(']')[0]}]")
    return named(found) if found else "the pod"
