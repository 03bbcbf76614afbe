"""Faults by configuration: what a client sees, and whom it does not touch."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.parsers import ResponseParserError

from devtools.simulator.simulator import Simulator, SimulatorError
from tests.simulation.conftest import Clients

pytestmark = pytest.mark.simulator

SHOP = "204815161011"
USER = f"User: arn:aws:sts::{SHOP}:assumed-role/PlumblineReadOnly/plumbline is not authorized to perform:"


def refused(ask: Callable[..., Any], **parameters: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as error:
        ask(**parameters)
    answer = error.value.response
    return answer["Error"]["Code"], answer["Error"].get("Message", ""), answer["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize(
    ("service", "method", "parameters", "expected"),
    [
        (
            "ec2",
            "describe_vpcs",
            {},
            (
                "UnauthorizedOperation",
                403,
                f"You are not authorized to perform this operation. {USER} ec2:DescribeVpcs "
                "because no identity-based policy allows the ec2:DescribeVpcs action",
            ),
        ),
        (
            "s3",
            "get_bucket_encryption",
            {"Bucket": "af-webshop-prod-invoices"},
            (
                "AccessDenied",
                403,
                f'{USER} s3:GetEncryptionConfiguration on resource: "arn:aws:s3:::af-webshop-prod-invoices" '
                "because no identity-based policy allows the s3:GetEncryptionConfiguration action",
            ),
        ),
        ("iam", "get_account_summary", {}, ("AccessDenied", 403, f"{USER} iam:GetAccountSummary because")),
        ("rds", "describe_db_instances", {}, ("AccessDenied", 403, f"{USER} rds:DescribeDBInstances because")),
        ("dynamodb", "list_tables", {}, ("AccessDeniedException", 400, f"{USER} dynamodb:ListTables because")),
        ("guardduty", "list_detectors", {}, ("AccessDeniedException", 403, f"{USER} guardduty:ListDetectors because")),
        ("efs", "describe_file_systems", {}, ("AccessDeniedException", 403, "elasticfilesystem:DescribeFileSystems")),
    ],
)
def test_denial_is_worded_as_each_service_does(
    simulated_organization: Simulator,
    client: Clients,
    service: str,
    method: str,
    parameters: dict[str, str],
    expected: tuple[str, int, str],
) -> None:
    ask = getattr(client(service, "webshop-prod"), method)
    ask(**parameters)
    simulated_organization.control.fault("deny", ["*"], accounts=[SHOP])
    code, words, status = refused(ask, **parameters)
    assert (code, status) == expected[:2]
    assert expected[2] in words


def test_an_explicit_denial_names_the_policy(simulated_organization: Simulator, client: Clients) -> None:
    arn = "arn:aws:organizations::204815160101:policy/o-x/service_control_policy/p-12345678"
    simulated_organization.control.fault("deny", ["ec2:Describe*"], accounts=[SHOP], cause="scp", policy=arn)
    message = refused(client("ec2", "webshop-prod").describe_vpcs)[1]
    assert message.endswith(f"ec2:DescribeVpcs with an explicit deny in a service control policy: {arn}")


def test_a_fault_meets_its_account_region_and_action_only(simulated_organization: Simulator, client: Clients) -> None:
    control = simulated_organization.control
    control.fault("deny", ["ec2:DescribeVpcs"], accounts=[SHOP], regions=["eu-west-1"])
    assert refused(client("ec2", "webshop-prod", "eu-west-1").describe_vpcs)[0] == "UnauthorizedOperation"
    client("ec2", "webshop-prod", "eu-west-1").describe_subnets()
    client("ec2", "webshop-prod", "eu-central-1").describe_vpcs()
    client("ec2", "payments-prod", "eu-west-1").describe_vpcs()
    control.clear_faults()
    client("ec2", "webshop-prod", "eu-west-1").describe_vpcs()


@pytest.mark.parametrize(
    ("service", "method", "code", "status"),
    [
        ("ec2", "describe_vpcs", "RequestLimitExceeded", 503),
        ("s3", "list_buckets", "SlowDown", 503),
        ("iam", "get_account_summary", "Throttling", 400),
        ("dynamodb", "list_tables", "ThrottlingException", 400),
        ("securityhub", "describe_hub", "TooManyRequestsException", 429),
    ],
)
def test_throttling_ends_after_so_many_times(
    simulated_organization: Simulator, client: Clients, service: str, method: str, code: str, status: int
) -> None:
    ask = getattr(client(service, "webshop-prod"), method)
    simulated_organization.control.fault("throttle", [f"{service}:*"], accounts=[SHOP], times=1)
    assert refused(ask)[::2] == (code, status)
    ask()


def test_services_break(simulated_organization: Simulator, client: Clients) -> None:
    ec2 = client("ec2", "webshop-prod")
    control = simulated_organization.control
    control.fault("error", ["ec2:DescribeVpcs"], status=500)
    assert refused(ec2.describe_vpcs)[::2] == ("InternalFailure", 500)
    control.fault("error", ["ec2:DescribeSubnets"], status=503)
    assert refused(ec2.describe_subnets)[::2] == ("ServiceUnavailable", 503)
    control.fault("html", ["ec2:DescribeVolumes"])
    assert refused(ec2.describe_volumes)[2] == 502
    control.fault("reset", ["ec2:DescribeAddresses"])
    with pytest.raises((ResponseParserError, ConnectionClosedError)):
        ec2.describe_addresses()


def test_slowness_delays_the_answer(simulated_organization: Simulator, client: Clients) -> None:
    ec2 = client("ec2", "webshop-prod")
    ec2.describe_vpcs()
    simulated_organization.control.fault("slow", ["ec2:DescribeVpcs"], seconds=0.4)
    begun = time.monotonic()
    assert ec2.describe_vpcs()["Vpcs"]
    assert time.monotonic() - begun >= 0.4


def test_a_fault_may_hit_every_other_call(simulated_organization: Simulator, client: Clients) -> None:
    ec2 = client("ec2", "webshop-prod")
    simulated_organization.control.fault("deny", ["ec2:DescribeVpcs"], accounts=[SHOP], every=2)
    ec2.describe_vpcs()
    assert refused(ec2.describe_vpcs)[0] == "UnauthorizedOperation"
    ec2.describe_vpcs()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"effect": "explode", "actions": ["*"]}, "effect is one of"),
        ({"effect": "deny", "actions": []}, "needs actions"),
        ({"effect": "deny", "actions": ["*"], "acounts": ["1"]}, "has no acounts"),
        ({"effect": "deny", "actions": ["*"], "cause": "mood"}, "cause is one of"),
    ],
)
def test_a_wrong_fault_is_refused_with_a_reason(
    simulated_organization: Simulator, fault: dict[str, Any], words: str
) -> None:
    with pytest.raises(SimulatorError, match=words):
        simulated_organization.control.ask("POST", "faults", **fault)


def test_calls_are_counted_by_account_and_operation(simulated_organization: Simulator, client: Clients) -> None:
    ec2 = client("ec2", "webshop-prod")
    simulated_organization.control.forget_calls()
    ec2.describe_vpcs()
    ec2.describe_vpcs()
    assert simulated_organization.control.calls(SHOP) == {SHOP: {"ec2:DescribeVpcs": 2}}


def test_a_read_sees_what_was_just_written(simulated_organization: Simulator, client: Clients) -> None:
    reader = client("s3", "webshop-prod")
    writer = simulated_organization.client("s3", SHOP, "eu-central-1")
    bucket = {"Bucket": "af-webshop-prod-exports"}
    assert "Status" not in reader.get_bucket_versioning(**bucket)
    writer.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Enabled"})
    assert reader.get_bucket_versioning(**bucket)["Status"] == "Enabled"
    writer.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Suspended"})
