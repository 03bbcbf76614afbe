"""Application, network and gateway load balancers: listeners, attributes, web ACL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

SERVICE = "elbv2"
_TAGS_AT_ONCE = 20
"""What DescribeTags takes in one call."""
_GONE = ("LoadBalancerNotFound",)


@collector(
    resource_type="AWS::ElasticLoadBalancingV2::LoadBalancer",
    title="Load balancer",
    plural="Load balancers",
    service="elbv2",
    family=Family.NETWORK,
    arn_names=("elasticloadbalancing:loadbalancer",),
    actions=(
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeLoadBalancerAttributes",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeTags",
        "wafv2:GetWebACLForResource",
    ),
    columns=(
        Column("Type", "Type"),
        Column("Scheme", "Scheme"),
        Column("Listeners.Port", "Ports"),
        Column("Listeners.Protocol", "Protocols"),
        Column("WebAcl", "Web ACL"),
        Column("DNSName", "Name in DNS"),
    ),
    relations=(
        Relation("VpcId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),
        Relation(
            "AvailabilityZones.SubnetId", "AWS::EC2::Subnet", "arn:{partition}:ec2:{region}:{account}:subnet/{id}"
        ),
        Relation(
            "SecurityGroups", "AWS::EC2::SecurityGroup", "arn:{partition}:ec2:{region}:{account}:security-group/{id}"
        ),
        Relation("Listeners.Certificates.CertificateArn", "AWS::CertificateManager::Certificate"),
        Relation("WebAcl", "AWS::WAFv2::WebACL"),
        Relation("Listeners.DefaultActions.TargetGroupArn", "AWS::ElasticLoadBalancingV2::TargetGroup"),
    ),
    observed=("State",),
    secret=("Listeners.DefaultActions.AuthenticateOidcConfig.ClientSecret",),
    unordered=("AvailabilityZones", "SecurityGroups", "Listeners"),
)
def load_balancers(ask: Ask) -> Iterator[Resource]:
    """Where the internet meets what runs in a VPC: who may come in, by which protocol, and what looks at it first.

    `Attributes` holds the load balancer's own by their names; `WebAcl` is None where none is in front, and is asked of
    application load balancers alone.
    """
    listed = [dict(raw) for raw in ask.pages(SERVICE, "describe_load_balancers", "LoadBalancers")]
    tags = _tags(ask, [raw["LoadBalancerArn"] for raw in listed])
    for raw, details in zip(listed, ask.each(partial(_details, ask), listed), strict=True):
        arn = raw["LoadBalancerArn"]
        of = tags if isinstance(tags, Unknown) else tags.get(arn)
        yield ask.resource({**raw, **details}, arn=arn, name=raw["LoadBalancerName"], tags=of)


def _details(ask: Ask, raw: Mapping[str, Any]) -> dict[str, Any]:
    arn = raw["LoadBalancerArn"]
    questions: dict[str, Callable[[], Any]] = {
        "Attributes": lambda: _attributes(ask, arn),
        "Listeners": lambda: ask.listing(SERVICE, "describe_listeners", "Listeners", LoadBalancerArn=arn, absent=_GONE),
    }
    if raw.get("Type") == "application":
        questions["WebAcl"] = lambda: _web_acl(ask, arn)
    return ask.together(questions)


def _attributes(ask: Ask, arn: str) -> dict[str, str] | Unknown:
    found = ask.field(SERVICE, "describe_load_balancer_attributes", "Attributes", LoadBalancerArn=arn, absent=_GONE)
    if isinstance(found, Unknown):
        return found
    return {each["Key"]: each.get("Value") for each in found or ()}


def _web_acl(ask: Ask, arn: str) -> str | Unknown | None:
    """Return the ARN of the web ACL in front, None where there is none."""
    acl = ask.field(
        "wafv2", "get_web_acl_for_resource", "WebACL", ResourceArn=arn, absent=("WAFNonexistentItemException",)
    )
    return acl if isinstance(acl, Unknown) or acl is None else acl.get("ARN")


def _tags(ask: Ask, arns: Sequence[str]) -> dict[str, list[dict[str, str]]] | Unknown:
    """Return the tags of each load balancer, by ARN."""
    found: dict[str, list[dict[str, str]]] = {}
    for start in range(0, len(arns), _TAGS_AT_ONCE):
        some = list(arns[start : start + _TAGS_AT_ONCE])
        answer = ask.field(SERVICE, "describe_tags", "TagDescriptions", ResourceArns=some)
        if isinstance(answer, Unknown):
            return answer
        found |= {each["ResourceArn"]: each.get("Tags") or [] for each in answer or ()}
    return found
