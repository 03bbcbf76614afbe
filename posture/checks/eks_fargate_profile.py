"""Judge EKS Fargate profiles: whether their pods are in private subnets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.core.check import Remediation, check, denied, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, passed, unknown
from posture.core.related import Related
from posture.core.resource import Resource

PROFILE = "AWS::EKS::FargateProfile"
SUBNET = "AWS::EC2::Subnet"
TABLE = "AWS::EC2::RouteTable"
DESCRIBE = "eks:DescribeFargateProfile"
_IN_TWO = {"subnets": ["subnet-1", "subnet-2"]}


def _subnet(subnet_id: str) -> Resource:
    return neighbour(SUBNET, {"SubnetId": subnet_id, "VpcId": "vpc-1"}, name=subnet_id)


def _table(name: str, target: dict[str, Any], **association: Any) -> Resource:
    config = {
        "RouteTableId": name,
        "VpcId": "vpc-1",
        "Associations": [association],
        "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}, target],
    }
    return neighbour(TABLE, config, name=name)


_OUT = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}
_NAT = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}
_SUBNETS = (_subnet("subnet-1"), _subnet("subnet-2"))
_MAIN = _table("rtb-main", _NAT, Main=True)


@check(
    resource_type=PROFILE,
    title="EKS Fargate profile's pods run in private subnets",
    problem="EKS Fargate profile's pods run in a public subnet",
    severity=Severity.MEDIUM,
    controls=("practices:containers", "practices:vpc"),
    needs=(SUBNET, TABLE),
    remediation=Remediation(
        console="Make a profile with private subnets alone (EKS → Clusters → the cluster → Compute → Add Fargate "
        "profile), move the pods there, and delete this one: a profile cannot be changed.",
        cli="aws eks create-fargate-profile --region {region} --cluster-name <cluster> --fargate-profile-name <new> "
        "--pod-execution-role-arn <role> --subnets <private> --selectors namespace=<namespace>",
    ),
    examples=(
        passes(_IN_TWO, "by the VPC's main table", related=(*_SUBNETS, _MAIN)),
        passes(
            _IN_TWO,
            "their own tables, whatever the main one does",
            related=(
                _table("rtb-main", _OUT, Main=True),
                _table("rtb-1", _NAT, Main=False, SubnetId="subnet-1"),
                _table("rtb-2", _NAT, Main=False, SubnetId="subnet-2"),
            ),
        ),
        fails(
            _IN_TWO,
            "one of two",
            related=(*_SUBNETS, _MAIN, _table("rtb-1", _OUT, Main=False, SubnetId="subnet-2")),
        ),
        fails(_IN_TWO, "by the main table", related=(*_SUBNETS, _table("rtb-main", _OUT, Main=True))),
        is_unknown(_IN_TWO, related=_SUBNETS, gaps=(TABLE,)),
        is_unknown(_IN_TWO, "no table is seen", related=_SUBNETS),
        is_unknown(_IN_TWO, "a shared subnet, which another account routes", related=(_MAIN,)),
        is_unknown({"subnets": denied(DESCRIBE)}),
    ),
)
def eks_fargate_profile_subnets_private(profile: Resource, related: Related) -> Outcome:
    """EKS looks at the subnets once, when the profile is made; a route added later makes them public.

    Then a mistake in one security group is enough to reach the pods from the internet.
    """
    unseen = []
    for index, subnet_id in enumerate(profile.config["subnets"]):
        table = _table_of(subnet_id, related)
        if table is None:
            unseen.append(subnet_id)
        elif _leads_out(table):
            why = f"{table.config['RouteTableId']} routes {subnet_id} to an internet gateway."
            return failed(why, f"subnets[{index}]")
    if unseen:
        return unknown(f"No route table is listed for {', '.join(unseen)}.", "subnets")
    return passed("No subnet has a route to an internet gateway.", "subnets")


def _table_of(subnet_id: str, related: Related) -> Resource | None:
    """Return the route table that a subnet follows: its own, else its VPC's main one."""
    own = related.here_by(TABLE, _subnet_ids, subnet_id)
    if own:
        return own[0]
    for subnet in related.here_by(SUBNET, _own_id, subnet_id):
        for table in related.here_by(TABLE, _vpc_of_main, subnet.config["VpcId"]):
            return table
    return None


def _subnet_ids(table: Resource) -> Iterator[str]:
    return (each["SubnetId"] for each in table.config.items_of("Associations") if each.get("SubnetId"))


def _vpc_of_main(table: Resource) -> Iterator[str]:
    return (table.config["VpcId"] for each in table.config.items_of("Associations") if each.get("Main"))


def _own_id(subnet: Resource) -> Iterator[str]:
    yield subnet.config["SubnetId"]


def _leads_out(table: Resource) -> bool:
    routes = (each for each in table.config["Routes"] if each.get("State") != "blackhole")
    return any(str(each.get("GatewayId") or "").startswith("igw-") for each in routes)
