"""Judge accounts by the Organization's data: state, unit, guardrails."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import GLOBAL, Resource

ACCOUNT = "AWS::Organizations::Account"
ALLOW_ALL = frozenset({"p-FullAWSAccess", "p-RCPFullAWSAccess"})
"""AWS's own policies that forbid nothing."""
ACTIVE = {"State": "ACTIVE", "IsManagementAccount": False, "OrganizationalUnitPath": "Workloads/Production"}
MANAGEMENT = {"State": "ACTIVE", "IsManagementAccount": True, "OrganizationalUnitPath": ""}
GUARDRAIL = {"Id": "p-a1b2c3d4", "Name": "protect-logging", "Type": "SERVICE_CONTROL_POLICY", "From": "ou-a1b2-2"}
FULL_ACCESS = {
    "Id": "p-FullAWSAccess",
    "Name": "FullAWSAccess",
    "Type": "SERVICE_CONTROL_POLICY",
    "From": "r-a1b2",
}


@check(
    resource_type=ACCOUNT,
    title="Account is active, or gone",
    problem="Account is suspended or closing",
    severity=Severity.LOW,
    controls=("practices:accounts",),
    remediation=Remediation(
        console="AWS Organizations → AWS accounts → the account. A suspended account is closed for good after 90 days; "
        "reopen it through AWS Support if it is still needed, and move it to an OU that denies everything until then.",
        cli="aws organizations describe-account --account-id <account>",
    ),
    examples=(
        passes(ACTIVE, region=GLOBAL),
        fails({**ACTIVE, "State": "SUSPENDED"}, region=GLOBAL),
        is_unknown({**ACTIVE, "State": denied("organizations:ListAccountsForParent")}, region=GLOBAL),
    ),
)
def organizations_account_active(account: Resource) -> Outcome:
    """A suspended account answers nobody, us included, while what it shares and stores may still be there.

    For up to 90 days it can be opened again, with all its roles and keys. Somebody should know why it is
    suspended and when it ends.
    """
    state = account.config["State"]
    if state == "ACTIVE":
        return passed("The account is active.", "State")
    return failed(f"The account is {state.lower().replace('_', ' ')}; what is left in it cannot be seen.", "State")


@check(
    resource_type=ACCOUNT,
    title="Account is in an organizational unit",
    problem="Account is in no organizational unit",
    severity=Severity.MEDIUM,
    controls=("practices:accounts",),
    remediation=Remediation(
        console="AWS Organizations → AWS accounts → the account → Actions → Move, to the unit of its environment. "
        "Look first at the policies of that unit: they hold at once.",
        cli="aws organizations move-account --account-id <account> --source-parent-id <root-id> "
        "--destination-parent-id <ou-id>",
        terraform='resource "aws_organizations_account" "this" {\n'
        "  parent_id = aws_organizations_organizational_unit.this.id\n  # …\n}",
    ),
    examples=(
        passes(ACTIVE, region=GLOBAL),
        fails({**ACTIVE, "OrganizationalUnitPath": ""}, region=GLOBAL),
        does_not_apply(MANAGEMENT, "The management account", region=GLOBAL),
        is_unknown({**ACTIVE, "IsManagementAccount": denied("organizations:DescribeOrganization")}, region=GLOBAL),
    ),
)
def organizations_account_in_unit(account: Resource) -> Outcome:
    """Guardrails, backups and tooling are rolled out by unit; an account outside all units gets none of them.

    New accounts land at the root, and stay there until somebody moves them.
    """
    if account.config["IsManagementAccount"]:
        return not_applicable("The management account's place changes nothing.", "IsManagementAccount")
    path = account.config["OrganizationalUnitPath"]
    if path:
        return passed(f"The account is in {path}.", "OrganizationalUnitPath")
    return failed("The account is directly under the root, in no unit.", "OrganizationalUnitPath")


@check(
    resource_type=ACCOUNT,
    title="Account has guardrails",
    problem="Account has no guardrails",
    severity=Severity.HIGH,
    controls=("practices:accounts", "cis_aws_7:2.1.2"),
    remediation=Remediation(
        console="AWS Organizations → Policies → Service control policies → Create policy: deny leaving the "
        "Organization, stopping CloudTrail, Config and GuardDuty, and regions that you do not use. Attach it to the "
        "unit.",
        cli="aws organizations attach-policy --policy-id <policy-id> --target-id <ou-id>",
        terraform='resource "aws_organizations_policy_attachment" "this" {\n'
        "  policy_id = aws_organizations_policy.guardrails.id\n"
        "  target_id = aws_organizations_organizational_unit.this.id\n}",
    ),
    examples=(
        passes({**ACTIVE, "Policies": [FULL_ACCESS, GUARDRAIL]}, region=GLOBAL),
        fails({**ACTIVE, "Policies": [FULL_ACCESS]}, region=GLOBAL),
        fails({**ACTIVE, "Policies": []}, "Policies are not enabled", region=GLOBAL),
        does_not_apply({**MANAGEMENT, "Policies": [FULL_ACCESS]}, "The management account", region=GLOBAL),
        does_not_apply({**ACTIVE, "State": "SUSPENDED", "Policies": [FULL_ACCESS]}, "Suspended", region=GLOBAL),
        is_unknown({**ACTIVE, "Policies": denied("organizations:ListPolicies")}, region=GLOBAL),
    ),
)
def organizations_account_guarded(account: Resource) -> Outcome:
    """Without guardrails, whoever takes over an administrator of the account can switch off all that would show it.

    A service control policy or resource control policy on the account, its unit or the root is a limit
    that nobody inside can lift. AWS's own FullAWSAccess forbids nothing.
    """
    if account.config["IsManagementAccount"]:
        return not_applicable("No policy holds in the management account.", "IsManagementAccount")
    if account.config["State"] != "ACTIVE":
        return not_applicable("The account is not active.", "State")
    policies = account.config["Policies"]
    guardrails = sorted({policy["Name"] for policy in policies if policy["Id"] not in ALLOW_ALL})
    if guardrails:
        return passed(f"Held by {', '.join(guardrails)}.", "Policies")
    return failed("No policy limits what can be done in the account.", "Policies")
