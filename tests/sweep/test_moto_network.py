"""Prefix lists and shared images, from moto's answers to outcomes."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from posture.collectors import all_collectors
from posture.core.outcome import Status
from posture.core.sweep import AccountResult
from posture.sweep import Engine, Target, sweep_account

REGION, ACCOUNT, OUTSIDER = "eu-central-1", "123456789012", "444455556666"
GROUP, PREFIX_LIST, IMAGE = "AWS::EC2::SecurityGroup", "AWS::EC2::PrefixList", "AWS::EC2::Image"
ADMIN_PORTS = "ec2_security_group_admin_ports_closed_to_ipv4"


@pytest.fixture
def session() -> boto3.Session:
    return boto3.Session(aws_access_key_id="AKIA", aws_secret_access_key="s", region_name=REGION)


@pytest.fixture
def ec2(session: boto3.Session, moto_server: str) -> Any:
    return session.client("ec2", endpoint_url=moto_server)


def swept(session: boto3.Session, url: str, *kinds: str) -> AccountResult:
    target = Target(ACCOUNT, regions=[REGION], known_accounts=frozenset({ACCOUNT}))
    engine = Engine(session, endpoint_url=url, threads=4)
    try:
        return sweep_account(engine, target, collectors={kind: all_collectors()[kind] for kind in kinds})
    finally:
        engine.pool.close()


def statuses(result: AccountResult, check_id: str) -> dict[str, Status]:
    """Return how one check came out, by the names of resources."""
    return {one.resource.name: one.outcome.status for one in result.judgements if one.check_id == check_id}


def test_a_rule_for_a_prefix_list_is_judged_by_its_entries(ec2: Any, session: boto3.Session, moto_server: str) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    for name, cidr in (("everyone", "0.0.0.0/0"), ("offices", "198.51.100.0/24")):
        listed = ec2.create_managed_prefix_list(
            PrefixListName=name, MaxEntries=2, AddressFamily="IPv4", Entries=[{"Cidr": cidr}]
        )["PrefixList"]["PrefixListId"]
        group = ec2.create_security_group(GroupName=f"ssh-from-{name}", Description=name, VpcId=vpc)["GroupId"]
        rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": listed}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])

    found = statuses(swept(session, moto_server, GROUP, PREFIX_LIST), ADMIN_PORTS)
    assert found["ssh-from-everyone"] is Status.FAIL
    assert found["ssh-from-offices"] is Status.PASS

    unseen = statuses(swept(session, moto_server, GROUP), ADMIN_PORTS)
    assert unseen["ssh-from-everyone"] is unseen["ssh-from-offices"] is Status.UNKNOWN


def test_an_image_that_is_shared_with_a_stranger_fails(ec2: Any, session: boto3.Session, moto_server: str) -> None:
    instance = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    images = {name: ec2.create_image(InstanceId=instance, Name=name)["ImageId"] for name in ("shared", "kept")}
    ec2.modify_image_attribute(
        ImageId=images["shared"], LaunchPermission={"Add": [{"UserId": OUTSIDER}]}, OperationType="add",
        Attribute="launchPermission", UserIds=[OUTSIDER],
    )  # fmt: skip

    found = statuses(swept(session, moto_server, IMAGE), "ec2_image_not_shared_outside")

    assert found["shared"] is Status.FAIL
    assert found["Untagged images"] is Status.PASS
