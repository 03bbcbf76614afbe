"""Who may assume which role, and when a session ends."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from devtools.simulator.declared import Declared
from devtools.simulator.overlay.identity import KEPT, admits
from devtools.simulator.overlay.terms import Caller
from devtools.simulator.overlay.world import Session, World
from devtools.simulator.simulator import Simulator, client_at
from tests.simulation.conftest import Clients, base_credentials, role_arn

pytestmark = pytest.mark.simulator

Assume = Callable[[str], dict[str, str]]


@pytest.fixture
def sts(simulated_organization: Simulator, declared_organization: Declared) -> Any:
    return client_at(simulated_organization.url, "sts", credentials=base_credentials(declared_organization))


def refused(ask: Callable[..., Any], **parameters: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as error:
        ask(**parameters)
    answer = error.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_the_session_belongs_to_the_account_of_its_role(client: Clients, sts: Any) -> None:
    assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::204815160101:user/plumbline"
    identity = client("sts", "webshop-prod").get_caller_identity()
    assert identity["Account"] == "204815161011"
    assert identity["Arn"] == "arn:aws:sts::204815161011:assumed-role/PlumblineReadOnly/plumbline"


@pytest.mark.parametrize(
    ("role", "external_id"),
    [
        ("arn:aws:iam::204815161011:role/PlumblineReadOnly", "wrong"),
        ("arn:aws:iam::204815161011:role/PlumblineReadOnly", None),
        ("arn:aws:iam::204815161011:role/NoSuchRole", "plumbline-demo-4f9c1be27d6a40d3a8f2"),
        ("arn:aws:iam::999999999999:role/PlumblineReadOnly", "plumbline-demo-4f9c1be27d6a40d3a8f2"),
        ("arn:aws:iam::204815164022:role/OrganizationAccountAccessRole", None),
    ],
    ids=["wrong external id", "no external id", "no such role", "no such account", "suspended account"],
)
def test_every_refusal_is_worded_alike(sts: Any, role: str, external_id: str | None) -> None:
    extra = {"ExternalId": external_id} if external_id else {}
    code, message, status = refused(sts.assume_role, RoleArn=role, RoleSessionName="plumbline", **extra)
    assert (code, status) == ("AccessDenied", 403)
    caller = "User: arn:aws:iam::204815160101:user/plumbline"
    assert message == f"{caller} is not authorized to perform: sts:AssumeRole on resource: {role}"


def test_trust_admits_only_the_principal_it_names(
    simulated_organization: Simulator, declared_organization: Declared, credentials: Assume
) -> None:
    chained = client_at(simulated_organization.url, "sts", credentials=credentials("security-tooling"))
    external_id = declared_organization.organization["external_id"]
    target = role_arn(declared_organization, "webshop-prod")
    assert (
        refused(chained.assume_role, RoleArn=target, RoleSessionName="plumbline", ExternalId=external_id)[0]
        == "AccessDenied"
    )


def test_sessions_expire_in_each_services_own_words(simulated_organization: Simulator, client: Clients) -> None:
    clients = {s: client(s, "webshop-prod") for s in ("ec2", "s3", "iam", "dynamodb", "guardduty")}
    assert clients["s3"].list_buckets()["Buckets"]
    simulated_organization.control.expire_sessions("204815161011")
    codes = {
        "ec2": refused(clients["ec2"].describe_vpcs)[0],
        "s3": refused(clients["s3"].list_buckets)[0],
        "iam": refused(clients["iam"].list_users)[0],
        "dynamodb": refused(clients["dynamodb"].list_tables)[0],
        "guardduty": refused(clients["guardduty"].list_detectors)[0],
    }
    assert codes == {
        "ec2": "RequestExpired",
        "s3": "ExpiredToken",
        "iam": "ExpiredToken",
        "dynamodb": "ExpiredTokenException",
        "guardduty": "ExpiredTokenException",
    }


def test_sessions_that_ended_long_ago_are_forgotten() -> None:
    world, now = World(), dt.datetime.now(dt.UTC)
    for hours in (-2, -0.5, 1):
        caller = Caller("111111111111", "arn", "user", "key")
        expires = now + dt.timedelta(hours=hours)
        world.sessions[str(hours)] = Session(caller, "secret", "token", expires, policies=None)  # type: ignore[arg-type]
    world.forget_sessions(now - KEPT)
    assert set(world.sessions) == {"-0.5", "1"}


def test_strangers_and_stolen_tokens_are_turned_away(simulated_organization: Simulator, credentials: Assume) -> None:
    stranger = client_at(
        simulated_organization.url, "sts", credentials={"AccessKeyId": "AKIANOBODYNOBODYNOBO", "SecretAccessKey": "x"}
    )
    assert refused(stranger.get_caller_identity)[0] == "InvalidClientTokenId"
    own = credentials("webshop-prod")
    swapped = {**own, "SessionToken": credentials("payments-prod")["SessionToken"]}
    thief = client_at(simulated_organization.url, "dynamodb", credentials=swapped)
    assert refused(thief.list_tables)[0] == "UnrecognizedClientException"


def test_a_chained_session_lasts_an_hour_at_most(
    simulated_organization: Simulator, declared_organization: Declared, credentials: Assume, sts: Any
) -> None:
    external_id = declared_organization.organization["external_id"]
    target = role_arn(declared_organization, "webshop-prod")
    code, message, _ = refused(
        sts.assume_role, RoleArn=target, RoleSessionName="plumbline", ExternalId=external_id, DurationSeconds=7200
    )
    assert (code, "MaxSessionDuration" in message) == ("ValidationError", True)


def test_accounts_are_apart(client: Clients) -> None:
    assert {b["Name"] for b in client("s3", "payments-prod").list_buckets()["Buckets"]}.isdisjoint(
        {b["Name"] for b in client("s3", "webshop-prod").list_buckets()["Buckets"]}
    )
    s3 = client("s3", "payments-prod")
    assert refused(s3.get_bucket_policy, Bucket="af-webshop-prod-invoices")[0] == "AccessDenied"
    payments = client("ec2", "payments-prod", "eu-west-1").describe_vpcs()["Vpcs"]
    shop = client("ec2", "webshop-prod", "eu-central-1").describe_vpcs()["Vpcs"]
    assert {v["OwnerId"] for v in payments} == {"204815161022"}
    assert {v["OwnerId"] for v in shop} == {"204815161011"}


FACTS = {
    "aws:principalarn": "arn:aws:iam::111122223333:role/plumbline",
    "aws:principalaccount": "111122223333",
    "aws:principalorgid": "o-a1b2c3d4e5",
    "sts:externalid": "right",
}


DENY_ALL = {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}


def policy(also: dict[str, Any] | None = None, **statement: Any) -> dict[str, Any]:
    statements = [{"Effect": "Allow", "Action": "sts:AssumeRole", **statement}]
    return {"Statement": [*statements, also] if also else statements}


@pytest.mark.parametrize(
    ("trust", "admitted"),
    [
        (policy(Principal={"AWS": "arn:aws:iam::111122223333:root"}), True),
        (policy(Principal={"AWS": "111122223333"}), True),
        (policy(Principal={"AWS": ["arn:aws:iam::111122223333:role/plumbline"]}), True),
        (policy(Principal={"AWS": "arn:aws:iam::111122223333:role/other"}), False),
        (policy(Principal={"Service": "ec2.amazonaws.com"}), False),
        (policy(Principal="*", Condition={"StringEquals": {"sts:ExternalId": ["old", "right"]}}), True),
        (policy(Principal="*", Condition={"StringEquals": {"sts:ExternalId": "wrong"}}), False),
        (policy(Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}), True),
        (policy(Principal="*", Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/plumb*"}}), True),
        (policy(Principal="*", Condition={"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}), False),
        (policy(Principal="*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), False),
        (policy(Principal="*", Condition={"StringEqualsIfExists": {"aws:ViaService": "x"}}), True),
        (policy(Principal="*", Action="sts:TagSession"), False),
        (policy(Principal="*", also=DENY_ALL), False),
    ],
)  # fmt: skip
def test_trust_policies_are_read_as_aws_reads_them(trust: dict[str, Any], admitted: bool) -> None:  # noqa: FBT001
    assert admits(json.loads(json.dumps(trust)), FACTS) is admitted
