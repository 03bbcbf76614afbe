"""Managed prefix lists: address ranges that rules and routes name by one id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, collector
from posture.core.resource import Resource

_AWS = "AWS"


@collector(
    resource_type="AWS::EC2::PrefixList",
    title="Prefix list",
    plural="Prefix lists",
    service="ec2",
    family=Family.NETWORK,
    actions=(
        "ec2:DescribeManagedPrefixLists",
        "ec2:GetManagedPrefixListEntries",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeRouteTables",
    ),
    columns=(
        Column("PrefixListId", "Prefix list"),
        Column("PrefixListName", "List name"),
        Column("AddressFamily", "Family"),
        Column("Entries", "Entries"),
        Column("OwnerId", "Owner"),
    ),
    ignored=("StateMessage",),
    observed=("State",),
    unordered=("Entries",),
)
def prefix_lists(ask: Ask) -> Iterator[Resource]:
    """A security group rule or route that names a prefix list is as wide as the list's entries.

    Lists that other accounts share are included. Of the lists that AWS manages, only those that a security group or
    a route table names are read: the others decide nothing here.
    """
    named = _named(ask)
    listed = ask.pages("ec2", "describe_managed_prefix_lists", "PrefixLists", MaxResults=100)
    yield from ask.each(
        partial(_prefix_list, ask), (raw for raw in listed if raw["OwnerId"] != _AWS or raw["PrefixListId"] in named)
    )


def _named(ask: Ask) -> set[str]:
    """Return the ids that rules and routes name.

    Both listings are asked as their own collectors ask them, so the engine asks AWS once.
    """
    groups = ask.pages("ec2", "describe_security_groups", "SecurityGroups", MaxResults=1000)
    by_rules = {entry["PrefixListId"] for group in groups for rule in _rules(group) for entry in _entries(rule)}
    tables = ask.pages("ec2", "describe_route_tables", "RouteTables", MaxResults=100)
    by_routes = {route.get("DestinationPrefixListId") for table in tables for route in table.get("Routes") or ()}
    return by_rules | {list_id for list_id in by_routes if list_id}


def _entries(rule: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return rule.get("PrefixListIds") or ()


def _rules(group: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return [*(group.get("IpPermissions") or ()), *(group.get("IpPermissionsEgress") or ())]


def _prefix_list(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    entries = ask.listing(
        "ec2", "get_managed_prefix_list_entries", "Entries", PrefixListId=raw["PrefixListId"], MaxResults=100
    )
    return ask.resource(
        {**raw, "Entries": entries},
        arn=raw["PrefixListArn"],
        name=raw.get("PrefixListName"),
        tags=raw.get("Tags"),
    )
