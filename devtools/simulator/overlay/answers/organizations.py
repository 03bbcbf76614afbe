"""AWS Organizations, which refuses all but the administering accounts."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.terms import AwsError
from devtools.simulator.overlay.world import EVERYWHERE

READS = (
    "DescribeAccount",
    "DescribeEffectivePolicy",
    "DescribeOrganizationalUnit",
    "DescribePolicy",
    "ListAWSServiceAccessForOrganization",
    "ListAccounts",
    "ListAccountsForParent",
    "ListChildren",
    "ListDelegatedAdministrators",
    "ListDelegatedServicesForAccount",
    "ListOrganizationalUnitsForParent",
    "ListParents",
    "ListPolicies",
    "ListPoliciesForTarget",
    "ListRoots",
    "ListTagsForResource",
    "ListTargetsForPolicy",
)
ALONE = "Your account is not a member of an organization."


@answers("organizations", *READS)
def read_organization(call: Call) -> dict[str, Any]:
    """Answer as moto does, to those who may ask."""
    management = call.world.management
    if call.account not in members(call):
        raise AwsError("AWSOrganizationsNotInUseException", ALONE)
    if call.account != management and call.account not in delegates(call):
        raise AwsError("AccessDeniedException", "You don't have permissions to access this resource.", 400)
    answer = call.beneath(management)
    for account in [answer.get("Account", {}), *answer.get("Accounts", [])]:
        if account.get("Id") == management:
            account |= {"Name": call.world.organization["name"], "Email": call.world.organization["email"]}
    return answer


@answers("organizations")
def describe_organization(call: Call) -> dict[str, Any]:
    """Answer every member, as AWS does."""
    if call.account not in members(call):
        raise AwsError("AWSOrganizationsNotInUseException", ALONE)
    answer = call.beneath(call.world.management)
    answer["Organization"]["MasterAccountEmail"] = call.world.organization["email"]
    return answer


@answers("organizations")
def describe_resource_policy(call: Call) -> dict[str, Any]:
    """Answer that nothing is delegated, unless the data have it."""
    require_management(call)
    policy = call.world.organization.get("resource_policy")
    if not policy:
        raise AwsError("ResourcePolicyNotFoundException", "There is no resource policy for this organization.", 400)
    return {"ResourcePolicy": dict(policy)}


@answers("organizations")
def create_account(call: Call) -> dict[str, Any]:
    """Create a member with the account id that the data reserves for its e-mail."""
    from moto.organizations import utils

    reserved = call.world.organization.get("reserved_ids", {}).get(call.params["Email"])
    random_id = utils.make_random_account_id
    if reserved:
        utils.make_random_account_id = lambda: reserved
    try:
        answer = call.beneath()
    finally:
        utils.make_random_account_id = random_id
    call.world.organization.setdefault("members", {})[answer["CreateAccountStatus"]["AccountId"]] = {
        "Email": call.params["Email"],
        "Name": call.params["AccountName"],
    }
    return answer


@answers("organizations")
def remove_account_from_organization(call: Call) -> dict[str, Any]:
    """Let a member go: it is alone from then on."""
    answer = call.beneath()
    call.world.organization.get("members", {}).pop(call.params["AccountId"], None)
    return answer


def members(call: Call) -> set[str]:
    """Return the accounts of the organization, its management account among them."""
    return {call.world.management, *call.world.organization.get("members", {})} - {""}


def delegates(call: Call) -> set[str]:
    """Return the accounts that are delegated administrator for any service."""
    from moto.organizations.models import organizations_backends

    backend = organizations_backends[call.world.management]["aws"]
    return {admin.account.id for admin in backend.admins}


def administrator(call: Call, service: str, region: str | None = None) -> str:
    """Return a service's administering account in a region, or ''."""
    shelf = call.world.peek(call.world.management, region or call.region, service)
    return str(shelf.get("admin") or call.world.peek(call.world.management, EVERYWHERE, service).get("admin", ""))


def others_with(call: Call, service: str, key: str) -> list[tuple[str, str]]:
    """Return whom a service's administrator sees in a region.

    Other accounts that have `key` there, with e-mail.

    To anybody else there are none.
    """
    if call.account != administrator(call, service):
        return []
    known = call.world.organization.get("members", {})
    have = (each for each in sorted(members(call) - {call.account}) if _has(call, each, service, key))
    return [(each, known.get(each, {}).get("Email") or call.world.organization.get("email", "")) for each in have]


def _has(call: Call, account: str, service: str, key: str) -> bool:
    return bool(call.world.peek(account, call.region, service).get(key))


def require_management(call: Call) -> None:
    """Refuse the call unless the account administers the organization."""
    if call.account != call.world.management and call.account not in delegates(call):
        raise AwsError("AccessDeniedException", "You don't have permissions to access this resource.", 403)
