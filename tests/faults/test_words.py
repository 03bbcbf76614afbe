"""Any Unicode in names and tags is kept, and partitions have their own ARNs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from posture.collectors import all_collectors
from posture.history.models import ResourceRecord
from posture.pages.inventory.console_links import console_url
from posture.sweep import Engine, SweepRole, Target, regions, sweep_account
from posture.sweep.clients import Clients
from tests.faults import furnish
from tests.faults.house import AFFLICTED, House
from tests.simulated import EXTERNAL_ID, REGION, ROLE_NAME, Estate

pytestmark = [pytest.mark.simulator]

WORDS = {
    "astral": "\U0001f9ea \U0010fffd",
    "right to left": "\u202eevil\u202c \u0645\u0631\u062d\u0628\u0627",
    "control": "bell \u0007 escape \u001b[31m tab \t",
    "null": "a\u0000b",
    "half a pair": "a\ud83d b\udc00",
    "a key \ud800 of halves": "x",
    "combining": "e\u0301 \u200b\ufeff",
    "markup": "<script>alert(1)</script> & 'quotes' \"double\"",
}


def test_any_unicode_is_kept_and_changes_nothing_from_sweep_to_sweep(house: House) -> None:
    secrets = house.estate.simulator.client("secretsmanager", house.accounts[AFFLICTED].account_id, REGION)
    tags = [{"Key": key, "Value": value} for key, value in WORDS.items()]
    policy = {"Version": "2012-10-17", "Statement": [], "Id": "half \ud800 and \U0001f9ea"}
    secrets.tag_resource(SecretId="first", Tags=tags)
    secrets.put_resource_policy(SecretId="first", ResourcePolicy=json.dumps(policy))
    house.mending.append(lambda _: secrets.untag_resource(SecretId="first", TagKeys=list(WORDS)))
    house.mending.append(lambda _: secrets.delete_resource_policy(SecretId="first"))

    house.sweep(AFFLICTED)
    first = secret(house)
    house.sweep(AFFLICTED)

    assert not house.state_of(AFFLICTED).gaps
    assert secret(house).pk == first.pk, "the same words are no change"
    assert first.tags["astral"] == WORDS["astral"]
    assert first.tags["right to left"] == WORDS["right to left"]
    assert first.tags["half a pair"] == "a\ufffd b\ufffd"
    assert first.tags["a key \ufffd of halves"] == "x"
    assert first.config["ResourcePolicy"]["Id"] == "half \ufffd and \U0001f9ea"
    json.dumps([first.tags, first.config], ensure_ascii=False).encode()
    house.mend()
    house.sweep(AFFLICTED)
    assert house.state_of(AFFLICTED).facts == house.before[AFFLICTED].facts


def secret(house: House) -> ResourceRecord:
    mine = ResourceRecord.objects.filter(account=house.accounts[AFFLICTED], valid_to=None)
    return mine.get(type="AWS::SecretsManager::Secret", name="first")


PARTITIONS = {
    "aws-cn": ("cn-north-1", "amazonaws.com.cn", "https://console.amazonaws.cn"),
    "aws-us-gov": ("us-gov-west-1", "amazonaws.com", "https://console.amazonaws-us-gov.com"),
}


@pytest.mark.parametrize("partition", PARTITIONS)
def test_a_sweep_of_another_partition(
    partition: str, estate: Estate, engine_of: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _, console = PARTITIONS[partition]
    account_id = {"aws-cn": "333333333331", "aws-us-gov": "333333333332"}[partition]
    found(estate, account_id, home)
    role = SweepRole(f"arn:{partition}:iam::{account_id}:role/{ROLE_NAME}", EXTERNAL_ID)
    engine = engine_of()

    result = sweep_account(engine, Target(account_id, role, partition=partition), collectors=furnish.collectors())

    assert result.regions == [home]
    assert not result.gaps
    kinds = {resource.type for resource in result.resources}
    assert {"AWS::EC2::VPC", "AWS::EC2::SecurityGroup", "AWS::S3::Bucket"} <= kinds
    assert {resource.arn.split(":")[1] for resource in result.resources} == {partition}
    for resource in result.resources:
        record: Any = ResourceRecord(arn=resource.arn)
        monkeypatch.setattr(ResourceRecord, "account", Anywhere, raising=False)
        assert console_url(record).startswith(console)


class Anywhere:
    """An account of an organization that is real."""

    class organization:  # noqa: N801 - a model's field
        is_simulated = False


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def found(estate: Estate, account_id: str, home: str) -> None:
    """Make an account in a partition's home region, with the role and a bucket."""
    control = estate.simulator.control
    known = control.shelf("*", "global", "organization")["regions"]
    if home not in known:
        control.put("*", "global", "organization", regions=[*known, home])
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": estate.caller}}
    allow = {"Effect": "Allow", "Action": [*furnish.actions(), "ec2:DescribeRegions"], "Resource": "*"}
    iam = estate.simulator.client("iam", account_id, home)
    iam.create_role(RoleName=ROLE_NAME, AssumeRolePolicyDocument=document(trust))
    iam.put_role_policy(RoleName=ROLE_NAME, PolicyName="read", PolicyDocument=document(allow))
    s3 = estate.simulator.client("s3", account_id, home)
    s3.create_bucket(Bucket=f"kept-{account_id}", CreateBucketConfiguration={"LocationConstraint": home})


@pytest.mark.parametrize("partition", PARTITIONS)
def test_endpoints_and_homes_are_those_of_the_partition(partition: str) -> None:
    home, domain, _ = PARTITIONS[partition]
    clients = Clients()

    assert regions.home_of(partition) == home
    for service in ("sts", "ec2", "s3", "iam", "secretsmanager"):
        endpoint = clients.of(service, home).meta.endpoint_url
        assert endpoint.endswith(domain), endpoint
    assert home in clients.of("sts", home).meta.endpoint_url, "a global endpoint knows nothing of this partition"


def test_every_collector_names_its_arns_by_the_partition() -> None:
    """No collector writes arn:aws itself."""
    import inspect

    for each in all_collectors().values():
        source = inspect.getsource(inspect.getmodule(each.gather))  # type: ignore[arg-type]
        assert '"arn:aws:' not in source, each.resource_type
