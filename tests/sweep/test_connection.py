"""The connection test says which step failed, and what mends that one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from posture.collectors import all_collectors
from posture.core.collector import Collector
from posture.sweep import Engine, SweepRole, Target
from posture.sweep.connection import Connection, Step, connected
from posture.sweep.organization import OrganizationTree, Reader
from tests import simulated
from tests.simulated import EXTERNAL_ID, REGION, Estate
from tests.simulator import Simulators

pytestmark = [pytest.mark.simulator, pytest.mark.slow]


@pytest.fixture(scope="module")
def estate_built(simulators: Simulators) -> Iterator[Estate]:
    with simulated.estate_in(simulators) as estate:
        yield estate


@pytest.fixture
def estate(estate_built: Estate) -> Iterator[Estate]:
    yield estate_built
    estate_built.simulator.control.clear_faults()


@pytest.fixture
def engine(estate: Estate) -> Iterator[Engine]:
    engine = Engine(estate.session(), endpoint_url=estate.url, threads=8)
    yield engine
    engine.pool.close()


def some_collectors() -> dict[str, Collector]:
    wanted = ("AWS::EC2::VPC", "AWS::EC2::SecurityGroup", "AWS::S3::Bucket")
    return {kind: all_collectors()[kind] for kind in wanted}


def walk(
    engine: Engine, estate: Estate, account_id: str = "", external_id: str = EXTERNAL_ID, *, organization: bool = True
) -> list[Step]:
    account_id = account_id or estate.management
    role = SweepRole(estate.role_arn(account_id), external_id)
    target = Target(account_id, role, [REGION], organization=organization)
    return list(Connection(engine, target, organization, some_collectors()).walk())


def by_name(steps: list[Step]) -> dict[str, Step]:
    return {step.name: step for step in steps}


def test_every_step_works_where_all_is_set_up(engine: Engine, estate: Estate) -> None:
    steps = by_name(walk(engine, estate))

    assert [name for name, step in steps.items() if not step.ok] == ["Role in the accounts"]
    assert estate.caller in steps["AWS credentials"].detail
    assert estate.organization_id in steps["Organization"].detail
    assert steps["Accounts"].detail == "5 accounts, 4 of them active."
    assert estate.roleless in steps["Role in the accounts"].detail
    assert connected(list(steps.values())), "an account without the role does not stop the others"


def test_a_wrong_external_id_stops_at_the_role_and_says_what_to_check(engine: Engine, estate: Estate) -> None:
    steps = walk(engine, estate, external_id="wrong")

    assert [step.name for step in steps] == ["AWS credentials", "Role"]
    assert not connected(steps)
    assert "external id" in steps[-1].remedy
    assert "wrong" not in str([step.as_json() for step in steps]).split(), "the external id is not repeated"


def test_a_missing_role_is_named_where_the_worker_can_see_that(engine: Engine, estate: Estate) -> None:
    role = SweepRole(f"arn:aws:iam::{estate.management}:role/NoSuchRole", EXTERNAL_ID)

    steps = list(Connection(engine, Target(estate.management, role), expects_organization=True).walk())

    assert steps[-1].name == "Role"
    assert "There is no role" in steps[-1].remedy


def test_a_missing_role_elsewhere_is_not_guessed_at(engine: Engine, estate: Estate) -> None:
    step = walk(engine, estate, estate.roleless)[-1]

    assert step.name == "Role"
    assert "exists" in step.remedy
    assert "the external id of this organization's role" in step.remedy
    assert "role role/" not in step.remedy
    assert f"the role {estate.role_arn(estate.roleless).rpartition('/')[2]} exists" in step.remedy


def test_denied_actions_are_listed_by_name_and_do_not_block(engine: Engine, estate: Estate) -> None:
    estate.simulator.control.fault("deny", ["ec2:DescribeVpcs", "s3:GetEncryptionConfiguration"])
    estate.simulator.client("s3", estate.management, REGION).create_bucket(
        Bucket="in-management", CreateBucketConfiguration={"LocationConstraint": REGION}
    )

    steps = by_name(walk(engine, estate))

    permissions = steps["Permissions"]
    assert permissions.ok is False
    assert "ec2:DescribeVpcs" in permissions.detail
    assert "s3:GetEncryptionConfiguration" in permissions.detail
    assert "ec2:DescribeSecurityGroups" not in permissions.detail
    assert connected(list(steps.values()))


def test_a_member_account_is_no_place_to_read_the_organization_from(engine: Engine, estate: Estate) -> None:
    steps = walk(engine, estate, estate.payments)

    assert steps[-1].name in {"Organization", "Accounts"}
    assert steps[-1].ok is False
    assert estate.management in steps[-1].remedy


def test_an_account_in_no_organization_is_to_be_onboarded_alone(engine: Engine, estate: Estate) -> None:
    loner = "333333333333"
    simulated.make_role(estate, loner)

    alone = walk(engine, estate, loner, organization=False)

    assert connected(alone)
    assert "Organization" not in by_name(alone)


def test_no_credentials_is_said_first(estate: Estate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    engine = Engine(boto3.Session(), endpoint_url=estate.url)

    (step,) = walk(engine, estate)

    assert step.name == "AWS credentials"
    assert "AWS_ACCESS_KEY_ID" in step.remedy


def test_unusable_credentials_are_distinguished_from_a_refused_role(estate: Estate) -> None:
    session = boto3.Session(aws_access_key_id="AKIANOBODY", aws_secret_access_key="s")

    (step,) = walk(Engine(session, endpoint_url=estate.url), estate)

    assert step.name == "AWS credentials"
    assert "renew" in step.remedy


def test_the_organization_is_read_with_its_units_and_the_unit_of_each_account(engine: Engine, estate: Estate) -> None:
    target = Target(estate.management, SweepRole(estate.role_arn(estate.management), EXTERNAL_ID))

    tree: OrganizationTree = Reader(engine.enter(target), "us-east-1", engine.pool.each).tree()

    assert tree.about.id == estate.organization_id
    assert tree.about.management_account_id == estate.management
    assert [(unit.id, unit.parent_id) for unit in tree.units] == [(estate.root, None), (estate.unit, estate.root)]
    assert tree.units[1].path == f"/{estate.root}/{estate.unit}/"
    members = {member.id: member for member in tree.members}
    assert len(members) == 5
    assert members[estate.payments].unit_id == estate.unit
    assert members[estate.payments].tags == {"owner": "payments-team"}
    assert members[estate.website].unit_id == estate.root
    assert members[estate.suspended].state == "SUSPENDED"
