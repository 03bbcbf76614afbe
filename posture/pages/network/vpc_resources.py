"""A VPC's own resources by type, as listed in one account and region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from posture.core.arn import Arn
from posture.core.network import PREFIX_LIST, EntriesOf, prefix_list_ids
from posture.core.related import Neighbourhood
from posture.core.resource import Resource

ROUTE_TABLE = "AWS::EC2::RouteTable"
SUBNET = "AWS::EC2::Subnet"
INTERFACE = "AWS::EC2::NetworkInterface"
GROUP = "AWS::EC2::SecurityGroup"
ACL = "AWS::EC2::NetworkAcl"
INTERNET_GATEWAY = "AWS::EC2::InternetGateway"
OF_VPC = (ROUTE_TABLE, SUBNET, INTERFACE, GROUP, ACL)
"""The types of a VPC's own resources that its analysis reads."""
NEEDED = (*OF_VPC, PREFIX_LIST, INTERNET_GATEWAY)
"""All types that the analysis reads."""


@dataclass(frozen=True, slots=True)
class VpcResources:
    """A VPC's own resources by type, and the prefix lists that rules and routes name."""

    by_type: Mapping[str, list[Resource]]
    entries_of: EntriesOf
    groups_by_id: dict[str, Resource] = field(default_factory=dict)

    def groups(self) -> Mapping[str, Resource]:
        """Return security groups by id; raises `KeyError` if they could not be listed."""
        if not self.groups_by_id:
            self.groups_by_id.update({aws_id(group): group for group in self.by_type[GROUP]})
        return self.groups_by_id

    def of(self, kind: str) -> list[Resource]:
        """Return resources of a type, none if they could not be listed."""
        return self.by_type.get(kind, [])


def aws_id(resource: Resource) -> str:
    """Return a resource's AWS id, such as `subnet-0a1b`."""
    return Arn.parse(resource.arn).name


def interface_count(interface: Resource) -> int:
    """Return how many interfaces a resource stands for: a population has a count."""
    return int(interface.raw_observed.get("Count") or 1)


def prefix_lists(around: Neighbourhood, region: str, list_id: str) -> Sequence[Resource]:
    """Return the prefix lists of a region with an id."""
    return around.index(PREFIX_LIST, region, prefix_list_ids).get(list_id)


def has_routes(table: Resource) -> bool:
    """Return True if a route table's routes could be read."""
    return table.config.known("Routes")
