"""A sweep of the simulated Organization makes just the calls that are declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import boto3
import pytest
from botocore import xform_name

from devtools.simulator.declared import Declared
from devtools.simulator.overlay.actions import iam_action
from devtools.simulator.simulator import Simulator
from posture import permissions
from posture.collectors import all_collectors
from posture.core.collector import Ask, Collector, Family, collector
from posture.core.gap import GapReason
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.core.values import Unknown
from posture.sweep import Engine, SweepRole, Target, sweep_account
from posture.sweep.actions import action_of
from posture.sweep.forbidden_actions import DATA_READS

pytestmark = [pytest.mark.simulator, pytest.mark.slow]

OWN_ACTIONS = {"sts:AssumeRole"}
"""What the machine's own identity asks, in its own account, to which no role's policy applies."""

Calls = Mapping[str, Mapping[str, int]]
"""The simulator's log: how often each `service:Operation` was called, by account."""


def undeclared(calls: Calls, management: str) -> set[str]:
    """Return calls that the role lacks, as `account service:Operation action`."""
    found = set()
    for account, counts in calls.items():
        manages = account == management
        held = {*permissions.management_actions(), *OWN_ACTIONS} if manages else {*permissions.member_actions()}
        for called in counts:
            service, operation = called.split(":")
            action = action_of(service, xform_name(operation))
            if action not in held:
                found.add(f"{account} {called} {action}")
    return found


@pytest.fixture(scope="module")
def engine(simulator_process: Simulator, declared_organization: Declared) -> Iterator[Engine]:
    facts = declared_organization.organization
    session = boto3.Session(
        aws_access_key_id=facts["access_key"], aws_secret_access_key="s", region_name="eu-central-1"
    )
    engine = Engine(session, endpoint_url=simulator_process.url, threads=8)
    yield engine
    engine.pool.close()


def target_in(declared: Declared, account_id: str, *, regions: list[str] | None = None, ours: bool = True) -> Target:
    facts = declared.organization
    manages = account_id == facts["management"]
    arn = f"arn:aws:iam::{account_id}:role/{facts['role']}"
    role = SweepRole(
        arn,
        facts["external_id"],
        policy_arns=permissions.session_policies(arn, ours=ours, organization=manages),
        policy=permissions.session_policy(),
    )
    return Target(account_id, role, regions or facts["regions"], organization=manages)


@pytest.fixture(scope="module")
def swept(engine: Engine, simulator_process: Simulator, declared_organization: Declared) -> dict[str, AccountResult]:
    """Sweep every active account with every collector, in the region with most things."""
    simulator_process.control.clear_faults()
    simulator_process.control.forget_calls()
    active = [one for one in declared_organization.accounts if not one.joins and one.status == "ACTIVE"]
    regions = ["eu-central-1"]
    return {one.id: sweep_account(engine, target_in(declared_organization, one.id, regions=regions)) for one in active}


@pytest.fixture(scope="module")
def log(swept: dict[str, AccountResult], simulator_process: Simulator) -> Calls:
    """Return what the simulator was asked by that sweep."""
    return simulator_process.control.calls()


def test_every_call_of_a_whole_sweep_is_in_the_accounts_role(
    swept: dict[str, AccountResult], log: Calls, declared_organization: Declared
) -> None:
    assert set(log) == set(swept)
    assert undeclared(log, declared_organization.organization["management"]) == set()


def test_nothing_that_reads_customers_data_was_called(log: Calls) -> None:
    called = {tuple(name.split(":")) for counts in log.values() for name in counts}
    assert len(called) > 100
    assert {iam_action(service, operation) for service, operation in called} & DATA_READS == set()


def test_simulator_and_engine_name_the_same_action_for_each_call(log: Calls) -> None:
    """Two maps, written apart: a mistake in one is an action too few or many."""
    called = {tuple(name.split(":")) for counts in log.values() for name in counts}
    differing = {
        (service, operation)
        for service, operation in called
        if iam_action(service, operation) != action_of(service, xform_name(operation))
    }
    assert differing == set()


def test_the_role_lacks_nothing_that_the_sweep_asks(swept: dict[str, AccountResult]) -> None:
    """The simulator holds each session to the role's policies and the session's own."""
    refused = {(gap.action, gap.message) for result in swept.values() for gap in result.gaps if gap.reason.blinds}
    refused |= {
        (value.action, value.error)
        for result in swept.values()
        for resource in result.resources
        for value in unknowns([resource.raw_config, resource.raw_observed, resource.raw_tags])
    }
    assert refused == set()


def unknowns(value: object) -> Iterator[Unknown]:
    """Yield every value that could not be read, however deep."""
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from unknowns(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from unknowns(each)


def rogue() -> Collector:
    """A collector that asks what it does not declare."""

    @collector(
        resource_type="AWS::Test::Rogue",
        title="Rogue",
        plural="Rogues",
        service="ec2",
        family=Family.OTHER,
        actions=("ec2:DescribeVpcs",),
    )
    def rogues(ask: Ask) -> Iterator[Resource]:
        """Ask for a machine's password."""
        ask.call("ec2", "get_password_data", InstanceId="i-00000000000000000")
        yield from ask.pages("ssm", "describe_maintenance_windows", "WindowIdentities")

    return rogues


def test_a_call_that_nobody_declared_is_found_and_refused(
    engine: Engine, simulated_organization: Simulator, declared_organization: Declared
) -> None:
    simulated_organization.control.forget_calls()
    account = declared_organization.by_name["webshop-prod"].id
    target = target_in(declared_organization, account, regions=["eu-central-1"])

    result = sweep_account(engine, target, collectors={"AWS::Test::Rogue": rogue()})

    (gap,) = result.gaps
    assert (gap.action, gap.reason) == ("ssm:DescribeMaintenanceWindows", GapReason.SESSION_POLICY)
    found = undeclared(simulated_organization.control.calls(), declared_organization.organization["management"])
    assert found == {
        f"{account} ec2:GetPasswordData ec2:GetPasswordData",
        f"{account} ssm:DescribeMaintenanceWindows ssm:DescribeMaintenanceWindows",
    }


def test_a_role_of_ones_own_reads_what_awss_policies_hold_and_names_the_rest(
    engine: Engine, simulated_organization: Simulator, declared_organization: Declared
) -> None:
    wanted = ("AWS::EC2::VPC", "AWS::S3::Bucket", "AWS::Macie::Session")
    account = declared_organization.by_name["webshop-prod"].id
    target = target_in(declared_organization, account, regions=["eu-central-1"], ours=False)

    result = sweep_account(engine, target, collectors={kind: all_collectors()[kind] for kind in wanted})

    assert {resource.type for resource in result.resources} == {"AWS::EC2::VPC", "AWS::S3::Bucket"}
    assert {(gap.resource_type, gap.reason) for gap in result.gaps} == {
        ("AWS::Macie::Session", GapReason.SESSION_POLICY)
    }
