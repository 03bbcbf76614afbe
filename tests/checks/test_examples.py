"""Every check meets its own examples, and the promises that every check makes."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from posture.checks import judge
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW, Check, Example, denied
from posture.core.clock import FOR_EVER, Clock
from posture.core.collector import Collector
from posture.core.outcome import Outcome, Status
from posture.core.parameters import using
from posture.core.related import Neighbourhood
from posture.core.values import Unknown
from posture.frameworks import control
from tests.declared import Broken, params, usable

CHECKS = params("posture.checks", Check, "id")
COLLECTORS = params("posture.collectors", Collector, "resource_type")
CLOCKED = [one for one in CHECKS if isinstance(check := one.values[0], Check) and check.reads_clock]
ALIAS = re.compile(r"prowler:[a-z0-9_]+|securityhub:[A-Za-z0-9]+\.\d+")
NEGATION = re.compile(r"\b(?:not|no)\b|(?<=can)not\b", re.IGNORECASE)
LONGEST_PROBLEM = 80
TITLES = {check.title for one in CHECKS if isinstance(check := one.values[0], Check)}
UNKEPT = {
    "prowler:dynamodb_table_cross_account_access",
    "prowler:ec2_securitygroup_allow_ingress_from_internet_to_port_mongodb_27017_27018",
    "prowler:efs_not_publicly_accessible",
    "prowler:guardduty_delegated_admin_enabled_all_regions",
    "prowler:inspector2_is_enabled",
    "prowler:organizations_delegated_administrators",
    "prowler:rds_instance_deprecated_engine_version",
    "prowler:rds_instance_extended_support",
    "prowler:s3_bucket_cross_account_access",
    "prowler:securityhub_delegated_admin_enabled_all_regions",
}
"""Checks of others that ask for more than any of ours judges, and one that was renamed."""
HIDDEN = denied("example:Denied")


def of_status(check: Check | Broken, status: Status) -> list[Example]:
    """Return a check's examples with a status."""
    return [example for example in usable(check).examples if example.status is status]


def judged(check: Check, example: Example, clock: Clock | None = None) -> Outcome:
    resource = example.resource(check.resource_type)
    near = [resource, *example.related]
    neighbourhood = Neighbourhood.of_example(near, example.gaps, EXAMPLE_ACCOUNT, example.not_offered)
    with using(example.parameters):
        return check.judge(resource, neighbourhood, clock or Clock(EXAMPLE_NOW))


def parts(path: str) -> list[str | int]:
    """Split `IpPermissions[0].CidrIp` into its keys and indexes."""
    return [int(index) if index else key for key, index in re.findall(r"([^.\[\]]+)(?=[.\[]|$)|\[(\d+)\]", path)]


def resolves(example: Example, path: str) -> bool:
    """Whether an evidence path leads to something in an example."""
    root: Any = example.config
    steps = parts(path)
    if steps and steps[0] in {"observed", "tags"} and steps[0] not in example.config:
        root = example.observed if steps[0] == "observed" else example.tags
        steps = steps[1:]
    for step in steps:
        if isinstance(root, Unknown):
            return True
        try:
            root = root[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def hidden(example: Example) -> Iterator[tuple[str, Example]]:
    """Yield the example once for each of its fields, with that field unreadable."""
    for key in example.config:
        yield f"config {key}", replace(example, config={**example.config, key: HIDDEN})
    for key in example.observed:
        yield f"observed {key}", replace(example, observed={**example.observed, key: HIDDEN})
    if example.tags:
        yield "tags", replace(example, tags=HIDDEN)


def swapped(example: Example, place: str, other: Example) -> Example | None:
    """Return the example with one field of another example; None where that has none."""
    what, _, key = place.partition(" ")
    if what == "tags":
        return replace(example, tags=other.tags)
    there: Mapping[str, Any] = getattr(other, what)
    here = {name: value for name, value in getattr(example, what).items() if name != key}
    changed: dict[str, Any] = {what: {**here, key: there[key]} if key in there else here}
    return replace(example, **changed)


@pytest.mark.parametrize("check", CHECKS)
def test_examples_are_judged_as_they_say_by_what_they_show(check: Check | Broken) -> None:
    check = usable(check)
    for number, example in enumerate(check.examples):
        outcome = judged(check, example)

        assert outcome.status is example.status, f"example {number}: {outcome.reason}"
        assert not outcome.reason.startswith("The check itself failed"), f"example {number}: {outcome.reason}"
        assert re.match(r"\S.*\.$", outcome.reason, re.DOTALL), "a reason is a sentence"
        assert not re.search(r"<(?:function|bound|class|object|module)\b| at 0x", outcome.reason), outcome.reason
        for path in outcome.evidence:
            # What decided may be that a field is absent: then another example shows that there is such a field.
            assert any(resolves(known, path) for known in (example, *check.examples)), f"no example has {path}"


@pytest.mark.parametrize("check", CHECKS)
def test_what_cannot_be_seen_never_turns_a_failure_into_anything_better(check: Check | Broken) -> None:
    check = usable(check)
    for example in of_status(check, Status.FAIL):
        for place, blind in hidden(example):
            assert judged(check, blind).status in {Status.FAIL, Status.UNKNOWN}, place
        for needed in check.needs:
            assert judged(check, replace(example, gaps=[needed])).status in {Status.FAIL, Status.UNKNOWN}, needed


@pytest.mark.parametrize("check", CHECKS)
def test_a_pass_does_not_rest_on_what_cannot_be_seen(check: Check | Broken) -> None:
    check = usable(check)
    for example in of_status(check, Status.PASS):
        hold_to_what_is_seen(check, example, of_status(check, Status.FAIL))


def hold_to_what_is_seen(check: Check, example: Example, failures: list[Example]) -> None:
    """Hide each part of a passing example: where it decides, the check must not pass."""
    for place, blind in hidden(example):
        status = judged(check, blind).status
        assert status in {Status.PASS, Status.UNKNOWN}, f"{place}: what is not seen is no failure"
        for other in failures:
            turned = swapped(example, place, other)
            if turned and judged(check, turned).status is Status.FAIL:
                assert status is Status.UNKNOWN, f"{place} decides, so not to know it cannot pass"
    for needed in check.needs:
        status = judged(check, replace(example, gaps=[needed])).status
        assert status in {Status.PASS, Status.UNKNOWN}, needed
        for other in failures:
            theirs = [near for near in other.related if near.type == needed]
            rest = [near for near in example.related if near.type != needed]
            if judged(check, replace(example, related=[*rest, *theirs])).status is Status.FAIL:
                assert status is Status.UNKNOWN, f"{needed} decides, so a gap there cannot pass"


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_explains_itself_and_shows_what_passes_fails_and_is_unknown(check: Check | Broken) -> None:
    check = usable(check)

    assert {Status.PASS, Status.FAIL, Status.UNKNOWN} <= {example.status for example in check.examples}
    hold_problem(check)
    assert all(control(reference).title for reference in check.controls), "its controls are known"
    served = [control(reference) for reference in check.controls]
    assert any(one.framework == "practices" for one in served), "the overview is built from practices"
    assert len(set(served)) == len(served)
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+){2,}", check.id), "service_resource_good_state"
    assert "ensure" not in check.id
    assert check.title
    assert not check.title.endswith(".")
    assert len(check.why) > 60, "the docstring says why it matters"
    assert check.remediation.console
    assert check.controls, "a check serves at least one control"
    assert all(ALIAS.fullmatch(alias) for alias in check.aliases), check.aliases
    assert not UNKEPT & set(check.aliases), "an alias promises what the check does not judge"
    assert all(re.fullmatch(r"[a-z0-9_]+:\S+", control) for control in check.controls), check.controls
    for line in (check.remediation.cli, check.remediation.console):
        placeholders = set(re.findall(r"\{(\w+)\}", line))
        assert placeholders <= {"name", "arn", "id", "region", "account"} or line is check.remediation.console


def hold_problem(check: Check) -> None:
    """Hold a problem to a short sentence that states no good state."""
    assert 0 < len(check.problem) <= LONGEST_PROBLEM
    assert check.problem[0].isupper()
    assert not check.problem.endswith(".")
    assert "?" not in check.problem
    assert check.problem not in TITLES
    # Sentences that differ in their negation alone: one of them says no, the other does not.
    bare_title, bare_problem = _bare(check.title), _bare(check.problem)
    if bare_title == bare_problem:
        assert bool(NEGATION.search(check.title)) is not bool(NEGATION.search(check.problem))


def _bare(sentence: str) -> str:
    return " ".join(NEGATION.sub(" ", sentence).lower().split())


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_is_named_after_the_collector_of_its_type(check: Check | Broken) -> None:
    check = usable(check)
    modules = {
        declared.values[0].resource_type: declared.values[0].module
        for declared in COLLECTORS
        if isinstance(declared.values[0], Collector)
    }

    assert check.resource_type in modules, "its resource type has a collector"
    # A type with many checks has more than one module: s3_bucket, s3_bucket_access.
    name, module = modules[check.resource_type].rsplit(".", 1)[1], check.module.rsplit(".", 1)[1]
    assert module == name or module.startswith(f"{name}_")
    assert set(check.needs) <= set(modules), "each type that it needs has a collector"
    assert ("related" in check.takes) == bool(check.needs), "needs= and the parameter `related` go together"


def test_examples_of_all_checks_can_be_one_account(caplog: pytest.LogCaptureFixture) -> None:
    """Keys to find neighbours by need no field that an example may leave out."""
    shown = [
        replace(example.resource(check.resource_type), arn=f"arn:aws:example:::{check.id}/{number}")
        for declared in CHECKS
        if isinstance(check := declared.values[0], Check)
        for number, example in enumerate(check.examples)
    ]
    list(judge(shown, [], Clock(EXAMPLE_NOW)))
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR] == []


def test_no_two_checks_share_an_id() -> None:
    ids = Counter(declared.id for declared in CHECKS)

    assert not [name for name, count in ids.items() if count > 1]


@pytest.mark.parametrize("check", CLOCKED)
def test_what_is_said_by_the_clock_holds_until_it_says(check: Check) -> None:
    for example in check.examples:
        clock = Clock(EXAMPLE_NOW)
        said, length = judged(check, example, clock), clock.until - EXAMPLE_NOW
        assert length > timedelta(0)
        for share in (0.01, 0.5, 0.99):
            assert judged(check, example, Clock(EXAMPLE_NOW + length * share)) == said, f"{example.title} at {share}"


@pytest.mark.parametrize("check", CLOCKED)
def test_what_is_said_by_the_clock_turns_at_some_time(check: Check) -> None:
    clocks = [Clock(EXAMPLE_NOW) for _ in check.examples]
    said = [judged(check, *each) for each in zip(check.examples, clocks, strict=True)]
    turning = [
        (example, outcome, Clock(clock.until + timedelta(days=1)))
        for example, outcome, clock in zip(check.examples, said, clocks, strict=True)
        if clock.until < FOR_EVER
    ]

    assert turning
    assert all(judged(check, example, later) != outcome for example, outcome, later in turning)


@pytest.mark.parametrize("check", CLOCKED)
def test_time_alone_changes_no_words(check: Check) -> None:
    """What fails is worded by dates: numbers of days would change at every sweep."""
    for example in of_status(check, Status.FAIL):
        now, later = (judged(check, example, Clock(EXAMPLE_NOW + timedelta(days=days))) for days in (0, 1))
        if later.status is Status.FAIL:
            assert later.reason == now.reason
