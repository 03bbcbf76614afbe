"""The accounts of the Organization: their state, their unit, and their limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.collectors import organization_tree
from posture.collectors.organization_tree import RCP, SCP, Node
from posture.core.collector import Ask, Column, Family, ListingScope, Relation, collector
from posture.core.resource import GLOBAL, Resource


@collector(
    resource_type="AWS::Organizations::Account",
    title="Member account",
    plural="Member accounts",
    service="organizations",
    family=Family.IDENTITY,
    scope=ListingScope.ORGANIZATION,
    actions=(
        "organizations:DescribeOrganization",
        "organizations:ListAccountsForParent",
        "organizations:ListDelegatedAdministrators",
        "organizations:ListDelegatedServicesForAccount",
        "organizations:ListOrganizationalUnitsForParent",
        "organizations:ListPolicies",
        "organizations:ListRoots",
        "organizations:ListTagsForResource",
        "organizations:ListTargetsForPolicy",
    ),
    columns=(
        Column("Id", "Account"),
        Column("State", "State"),
        Column("OrganizationalUnitPath", "Organizational unit"),
        Column("IsManagementAccount", "Management"),
        Column("JoinedTimestamp", "Joined"),
    ),
    relations=(Relation("ParentArn", "AWS::Organizations::OrganizationalUnit"),),
    secret=("Email",),
    ignored=(
        # Given by OrganizationalUnitPath and State, which older and newer answers both give.
        "Paths",
        "Status",
    ),
    unordered=("DelegatedServices", "Policies"),
)
def accounts(ask: Ask) -> Iterator[Resource]:
    """Each account of the Organization, as the Organization knows it: also those that cannot be swept."""
    roots = organization_tree.roots(ask)
    nodes = list(organization_tree.nodes(ask, roots))
    enabled = [kind for kind in organization_tree.policy_types(roots) if kind in {SCP, RCP}]
    attached = organization_tree.attached(organization_tree.policies(ask, enabled))
    management = ask.field("organizations", "describe_organization", "Organization.MasterAccountId")
    delegated = _delegated(ask)
    placed = [(account, node) for node, found in zip(nodes, _members(ask, nodes), strict=True) for account in found]
    tags = ask.each(lambda pair: _tags(ask, pair[0]["Id"]), placed)
    for (account, node), labels in zip(placed, tags, strict=True):
        raw = {
            **account,
            # AWS retires Status in favour of State; older endpoints answer without the latter.
            "State": account.get("State") or account.get("Status"),
            "IsManagementAccount": account["Id"] == management if isinstance(management, str) else management,
            "ParentId": node.id,
            "ParentArn": node.arn,
            "OrganizationalUnitPath": node.path,
            "DelegatedServices": delegated.get(account["Id"], []) if isinstance(delegated, dict) else delegated,
            "Policies": [entry for place in (*node.ids, account["Id"]) for entry in attached.get(place, ())],
        }
        yield ask.resource(raw, arn=account["Arn"], name=account["Name"], tags=labels, region=GLOBAL)


def _members(ask: Ask, nodes: list[Node]) -> list[list[Mapping[str, Any]]]:
    def below(node: Node) -> list[Mapping[str, Any]]:
        return list(ask.pages("organizations", "list_accounts_for_parent", "Accounts", ParentId=node.id))

    return ask.each(below, nodes)


def _delegated(ask: Ask) -> Any:
    """Return the services of each delegated administrator, by account id."""
    found = ask.listing("organizations", "list_delegated_administrators", "DelegatedAdministrators")
    if not isinstance(found, list):
        return found
    ids = [account["Id"] for account in found]
    return dict(zip(ids, ask.each(lambda account_id: _services(ask, account_id), ids), strict=True))


def _services(ask: Ask, account_id: str) -> Any:
    services = ask.listing(
        "organizations", "list_delegated_services_for_account", "DelegatedServices", AccountId=account_id
    )
    return [service["ServicePrincipal"] for service in services] if isinstance(services, list) else services


def _tags(ask: Ask, account_id: str) -> Any:
    return ask.listing("organizations", "list_tags_for_resource", "Tags", ResourceId=account_id)
