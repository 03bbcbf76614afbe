"""Judge how the Organization is governed: guardrails, and who has which duty."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.policy import parse
from posture.core.resource import GLOBAL, Resource

ORGANIZATION = "AWS::Organizations::Organization"
DELEGABLE = {
    "access-analyzer.amazonaws.com": "Access Analyzer",
    "cloudtrail.amazonaws.com": "CloudTrail",
    "config.amazonaws.com": "Config",
    "detective.amazonaws.com": "Detective",
    "fms.amazonaws.com": "Firewall Manager",
    "guardduty.amazonaws.com": "GuardDuty",
    "inspector2.amazonaws.com": "Inspector",
    "macie.amazonaws.com": "Macie",
    "securityhub.amazonaws.com": "Security Hub",
}
"""Security services that a member account can administer, by service principal (AWS Organizations User Guide)."""

MANAGES_POLICIES = ("organizations:AttachPolicy", "organizations:CreatePolicy", "organizations:UpdatePolicy")


def _administrator(*services: str) -> dict[str, object]:
    return {"AccountId": "444455556666", "Name": "Security", "ServicePrincipals": list(services)}


@check(
    resource_type=ORGANIZATION,
    title="Organization has all features",
    problem="Organization does not have all features",
    severity=Severity.HIGH,
    controls=("practices:accounts",),
    remediation=Remediation(
        console="AWS Organizations → Settings → Enable all features. Invited accounts must agree; each gets a request.",
        cli="aws organizations enable-all-features",
        terraform='resource "aws_organizations_organization" "this" {\n  feature_set = "ALL"\n}',
    ),
    examples=(
        passes({"FeatureSet": "ALL"}, region=GLOBAL),
        fails({"FeatureSet": "CONSOLIDATED_BILLING"}, region=GLOBAL),
        is_unknown({"FeatureSet": denied("organizations:DescribeOrganization")}, region=GLOBAL),
    ),
)
def organizations_organization_all_features(organization: Resource) -> Outcome:
    """An Organization for billing alone puts accounts on one invoice and can forbid none of them anything.

    Guardrails, central logging and delegated security services all need the full set of features.
    """
    if organization.config["FeatureSet"] == "ALL":
        return passed("All features are enabled.", "FeatureSet")
    return failed("The Organization does billing alone: it can set no guardrails.", "FeatureSet")


@check(
    resource_type=ORGANIZATION,
    title="Service control policies are enabled",
    problem="Service control policies are not enabled",
    severity=Severity.HIGH,
    controls=("practices:accounts", "cis_aws_7:2.1.2"),
    remediation=Remediation(
        console="AWS Organizations → Policies → Service control policies → Enable. Nothing changes until a policy "
        "other than FullAWSAccess is attached.",
        cli="aws organizations enable-policy-type --root-id <root-id> --policy-type SERVICE_CONTROL_POLICY",
        terraform='resource "aws_organizations_organization" "this" {\n'
        '  enabled_policy_types = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]\n}',
    ),
    examples=(
        passes({"PolicyTypes": ["SERVICE_CONTROL_POLICY", "TAG_POLICY"]}, region=GLOBAL),
        fails({"PolicyTypes": []}, region=GLOBAL),
        is_unknown({"PolicyTypes": denied("organizations:ListRoots")}, region=GLOBAL),
    ),
)
def organizations_organization_scp_enabled(organization: Resource) -> Outcome:
    """Inside an account its administrators may do everything, switching off its protection included.

    A service control policy is the only limit that they cannot lift themselves.
    """
    if "SERVICE_CONTROL_POLICY" in organization.config["PolicyTypes"]:
        return passed("Service control policies are in force.", "PolicyTypes")
    return failed("Service control policies are not enabled, so no account has guardrails.", "PolicyTypes")


@check(
    resource_type=ORGANIZATION,
    title="Root access of member accounts is managed centrally",
    problem="Root access of member accounts is not managed centrally",
    severity=Severity.HIGH,
    controls=("practices:iam", "practices:accounts", "cis_aws_7:2.1.1"),
    aliases=("prowler:iam_root_credentials_management_enabled",),
    remediation=Remediation(
        console="In the management account: IAM → Root access management → Enable, with a security account as "
        "delegated administrator. Then delete the root credentials of each member account from there.",
        cli="aws iam enable-organizations-root-credentials-management",
        terraform='resource "aws_iam_organizations_features" "this" {\n'
        '  enabled_features = ["RootCredentialsManagement", "RootSessions"]\n}',
    ),
    examples=(
        passes({"IamFeatures": ["RootCredentialsManagement", "RootSessions"]}, region=GLOBAL),
        fails({"IamFeatures": []}, region=GLOBAL),
        is_unknown({"IamFeatures": denied("iam:ListOrganizationsFeatures")}, region=GLOBAL),
    ),
)
def organizations_organization_root_access_central(organization: Resource) -> Outcome:
    """Each member account brings a root user with a password that somebody must guard, and nobody should need.

    Managed centrally, member accounts need no root credentials at all: what does not exist cannot be stolen.
    """
    if "RootCredentialsManagement" in organization.config["IamFeatures"]:
        return passed("Root credentials of member accounts are managed centrally.", "IamFeatures")
    return failed("Each member account keeps root credentials of its own.", "IamFeatures")


@check(
    resource_type=ORGANIZATION,
    title="Organization policies are managed outside the management account",
    problem="Organization policies are managed from the management account only",
    severity=Severity.LOW,
    controls=("practices:accounts", "cis_aws_7:2.1.5"),
    remediation=Remediation(
        console="In the management account: AWS Organizations → Settings → Delegated administrator for AWS "
        "Organizations → Delegate: a policy that lets one governance account manage policies.",
        cli="aws organizations put-resource-policy --content file://delegation.json",
        terraform='resource "aws_organizations_resource_policy" "this" {\n'
        "  content = data.aws_iam_policy_document.delegation.json\n}",
    ),
    examples=(
        passes(
            {"ResourcePolicy": {"Statement": [{"Effect": "Allow", "Action": ["organizations:AttachPolicy"]}]}},
            region=GLOBAL,
        ),
        fails({"ResourcePolicy": None}, region=GLOBAL),
        fails(
            {"ResourcePolicy": {"Statement": [{"Effect": "Allow", "Action": ["organizations:Describe*"]}]}},
            "Reading alone is delegated",
            region=GLOBAL,
        ),
        is_unknown({"ResourcePolicy": denied("organizations:DescribeResourcePolicy")}, region=GLOBAL),
    ),
    version=2,
)
def organizations_organization_policies_delegated(organization: Resource) -> Outcome:
    """No guardrail holds in the management account, so every person who works there is a risk to all accounts.

    With a delegation, daily work on policies happens in an account that guardrails do reach.
    """
    tree = organization.config["ResourcePolicy"]
    for statement in parse(tree or {}).allows:
        if statement.touches(MANAGES_POLICIES):
            return passed(
                "A delegation lets member accounts manage the Organization's policies.",
                statement.path("Action" if statement.actions else "NotAction", root="ResourcePolicy"),
            )
    if tree:
        return failed("The delegation lets no member account manage policies.", "ResourcePolicy")
    return failed("Only the management account can manage the Organization's policies.", "ResourcePolicy")


@check(
    resource_type=ORGANIZATION,
    title="Security services are administered outside the management account",
    problem="Security services are administered from the management account",
    severity=Severity.MEDIUM,
    controls=("practices:native", "practices:accounts", "cis_aws_7:2.1.6"),
    remediation=Remediation(
        console="In the management account, in each service's settings: Delegated administrator → the security "
        "account's id → Delegate.",
        cli="aws organizations register-delegated-administrator --account-id <security-account> "
        "--service-principal <service>.amazonaws.com",
        terraform='resource "aws_organizations_delegated_administrator" "this" {\n'
        '  account_id        = "<security-account>"\n  service_principal = "<service>.amazonaws.com"\n}',
    ),
    examples=(
        passes(
            {
                "ServiceAccess": ["guardduty.amazonaws.com", "sso.amazonaws.com"],
                "DelegatedAdministrators": [_administrator("guardduty.amazonaws.com")],
            },
            region=GLOBAL,
        ),
        fails(
            {
                "ServiceAccess": ["config.amazonaws.com", "guardduty.amazonaws.com"],
                "DelegatedAdministrators": [_administrator("guardduty.amazonaws.com")],
            },
            region=GLOBAL,
        ),
        does_not_apply(
            {"ServiceAccess": ["sso.amazonaws.com"], "DelegatedAdministrators": []},
            "No security service works across accounts",
            region=GLOBAL,
        ),
        is_unknown(
            {
                "ServiceAccess": denied("organizations:ListAWSServiceAccessForOrganization"),
                "DelegatedAdministrators": [],
            },
            region=GLOBAL,
        ),
    ),
)
def organizations_organization_services_delegated(organization: Resource) -> Outcome:
    """Where no administrator is delegated, the security team must work in the most powerful account there is.

    A security account of its own can be limited and watched like any other, and its people need no
    way into the management account.
    """
    integrated = sorted(DELEGABLE.keys() & set(organization.config["ServiceAccess"]))
    if not integrated:
        return not_applicable("No security service has trusted access to the Organization.", "ServiceAccess")
    administrators = organization.config["DelegatedAdministrators"]
    delegated = {service for one in administrators for service in one["ServicePrincipals"]}
    missing = [DELEGABLE[service] for service in integrated if service not in delegated]
    if missing:
        return failed(
            f"Without a delegated administrator: {', '.join(missing)}.", "ServiceAccess", "DelegatedAdministrators"
        )
    names = ", ".join(DELEGABLE[service] for service in integrated)
    return passed(f"Member accounts administer {names}.", "DelegatedAdministrators")
