"""The account as a whole: its contacts, its Organization, its trails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.core.collector import Ask, Column, Family, ListingScope, collector
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Unknown, canonical

CONTACTS = ("SECURITY", "OPERATIONS", "BILLING")
ORGANIZATION = ("Id", "Arn", "FeatureSet", "MasterAccountId")
TRAIL = ("TrailARN", "HomeRegion", "IsOrganizationTrail")


@collector(
    resource_type="AWS::Account::Account",
    title="Account",
    plural="Accounts",
    service="account",
    family=Family.OTHER,
    scope=ListingScope.GLOBAL,
    actions=(
        "account:GetAlternateContact",
        "account:GetContactInformation",
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetTrailStatus",
        "iam:ListAccountAliases",
        "organizations:DescribeOrganization",
    ),
    columns=(
        Column("AccountAliases", "Alias"),
        Column("Organization.Id", "Organization"),
        Column("Organization.MasterAccountId", "Management account"),
        Column("AlternateContacts.SECURITY", "Security contact"),
    ),
    unordered=("MultiRegionTrails",),
)
def accounts(ask: Ask) -> Iterator[Resource]:
    """The account itself: its contacts, the Organization that it is in, and the trails that reach it.

    Contacts are people. Only a fingerprint of each is kept, which shows that there is one and that it
    changed, and nothing of who it is.
    """
    aliases = ask.listing("iam", "list_account_aliases", "AccountAliases")
    yield ask.resource(
        {
            "AccountId": ask.account_id,
            "AccountAliases": aliases,
            "AlternateContacts": {kind: _alternate_contact(ask, kind) for kind in CONTACTS},
            "ContactInformation": _contact_information(ask),
            "Organization": _organization(ask),
            "MultiRegionTrails": _trails(ask),
        },
        arn=ask.arn("account", "account", region=""),
        name=aliases[0] if isinstance(aliases, list) and aliases else ask.account_id,
        region=GLOBAL,
    )


def _alternate_contact(ask: Ask, kind: str) -> Any:
    contact = ask.field(
        "account",
        "get_alternate_contact",
        "AlternateContact",
        absent=("ResourceNotFoundException",),
        AlternateContactType=kind,
    )
    return _fingerprint(ask, contact)


def _contact_information(ask: Ask) -> Any:
    contact = ask.field(
        "account", "get_contact_information", "ContactInformation", absent=("ResourceNotFoundException",)
    )
    return _fingerprint(ask, contact)


def _fingerprint(ask: Ask, contact: Any) -> Any:
    return ask.fingerprint(canonical(contact).decode()) if isinstance(contact, Mapping) else contact


def _organization(ask: Ask) -> Any:
    """Return the Organization, which every member may describe, or None without one."""
    answer = ask.field(
        "organizations", "describe_organization", "Organization", absent=("AWSOrganizationsNotInUseException",)
    )
    return {key: answer.get(key) for key in ORGANIZATION} if isinstance(answer, Mapping) else answer


def _trails(ask: Ask) -> Any:
    """Return the trails that record this account in all regions.

    They show in every region as replicas, so they are seen also where their home region is not swept.
    """
    found = ask.listing("cloudtrail", "describe_trails", "trailList", includeShadowTrails=True)
    if found is None or isinstance(found, Unknown):
        return found
    return ask.each(lambda trail: _trail(ask, trail), [trail for trail in found if trail.get("IsMultiRegionTrail")])


def _trail(ask: Ask, trail: Mapping[str, Any]) -> dict[str, Any]:
    # A member is not always shown the state of its Organization's trail.
    logging = ask.field(
        "cloudtrail", "get_trail_status", "IsLogging", absent=("TrailNotFoundException",), Name=trail["TrailARN"]
    )
    return {**{key: trail.get(key) for key in TRAIL}, "IsLogging": logging}
