"""The Organization's roots, units and attached policies, for several collectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from posture.core.collector import Ask

SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"


@dataclass(frozen=True, slots=True)
class Node:
    """A root or an organizational unit, and the way to it from the root."""

    id: str
    arn: str
    name: str
    names: tuple[str, ...] = ()
    """Names from below the root down to this unit; empty for a root."""
    ids: tuple[str, ...] = ()
    """Ids from the root down to this unit, both included."""

    @property
    def path(self) -> str:
        """The way as people write it: `Workloads/Production`; empty for a root."""
        return "/".join(self.names)


def roots(ask: Ask) -> list[dict[str, Any]]:
    """Return the Organization's roots, of which AWS allows one."""
    return list(ask.pages("organizations", "list_roots", "Roots"))


def policy_types(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the policy types that are enabled on the roots, sorted."""
    return sorted(
        {kind["Type"] for root in found for kind in root.get("PolicyTypes") or () if kind["Status"] == "ENABLED"}
    )


def nodes(ask: Ask, found: Sequence[Mapping[str, Any]]) -> Iterator[Node]:
    """Yield each root, then every unit, level by level."""
    level = [Node(root["Id"], root["Arn"], root["Name"], ids=(root["Id"],)) for root in found]
    while level:
        yield from level
        level = [unit for units in ask.each(lambda node: _units(ask, node), level) for unit in units]


def _units(ask: Ask, parent: Node) -> list[Node]:
    pages = ask.pages(
        "organizations", "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent.id
    )
    return [
        Node(unit["Id"], unit["Arn"], unit["Name"], (*parent.names, unit["Name"]), (*parent.ids, unit["Id"]))
        for unit in pages
    ]


def policies(ask: Ask, kinds: Sequence[str]) -> list[dict[str, Any]]:
    """Return the summaries of all policies of some types, each with its `Targets`."""
    found = [
        policy for kind in kinds for policy in ask.pages("organizations", "list_policies", "Policies", Filter=kind)
    ]
    targets = ask.each(lambda policy: _targets(ask, policy["Id"]), found)
    return [{**policy, "Targets": where} for policy, where in zip(found, targets, strict=True)]


def _targets(ask: Ask, policy_id: str) -> list[dict[str, Any]]:
    pages = ask.pages("organizations", "list_targets_for_policy", "Targets", PolicyId=policy_id)
    return sorted(pages, key=lambda target: str(target["TargetId"]))


def attached(found: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, str]]]:
    """Return the policies attached directly, by the id of an account, unit or root."""
    where: dict[str, list[dict[str, str]]] = {}
    for policy in sorted(found, key=lambda policy: str(policy["Id"])):
        for target in policy["Targets"]:
            entry = {"Id": policy["Id"], "Name": policy["Name"], "Type": policy["Type"], "From": target["TargetId"]}
            where.setdefault(target["TargetId"], []).append(entry)
    return where
