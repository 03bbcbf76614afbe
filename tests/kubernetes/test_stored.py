"""What is kept of an object: no secret value, and all that checks need."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from posture.collectors import all_collectors
from posture.core.check import Check, Example
from posture.core.resource import Resource
from posture.kubernetes.objects import PREFIX, kept_checks, kept_types
from posture.kubernetes.stored import HIDDEN, KEPT_KINDS, secret_in, stored_form

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
KEY = "AKIA" + "ABCDEFGH12345678"
EXAMPLES = [
    pytest.param(check, example, id=f"{check.id}-{number}")
    for check in kept_checks().values()
    for number, example in enumerate(check.examples)
]


@pytest.mark.parametrize(("check", "example"), EXAMPLES)
def test_a_check_judges_the_kept_form_as_it_judges_the_manifest(check: Check, example: Example) -> None:
    related = [_kept(one) for one in example.related]
    kept = Example(example.status, stored_form(example.config), observed=example.observed, related=related)
    assert check(kept).status is example.status


def _kept(one: Resource) -> Resource:
    config = {"kind": one.type.removeprefix(PREFIX), **one.raw_config}
    return Resource(one.type, one.arn, one.account_id, one.region, one.name, stored_form(config))


def test_every_kept_kind_is_a_type_that_a_collector_reads() -> None:
    assert kept_types() == {kind for kind, each in all_collectors().items() if each.kubernetes}
    assert "Secret" not in KEPT_KINDS


def test_no_secret_is_ever_read_from_a_cluster() -> None:
    paths = {each.path for one in all_collectors().values() for each in one.kubernetes}
    assert not any("secret" in path for path in paths)


@pytest.mark.parametrize("kind", ["Secret", "HelmRelease", ""])
def test_what_is_not_kept_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match="not kept"):
        stored_form({"kind": kind, "data": {"password": "aHVudGVyMg=="}})


def pod(**container: Any) -> dict[str, Any]:
    return {"kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": [{"name": "web", **container}]}}


@pytest.mark.parametrize(
    "content",
    [
        pod(env=[{"name": "A", "value": "hunter2"}]),
        pod(env=[{"name": "A", "value": {"odd": "hunter2"}}]),
        pod(env={"A": "hunter2"}),
        pod(env=["hunter2"]),
        pod(args=["--password=hunter2", KEY]),
        pod(command=["sh", "-c", f"export AWS={KEY} hunter2 password=hunter2"]),
        pod(livenessProbe={"httpGet": {"httpHeaders": [{"name": "Authorization", "value": "hunter2"}]}}),
        pod(lifecycle={"preStop": {"exec": {"command": ["password=hunter2"]}}}),
        {"kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "hunter2"}, "binaryData": {"b": "hunter2"}},
        {"kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "shop"}, "data": {"mapRoles": "hunter2"}},
        {"kind": "ConfigMap", "metadata": {"name": "c"}, "data": "hunter2"},
        {"kind": "Role", "metadata": {"name": "r", "annotations": {"a": "hunter2" * 40}}},
        {"kind": "Role", "metadata": {"name": "r", "annotations": {LAST_APPLIED: "hunter2"}}},
        {"kind": "Role", "metadata": {"name": "r", "managedFields": "hunter2", "uid": "hunter2"}, "status": "hunter2"},
        {"kind": "Deployment", "spec": {"template": {"metadata": {"annotations": {"a": "password=hunter2"}}}}},
    ],
)  # fmt: skip
def test_no_value_that_may_be_secret_is_kept(content: dict[str, Any]) -> None:
    kept = json.dumps(stored_form(content))
    assert "hunter2" not in kept
    assert KEY not in kept


def test_what_is_hidden_still_says_that_there_was_something() -> None:
    kept = stored_form(pod(env=[{"name": "A", "value": "x"}, {"name": "B", "value": KEY}, {"name": "C", "value": ""}]))
    values = [one["value"] for one in kept["spec"]["containers"][0]["env"]]
    assert values == [HIDDEN, "(hidden: an AWS access key ID)", ""]
    assert [secret_in(one) for one in values] == ["", "an AWS access key ID", ""]


def test_the_map_of_iam_principals_is_kept() -> None:
    auth = {"name": "aws-auth", "namespace": "kube-system"}
    kept = stored_form({"kind": "ConfigMap", "metadata": auth, "data": {"mapRoles": "- groups: []", "x": "hunter2"}})
    assert kept["data"] == {"mapRoles": "- groups: []", "x": HIDDEN}


def test_a_manifest_is_left_as_it_was() -> None:
    content = pod(env=[{"name": "A", "value": "hunter2"}])
    stored_form(content)
    assert content == pod(env=[{"name": "A", "value": "hunter2"}])


def test_the_engine_judges_clusters_without_pyyaml() -> None:
    """The wheel needs boto3 alone to sweep."""
    code = "import sys; sys.modules['yaml'] = None; import posture.sweep.run, posture.checks as it"
    code += "; print(len(it.all_checks()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) > len(kept_checks())
