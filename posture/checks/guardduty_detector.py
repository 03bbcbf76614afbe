"""Judge whether GuardDuty watches each region, and with which protection plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from posture.core.check import Example, Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.related import Related
from posture.core.resource import GLOBAL, Resource

ACCOUNT = "AWS::Account::Account"
DETECTOR = "AWS::GuardDuty::Detector"
MEMBER = {"Organization": {"Id": "o-example", "MasterAccountId": "999988887777"}}


def _plan_examples(feature: str) -> Sequence[Example]:
    def features(status: str) -> Mapping[str, Any]:
        return {"Status": "ENABLED", "Features": [{"Name": feature, "Status": status}]}

    return (
        passes(features("ENABLED")),
        fails(features("DISABLED")),
        does_not_apply({"Status": "DISABLED", "Features": []}, "A suspended detector"),
        does_not_apply({"Status": "ENABLED", "Features": []}, "A region in which AWS does not offer the plan"),
        is_unknown({"Status": "ENABLED", "Features": denied("guardduty:GetDetector")}),
    )


def _plan_remediation(feature: str, page: str) -> Remediation:
    return Remediation(
        console=f"GuardDuty in the delegated administrator's account → Protection plans → {page} → Configure → "
        "Enable for all accounts. For a single account: the same page there → Enable.",
        cli="aws guardduty update-detector --detector-id {name} --region {region} "
        f"--features Name={feature},Status=ENABLED",
        terraform=f'resource "aws_guardduty_detector_feature" "this" {{\n'
        f"  detector_id = aws_guardduty_detector.this.id\n"
        f'  name        = "{feature}"\n  status      = "ENABLED"\n}}',
    )


def _plan(detector: Resource, feature: str, watches: str) -> Outcome:
    """Judge one protection plan of a detector; `watches` says what the plan looks at."""
    if detector.config["Status"] != "ENABLED":
        return not_applicable("The detector is suspended, which is judged by itself.", "Status")
    for index, entry in enumerate(detector.config.items_of("Features")):
        if entry["Name"] == feature:
            evidence = f"Features[{index}].Status"
            if entry["Status"] == "ENABLED":
                return passed(f"GuardDuty watches {watches} in {detector.region}.", evidence)
            return failed(f"GuardDuty does not watch {watches} in {detector.region}.", evidence)
    return not_applicable(f"GuardDuty offers no plan for {watches} in {detector.region}.", "Features")


@check(
    resource_type=DETECTOR,
    title="GuardDuty watches S3 data events",
    problem="GuardDuty does not watch S3 data events",
    protects=("AWS::S3::Bucket",),
    severity=Severity.HIGH,
    controls=("practices:native", "practices:data", "aws_fsbp:GuardDuty.10"),
    aliases=("prowler:guardduty_s3_protection_enabled", "securityhub:GuardDuty.10"),
    remediation=_plan_remediation("S3_DATA_EVENTS", "S3 Protection"),
    examples=_plan_examples("S3_DATA_EVENTS"),
)
def guardduty_detector_s3_protected(detector: Resource) -> Outcome:
    """Theft of data from S3 leaves no trace in management events: only object reads and deletions show it.

    S3 Protection reads those events and knows what is unusual for each bucket, without a trail of data
    events of your own.
    """
    return _plan(detector, "S3_DATA_EVENTS", "reads and writes of S3 objects")


@check(
    resource_type=DETECTOR,
    title="GuardDuty watches EKS audit logs",
    problem="GuardDuty does not watch EKS audit logs",
    protects=("AWS::EKS::Cluster",),
    severity=Severity.HIGH,
    controls=("practices:native", "aws_fsbp:GuardDuty.5"),
    aliases=("prowler:guardduty_eks_audit_log_enabled", "securityhub:GuardDuty.5"),
    remediation=_plan_remediation("EKS_AUDIT_LOGS", "EKS Protection"),
    examples=_plan_examples("EKS_AUDIT_LOGS"),
)
def guardduty_detector_eks_audit_logs_watched(detector: Resource) -> Outcome:
    """Whoever reaches a cluster's API works there, where CloudTrail does not see it.

    EKS Protection reads the Kubernetes audit log for anonymous access, exposed dashboards and new
    privileged workloads, even where the cluster's own logging is off.
    """
    return _plan(detector, "EKS_AUDIT_LOGS", "the audit logs of EKS clusters")


@check(
    resource_type=DETECTOR,
    title="GuardDuty watches sign-ins to RDS",
    problem="GuardDuty does not watch sign-ins to RDS",
    protects=("AWS::RDS::DBCluster", "AWS::RDS::DBInstance"),
    severity=Severity.MEDIUM,
    controls=("practices:native", "practices:data", "aws_fsbp:GuardDuty.9"),
    aliases=("prowler:guardduty_rds_protection_enabled", "securityhub:GuardDuty.9"),
    remediation=_plan_remediation("RDS_LOGIN_EVENTS", "RDS Protection"),
    examples=_plan_examples("RDS_LOGIN_EVENTS"),
)
def guardduty_detector_rds_protected(detector: Resource) -> Outcome:
    """Guessed or stolen database passwords are seen nowhere in AWS's own logs.

    RDS Protection learns the usual sign-ins of Aurora and RDS databases and reports the unusual ones.
    """
    return _plan(detector, "RDS_LOGIN_EVENTS", "sign-ins to RDS databases")


@check(
    resource_type=DETECTOR,
    title="GuardDuty watches the network traffic of Lambda",
    problem="GuardDuty does not watch the network traffic of Lambda",
    protects=("AWS::Lambda::Function",),
    severity=Severity.MEDIUM,
    controls=("practices:native", "aws_fsbp:GuardDuty.6"),
    aliases=("prowler:guardduty_lambda_protection_enabled", "securityhub:GuardDuty.6"),
    remediation=_plan_remediation("LAMBDA_NETWORK_LOGS", "Lambda Protection"),
    examples=_plan_examples("LAMBDA_NETWORK_LOGS"),
)
def guardduty_detector_lambda_protected(detector: Resource) -> Outcome:
    """A poisoned dependency in a function talks to its master over the network, and functions have no flow logs.

    Lambda Protection sees that traffic for every function, in a VPC or not.
    """
    return _plan(detector, "LAMBDA_NETWORK_LOGS", "the network traffic of Lambda functions")


@check(
    resource_type=DETECTOR,
    title="GuardDuty scans EBS volumes for malware",
    problem="GuardDuty does not scan EBS volumes for malware",
    protects=("AWS::EC2::Instance",),
    severity=Severity.MEDIUM,
    controls=("practices:native", "aws_fsbp:GuardDuty.8"),
    aliases=("prowler:guardduty_ec2_malware_protection_enabled", "securityhub:GuardDuty.8"),
    remediation=_plan_remediation("EBS_MALWARE_PROTECTION", "Malware Protection for EC2"),
    examples=_plan_examples("EBS_MALWARE_PROTECTION"),
)
def guardduty_detector_malware_scanned(detector: Resource) -> Outcome:
    """When an instance behaves as if taken over, the next question is what runs on it.

    Malware Protection answers by scanning a copy of its volumes, without an agent and without
    touching the instance.
    """
    return _plan(detector, "EBS_MALWARE_PROTECTION", "the volumes of suspicious instances for malware")


@check(
    resource_type=DETECTOR,
    title="GuardDuty watches workloads at run time",
    problem="GuardDuty does not watch workloads at run time",
    protects=("AWS::EC2::Instance", "AWS::ECS::Cluster", "AWS::EKS::Cluster"),
    severity=Severity.MEDIUM,
    controls=("practices:native", "aws_fsbp:GuardDuty.11"),
    aliases=("prowler:guardduty_runtime_monitoring_enabled", "securityhub:GuardDuty.11"),
    remediation=_plan_remediation("RUNTIME_MONITORING", "Runtime Monitoring"),
    examples=_plan_examples("RUNTIME_MONITORING"),
)
def guardduty_detector_runtime_monitored(detector: Resource) -> Outcome:
    """Logs show what a workload says to others; only an agent next to it shows what it does.

    Runtime Monitoring covers EC2, EKS and ECS on Fargate: reverse shells, container escapes, crypto
    mining. The plan alone does not install the agents, so look at its coverage page as well.
    """
    return _plan(detector, "RUNTIME_MONITORING", "processes on EC2, EKS and Fargate")


@check(
    resource_type=DETECTOR,
    needs=(ACCOUNT,),
    title="GuardDuty is administered from one account",
    problem="GuardDuty has no administrator account",
    severity=Severity.MEDIUM,
    controls=("practices:native", "practices:accounts", "cis_aws_7:2.1.6"),
    aliases=("prowler:guardduty_centrally_managed",),
    remediation=Remediation(
        console="In the management account: GuardDuty → Settings → Delegated administrator → the security account's id "
        "→ Delegate. There: GuardDuty → Accounts → Auto-enable for all accounts. Repeat in each region.",
        cli="aws guardduty enable-organization-admin-account --admin-account-id <security-account> --region {region}",
        terraform='resource "aws_guardduty_organization_admin_account" "this" {\n'
        '  admin_account_id = "<security-account>"\n}',
    ),
    examples=(
        passes({"Administrator": {"AccountId": "444455556666", "RelationshipStatus": "Enabled"}}),
        fails({"Administrator": {"AccountId": "444455556666", "RelationshipStatus": "Removed"}}, "It no longer does"),
        passes(
            {"Administrator": None, "OrganizationConfiguration": {"AutoEnableOrganizationMembers": "ALL"}},
            "The administrator itself",
        ),
        fails(
            {"Administrator": None, "OrganizationConfiguration": None},
            related=(neighbour(ACCOUNT, MEMBER, region=GLOBAL),),
        ),
        does_not_apply(
            {"Administrator": None, "OrganizationConfiguration": None},
            "An account without an Organization",
            related=(neighbour(ACCOUNT, {"Organization": None}, region=GLOBAL),),
        ),
        is_unknown({"Administrator": denied("guardduty:GetAdministratorAccount")}),
        is_unknown({"Administrator": None, "OrganizationConfiguration": None}, gaps=(ACCOUNT,)),
    ),
    version=2,
)
def guardduty_detector_centrally_administered(detector: Resource, related: Related) -> Outcome:
    """A detector that its own account administers can be switched off, or its findings hidden, from inside.

    With a delegated administrator the security team sees every account's findings in one place, and
    a member can no longer turn protection off.
    """
    administrator = detector.config["Administrator"]
    if administrator:
        account, status = administrator["AccountId"], administrator["RelationshipStatus"]
        if status.lower() != "enabled":
            return failed(
                f"Account {account} does not administer it: {status.lower()}.", "Administrator.RelationshipStatus"
            )
        return passed(f"Account {account} administers it.", "Administrator.AccountId")
    if detector.config["OrganizationConfiguration"]:
        return passed("This account administers GuardDuty for the Organization.", "OrganizationConfiguration")
    accounts = related.everywhere(ACCOUNT)
    if accounts and not accounts[0].config["Organization"]:
        return not_applicable("The account belongs to no Organization.", "Administrator")
    return failed(
        f"Nobody outside the account administers GuardDuty in {detector.region}.",
        "Administrator",
        "OrganizationConfiguration",
    )


@check(
    resource_type=DETECTOR,
    title="GuardDuty turns itself on in accounts that join",
    problem="GuardDuty stays off in accounts that join",
    severity=Severity.MEDIUM,
    controls=("practices:native", "practices:accounts"),
    remediation=Remediation(
        console="GuardDuty in the delegated administrator's account → Accounts → Auto-enable → for all "
        "accounts. Repeat in each region.",
        cli="aws guardduty update-organization-configuration --detector-id {name} --region {region} "
        "--auto-enable-organization-members ALL",
        terraform='resource "aws_guardduty_organization_configuration" "this" {\n'
        "  detector_id                      = aws_guardduty_detector.this.id\n"
        '  auto_enable_organization_members = "ALL"\n}',
    ),
    examples=(
        passes({"OrganizationConfiguration": {"AutoEnableOrganizationMembers": "ALL"}}),
        passes({"OrganizationConfiguration": {"AutoEnableOrganizationMembers": "NEW"}}),
        fails({"OrganizationConfiguration": {"AutoEnableOrganizationMembers": "NONE"}}),
        does_not_apply({"OrganizationConfiguration": None}, "Not the administrator"),
        is_unknown({"OrganizationConfiguration": denied("guardduty:DescribeOrganizationConfiguration")}),
    ),
)
def guardduty_detector_auto_enabled(detector: Resource) -> Outcome:
    """An account is weakest in its first days, when people still set it up.

    If GuardDuty must be turned on by hand, the day on which somebody forgets is the day nobody watches.
    """
    organization = detector.config["OrganizationConfiguration"]
    if not organization:
        return not_applicable("Only the delegated administrator decides this.", "OrganizationConfiguration")
    members = organization.get("AutoEnableOrganizationMembers") or "NONE"
    evidence = "OrganizationConfiguration.AutoEnableOrganizationMembers"
    if members == "ALL":
        return passed(f"GuardDuty is on in every member account in {detector.region}.", evidence)
    if members == "NEW":
        return passed(
            f"Accounts that join get GuardDuty in {detector.region}; older ones keep what they had.", evidence
        )
    return failed(f"Accounts that join do not get GuardDuty in {detector.region}.", evidence)
