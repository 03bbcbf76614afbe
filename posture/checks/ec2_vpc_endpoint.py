"""Judges VPC endpoints."""

from __future__ import annotations

from typing import Any

from posture.core import policy
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.conditions import Condition
from posture.core.iam.outside import public_access
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.ownership import owned_elsewhere
from posture.core.resource import Resource
from posture.core.values import plain

ENDPOINT = "AWS::EC2::VPCEndpoint"
OWN = {"VpcEndpointId": "vpce-1", "OwnerId": "111122223333", "VpcEndpointType": "Gateway"}
INTERFACE = {**OWN, "VpcEndpointType": "Interface", "PolicyDocument": None}

OWNER_KEYS = {"aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "s3:resourceaccount"}


def _with(**statement: Any) -> dict[str, Any]:
    full = {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["*"], "Resource": ["*"], **statement}
    return {**OWN, "PolicyDocument": {"Version": "2012-10-17", "Statement": [full]}}


@check(
    resource_type=ENDPOINT,
    title="VPC endpoint's policy names what may be reached",
    problem="VPC endpoint's policy allows access to everything",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "practices:data", "practices:iam"),
    remediation=Remediation(
        console="VPC → Endpoints → the endpoint → Policy → Edit: allow your organization's principals and resources "
        "(aws:PrincipalOrgID, aws:ResourceOrgID), and the AWS-owned buckets that your systems update from.",
        cli="aws ec2 modify-vpc-endpoint --region {region} --vpc-endpoint-id {id} --policy-document file://policy.json",
    ),
    examples=(
        passes(_with(Condition={"StringEquals": {"aws:PrincipalOrgID": ["o-example"]}})),
        passes(_with(Condition={"StringEquals": {"aws:ResourceOrgID": ["o-example"]}}), "the organization's resources"),
        passes(_with(Resource=["arn:aws:s3:::payments-*"]), "known buckets only"),
        passes(_with(Principal={"AWS": ["111122223333"]}), "known callers only"),
        fails(_with(), "AWS's default policy"),
        fails(_with(Condition={"StringNotEquals": {"aws:ResourceOrgID": ["o-example"]}}), "everyone else's resources"),
        fails(_with(Action=["s3:*"], Resource=["arn:aws:s3:::*"]), "any bucket"),
        is_unknown({**OWN, "PolicyDocument": denied("ec2:DescribeVpcEndpoints")}),
        does_not_apply({**OWN, "VpcEndpointType": "GatewayLoadBalancer", "PolicyDocument": None}, "takes no policy"),
        does_not_apply({**_with(), "OwnerId": "444455556666"}),
    ),
    version=2,
)
def ec2_vpc_endpoint_policy_restricted(endpoint: Resource) -> Outcome:
    """With the default policy, an endpoint is a private road from your network to everybody's buckets.

    Malware with keys of its own can carry your data to its own account, and no firewall sees where it goes. A
    policy that names your organization closes that road and changes nothing for your own systems.
    """
    shared = owned_elsewhere(endpoint)
    if shared:
        return shared
    document = endpoint.config.get("PolicyDocument")
    if document is None:
        return not_applicable("This endpoint takes no policy.", "PolicyDocument")
    open_ones = [s for s in public_access(policy.parse(plain(document))) if s.allows and _reaches_everything(s)]
    if not open_ones:
        return passed("The policy names callers or resources.", "PolicyDocument")
    statement = open_ones[0]
    return failed(
        f"Statement {statement.label} lets anyone reach any resource of the service.",
        *(s.path("Resource", "PolicyDocument") for s in open_ones),
    )


def _reaches_everything(statement: policy.Statement) -> bool:
    if any(_pins_owner(condition) for condition in statement.conditions):
        return False
    return bool(statement.not_resources) or any(r.rsplit(":", 1)[-1].startswith("*") for r in statement.resources)


def _pins_owner(condition: Condition) -> bool:
    """Whether a condition names whose resources may be reached."""
    return condition.operator.lower() in {"stringequals", "stringlike"} and condition.key.lower() in OWNER_KEYS


@check(
    resource_type=ENDPOINT,
    title="Interface endpoint is in two zones",
    problem="Interface endpoint is in a single zone",
    severity=Severity.LOW,
    controls=("practices:vpc",),
    aliases=("prowler:vpc_endpoint_multi_az_enabled",),
    remediation=Remediation(
        console="VPC → Endpoints → the endpoint → Actions → Manage subnets: add one in another zone.",
        cli="aws ec2 modify-vpc-endpoint --region {region} --vpc-endpoint-id {id} --add-subnet-ids YOUR-SUBNET",
    ),
    examples=(
        passes({**INTERFACE, "SubnetIds": ["subnet-1", "subnet-2"]}),
        fails({**INTERFACE, "SubnetIds": ["subnet-1"]}),
        is_unknown({**INTERFACE, "SubnetIds": denied("ec2:DescribeVpcEndpoints")}),
        does_not_apply({**OWN, "SubnetIds": []}, "a gateway endpoint"),
    ),
)
def ec2_vpc_endpoint_multi_az(endpoint: Resource) -> Outcome:
    """If its one zone fails, everything in the VPC loses the service behind the endpoint, wherever it runs.

    An interface endpoint may have one subnet in each zone, so two subnets are two zones.
    """
    if endpoint.config["VpcEndpointType"] != "Interface":
        return not_applicable("Only interface endpoints are in chosen subnets.", "VpcEndpointType")
    count = len(endpoint.config.items_of("SubnetIds"))
    if count > 1:
        return passed(f"The endpoint is in {count} zones.", "SubnetIds")
    return failed("The endpoint is in a single zone.", "SubnetIds")
