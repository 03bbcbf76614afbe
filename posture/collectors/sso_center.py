"""IAM Identity Center's one instance, and what is assigned in it. No collector.

The instance is in one region, which only the instance itself names; the engine asks AWS once for all of the
collectors that read it here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

from posture.core.collector import Ask
from posture.core.values import Unknown, UnknownFieldError

SERVICE = "sso-admin"
GONE = ("ResourceNotFoundException",)
FINDING = ("ec2:DescribeRegions", "sso:ListInstances")
"""The actions by which the instance is found."""
_SETTING_UP = frozenset({"CREATE_IN_PROGRESS", "CREATE_FAILED", "DELETE_IN_PROGRESS"})


def instances(ask: Ask) -> list[dict[str, Any]]:
    """Return the account's instances that are ready, each with its `Region`.

    Raises where a region that cannot be asked may have one. The home region is asked first: an Organization has one
    instance, and many have it there.
    """
    found = _in(ask, ask.region)
    if isinstance(found, list) and found:
        return found
    regions = [each["RegionName"] for each in ask.pages("ec2", "describe_regions", "Regions")]
    answers = [found, *ask.each(partial(_in, ask), [each for each in regions if each != ask.region])]
    ready = list(chain.from_iterable(each for each in answers if isinstance(each, list)))
    if not ready:
        for answer in answers:
            if isinstance(answer, Unknown):
                raise UnknownFieldError(answer)
    return ready


def _in(ask: Ask, region: str) -> list[dict[str, Any]] | Unknown:
    listed = ask.listing(SERVICE, "list_instances", "Instances", region=region)
    if isinstance(listed, Unknown):
        return listed
    ready = [{**each, "Region": region} for each in listed or () if each.get("Status") not in _SETTING_UP]
    # A delegated administrator sees the Organization's instance as another account's, next to one of its own, which
    # knows neither permission sets nor accounts.
    others = [each for each in ready if each.get("OwnerAccountId", ask.account_id) != ask.account_id]
    return others or ready


def permission_sets(ask: Ask, instance: Mapping[str, Any]) -> list[str]:
    """Return the ARNs of an instance's permission sets; raises where refused."""
    return list(
        ask.pages(
            SERVICE,
            "list_permission_sets",
            "PermissionSets",
            region=instance["Region"],
            InstanceArn=instance["InstanceArn"],
        )
    )


def accounts(ask: Ask, instance: Mapping[str, Any], permission_set: str) -> Sequence[str] | Unknown | None:
    """Return the accounts in which a permission set is assigned."""
    return ask.listing(
        SERVICE,
        "list_accounts_for_provisioned_permission_set",
        "AccountIds",
        region=instance["Region"],
        absent=GONE,
        **of(instance, permission_set),
    )


def name_of(ask: Ask, instance: Mapping[str, Any], permission_set: str) -> dict[str, Any] | Unknown | None:
    """Return a permission set's name, description and session duration."""
    described: dict[str, Any] | Unknown | None = ask.field(
        SERVICE,
        "describe_permission_set",
        "PermissionSet",
        region=instance["Region"],
        absent=GONE,
        **of(instance, permission_set),
    )
    return described


def of(instance: Mapping[str, Any], permission_set: str) -> dict[str, str]:
    """Return the parameters that name a permission set."""
    return {"InstanceArn": instance["InstanceArn"], "PermissionSetArn": permission_set}
