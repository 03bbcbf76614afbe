"""Judge the account as a whole: its contacts, and what it is used for."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.related import Related
from posture.core.resource import GLOBAL, Resource

ACCOUNT = "AWS::Account::Account"
WORKLOADS = {
    "AWS::EC2::Instance": "EC2 instances",
    "AWS::RDS::DBInstance": "RDS databases",
    "AWS::DocDB::DBCluster": "DocumentDB clusters",
    "AWS::Neptune::DBCluster": "Neptune clusters",
    "AWS::DynamoDB::Table": "DynamoDB tables",
    "AWS::EFS::FileSystem": "EFS file systems",
}
"""What runs or feeds a workload. Buckets are left out: a management account keeps bills and logs in them."""
MANAGEMENT = {"AccountId": "111122223333", "Organization": {"Id": "o-example", "MasterAccountId": "111122223333"}}
MEMBER = {"AccountId": "111122223333", "Organization": {"Id": "o-example", "MasterAccountId": "999988887777"}}
CONTACT = "hmac-sha256:5b5bfb5554207114"


@check(
    resource_type=ACCOUNT,
    title="Account has a security contact",
    problem="Account has no security contact",
    severity=Severity.MEDIUM,
    controls=("practices:accounts", "cis_aws_7:2.3", "aws_fsbp:Account.1"),
    aliases=("prowler:account_security_contact_information_is_registered", "securityhub:Account.1"),
    remediation=Remediation(
        console="Account menu → Account → Alternate contacts → Security → Edit: a mailbox and a phone that the "
        "security team reads, not a person's. From the management account it can be set for all members.",
        cli="aws account put-alternate-contact --alternate-contact-type SECURITY --name <name> --title <title> "
        "--email-address <address> --phone-number <number> --account-id {account}",
        terraform='resource "aws_account_alternate_contact" "security" {\n  alternate_contact_type = "SECURITY"\n'
        '  name          = "Security operations"\n  title         = "Security"\n'
        '  email_address = "security@example.com"\n  phone_number  = "+49 30 000000"\n}',
    ),
    examples=(
        passes({"AlternateContacts": {"SECURITY": CONTACT}}, region=GLOBAL),
        fails({"AlternateContacts": {"SECURITY": None}}, region=GLOBAL),
        is_unknown({"AlternateContacts": {"SECURITY": denied("account:GetAlternateContact")}}, region=GLOBAL),
    ),
)
def account_security_contact_registered(account: Resource) -> Outcome:
    """When AWS sees a leaked key or an attack from your account, it writes to the security contact.

    Without one the mail goes to root's mailbox, which is read by whoever set the account up, if by anyone.
    """
    if account.config["AlternateContacts"]["SECURITY"]:
        return passed("AWS knows whom to contact about security matters.", "AlternateContacts.SECURITY")
    return failed("AWS knows nobody to contact about security matters.", "AlternateContacts.SECURITY")


@check(
    resource_type=ACCOUNT,
    title="Account has contacts for operations and billing",
    problem="Account lacks a contact for operations or billing",
    severity=Severity.LOW,
    controls=("practices:accounts", "cis_aws_7:2.2"),
    remediation=Remediation(
        console="Account menu → Account → Alternate contacts → Operations, Billing → Edit: mailboxes of teams.",
        cli="aws account put-alternate-contact --alternate-contact-type OPERATIONS --name <name> --title <title> "
        "--email-address <address> --phone-number <number> --account-id {account}",
    ),
    examples=(
        passes({"AlternateContacts": {"OPERATIONS": CONTACT, "BILLING": CONTACT}}, region=GLOBAL),
        fails({"AlternateContacts": {"OPERATIONS": CONTACT, "BILLING": None}}, region=GLOBAL),
        is_unknown(
            {"AlternateContacts": {"OPERATIONS": denied("account:GetAlternateContact"), "BILLING": CONTACT}},
            region=GLOBAL,
        ),
    ),
)
def account_alternate_contacts_registered(account: Resource) -> Outcome:
    """AWS announces retired hardware, failing payments and coming changes by mail, with a date.

    Mail that only root's mailbox gets is found after that date.
    """
    contacts = account.config["AlternateContacts"]
    missing = [kind for kind in ("OPERATIONS", "BILLING") if not contacts[kind]]
    if missing:
        names = " and ".join(kind.lower() for kind in missing)
        return failed(f"There is no contact for {names}.", *(f"AlternateContacts.{kind}" for kind in missing))
    return passed("There are contacts for operations and billing.", "AlternateContacts")


@check(
    resource_type=ACCOUNT,
    title="Account has contact details",
    problem="Account has incomplete contact details",
    severity=Severity.LOW,
    controls=("practices:accounts", "cis_aws_7:2.2"),
    aliases=("prowler:account_maintain_current_contact_details",),
    remediation=Remediation(
        console="Account menu → Account → Contact information → Edit. Whether it is still right, only you know.",
        cli="aws account put-contact-information --account-id {account} --contact-information file://contact.json",
    ),
    examples=(
        passes({"ContactInformation": CONTACT}, region=GLOBAL),
        fails({"ContactInformation": None}, region=GLOBAL),
        is_unknown({"ContactInformation": denied("account:GetContactInformation")}, region=GLOBAL),
    ),
)
def account_contact_information_present(account: Resource) -> Outcome:
    """The address and phone of the account are what AWS uses to prove who owns it, and to reach you in a crisis."""
    if account.config["ContactInformation"]:
        return passed("AWS has an address and a phone number for the account.", "ContactInformation")
    return failed("AWS has no address for the account.", "ContactInformation")


@check(
    resource_type=ACCOUNT,
    title="Account belongs to an Organization",
    problem="Account belongs to no Organization",
    severity=Severity.MEDIUM,
    controls=("practices:accounts",),
    aliases=("prowler:organizations_account_part_of_organizations",),
    remediation=Remediation(
        console="In the management account: AWS Organizations → Add an AWS account → Invite an existing account; "
        "accept the invitation in this account.",
        cli="aws organizations invite-account-to-organization --target Id={account},Type=ACCOUNT",
    ),
    examples=(
        passes(MEMBER, region=GLOBAL),
        fails({"Organization": None}, region=GLOBAL),
        is_unknown({"Organization": denied("organizations:DescribeOrganization")}, region=GLOBAL),
    ),
)
def account_organization_joined(account: Resource) -> Outcome:
    """An account on its own has no guardrails, and nobody sees its logs, its costs or its findings but itself."""
    organization = account.config["Organization"]
    if organization:
        return passed(f"The account belongs to {organization['Id']}.", "Organization.Id")
    return failed("The account belongs to no Organization.", "Organization")


@check(
    resource_type=ACCOUNT,
    needs=tuple(WORKLOADS),
    title="Management account runs no workloads",
    problem="Management account runs workloads",
    severity=Severity.HIGH,
    controls=("practices:accounts", "cis_aws_7:2.1.3"),
    remediation=Remediation(
        console="Move each workload to a member account of its own: take snapshots and images there by sharing, and "
        "rebuild from code. Leave billing, Organizations and little else.",
    ),
    examples=(
        passes(MANAGEMENT, region=GLOBAL),
        fails(MANAGEMENT, related=(neighbour("AWS::EC2::Instance", {"InstanceType": "m7i.large"}),), region=GLOBAL),
        does_not_apply(MEMBER, "A member account", region=GLOBAL),
        does_not_apply({"Organization": None}, "An account without an Organization", region=GLOBAL),
        is_unknown(MANAGEMENT, gaps=("AWS::RDS::DBInstance",), region=GLOBAL),
        is_unknown({"Organization": denied("organizations:DescribeOrganization")}, region=GLOBAL),
    ),
)
def account_management_without_workloads(account: Resource, related: Related) -> Outcome:
    """No guardrail holds in the management account, and its administrators reach every other account.

    A flaw in one application there puts the whole Organization at stake. Instances, databases and file
    systems are looked for; other kinds of workloads need your own eyes.
    """
    organization = account.config["Organization"]
    if not organization:
        return not_applicable("The account belongs to no Organization.", "Organization")
    if organization["MasterAccountId"] != account.account_id:
        return not_applicable("This is a member account.", "Organization.MasterAccountId")
    found = {name: len(related.everywhere(kind)) for kind, name in WORKLOADS.items()}
    running = [f"{name} ({count})" for name, count in found.items() if count]
    if running:
        return failed(f"The management account has {', '.join(running)}.", "Organization.MasterAccountId")
    return passed("No instances, databases or file systems in the management account.", "Organization.MasterAccountId")
