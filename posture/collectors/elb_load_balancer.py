"""Classic load balancers, which AWS keeps for what was built before 2016."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown


@collector(
    resource_type="AWS::ElasticLoadBalancing::LoadBalancer",
    title="Classic load balancer",
    plural="Classic load balancers",
    service="elb",
    family=Family.NETWORK,
    actions=(
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeLoadBalancerAttributes",
        "elasticloadbalancing:DescribeTags",
    ),
    columns=(
        Column("Scheme", "Scheme"),
        Column("ListenerDescriptions.Listener.LoadBalancerPort", "Ports"),
        Column("ListenerDescriptions.Listener.Protocol", "Protocols"),
        Column("AvailabilityZones", "Zones"),
        Column("CreatedTime", "Created"),
    ),
    relations=(
        Relation("VPCId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),
        Relation("Subnets", "AWS::EC2::Subnet", "arn:{partition}:ec2:{region}:{account}:subnet/{id}"),
        Relation(
            "SecurityGroups", "AWS::EC2::SecurityGroup", "arn:{partition}:ec2:{region}:{account}:security-group/{id}"
        ),
    ),
    ignored=("Instances",),
    unordered=("AvailabilityZones", "Subnets", "SecurityGroups", "ListenerDescriptions"),
)
def classic_load_balancers(ask: Ask) -> Iterator[Resource]:
    """A classic load balancer is an entry that is easily forgotten: no web ACL can look at what comes in by it."""
    listed = [dict(raw) for raw in ask.pages("elb", "describe_load_balancers", "LoadBalancerDescriptions")]
    yield from ask.each(partial(_load_balancer, ask), listed)


def _load_balancer(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    name = raw["LoadBalancerName"]
    get = partial(ask.field, "elb", absent=("LoadBalancerNotFound", "AccessPointNotFound"))
    attributes = get("describe_load_balancer_attributes", "LoadBalancerAttributes", LoadBalancerName=name)
    described = get("describe_tags", "TagDescriptions", LoadBalancerNames=[name])
    tags = described if isinstance(described, Unknown) else next((each.get("Tags") for each in described or ()), None)
    arn = ask.arn("elasticloadbalancing", f"loadbalancer/{name}")
    return ask.resource({**raw, "Attributes": attributes}, arn=arn, name=name, tags=tags)
