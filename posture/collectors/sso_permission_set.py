"""Permission sets of IAM Identity Center: what they allow, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.sso_center import FINDING, GONE, SERVICE, accounts, instances, name_of, of, permission_sets
from posture.core import policy
from posture.core.collector import Ask, Column, Family, ListingScope, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

_INLINE = "sso:GetInlinePolicyForPermissionSet"


@collector(
    resource_type="AWS::SSO::PermissionSet",
    title="Permission set",
    plural="Permission sets",
    service="sso-admin",
    family=Family.IDENTITY,
    scope=ListingScope.ORGANIZATION,
    actions=(
        *FINDING,
        "sso:ListPermissionSets",
        "sso:DescribePermissionSet",
        "sso:ListManagedPoliciesInPermissionSet",
        "sso:ListCustomerManagedPolicyReferencesInPermissionSet",
        _INLINE,
        "sso:GetPermissionsBoundaryForPermissionSet",
        "sso:ListAccountsForProvisionedPermissionSet",
        "sso:ListTagsForResource",
    ),
    columns=(
        Column("ManagedPolicies.Name", "AWS's policies"),
        Column("CustomerManagedPolicies.Name", "Own policies"),
        Column("SessionDuration", "Session"),
        Column("Accounts", "Accounts"),
        Column("Description", "Description"),
    ),
    relations=(Relation("InstanceArn", "AWS::SSO::Instance"),),
    unordered=("ManagedPolicies", "CustomerManagedPolicies", "Accounts"),
)
def permission_sets_of_centers(ask: Ask) -> Iterator[Resource]:
    """A permission set becomes a role in each account that it is assigned in: what people may do there, and how long.

    `InlinePolicy` and `PermissionsBoundary` are None where there is none; `Accounts` lists where it is assigned.
    """
    for instance in instances(ask):
        arns = permission_sets(ask, instance)
        for arn, details in zip(arns, ask.each(partial(_details, ask, instance), arns), strict=True):
            described, tags = details.pop("described"), details.pop("tags")
            if described is None:
                continue  # deleted since it was listed
            if isinstance(described, Unknown):
                described = {"Name": described, "SessionDuration": described}
            raw = {"PermissionSetArn": arn, "InstanceArn": instance["InstanceArn"], **described, **details}
            name = described["Name"]
            yield ask.resource(
                raw,
                arn=arn,
                name=arn.rsplit("/", 1)[-1] if isinstance(name, Unknown) else name,
                region=instance["Region"],
                tags=tags,
            )


def _details(ask: Ask, instance: Mapping[str, Any], arn: str) -> dict[str, Any]:
    asked = {"region": instance["Region"], "absent": GONE, **of(instance, arn)}
    listing, field = partial(ask.listing, SERVICE), partial(ask.field, SERVICE)
    questions: dict[str, Callable[[], Any]] = {
        "described": lambda: name_of(ask, instance, arn),
        "ManagedPolicies": lambda: listing(
            "list_managed_policies_in_permission_set", "AttachedManagedPolicies", **asked
        ),
        "CustomerManagedPolicies": lambda: listing(
            "list_customer_managed_policy_references_in_permission_set", "CustomerManagedPolicyReferences", **asked
        ),
        "InlinePolicy": lambda: _inline(field("get_inline_policy_for_permission_set", "InlinePolicy", **asked)),
        "PermissionsBoundary": lambda: field(
            "get_permissions_boundary_for_permission_set", "PermissionsBoundary", **asked
        ),
        "Accounts": lambda: accounts(ask, instance, arn),
        "tags": lambda: ask.listing(
            SERVICE,
            "list_tags_for_resource",
            "Tags",
            region=instance["Region"],
            absent=GONE,
            InstanceArn=instance["InstanceArn"],
            ResourceArn=arn,
        ),
    }
    return ask.together(questions)


def _inline(text: Any) -> dict[str, Any] | Unknown | None:
    """Return the inline policy in canonical form; AWS's empty text is None."""
    return None if text == "" else policy.document(text, _INLINE)
