"""Shared clients sign with the calling thread's credentials, or not at all."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from posture.core.gap import GapReason
from posture.sweep import Engine, Target
from posture.sweep.calls import AccountCalls
from posture.sweep.clients import Clients, asking_as
from posture.sweep.credentials import OwnCredentials
from posture.sweep.errors import AskError
from tests.sweep.conftest import SECRETS, role_in
from tests.sweep.fake_aws import Call, FakeAws

KEYS = Credentials("ASIA1111222233330001", "s", "t")


def test_a_request_that_nobody_signs_for_is_not_sent(aws: FakeAws) -> None:
    client = Clients(endpoint_url=aws.url).of("secretsmanager", "eu-central-1")

    with pytest.raises(NoCredentialsError):
        client.list_secrets()

    assert not aws.calls


def test_credentials_end_with_their_block(aws: FakeAws) -> None:
    client = Clients(endpoint_url=aws.url).of("secretsmanager", "eu-central-1")
    aws.on["secretsmanager:ListSecrets"] = {}

    with asking_as(KEYS, "eu-central-1"):
        client.list_secrets()
    with pytest.raises(NoCredentialsError):
        client.list_secrets()

    assert [call.key for call in aws.calls] == [KEYS.access_key]


def test_credentials_do_not_reach_other_threads(aws: FakeAws) -> None:
    client = Clients(endpoint_url=aws.url).of("secretsmanager", "eu-central-1")
    inside = threading.Barrier(2)

    def nobody() -> None:
        inside.wait()
        with pytest.raises(NoCredentialsError):
            client.list_secrets()
        inside.wait()

    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(nobody)
        with asking_as(KEYS, "eu-central-1"):
            inside.wait()
            inside.wait()
        other.result()


def test_one_client_is_made_though_many_threads_want_it_at_once() -> None:
    clients = Clients()
    start = threading.Barrier(16)

    def wanted(_: int) -> object:
        start.wait()
        return clients.of("sqs", "eu-central-1")

    with ThreadPoolExecutor(16) as threads:
        assert len(set(map(id, threads.map(wanted, range(16))))) == 1


def test_a_simulator_answers_for_s3_control_and_for_buckets_by_path(moto_server: str) -> None:
    calls = AccountCalls(Clients(endpoint_url=moto_server), OwnCredentials(Credentials("AKIA", "s")), "aws")

    with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
        calls("s3control", "get_public_access_block", "eu-central-1", {"AccountId": "123456789012"})
    with pytest.raises(ClientError, match="NoSuchBucket"):
        calls("s3", "get_bucket_policy", "eu-central-1", {"Bucket": "none-of-this-name"})


@pytest.mark.parametrize(("service", "reason"), [("macie2", GapReason.NOT_OFFERED), ("ec2", GapReason.UNREACHABLE)])
def test_a_service_without_an_endpoint_is_not_offered_only_where_botocore_agrees(
    monkeypatch: pytest.MonkeyPatch, service: str, reason: GapReason
) -> None:
    region = "mx-central-1"
    method = {"macie2": "get_macie_session", "ec2": "describe_vpcs"}[service]
    calls = AccountCalls(Clients(), OwnCredentials(KEYS), "aws")

    def unreachable(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://nowhere")

    monkeypatch.setattr("posture.sweep.calls.LONGEST_BACKOFF", 0.0)
    monkeypatch.setattr(calls._clients.of(service, region), method, unreachable)

    with pytest.raises((AskError, EndpointConnectionError)) as failed:
        calls(service, method, region, {})

    error = failed.value
    reported = error.failure.reason if isinstance(error, AskError) else GapReason.UNREACHABLE
    assert reported is reason
    assert reason.blinds == (service == "ec2")


@pytest.mark.parametrize(
    ("partition", "home", "region"),
    [("aws-cn", "cn-north-1", "cn-northwest-1"), ("aws-us-gov", "us-gov-west-1", "us-gov-east-1")],
)
def test_other_partitions_have_their_own_home_and_arns(
    aws: FakeAws, engine: Engine, partition: str, home: str, region: str
) -> None:
    from posture.sweep import SweepRole, sweep_account

    def listed(call: Call) -> dict[str, object]:
        arn = f"arn:{partition}:secretsmanager:{call.region}:{call.account_id}:secret:a"
        return {"SecretList": [{"ARN": arn, "Name": "a"}]}

    aws.regions = (region,)
    aws.on |= {"secretsmanager:ListSecrets": listed, "secretsmanager:GetResourcePolicy": {}}
    role = SweepRole(role_in("111122223333").arn.replace(":aws:", f":{partition}:"))

    result = sweep_account(
        engine, Target("111122223333", role, partition=partition), collectors={"AWS::Test::Secret": SECRETS}
    )

    assert not result.gaps
    assert [resource.arn.split(":")[1] for resource in result.resources] == [partition]
    assert {call.region for call in aws.made("sts:AssumeRole")} == {home}
