"""Judge VPCs, each in its owner's account, also those with nothing in them."""

from __future__ import annotations

from functools import partial

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.network import vpcs_in_use
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.ownership import owned_elsewhere
from posture.core.related import Related
from posture.core.resource import Resource
from posture.core.values import all_found

VPC = "AWS::EC2::VPC"
INTERFACE = "AWS::EC2::NetworkInterface"
FLOW_LOG = "AWS::EC2::FlowLog"
ENDPOINT = "AWS::EC2::VPCEndpoint"

OWN = {"VpcId": "vpc-1", "OwnerId": "111122223333", "IsDefault": False}
SHARED = {**OWN, "OwnerId": "444455556666"}
USED = neighbour(INTERFACE, {"VpcId": "vpc-1"}, name="eni-1")
REJECTED_TRAFFIC = frozenset({"ALL", "REJECT"})
"""The kinds of flow logs that record what was rejected."""


def _log(resource_id: str = "vpc-1", traffic: str = "ALL", delivery: str | None = "SUCCESS") -> Resource:
    config = {"FlowLogId": "fl-1", "ResourceId": resource_id, "FlowLogStatus": "ACTIVE", "TrafficType": traffic}
    return neighbour(FLOW_LOG, config, name="fl-1", observed={"DeliverLogsStatus": delivery})


@check(
    resource_type=VPC,
    title="VPC has a flow log",
    problem="VPC has no working flow log of rejected traffic",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "practices:activity", "cis_aws_7:4.7", "aws_fsbp:EC2.6"),
    aliases=("prowler:vpc_flow_logs_enabled", "securityhub:EC2.6"),
    version=2,
    needs=(FLOW_LOG,),
    remediation=Remediation(
        console="VPC → Your VPCs → the VPC → Flow logs → Create flow log; all traffic, to the log archive's bucket.",
        cli="aws ec2 create-flow-logs --region {region} --resource-type VPC --resource-ids {id} --traffic-type ALL "
        "--log-destination-type s3 --log-destination arn:aws:s3:::YOUR-LOG-BUCKET",
        terraform='resource "aws_flow_log" "this" {\n  vpc_id               = aws_vpc.this.id\n'
        '  traffic_type         = "ALL"\n  log_destination_type = "s3"\n'
        "  log_destination      = aws_s3_bucket.logs.arn\n}",
    ),
    examples=(
        passes(OWN, related=(_log(),)),
        passes(OWN, "rejected traffic alone", related=(_log(traffic="REJECT"),)),
        passes(OWN, "nothing was delivered yet", related=(_log(delivery=None),)),
        fails(OWN, "also where nothing is in the VPC"),
        fails(OWN, "accepted traffic alone", related=(_log(traffic="ACCEPT"),)),
        fails(OWN, "it cannot be delivered", related=(_log(delivery="FAILED"),)),
        fails(OWN, "only another VPC has one", related=(_log("vpc-2"),)),
        fails(OWN, "only one of its subnets has one", related=(_log("subnet-1"),)),
        fails(OWN, "only one of its interfaces has one", related=(_log("eni-1"),)),
        is_unknown(OWN, "flow logs may not be listed", gaps=(FLOW_LOG,)),
        does_not_apply(SHARED, "a participant cannot see the owner's flow logs"),
    ),
)
def ec2_vpc_flow_logs_enabled(vpc: Resource, related: Related) -> Outcome:
    """After an intrusion, the first question is who talked to whom, and nothing but a flow log can answer it.

    It cannot be had afterwards. GuardDuty reads the traffic on its own, but keeps no record for you to search.
    Rejected traffic alone meets the benchmark, accepted traffic alone does not; all traffic is what an investigation
    wants. Flow logs of single subnets or interfaces do not count: what is added to the VPC later goes unrecorded.
    """
    shared = owned_elsewhere(vpc)
    if shared:
        return shared
    logs = [log for log in related.here(FLOW_LOG) if log.config.get("ResourceId") == vpc.config["VpcId"]]
    active = [log for log in logs if log.config.get("FlowLogStatus") == "ACTIVE"]
    recording = [log for log in active if log.config.get("TrafficType") in REJECTED_TRAFFIC]
    delivered = all_found(*(partial(_delivered, log) for log in recording))
    if delivered:
        return passed(f"Its traffic is logged by {delivered[0].config['FlowLogId']}.", "VpcId")
    if recording:
        return failed(f"Its flow log {recording[0].config['FlowLogId']} cannot be delivered.", "VpcId")
    if active:
        return failed(f"Its flow log {active[0].config['FlowLogId']} records accepted traffic alone.", "VpcId")
    return failed("No flow log records the traffic of this VPC.", "VpcId")


def _delivered(log: Resource) -> list[Resource]:
    """Return a flow log whose last delivery did not fail, or was never made."""
    return [] if log.observed.get("DeliverLogsStatus") == "FAILED" else [log]


@check(
    resource_type=VPC,
    title="Default VPC is not in use",
    problem="Default VPC is in use",
    severity=Severity.MEDIUM,
    controls=("practices:vpc",),
    needs=(INTERFACE,),
    remediation=Remediation(
        console="Move what runs there into a VPC that you designed, then VPC → Your VPCs → Actions → Delete default "
        "VPC. AWS can make a new one at any time.",
        cli="aws ec2 describe-network-interfaces --region {region} --filters Name=vpc-id,Values={id}",
    ),
    examples=(
        passes({**OWN, "IsDefault": True}, "nothing is in it"),
        fails({**OWN, "IsDefault": True}, related=(USED,)),
        is_unknown({**OWN, "IsDefault": True}, gaps=(INTERFACE,)),
        is_unknown({**OWN, "IsDefault": denied("ec2:DescribeVpcs")}),
        does_not_apply(OWN, related=(USED,)),
    ),
)
def ec2_vpc_default_unused(vpc: Resource, related: Related) -> Outcome:
    """AWS puts a ready-made VPC into every region, and whoever names no network lands in it.

    Each of its subnets is public and gives each instance a public address, and all workloads there share one
    network. It is a place for first steps, and no isolation between workloads or from the internet.
    """
    if not vpc.config["IsDefault"]:
        return not_applicable("This is not a region's default VPC.", "IsDefault")
    inside = [i for i in related.here(INTERFACE) if i.config.get("VpcId") == vpc.config["VpcId"]]
    if not inside:
        return passed("Nothing is in this default VPC.", "IsDefault")
    count = sum(int(interface.observed.get("Count") or 1) for interface in inside)
    return failed(f"This default VPC is in use: {_counted(count, 'network interface')} in it.", "IsDefault")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


@check(
    resource_type=VPC,
    title="Account keeps no empty VPCs",
    problem="Account keeps empty VPCs",
    severity=Severity.LOW,
    controls=("practices:vpc",),
    needs=(VPC, INTERFACE),
    remediation=Remediation(
        console="VPC → Your VPCs, region by region: delete those in which nothing runs, the default ones as well. "
        "A landing zone can do this for each new account.",
        cli="aws ec2 delete-vpc --region {region} --vpc-id {id}",
    ),
    examples=(
        passes(OWN, related=(USED,)),
        fails(OWN, "the account's only empty VPC"),
        fails(
            OWN,
            "it stands for the others, too",
            related=(neighbour(VPC, {**OWN, "VpcId": "vpc-2"}, name="vpc-2", region="us-east-1"),),
        ),
        does_not_apply(
            {**OWN, "VpcId": "vpc-2"},
            "counted at another one",
            related=(neighbour(VPC, OWN, name="vpc-1", region="eu-central-1"),),
        ),
        does_not_apply(SHARED),
        is_unknown(OWN, gaps=(INTERFACE,)),
    ),
)
def ec2_vpc_empty_removed(vpc: Resource, related: Related) -> Outcome:
    """A network that nobody uses is one that nobody watches, and one in which things can be started unseen.

    AWS makes one in each region of each new account. They are one finding for each account and not one for each
    VPC, since one decision removes them all, and with them what other rules find in them.
    """
    shared = owned_elsewhere(vpc)
    if shared:
        return shared
    if vpc.config["VpcId"] in vpcs_in_use(related.here(INTERFACE)):
        return passed("Something runs in this VPC.", "VpcId")
    used = vpcs_in_use(related.everywhere(INTERFACE))
    empty = [other for other in related.everywhere(VPC) if _is_own_and_empty(other, used)]
    first = min(empty, key=lambda other: (other.region, str(other.config["VpcId"])))
    if first.config["VpcId"] != vpc.config["VpcId"]:
        return not_applicable(f"Empty as well; counted at {first.config['VpcId']} in {first.region}.", "VpcId")
    regions = len({other.region for other in empty})
    return failed(f"{_counted(len(empty), 'empty VPC')} in {_counted(regions, 'region')} of this account.", "VpcId")


def _is_own_and_empty(vpc: Resource, used: set[str]) -> bool:
    return not owned_elsewhere(vpc) and vpc.config["VpcId"] not in used


def _endpoint(service: str, kind: str = "Gateway") -> Resource:
    config = {"VpcId": "vpc-1", "ServiceName": f"com.amazonaws.eu-central-1.{service}", "VpcEndpointType": kind}
    return neighbour(ENDPOINT, config, name=f"vpce-{service}")


def _services(vpc: Resource, related: Related) -> set[str]:
    """Return the services, such as `s3` and `ec2`, to which a VPC has own endpoints."""
    endpoints = (e for e in related.here(ENDPOINT) if e.config.get("VpcId") == vpc.config["VpcId"])
    return {str(endpoint.config.get("ServiceName") or "").rsplit(".", 1)[-1] for endpoint in endpoints}


@check(
    resource_type=VPC,
    title="VPC reaches S3 and DynamoDB by gateway endpoints",
    problem="VPC lacks a gateway endpoint for S3 or DynamoDB",
    severity=Severity.LOW,
    controls=("practices:vpc", "cis_aws_7:6.8"),
    needs=(ENDPOINT, INTERFACE),
    remediation=Remediation(
        console="VPC → Endpoints → Create endpoint → AWS services, type Gateway: S3 and DynamoDB, for every route "
        "table of the VPC. They cost nothing.",
        cli="aws ec2 create-vpc-endpoint --region {region} --vpc-id {id} --vpc-endpoint-type Gateway "
        "--service-name com.amazonaws.{region}.s3 --route-table-ids YOUR-ROUTE-TABLES",
        terraform='resource "aws_vpc_endpoint" "s3" {\n  vpc_id          = aws_vpc.this.id\n'
        '  service_name    = "com.amazonaws.eu-central-1.s3"\n  route_table_ids = aws_route_table.private[*].id\n}',
    ),
    examples=(
        passes(OWN, related=(USED, _endpoint("s3"), _endpoint("dynamodb"))),
        fails(OWN, "S3 alone", related=(USED, _endpoint("s3"))),
        fails(OWN, related=(USED,)),
        is_unknown(OWN, related=(USED,), gaps=(ENDPOINT,)),
        does_not_apply(OWN, "an empty VPC"),
        does_not_apply(SHARED, related=(USED,)),
    ),
)
def ec2_vpc_gateway_endpoints_used(vpc: Resource, related: Related) -> Outcome:
    """Without an endpoint, data on its way to S3 or DynamoDB leaves the VPC by the same door as to the internet.

    An endpoint keeps it on AWS's network, and its policy can say which buckets may be reached at all, so that
    stolen credentials cannot carry data to a stranger's bucket. Gateway endpoints are free.
    """
    shared = owned_elsewhere(vpc)
    if shared:
        return shared
    if vpc.config["VpcId"] not in vpcs_in_use(related.here(INTERFACE)):
        return not_applicable("Nothing is in this VPC that could reach them.", "VpcId")
    missing = [name for name in ("s3", "dynamodb") if name not in _services(vpc, related)]
    if missing:
        return failed(f"No endpoint in this VPC leads to {' or '.join(missing)}.", "VpcId")
    return passed("S3 and DynamoDB are reached by endpoints.", "VpcId")


@check(
    resource_type=VPC,
    title="VPC reaches the EC2 API by an endpoint",
    problem="VPC has no endpoint for the EC2 API",
    severity=Severity.LOW,
    controls=("practices:vpc", "aws_fsbp:EC2.10"),
    aliases=("prowler:vpc_endpoint_for_ec2_enabled", "securityhub:EC2.10"),
    version=2,
    needs=(ENDPOINT,),
    remediation=Remediation(
        console="VPC → Endpoints → Create endpoint → AWS services: ec2, in two zones, with a security group that "
        "allows 443 from the VPC. It is paid by the hour and zone.",
        cli="aws ec2 create-vpc-endpoint --region {region} --vpc-id {id} --vpc-endpoint-type Interface "
        "--service-name com.amazonaws.{region}.ec2 --subnet-ids YOUR-SUBNETS --security-group-ids YOUR-GROUP",
    ),
    examples=(
        passes(OWN, related=(_endpoint("ec2", "Interface"),)),
        fails(OWN, related=(_endpoint("s3"),)),
        fails(OWN, "also where nothing is in the VPC"),
        is_unknown(OWN, gaps=(ENDPOINT,)),
        does_not_apply(SHARED),
    ),
)
def ec2_vpc_endpoint_for_ec2_present(vpc: Resource, related: Related) -> Outcome:
    """Calls to the EC2 API from inside a VPC otherwise need a way to the internet, for them alone.

    With an interface endpoint the subnets can do without that way, and the endpoint's policy can say which
    calls may be made from here.
    """
    shared = owned_elsewhere(vpc)
    if shared:
        return shared
    if "ec2" in _services(vpc, related):
        return passed("An endpoint in this VPC leads to the EC2 API.", "VpcId")
    return failed("No endpoint in this VPC leads to the EC2 API.", "VpcId")
