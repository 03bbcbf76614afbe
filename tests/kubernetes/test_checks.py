"""Every check of Kubernetes meets its own examples."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from posture.checks import judge
from posture.core.check import EXAMPLE_NOW, Check, Example
from posture.core.clock import Clock
from posture.core.gap import Gap, GapReason
from posture.core.kubernetes import home_of
from posture.core.outcome import Status
from posture.core.resource import Resource
from posture.frameworks import control
from posture.kubernetes.objects import all_checks, type_of

CHECKS = [pytest.param(check, id=check.id) for check in all_checks().values()]
EXAMPLES = [
    pytest.param(check, example, id=f"{check.id}-{number}")
    for check in all_checks().values()
    for number, example in enumerate(check.examples)
]
ODD: tuple[Any, ...] = ("x", 7, True, None, [], {}, [None], [[]], {"": None}, ["x", {"name": 3}])
"""Values in the place of whatever a manifest should have there."""


@pytest.mark.parametrize(("check", "example"), EXAMPLES)
def test_an_example_is_judged_as_it_says(check: Check, example: Example) -> None:
    outcome = check(example)
    assert outcome.status is example.status, outcome.reason
    assert re.fullmatch(r"[A-Z].*\.", outcome.reason), outcome.reason
    if outcome.status is Status.FAIL:
        assert outcome.evidence, "a failure says where"


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_explains_itself(check: Check) -> None:
    shown = Counter(example.status for example in check.examples)
    assert shown[Status.PASS]
    assert shown[Status.FAIL]
    assert re.fullmatch(r"kubernetes(_[a-z]+){2,}", check.id)
    assert len(check.why) > 60
    assert check.remediation.console
    assert check.title != check.problem
    assert not check.title.endswith(".")
    assert not check.problem.endswith(".")
    assert {one.partition(":")[0] for one in check.controls} == {"practices"}
    assert "practices:kubernetes" in check.controls
    assert all(control(reference).title for reference in check.controls)


@pytest.mark.parametrize("check", CHECKS)
def test_examples_are_objects_of_the_checks_type(check: Check) -> None:
    assert {type_of(str(example.config["kind"])) for example in check.examples} == {check.resource_type}


@pytest.mark.parametrize(("check", "example"), EXAMPLES)
def test_odd_shapes_break_no_check(check: Check, example: Example) -> None:
    """A manifest is what somebody sent: each of its fields may be anything."""
    for path in paths(example.config):
        for odd in ODD:
            outcome = check(Example(Status.PASS, replaced(example.config, path, odd), related=example.related))
            assert outcome.status is not Status.UNKNOWN, f"{path} = {odd!r}: {outcome.reason}"


def paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the way to each value in a manifest but its kind."""
    steps: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        steps = [(key, one) for key, one in value.items() if key != "kind" or path]
    elif isinstance(value, list):
        steps = list(enumerate(value))
    return [found for key, one in steps for found in ((*path, key), *paths(one, (*path, key)))]


def replaced(value: Any, path: tuple[str | int, ...], by: Any) -> Any:
    """Return a copy of a manifest with another value at a path."""
    if not path:
        return by
    first, rest = path[0], path[1:]
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[first] = replaced(copy[first], rest, by)
    return copy


def in_cluster(cluster: str, kind: str, name: str, spec: dict[str, Any]) -> Resource:
    config = {"kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec}
    arn = f"arn:aws:eks:eu-central-1:111122223333:cluster/{cluster}/shop/{kind}/{name}"
    return Resource(type_of(kind), arn, "111122223333", "eu-central-1", name, config)


def test_policies_and_gaps_of_one_cluster_say_nothing_of_another() -> None:
    pod = {"template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web"}]}}}
    deny = {"podSelector": {}, "policyTypes": ["Ingress"]}
    resources = [in_cluster("a", "Deployment", "web", pod), in_cluster("a", "NetworkPolicy", "deny", deny)]
    resources += [in_cluster("b", "Deployment", "web", pod), in_cluster("c", "Deployment", "web", pod)]
    within = home_of(resources[3].arn) + "/"
    gap = Gap("111122223333", "eu-central-1", "Kubernetes::NetworkPolicy", "list", GapReason.DENIED, "x", within=within)
    found = {
        one.resource.arn: one.outcome.status
        for one in judge(resources, [gap], Clock(EXAMPLE_NOW))
        if one.check_id == "kubernetes_workload_isolated"
    }
    assert list(found.values()) == [Status.PASS, Status.FAIL, Status.UNKNOWN]
