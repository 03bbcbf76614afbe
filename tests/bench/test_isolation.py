"""64 threads sweep 100 accounts whose every answer carries the account's number.

None lands in another account.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSRequest

from devtools.bench.recorder import Recording
from devtools.bench.recording import record_sweep
from devtools.bench.replay import replaying, statistics_of
from posture.core.collector import Ask, Collector, ListingScope
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.core.values import plain
from posture.sweep import Engine, Target, clients, sweep_account
from tests.sweep.conftest import declared, role_in
from tests.sweep.fake_aws import Call, FakeAws, Reply

RECORDED = "999988887777"
THREADS = 64
ACCOUNTS = [f"{number:012d}" for number in range(1, 101)]


def secrets_of(ask: Ask) -> Iterator[Resource]:
    """JSON: a listing in two pages, and a detail for each thing."""

    def detail(raw: dict[str, str]) -> Resource:
        policy = ask.field("secretsmanager", "get_resource_policy", "ResourcePolicy", SecretId=raw["ARN"])
        return ask.resource({**raw, "Policy": policy}, arn=raw["ARN"])

    yield from ask.each(detail, list(ask.pages("secretsmanager", "list_secrets", "SecretList")))


def networks_of(ask: Ask) -> Iterator[Resource]:
    """EC2's XML."""
    for raw in ask.pages("ec2", "describe_vpcs", "Vpcs"):
        yield ask.resource(raw, arn=ask.arn("ec2", f"vpc/{raw['VpcId']}", account_id=raw["OwnerId"]))


def buckets_of(ask: Ask) -> Iterator[Resource]:
    """S3's XML over paths, in another region than the one that lists."""
    for raw in ask.pages("s3", "list_buckets", "Buckets"):
        policy = ask.field("s3", "get_bucket_policy", "Policy", region="eu-west-1", Bucket=raw["Name"])
        yield ask.resource({**raw, "Policy": policy}, arn=f"arn:aws:s3:::{raw['Name']}")


COLLECTORS: dict[str, Collector] = {
    each.resource_type: each
    for each in (
        declared(secrets_of),
        declared(networks_of, "Network"),
        declared(buckets_of, "Bucket", scope=ListingScope.GLOBAL),
    )
}


def listed(call: Call) -> dict[str, Any]:
    page = call.params.get("NextToken", "one")
    arn = f"arn:aws:secretsmanager:{call.region}:{call.account_id}:secret:{page}"
    more = {"NextToken": "two"} if page == "one" else {}
    return {"SecretList": [{"ARN": f"{arn}-{name}", "Name": f"{name} of {call.account_id}"} for name in "ab"], **more}


def policy(call: Call) -> dict[str, Any]:
    return {"ResourcePolicy": f"{call.account_id} {call.region} {call.params['SecretId']}"}


def vpcs(call: Call) -> Reply:
    item = f"<item><vpcId>vpc-{call.region}</vpcId><ownerId>{call.account_id}</ownerId></item>"
    return Reply(f"<DescribeVpcsResponse><vpcSet>{item}</vpcSet></DescribeVpcsResponse>", 200, "text/xml")


def buckets(call: Call) -> Reply:
    items = f"<Bucket><Name>data-{call.account_id}</Name></Bucket>"
    return Reply(f"<ListAllMyBucketsResult><Buckets>{items}</Buckets></ListAllMyBucketsResult>", 200, "text/xml")


def bucket_policy(call: Call) -> Reply:
    return Reply(json.dumps({"Owner": call.account_id}), 200, "application/json")


@pytest.fixture(scope="module")
def recording() -> Recording:
    aws = FakeAws(regions=("eu-central-1", "eu-west-1", "us-east-1"))
    aws.on |= {
        "secretsmanager:ListSecrets": listed,
        "secretsmanager:GetResourcePolicy": policy,
        "ec2:DescribeVpcs": vpcs,
        "s3:/": buckets,
        f"s3:/data-{RECORDED}?policy": bucket_policy,
    }
    url = aws.start()
    try:
        return record_sweep(session(), url, Target(RECORDED, role_in(RECORDED)), collectors=COLLECTORS)
    finally:
        aws.stop()


@pytest.fixture(scope="module")
def server(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file = tmp_path_factory.mktemp("bench") / "recording.json"
    recording.save(file)
    with replaying(file, latency=0.002) as url:
        yield url


@pytest.fixture(autouse=True)
def _hasty() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def session() -> boto3.Session:
    return boto3.Session(aws_access_key_id="AKIA000000000000", aws_secret_access_key="s", region_name="us-east-1")


def swept(server: str, recording: Recording, accounts: Sequence[str] = ACCOUNTS) -> list[AccountResult]:
    engine = Engine(session(), endpoint_url=server, threads=THREADS)
    now = datetime.fromisoformat(recording.now)

    def one(account_id: str) -> AccountResult:
        return sweep_account(engine, Target(account_id, role_in(account_id)), collectors=COLLECTORS, now=now)

    try:
        with ThreadPoolExecutor(THREADS) as threads:
            return list(threads.map(one, accounts))
    finally:
        engine.pool.close()


def strayed(results: list[AccountResult]) -> list[str]:
    """Return the resources that contain another account's number."""
    return [
        f"{result.account_id} got {text}"
        for result in results
        for resource in result.resources
        for text in [json.dumps(plain([resource.arn, resource.raw_config]))]
        if result.account_id not in text or any(other in text for other in ACCOUNTS if other != result.account_id)
    ]


def test_no_answer_lands_in_another_account(server: str, recording: Recording) -> None:
    results = swept(server, recording)

    assert not strayed(results)
    assert [result.account_id for result in results] == ACCOUNTS
    for result in results:
        assert not result.gaps
        assert len(result.resources) == 3 * (4 + 1) + 1
        for resource in result.resources:
            assert resource.account_id == result.account_id
            if resource.type == "AWS::Test::Secret":
                assert resource.raw_config["Policy"] == f"{result.account_id} {resource.region} {resource.arn}"
    assert not statistics_of(server)["unmatched"]


def test_the_test_sees_answers_that_stray(server: str, recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without isolation, answers do reach other accounts."""
    last: list[Any] = [None]
    own = clients.asking_as

    @contextmanager
    def shared(credentials: Any, region: str) -> Iterator[None]:
        last[0] = credentials
        with own(credentials, region):
            yield

    def sign(request: AWSRequest, **_: Any) -> None:
        request.context["signing"] = {**request.context.get("signing", {}), "request_credentials": last[0]}

    monkeypatch.setattr("posture.sweep.calls.asking_as", shared)
    monkeypatch.setattr(clients, "_sign_as_asked", sign)

    assert strayed(swept(server, recording, ACCOUNTS[:20]))


def test_recorded_answers_come_back_byte_for_byte_but_for_the_account(server: str, recording: Recording) -> None:
    engine = Engine(session(), endpoint_url=server, threads=4)
    target = Target("123456789012", role_in("123456789012"))

    result = sweep_account(engine, target, collectors=COLLECTORS, now=datetime.fromisoformat(recording.now))
    engine.pool.close()

    assert {resource.name for resource in result.resources if resource.type == "AWS::Test::Bucket"} == {
        "data-123456789012"
    }
    # The calls that a recording counts are those that a sweep makes, the role apart.
    assert sum(result.calls.values()) - result.calls["sts:assume_role"] == recording.calls
