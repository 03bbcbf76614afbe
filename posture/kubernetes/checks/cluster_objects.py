"""Judges namespaces, service accounts, webhooks, secrets and config maps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from posture.core.check import Remediation, check, does_not_apply, fails, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource
from posture.kubernetes.judging import PRACTICE, judge_places
from posture.kubernetes.pods import mapping, sequence
from posture.kubernetes.stored import secret_in

NAMESPACE, ACCOUNT = "Kubernetes::Namespace", "Kubernetes::ServiceAccount"
VALIDATING, MUTATING = "Kubernetes::ValidatingWebhookConfiguration", "Kubernetes::MutatingWebhookConfiguration"
SECRET, CONFIG_MAP = "Kubernetes::Secret", "Kubernetes::ConfigMap"
ENFORCE = "pod-security.kubernetes.io/enforce"
SYSTEM = ("kube-system", "kube-public", "kube-node-lease")
SECRET_KEY = re.compile(r"(?:^|[._-])(?:password|passwd|secret|token|api[_-]?key|private[_-]?key)$", re.IGNORECASE)


def _namespace(name: str = "shop", **labels: str) -> dict[str, Any]:
    return {"kind": "Namespace", "metadata": {"name": name, "labels": labels}}


@check(
    resource_type=NAMESPACE,
    title="Namespaces enforce a Pod Security Standard",
    problem="Namespace enforces no Pod Security Standard",
    severity=Severity.MEDIUM,
    controls=PRACTICE,
    remediation=Remediation(
        console="Label it `pod-security.kubernetes.io/enforce: restricted`, or baseline; `warn` shows what breaks.",
        cli="kubectl label namespace {name} pod-security.kubernetes.io/enforce=baseline",
    ),
    examples=(
        passes(_namespace(**{ENFORCE: "restricted"})),
        passes(_namespace(**{ENFORCE: "baseline"})),
        fails(_namespace()),
        fails(_namespace(**{ENFORCE: "privileged"})),
        does_not_apply(_namespace("kube-system"), "Kubernetes's own"),
    ),
)
def kubernetes_namespace_enforces_standard(namespace: Resource) -> Outcome:
    """Without it, whoever may create a pod may create a privileged one, and with that has the node."""
    metadata = mapping(namespace.raw_config.get("metadata"))
    if metadata.get("name") in SYSTEM:
        return not_applicable("It is a namespace of Kubernetes itself.")
    level = mapping(metadata.get("labels")).get(ENFORCE)
    if level in ("baseline", "restricted"):
        return passed(f"It enforces {level}.", "metadata.labels")
    return failed(f"It enforces {level}, which forbids nothing." if level else "It enforces none.", "metadata.labels")


def _account(name: str, **rest: Any) -> dict[str, Any]:
    return {"kind": "ServiceAccount", "metadata": {"name": name, "namespace": "shop"}, **rest}


@check(
    resource_type=ACCOUNT,
    title="Default service accounts hand out no token",
    problem="Default service account hands out its token",
    severity=Severity.LOW,
    controls=PRACTICE,
    remediation=Remediation(console="Set `automountServiceAccountToken: false` on the account “default”."),
    examples=(
        passes(_account("default", automountServiceAccountToken=False)),
        fails(_account("default")),
        does_not_apply(_account("web"), "made for a workload"),
    ),
)
def kubernetes_serviceaccount_default_without_token(account: Resource) -> Outcome:
    """Pods that name no account get this one. Without a token it is worth nothing to who breaks in."""
    if mapping(account.raw_config.get("metadata")).get("name") != "default":
        return not_applicable("It was made for a workload.")
    if account.raw_config.get("automountServiceAccountToken") is False:
        return passed("It hands out no token.", "automountServiceAccountToken")
    return failed("It hands out its token to pods that name no account.", "automountServiceAccountToken")


def _hook(kind: str, **hook: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": "w"}, "webhooks": [{"name": "rules.example", **hook}]}


def _judge_hooks(configuration: Resource) -> Outcome:
    places = [
        (f"webhooks[{at}].failurePolicy", f"{str(mapping(hook).get('name'))[:60]} lets everything pass when it is down")
        for at, hook in enumerate(sequence(configuration.raw_config.get("webhooks")))
        if mapping(hook).get("failurePolicy") == "Ignore"
    ]
    return judge_places(places, "Each of its webhooks refuses while it cannot answer.")


@check(
    resource_type=VALIDATING,
    title="Validating webhooks refuse while they cannot answer",
    problem="Validating webhook lets everything pass when it is down",
    severity=Severity.MEDIUM,
    controls=PRACTICE,
    remediation=Remediation(
        console="Set `failurePolicy: Fail`, run two replicas, and leave the webhook's own namespace out."
    ),
    examples=(
        passes(_hook("ValidatingWebhookConfiguration", failurePolicy="Fail")),
        fails(_hook("ValidatingWebhookConfiguration", failurePolicy="Ignore")),
    ),
)
def kubernetes_validatingwebhook_fails_closed(configuration: Resource) -> Outcome:
    """Whoever can stop or flood the webhook turns its rules off, and nothing in the cluster says so."""
    return _judge_hooks(configuration)


@check(
    resource_type=MUTATING,
    title="Mutating webhooks refuse while they cannot answer",
    problem="Mutating webhook lets everything pass when it is down",
    severity=Severity.LOW,
    controls=PRACTICE,
    remediation=Remediation(
        console="Set `failurePolicy: Fail` where the webhook adds something that security rests on."
    ),
    examples=(
        passes(_hook("MutatingWebhookConfiguration", failurePolicy="Fail")),
        fails(_hook("MutatingWebhookConfiguration", failurePolicy="Ignore")),
    ),
)
def kubernetes_mutatingwebhook_fails_closed(configuration: Resource) -> Outcome:
    """What it would have added is missing from pods that start while it is down, and stays missing."""
    return _judge_hooks(configuration)


def _data(kind: str, data: Mapping[str, str]) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": "db"}, "data": data}


@check(
    resource_type=SECRET,
    title="No secret is written into a file",
    problem="Secret is written into a file",
    severity=Severity.HIGH,
    controls=("practices:kubernetes", "practices:data"),
    remediation=Remediation(
        console="Change the secret. Then keep it in Secrets Manager with the External Secrets Operator, or seal it."
    ),
    examples=(
        passes({"kind": "Secret", "metadata": {"name": "db"}}),
        fails(_data("Secret", {"password": "aHVudGVyMg=="})),
        fails({"kind": "Secret", "metadata": {"name": "db"}, "stringData": {"password": "hunter2"}}),
    ),
)
def kubernetes_secret_not_in_file(secret: Resource) -> Outcome:
    """Base64 hides nothing: whoever reads the repository, or one of its copies, has what the Secret protects."""
    places = [
        (field, f"{field} holds {len(values)} {'value' if len(values) == 1 else 'values'}")
        for field in ("data", "stringData")
        if (values := mapping(secret.raw_config.get(field)))
    ]
    return judge_places(places, "The file holds no value of it.")


@check(
    resource_type=CONFIG_MAP,
    title="Config maps hold no secret",
    problem="Config map holds what looks like a secret",
    severity=Severity.HIGH,
    controls=("practices:kubernetes", "practices:data"),
    remediation=Remediation(console="Change the secret, and move it to a Secret or to Secrets Manager."),
    examples=(
        passes(_data("ConfigMap", {"LOG_LEVEL": "info", "TOKEN_TTL": "3600"})),
        fails(_data("ConfigMap", {"db_password": "hunter2"})),
        fails(_data("ConfigMap", {"settings": "key = AKIA" + "ABCDEFGH12345678"})),
    ),
)
def kubernetes_configmap_without_secrets(config_map: Resource) -> Outcome:
    """Config maps are readable to far more people and pods than Secrets, and are never encrypted in the store."""
    places = [
        (f"data.{key}", f"{key[:60]} looks like a secret")
        for key, value in mapping(config_map.raw_config.get("data")).items()
        if isinstance(value, str) and value and (SECRET_KEY.search(key) or secret_in(value))
    ]
    return judge_places(places, "Nothing in it looks like a secret.")


ADMIN_GROUP = "system:masters"


@check(
    resource_type=CONFIG_MAP,
    title="The config map aws-auth makes nobody a cluster administrator",
    problem="Config map aws-auth makes IAM principals cluster administrators",
    severity=Severity.HIGH,
    controls=("practices:kubernetes", "practices:iam"),
    remediation=Remediation(console="Move to access entries, and give each principal the access policy that it needs."),
    examples=(
        passes(_aws_auth := {"kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"},
                             "data": {"mapRoles": "- groups: [system:nodes]\n"}}),
        fails({**_aws_auth, "data": {"mapRoles": "- groups:\n  - system:masters\n"}}),
        does_not_apply(_data("ConfigMap", {"mapRoles": "system:masters"}), "another config map"),
    ),
)  # fmt: skip
def kubernetes_configmap_aws_auth_no_masters(config_map: Resource) -> Outcome:
    """That group passes every check of rights, no role takes it away, and nothing in IAM shows who has it."""
    metadata: Mapping[str, Any] = mapping(config_map.raw_config.get("metadata"))
    if (metadata.get("name"), metadata.get("namespace")) != ("aws-auth", "kube-system"):
        return not_applicable("It maps no principals of IAM.")
    places = [
        (f"data.{key}", f"{key} gives the group {ADMIN_GROUP}")
        for key, value in mapping(config_map.raw_config.get("data")).items()
        if ADMIN_GROUP in str(value)
    ]
    return judge_places(places, "It makes nobody a cluster administrator.")
