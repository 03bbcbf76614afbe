"""The Organization itself: its features, and which account has which duty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.collectors import organization_tree
from posture.collectors.enablement import unless_off
from posture.core import policy
from posture.core.collector import Ask, Column, Family, ListingScope, collector
from posture.core.resource import GLOBAL, Resource

NO_ROOT_MANAGEMENT = ("ServiceAccessNotEnabledException", "OrganizationNotInAllFeaturesModeException")


@collector(
    resource_type="AWS::Organizations::Organization",
    title="Organization",
    plural="Organizations",
    service="organizations",
    family=Family.IDENTITY,
    scope=ListingScope.ORGANIZATION,
    actions=(
        "iam:ListOrganizationsFeatures",
        "organizations:DescribeOrganization",
        "organizations:DescribeResourcePolicy",
        "organizations:ListAWSServiceAccessForOrganization",
        "organizations:ListDelegatedAdministrators",
        "organizations:ListDelegatedServicesForAccount",
        "organizations:ListRoots",
    ),
    columns=(
        Column("Id", "Id"),
        Column("MasterAccountId", "Management account"),
        Column("FeatureSet", "Features"),
        Column("PolicyTypes", "Policy types"),
        Column("IamFeatures", "Root access"),
    ),
    secret=("MasterAccountEmail",),
    ignored=(
        # Superseded by the roots' own policy types.
        "AvailablePolicyTypes",
    ),
    unordered=("ServiceAccess", "DelegatedAdministrators", "IamFeatures"),
)
def organizations(ask: Ask) -> Iterator[Resource]:
    """The Organization is where accounts are made, limited and watched together."""
    organization = unless_off(ask.call("organizations", "describe_organization"))
    if organization is None:
        return
    raw = organization["Organization"]
    yield ask.resource(
        {
            **raw,
            "PolicyTypes": organization_tree.policy_types(organization_tree.roots(ask)),
            "ServiceAccess": _service_access(ask),
            "DelegatedAdministrators": _administrators(ask),
            "ResourcePolicy": _resource_policy(ask),
            "IamFeatures": _root_access(ask),
        },
        arn=raw["Arn"],
        name=raw["Id"],
        region=GLOBAL,
    )


def _service_access(ask: Ask) -> Any:
    services = ask.listing("organizations", "list_aws_service_access_for_organization", "EnabledServicePrincipals")
    return [service["ServicePrincipal"] for service in services] if isinstance(services, list) else services


def _administrators(ask: Ask) -> Any:
    found = ask.listing("organizations", "list_delegated_administrators", "DelegatedAdministrators")
    return ask.each(lambda account: _administrator(ask, account), found) if isinstance(found, list) else found


def _administrator(ask: Ask, account: Mapping[str, Any]) -> dict[str, Any]:
    services = ask.listing(
        "organizations", "list_delegated_services_for_account", "DelegatedServices", AccountId=account["Id"]
    )
    principals = sorted(one["ServicePrincipal"] for one in services) if isinstance(services, list) else services
    return {"AccountId": account["Id"], "Name": account.get("Name"), "ServicePrincipals": principals}


def _resource_policy(ask: Ask) -> Any:
    """Return the policy that lets members manage the Organization's policies, if any."""
    text = ask.field(
        "organizations",
        "describe_resource_policy",
        "ResourcePolicy.Content",
        absent=("ResourcePolicyNotFoundException",),
    )
    return policy.document(text, "organizations:DescribeResourcePolicy")


def _root_access(ask: Ask) -> Any:
    """Return which root user features are managed centrally; empty where that is off."""
    features = ask.field("iam", "list_organizations_features", "EnabledFeatures", absent=NO_ROOT_MANAGEMENT)
    return [] if features is None else features
