"""What a deployed role lacks is named, and distinguished from a refusal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pytest

from posture import permissions
from posture.collectors import all_collectors
from posture.core.collector import Ask, Family, collector
from posture.core.gap import Gap, GapReason
from posture.core.resource import Resource
from posture.sweep import Engine, SweepRole, Target, sweep, sweep_account
from posture.sweep.connection import Connection, Step
from tests import simulated
from tests.simulated import EXTERNAL_ID, REGION, ROLE_NAME, Estate
from tests.simulator import Simulators

pytestmark = [pytest.mark.simulator, pytest.mark.slow]

VPCS, VOLUMES = "ec2:DescribeVpcs", "ec2:DescribeVolumes"
OLDER, BY_HAND, CURRENT, UNSPLIT, ROTATED, FORMER = (f"33333333333{number}" for number in range(6))
NEW_ID = "plumbline-external-id-that-is-new"


@pytest.fixture(scope="module")
def estate(simulators: Simulators) -> Iterator[Estate]:
    """Accounts with roles of several ages."""
    lacking = [action for action in permissions.management_actions() if action not in {VPCS, VOLUMES}]
    with simulated.estate_in(simulators) as built:
        simulated.make_role(built, OLDER, actions=lacking)
        simulated.make_role(built, BY_HAND, actions=lacking)
        today = permissions.policy_version(permissions.member_actions())
        built.simulator.client("iam", BY_HAND).tag_role(
            RoleName=ROLE_NAME, Tags=[{"Key": permissions.VERSION_TAG, "Value": today}]
        )
        simulated.make_role(built, CURRENT)
        _make_without_policies(built, UNSPLIT)
        simulated.make_role(built, ROTATED, external_id=NEW_ID)
        simulated.make_role(built, FORMER)
        yield built


def _make_without_policies(estate: Estate, account_id: str) -> None:
    """Make a role as people do by hand: what it may do is written into it."""
    simulated.make_role(estate, account_id, actions=[VPCS])
    iam = estate.simulator.client("iam", account_id)
    arn = f"arn:aws:iam::{account_id}:policy/{permissions.policy_name(ROLE_NAME, 1)}"
    iam.detach_role_policy(RoleName=ROLE_NAME, PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName=ROLE_NAME, PolicyName="all", PolicyDocument=json.dumps(everything))


@pytest.fixture(scope="module")
def engine(estate: Estate) -> Iterator[Engine]:
    engine = Engine(estate.session(), endpoint_url=estate.url, threads=8)
    yield engine
    engine.pool.close()


@pytest.fixture(autouse=True)
def _no_faults(estate: Estate) -> Iterator[None]:
    yield
    estate.simulator.control.clear_faults()


def role_in(estate: Estate, account_id: str, *, ours: bool = True, **rest: str) -> SweepRole:
    arn = estate.role_arn(account_id)
    policies = permissions.session_policies(arn, ours=ours, organization=False)
    return SweepRole(
        arn, **{"external_id": EXTERNAL_ID} | rest, policy_arns=policies, policy=permissions.session_policy()
    )


def gaps(engine: Engine, role: SweepRole, types: Sequence[str] = ("AWS::EC2::VPC",)) -> list[Gap]:
    target = Target(role.arn.split(":")[4], role, [REGION])
    return list(sweep_account(engine, target, collectors={kind: all_collectors()[kind] for kind in types}).gaps)


def walk(engine: Engine, role: SweepRole) -> dict[str, Step]:
    target = Target(role.arn.split(":")[4], role, [REGION])
    kinds = {"AWS::EC2::VPC": all_collectors()["AWS::EC2::VPC"]}
    return {step.name: step for step in Connection(engine, target, False, kinds).walk()}


def test_an_action_that_is_newer_than_the_role_is_no_refusal(engine: Engine, estate: Estate) -> None:
    estate.simulator.control.forget_calls()

    (vpcs, volumes) = gaps(engine, role_in(estate, OLDER), ("AWS::EC2::VPC", "AWS::EC2::Volume"))

    assert {(gap.action, gap.reason) for gap in (vpcs, volumes)} == {
        (VPCS, GapReason.ROLE_OUT_OF_DATE),
        (VOLUMES, GapReason.ROLE_OUT_OF_DATE),
    }
    assert "template" in vpcs.remedy
    assert vpcs.reason.blinds, "nothing behind it may be closed"
    assert not vpcs.reason.moves_score
    calls = estate.simulator.control.calls(OLDER)[OLDER]
    assert calls["iam:GetRole"] == 1, "many refusals read the role once"


def test_what_somebody_took_from_todays_role_is_a_refusal(engine: Engine, estate: Estate) -> None:
    (gap,) = gaps(engine, role_in(estate, BY_HAND))

    assert gap.reason is GapReason.SESSION_POLICY
    assert gap.reason.moves_score


def test_other_policies_are_blamed_for_what_they_refuse_whatever_the_roles_age(engine: Engine, estate: Estate) -> None:
    scp = "arn:aws:organizations::111111111111:policy/o-a1b2c3d4e5/service_control_policy/p-regions1"
    estate.simulator.control.fault("deny", ["ec2:DescribeInternetGateways"], cause="scp", policy=scp)

    (gap,) = gaps(engine, role_in(estate, OLDER), ["AWS::EC2::InternetGateway"])

    assert gap.reason is GapReason.SERVICE_CONTROL_POLICY
    assert "p-regions1" in gap.message


def test_a_role_of_today_costs_no_call_for_its_own_sake(engine: Engine, estate: Estate) -> None:
    estate.simulator.control.forget_calls()

    assert gaps(engine, role_in(estate, CURRENT)) == []
    assert "iam:GetRole" not in estate.simulator.control.calls(CURRENT)[CURRENT]


def test_the_connection_test_names_what_the_role_lacks(engine: Engine, estate: Estate) -> None:
    step = walk(engine, role_in(estate, OLDER))["Role version"]

    assert (step.ok, step.blocks) == (False, False)
    assert step.detail.startswith("Role out of date")
    assert VPCS in step.detail
    assert VOLUMES in step.detail
    assert "ec2:DescribeSubnets" not in step.detail


def test_the_connection_test_distinguishes_a_change_by_hand_from_an_old_role(engine: Engine, estate: Estate) -> None:
    step = walk(engine, role_in(estate, BY_HAND))["Role version"]

    assert step.ok is False
    assert "by hand" in step.remedy
    assert VPCS in step.detail


def test_the_connection_test_is_content_with_a_role_of_today(engine: Engine, estate: Estate) -> None:
    assert walk(engine, role_in(estate, CURRENT))["Role version"].ok is True


def test_policies_that_are_not_there_are_named(engine: Engine, estate: Estate) -> None:
    role = role_in(estate, UNSPLIT)

    (gap,) = gaps(engine, role)
    step = walk(engine, role)["Role"]

    for remedy in (gap.remedy, step.remedy):
        assert permissions.policy_name(ROLE_NAME, 1) in remedy
        assert "deploy today's role template" in remedy
        assert "one of your own" in remedy
    assert gap.reason is GapReason.ROLE_NOT_ASSUMED


def test_the_same_role_works_once_it_is_said_to_be_ones_own(engine: Engine, estate: Estate) -> None:
    role = role_in(estate, UNSPLIT, ours=False)

    assert gaps(engine, role) == []
    assert walk(engine, role)["Role version"].ok is None


def test_a_sweep_by_hand_reads_no_customers_data_though_the_role_may(estate: Estate) -> None:
    """From the command line and as a library nobody says whose role it is."""

    @collector(
        resource_type="AWS::Test::Rogue",
        title="R",
        plural="Rs",
        service="ssm",
        family=Family.OTHER,
        actions=("ssm:GetParameters",),
    )
    def rogues(ask: Ask) -> Iterator[Resource]:
        """Ask for what people keep secret."""
        yield from ask.pages("ssm", "get_parameters_by_path", "Parameters", Path="/")

    result = sweep(
        estate.session(),
        role_arn=estate.role_arn(UNSPLIT),
        external_id=EXTERNAL_ID,
        regions=[REGION],
        endpoint_url=estate.url,
        collectors={"AWS::Test::Rogue": rogues, "AWS::EC2::VPC": all_collectors()["AWS::EC2::VPC"]},
    )

    assert {(gap.action, gap.reason) for gap in result.gaps} == {("ssm:GetParametersByPath", GapReason.SESSION_POLICY)}
    assert result.resources


def test_a_role_with_fewer_policies_than_today_is_narrowed_by_those(engine: Engine, estate: Estate) -> None:
    """A newer template may spread actions over more policies; old roles still work."""
    role = role_in(estate, CURRENT)
    more = [f"arn:aws:iam::{CURRENT}:policy/{permissions.policy_name(ROLE_NAME, number)}" for number in (1, 2, 3)]

    assert gaps(engine, SweepRole(role.arn, role.external_id, policy_arns=more, policy=role.policy)) == []


def test_while_external_ids_are_rotated_both_are_accepted(engine: Engine, estate: Estate) -> None:
    for account in (ROTATED, FORMER):
        role = role_in(estate, account, external_id=NEW_ID, former_external_id=EXTERNAL_ID)
        assert gaps(engine, role) == []
    (gap,) = gaps(engine, role_in(estate, ROTATED))
    assert gap.reason is GapReason.ROLE_NOT_ASSUMED, "the former id alone no longer opens it"
