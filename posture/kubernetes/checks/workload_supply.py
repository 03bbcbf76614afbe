"""Judges the images, identities, secrets and limits of a workload."""

from __future__ import annotations

import re
from collections.abc import Iterator

from posture.core.check import Remediation, check, fails, passes
from posture.core.outcome import Outcome, Severity
from posture.core.resource import Resource
from posture.kubernetes.judging import PRACTICE, Place, judge_containers, judge_pod, workload
from posture.kubernetes.objects import WORKLOAD
from posture.kubernetes.pods import Container, Pod, mapping, sequence
from posture.kubernetes.stored import secret_in

LIMITS = {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}}
PROBE = {"httpGet": {"path": "/healthz", "port": 8080}}
SECRET_NAME = re.compile(r"pass(?:word|wd|phrase)|secret|token|api_?key|private_?key|credential", re.IGNORECASE)
NO_SECRET_NAME = re.compile(r"_(?:file|path|url|name|ttl|expiry|enabled|header)$", re.IGNORECASE)


@check(
    resource_type=WORKLOAD,
    title="Images are named by a version",
    problem="Image is named by “latest” or by no tag",
    severity=Severity.MEDIUM,
    controls=PRACTICE,
    remediation=Remediation(console="Name the image by a version and best by its digest: `registry/web:1.4@sha256:…`."),
    examples=(
        passes(workload(image="registry.example:5000/web:1.4")),
        passes(workload(image="registry.example/web@sha256:" + "a" * 64)),
        fails(workload(image="registry.example:5000/web"), "no tag is “latest”"),
        fails(workload(image="web:latest")),
    ),
)
def kubernetes_workload_image_versioned(workload: Resource) -> Outcome:
    """“Latest” is another image tomorrow: nobody can say what runs, or go back to what ran."""
    return judge_containers(workload, "Every image has a version.", _latest)


def _latest(container: Container) -> Iterator[Place]:
    image = container.raw.get("image")
    if isinstance(image, str) and "@" not in image:
        tag = image.rpartition("/")[2].partition(":")[2]
        if tag in {"", "latest"}:
            yield "image", f"runs {image[:80]}, whatever that is today"


@check(
    resource_type=WORKLOAD,
    title="Images are pinned by digest",
    problem="Image is named by a tag that can move",
    severity=Severity.LOW,
    controls=PRACTICE,
    remediation=Remediation(
        console="Add the digest: `registry/web:1.4@sha256:…`. Renovate and Dependabot keep it up to date."
    ),
    examples=(
        passes(workload(image="registry.example/web:1.4@sha256:" + "a" * 64)),
        fails(workload(image="registry.example/web:1.4")),
    ),
)
def kubernetes_workload_image_pinned(workload: Resource) -> Outcome:
    """Whoever may push to the registry can put another image behind a tag. A digest names one image for ever."""
    return judge_containers(workload, "Every image is pinned.", _unpinned)


def _unpinned(container: Container) -> Iterator[Place]:
    image = container.raw.get("image")
    if isinstance(image, str) and "@sha256:" not in image:
        yield "image", f"names {image[:80]} without its digest"


@check(
    resource_type=WORKLOAD,
    title="Pods get no token of a service account that they do not need",
    problem="Pod gets the token of its namespace's default service account",
    severity=Severity.MEDIUM,
    controls=PRACTICE,
    remediation=Remediation(
        console="Set `automountServiceAccountToken: false`. A pod that calls Kubernetes gets an account of its own."
    ),
    examples=(
        passes(workload({"automountServiceAccountToken": False})),
        passes(workload({"serviceAccountName": "web"})),
        fails(workload(), "which is what Kubernetes takes without the field"),
        fails(workload({"serviceAccountName": "default"})),
    ),
)
def kubernetes_workload_no_default_token(workload: Resource) -> Outcome:
    """Each pod of a namespace holds the same key to Kubernetes then, and a right given to one is given to all."""
    return judge_pod(workload, "The pod holds no token that it did not ask for.", _default_token)


def _default_token(pod: Pod) -> Iterator[Place]:
    account = pod.spec.get("serviceAccountName") or pod.spec.get("serviceAccount") or "default"
    if account == "default" and pod.spec.get("automountServiceAccountToken") is not False:
        yield f"{pod.path}spec.automountServiceAccountToken", "the pod gets the default service account's token"


@check(
    resource_type=WORKLOAD,
    title="No secret is written into the environment",
    problem="Secret is written into the environment",
    severity=Severity.HIGH,
    controls=("practices:kubernetes", "practices:data"),
    remediation=Remediation(
        console="Change the secret: it is in whatever keeps the manifest. Then mount it from a Secret."
    ),
    examples=(
        passes(workload(env=[{"name": "DB_PASSWORD_FILE", "value": "/run/secrets/db"}])),
        passes(workload(env=[{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "p"}}}])),
        fails(workload(env=[{"name": "DB_PASSWORD", "value": "hunter2"}])),
        fails(workload(env=[{"name": "AWS", "value": "AKIA" + "ABCDEFGH12345678"}])),
    ),
)
def kubernetes_workload_no_secret_in_environment(workload: Resource) -> Outcome:
    """A manifest is in a repository, in the cluster and in every tool's output, and so is what it spells out."""
    return judge_containers(workload, "No secret is written into the environment.", _secrets)


def _secrets(container: Container) -> Iterator[Place]:
    for at, variable in enumerate(sequence(container.raw.get("env"))):
        name, value = mapping(variable).get("name"), mapping(variable).get("value")
        if not isinstance(name, str) or not isinstance(value, str) or not value:
            continue
        is_named = SECRET_NAME.search(name) and not NO_SECRET_NAME.search(name) and not value.startswith("$(")
        if is_named or secret_in(value):
            yield f"env[{at}].value", f"has what looks like a secret in {name[:60]}"


@check(
    resource_type=WORKLOAD,
    title="Secrets are mounted and not in the environment",
    problem="Secret is passed through the environment",
    severity=Severity.LOW,
    controls=PRACTICE,
    remediation=Remediation(console="Mount the Secret as a volume, and let the program read the file."),
    examples=(
        passes(workload({"volumes": [{"name": "db", "secret": {"secretName": "db"}}]})),
        fails(workload(env=[{"name": "P", "valueFrom": {"secretKeyRef": {"name": "db", "key": "p"}}}])),
        fails(workload(envFrom=[{"secretRef": {"name": "db"}}])),
    ),
)
def kubernetes_workload_secrets_mounted(workload: Resource) -> Outcome:
    """The environment is in crash reports, child processes and debug pages. A file is read where it is needed."""
    return judge_containers(workload, "No secret is passed through the environment.", _passed_secrets)


def _passed_secrets(container: Container) -> Iterator[Place]:
    for at, variable in enumerate(sequence(container.raw.get("env"))):
        source = mapping(mapping(variable).get("valueFrom"))
        if "secretKeyRef" in source:
            yield f"env[{at}].valueFrom.secretKeyRef", f"gets a secret in {str(mapping(variable).get('name'))[:60]}"
    for at, source in enumerate(sequence(container.raw.get("envFrom"))):
        if "secretRef" in mapping(source):
            yield f"envFrom[{at}].secretRef", "gets a whole Secret in its environment"


@check(
    resource_type=WORKLOAD,
    title="Containers have a limit of memory",
    problem="Container has no limit of memory",
    severity=Severity.LOW,
    controls=PRACTICE,
    remediation=Remediation(console="Set `resources.limits.memory`, above what the container was seen to use."),
    examples=(passes(workload(resources=LIMITS)), fails(workload(), "none")),
)
def kubernetes_workload_memory_limited(workload: Resource) -> Outcome:
    """A container without a limit takes the memory of its node, and Kubernetes then ends other pods."""
    return judge_containers(workload, "Every container has a limit of memory.", _unlimited)


def _unlimited(container: Container) -> Iterator[Place]:
    resources = mapping(container.raw.get("resources"))
    if not mapping(resources.get("limits")).get("memory"):
        yield "resources.limits.memory", "has no limit of memory"


@check(
    resource_type=WORKLOAD,
    title="Containers say how much they need",
    problem="Container does not say how much it needs",
    severity=Severity.LOW,
    controls=PRACTICE,
    remediation=Remediation(console="Set `resources.requests.cpu` and `resources.requests.memory`."),
    examples=(passes(workload(resources=LIMITS)), fails(workload(resources={"requests": {"cpu": "1"}}))),
)
def kubernetes_workload_requests_set(workload: Resource) -> Outcome:
    """Pods are placed by what they ask for. Those that ask for nothing are put on a full node and ended first."""
    return judge_containers(workload, "Every container says how much it needs.", _unrequested)


def _unrequested(container: Container) -> Iterator[Place]:
    wanted = {**mapping(mapping(container.raw.get("resources")).get("limits"))}
    wanted |= mapping(mapping(container.raw.get("resources")).get("requests"))
    missing = [name for name in ("cpu", "memory") if not wanted.get(name)]
    if missing and ".containers[" in container.path:
        yield "resources.requests", f"does not say how much {' and '.join(missing)} it needs"


@check(
    resource_type=WORKLOAD,
    title="Long-running containers are probed",
    problem="Container is not probed",
    severity=Severity.LOW,
    controls=PRACTICE,
    remediation=Remediation(
        console="Add a `readinessProbe` that asks what the program serves, and a `livenessProbe` where it can hang."
    ),
    examples=(
        passes(workload(readinessProbe=PROBE)),
        passes({**workload(), "kind": "Job"}, "it ends by itself"),
        fails(workload(), "none"),
    ),
)
def kubernetes_workload_probed(workload: Resource) -> Outcome:
    """Without a probe a hung program keeps getting requests, and a bad release replaces a good one to its last pod."""
    ends = workload.raw_config.get("kind") in {"Job", "CronJob", "Pod", "PodTemplate"}
    return judge_containers(
        workload, "Its containers are probed, or end by themselves.", lambda one: _unprobed(one, ends=ends)
    )


def _unprobed(container: Container, *, ends: bool) -> Iterator[Place]:
    if not ends and ".containers[" in container.path and not {"readinessProbe", "livenessProbe"} & set(container.raw):
        yield "", "has neither a readiness nor a liveness probe"


@check(
    resource_type=WORKLOAD,
    title="Workloads are in a namespace of their own",
    problem="Workload is in the namespace “default”",
    severity=Severity.LOW,
    controls=PRACTICE,
    remediation=Remediation(console="Create a namespace for the application, and name it in `metadata.namespace`."),
    examples=(
        passes(workload()),
        fails({**workload(), "metadata": {"name": "web", "namespace": "default"}}),
    ),
)
def kubernetes_workload_own_namespace(workload: Resource) -> Outcome:
    """Rights, quotas and network policies hold by namespace. What is in “default” shares them with strangers."""
    namespace = mapping(workload.raw_config.get("metadata")).get("namespace")
    places = [("metadata.namespace", "it is in the namespace “default”")] if namespace == "default" else []
    return judge_pod(workload, "It names a namespace of its own, or takes its caller's.", lambda _: iter(places))
