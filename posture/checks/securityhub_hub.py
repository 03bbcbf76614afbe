"""Judges whether Security Hub CSPM runs in each region, with standards that work."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.related import Related
from posture.core.resource import GLOBAL, Resource

ACCOUNT = "AWS::Account::Account"
HUB = "AWS::SecurityHub::Hub"
FSBP = "arn:aws:securityhub:eu-central-1::standards/aws-foundational-security-best-practices/v/1.0.0"


@check(
    resource_type=HUB,
    title="Security Hub evaluates at least one standard",
    problem="Security Hub evaluates no standard",
    severity=Severity.MEDIUM,
    controls=("practices:native", "cis_aws_7:5.16"),
    remediation=Remediation(
        console="Security Hub CSPM → Security standards → AWS Foundational Security Best Practices → Enable standard. "
        "A standard that is incomplete usually waits for AWS Config: turn its recorder on.",
        cli="aws securityhub batch-enable-standards --region {region} --standards-subscription-requests "
        "StandardsArn=arn:aws:securityhub:{region}::standards/aws-foundational-security-best-practices/v/1.0.0",
        terraform='resource "aws_securityhub_standards_subscription" "fsbp" {\n  standards_arn = '
        '"arn:aws:securityhub:${data.aws_region.current.region}::standards/'
        'aws-foundational-security-best-practices/v/1.0.0"\n}',
    ),
    examples=(
        passes({"Standards": [{"StandardsArn": FSBP, "StandardsStatus": "READY"}]}),
        fails({"Standards": []}),
        fails({"Standards": [{"StandardsArn": FSBP, "StandardsStatus": "INCOMPLETE"}]}, "Not all controls work"),
        is_unknown({"Standards": denied("securityhub:GetEnabledStandards")}),
    ),
)
def securityhub_hub_standards_ready(hub: Resource) -> Outcome:
    """A hub without a standard checks nothing; it only waits for what others send.

    A standard that is incomplete or failed shows an empty list of findings that reads like good news.
    """
    standards = hub.config.items_of("Standards")
    if not standards:
        return failed(f"Security Hub in {hub.region} evaluates no standard.", "Standards")
    for index, standard in enumerate(standards):
        if standard["StandardsStatus"] not in {"READY", "PENDING"}:
            name = standard["StandardsArn"].rsplit("standards/", 1)[-1]
            return failed(f"{name} is {standard['StandardsStatus'].lower()}.", f"Standards[{index}].StandardsStatus")
    names = ", ".join(standard["StandardsArn"].rsplit("standards/", 1)[-1] for standard in standards)
    return passed(f"Evaluates {names}.", "Standards")


@check(
    resource_type=HUB,
    needs=(ACCOUNT,),
    title="Security Hub is administered from one account",
    problem="Security Hub has no administrator account",
    severity=Severity.MEDIUM,
    controls=("practices:native", "practices:accounts", "cis_aws_7:2.1.6"),
    remediation=Remediation(
        console="In the management account: Security Hub CSPM → Settings → General → Delegated administrator → the "
        "security account's id → Delegate. There: Configuration → Central configuration.",
        cli="aws securityhub enable-organization-admin-account --admin-account-id <security-account> --region {region}",
        terraform='resource "aws_securityhub_organization_admin_account" "this" {\n'
        '  admin_account_id = "<security-account>"\n}',
    ),
    examples=(
        passes({"Administrator": {"AccountId": "444455556666", "MemberStatus": "Enabled"}}),
        fails({"Administrator": {"AccountId": "444455556666", "MemberStatus": "Removed"}}, "It no longer does"),
        passes(
            {"Administrator": None, "OrganizationConfiguration": {"AutoEnable": True}},
            "The administrator itself",
        ),
        fails(
            {"Administrator": None, "OrganizationConfiguration": None},
            related=(neighbour(ACCOUNT, {"Organization": {"Id": "o-example"}}, region=GLOBAL),),
        ),
        does_not_apply(
            {"Administrator": None, "OrganizationConfiguration": None},
            "An account without an Organization",
            related=(neighbour(ACCOUNT, {"Organization": None}, region=GLOBAL),),
        ),
        is_unknown({"Administrator": denied("securityhub:GetAdministratorAccount")}),
    ),
    version=2,
)
def securityhub_hub_centrally_administered(hub: Resource, related: Related) -> Outcome:
    """A hub that its own account administers shows its findings to that account alone.

    With a delegated administrator the security team sees all accounts side by side, and decides once
    which controls are on.
    """
    administrator = hub.config["Administrator"]
    if administrator:
        account, status = administrator["AccountId"], administrator["MemberStatus"]
        if status.lower() != "enabled":
            return failed(f"Account {account} does not administer it: {status.lower()}.", "Administrator.MemberStatus")
        return passed(f"Account {account} administers it.", "Administrator.AccountId")
    if hub.config["OrganizationConfiguration"]:
        return passed("This account administers Security Hub for the Organization.", "OrganizationConfiguration")
    accounts = related.everywhere(ACCOUNT)
    if accounts and not accounts[0].config["Organization"]:
        return not_applicable("The account belongs to no Organization.", "Administrator")
    return failed(
        f"Nobody outside the account administers Security Hub in {hub.region}.",
        "Administrator",
        "OrganizationConfiguration",
    )
