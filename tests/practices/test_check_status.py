"""Aggregated status of checks: unseen is never good, unjudged is named."""

from __future__ import annotations

import pytest

from posture.checks import all_checks
from posture.core.outcome import Severity
from posture.frameworks import all_frameworks
from posture.history.query import CheckSummary
from posture.pages.practices.check_status import STATES, CheckRow, added, control_rows, counts, rows_of, state_of
from posture.responsibility.services import Owner, services, settled

CHECK = all_checks()["ec2_volume_encrypted"]


def check_result(severity: Severity = Severity.HIGH, /, **numbers: int) -> CheckSummary:
    names = ("passed", "failed", "stale", "unknown", "accepted", "not_applicable", "accounts", "resources")
    return CheckSummary(check_id=CHECK.id, severity=severity, **{**dict.fromkeys(names, 0), **numbers})


@pytest.mark.parametrize(
    ("numbers", "state"),
    [
        ({"passed": 9, "failed": 1, "unknown": 5}, "fail"),
        ({"passed": 9, "unknown": 1}, "unknown"),
        ({"unknown": 1}, "unknown"),
        ({"passed": 9}, "pass"),
        ({"accepted": 1}, "pass"),
        ({"not_applicable": 4}, "unused"),
        ({}, "unused"),
    ],
)
def test_a_check_has_the_worst_of_its_outcomes(numbers: dict[str, int], state: str) -> None:
    assert state_of([CheckRow(CHECK, check_result(**numbers))]) == state


def test_one_unknown_check_keeps_a_control_from_passing() -> None:
    rows = [CheckRow(CHECK, check_result(passed=100)), CheckRow(CHECK, check_result(unknown=1))]
    assert state_of(rows) == "unknown"
    assert state_of([CheckRow(CHECK, None), *rows[:1]]) == "pass"
    assert state_of([CheckRow(CHECK, None)]) == "unused"


@pytest.mark.parametrize("framework_id", ["cis_aws_7", "aws_fsbp"])
def test_a_framework_shows_every_control_in_order_and_claims_nothing_unjudged(framework_id: str) -> None:
    framework = all_frameworks()[framework_id]
    rows = control_rows(framework, all_checks().values(), {})
    assert [row.control.id for row in rows] == [one.id for one in framework.controls]
    for row in rows:
        served = any(row.control.reference in check.controls for check in all_checks().values())
        assert row.state == ("unused" if served else "manual" if row.control.manual else "uncovered")
    assert sum(counts(rows).values()) == len(framework.controls)
    assert list(counts(rows)) == list(STATES)


def test_checks_that_fail_come_first_most_severe_first() -> None:
    some = [all_checks()[name] for name in ("ec2_volume_attached", "ec2_volume_encrypted", "s3_bucket_not_public")]
    found = {some[0].id: check_result(failed=1), some[1].id: check_result(failed=1)}
    assert [row.check.id for row in rows_of(some, found)] == [some[1].id, some[0].id, some[2].id]


def test_results_of_two_severities_of_one_check_are_added() -> None:
    both = added(check_result(passed=1, failed=2), check_result(Severity.LOW, passed=3))
    assert (both.severity, both.passed, both.failed) == (Severity.HIGH, 4, 2)


def test_every_resource_type_that_is_judged_has_a_service_of_its_own() -> None:
    for check in all_checks().values():
        assert settled(check.resource_type).id != "other", check.resource_type


def test_the_longest_beginning_decides_the_service() -> None:
    assert settled("AWS::EC2::Volume").id == "ebs"
    assert settled("AWS::EC2::VPC").id == "vpc"
    assert settled("AWS::EC2::LocalGatewayRouteTable").id == "outposts"
    assert settled("AWS::ResourceGroupsTaggingAPI::Resource").id == "other"
    assert len({one.id for one in services()}) == len(services())


def test_a_collected_type_of_a_new_service_has_the_usual_duties() -> None:
    new = settled("AWS::New::Thing")
    assert settled("AWS::New::Other").id == new.id
    assert (new.id, new.title, new.types) == ("new", "New", ("AWS::New::",))
    assert new.layers["engine"] is Owner.AWS
    assert new.layers["data"] is Owner.YOURS
    assert settled("Custom::Thing").id == "other"
