"""The instance of IAM Identity Center, by which people get into accounts."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.sso_center import FINDING, instances
from posture.core.collector import Ask, Column, Family, ListingScope, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::SSO::Instance",
    title="Identity Center instance",
    plural="Identity Center instances",
    service="sso-admin",
    family=Family.IDENTITY,
    scope=ListingScope.ORGANIZATION,
    actions=FINDING,
    columns=(
        Column("IdentityStoreId", "Identity store"),
        Column("OwnerAccountId", "Account"),
        Column("CreatedDate", "Since"),
    ),
    ignored=("StatusReason", "Region"),
    observed=("Status",),
    unordered=("Regions",),
)
def identity_centers(ask: Ask) -> Iterator[Resource]:
    """The front door of an organization: its directory says who people are, its assignments which accounts they enter.

    An Organization has one instance, in one region, next to which member accounts may have their own.
    """
    for raw in instances(ask):
        name = raw.get("Name") or raw["IdentityStoreId"]
        yield ask.resource(raw, arn=raw["InstanceArn"], name=name, region=raw["Region"])
