"""Simulated groups are swept as populations, with their disks and interfaces."""

from __future__ import annotations

import boto3
import pytest

from devtools.simulator.declared import Declared
from devtools.simulator.simulator import Simulator
from posture.collectors import all_collectors
from posture.sweep.credentials import SweepRole
from posture.sweep.run import Engine, Target, sweep_account
from tests.simulation.conftest import base_credentials, role_arn

pytestmark = pytest.mark.simulator

TYPES = ("AWS::EC2::Instance", "AWS::EC2::Volume", "AWS::EC2::NetworkInterface")


@pytest.mark.parametrize(
    ("account", "region", "group", "number"),
    [("webshop-prod", "eu-central-1", "asg/shop-web", 4), ("payments-prod", "eu-west-1", "eks/payments/workers", 3)],
)
def test_a_group_is_one_resource_of_each_type(
    simulated_organization: Simulator,
    declared_organization: Declared,
    account: str,
    region: str,
    group: str,
    number: int,
) -> None:
    known = base_credentials(declared_organization)
    own = boto3.Session(known["AccessKeyId"], known["SecretAccessKey"], region_name=region)
    role = SweepRole(role_arn(declared_organization, account), declared_organization.organization["external_id"])
    target = Target(declared_organization.by_name[account].id, role, [region])
    collectors = {kind: all_collectors()[kind] for kind in TYPES}

    engine = Engine(own, endpoint_url=simulated_organization.url, threads=4)

    result = sweep_account(engine, target, collectors=collectors)
    engine.pool.close()

    assert not result.gaps
    found = {each.type: each for each in result.resources if each.raw_config.get("Population") == group}
    assert {kind: len(each.members) for kind, each in found.items()} == dict.fromkeys(TYPES, number)
    assert found["AWS::EC2::Instance"].raw_observed["Counts"] == [number], "all are alike"
    assert found["AWS::EC2::Volume"].raw_config["Encrypted"] is True
    # Machines that people started stay resources of their own.
    assert any(not each.is_population for each in result.resources if each.type == "AWS::EC2::Instance")
