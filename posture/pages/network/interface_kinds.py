"""What a network interface belongs to, by its type, attachment and description."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from posture.core.resource import Resource
from posture.core.values import Unknown


@dataclass(frozen=True, slots=True)
class InterfaceKind:
    """What interfaces of one kind are called, one and many."""

    one: str
    many: str

    def noun(self, number: int | None) -> str:
        """Return the noun for a number of interfaces."""
        return self.one if number == 1 else self.many


INSTANCE = InterfaceKind("instance", "instances")
INTERFACE = InterfaceKind("interface", "interfaces")
LOAD_BALANCER = InterfaceKind("load balancer", "load balancers")
BY_TYPE = {
    "nat_gateway": InterfaceKind("NAT gateway", "NAT gateways"),
    "natGateway": InterfaceKind("NAT gateway", "NAT gateways"),
    "load_balancer": LOAD_BALANCER,
    "network_load_balancer": LOAD_BALANCER,
    "gateway_load_balancer": LOAD_BALANCER,
    "gateway_load_balancer_endpoint": InterfaceKind("endpoint", "endpoints"),
    "vpc_endpoint": InterfaceKind("endpoint", "endpoints"),
    "lambda": InterfaceKind("function", "functions"),
    "transit_gateway": InterfaceKind("transit gateway", "transit gateways"),
    "api_gateway_managed": InterfaceKind("API gateway", "API gateways"),
    "global_accelerator_managed": InterfaceKind("accelerator", "accelerators"),
    "quicksight": InterfaceKind("QuickSight interface", "QuickSight interfaces"),
    "branch": InterfaceKind("pod or task", "pods or tasks"),
}
BY_DESCRIPTION = (
    (re.compile(r"ELB (?:app/|net/|gwy/)?(?P<name>[^/]+)"), LOAD_BALANCER),
    (re.compile(r"RDSNetworkInterface"), InterfaceKind("database", "databases")),
    (re.compile(r"RedshiftNetworkInterface"), InterfaceKind("warehouse", "warehouses")),
    (re.compile(r"ElastiCache (?P<name>\S+)"), InterfaceKind("cache node", "cache nodes")),
    (re.compile(r"arn:aws[\w-]*:ecs:"), InterfaceKind("task", "tasks")),
    (re.compile(r"EFS mount target for (?P<name>\S+)"), InterfaceKind("mount target", "mount targets")),
    (re.compile(r"Amazon EKS (?P<name>\S+)"), InterfaceKind("cluster endpoint", "cluster endpoints")),
    (re.compile(r"AWS Lambda VPC ENI-(?P<name>\S+)"), BY_TYPE["lambda"]),
    (re.compile(r"VPC Endpoint Interface (?P<name>\S+)"), BY_TYPE["vpc_endpoint"]),
    (re.compile(r"Interface for NAT Gateway (?P<name>\S+)"), BY_TYPE["nat_gateway"]),
)
"""Descriptions that services set where the type is only "interface"."""


def kind_of(interface: Resource) -> InterfaceKind:
    """Return the kind of an interface; `INTERFACE` if nothing identifies it."""
    kind = str(interface.raw_config.get("InterfaceType") or "")
    if kind in BY_TYPE:
        return BY_TYPE[kind]
    for pattern, described in BY_DESCRIPTION:
        if pattern.match(_description(interface)):
            return described
    return INSTANCE if _instance(interface) else INTERFACE


def owner_name(interface: Resource, names: Mapping[str, str] | None = None) -> str:
    """Return the name of the resource that an interface belongs to, or its own.

    `names` maps ARNs of instances to their names.
    """
    for pattern, _ in BY_DESCRIPTION:
        found = pattern.match(_description(interface))
        if found and found.groupdict().get("name"):
            return str(found["name"])
    tags = {} if isinstance(interface.raw_tags, Unknown) else interface.raw_tags
    named = (names or {}).get(instance_arn(interface), "")
    return str(tags.get("Name") or named or _instance(interface) or interface.name)


def instance_arn(interface: Resource) -> str:
    """Return the ARN of an interface's instance, empty if it has none."""
    instance = _instance(interface)
    return f"{interface.arn.rsplit(':', 1)[0]}:instance/{instance}" if instance else ""


def _description(interface: Resource) -> str:
    return str(interface.raw_config.get("Description") or "")


def _instance(interface: Resource) -> str:
    attachment = interface.raw_config.get("Attachment")
    return str(attachment.get("InstanceId") or "") if isinstance(attachment, dict) else ""
