"""Judges Systems Manager documents by whom they are shared with."""

from __future__ import annotations

from posture.checks.sharing import judge_shared_accounts, sharing_examples
from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

DOCUMENT, SHARED = "AWS::SSM::Document", "AccountIds"
EVERYONE = "all"
_READ = "ssm:DescribeDocumentPermission"


@check(
    resource_type=DOCUMENT,
    title="Systems Manager document is not public",
    problem="Systems Manager document is public",
    severity=Severity.CRITICAL,
    exposes=True,
    controls=("practices:iam", "practices:data", "cis_aws_7:2.21", "aws_fsbp:SSM.4"),
    aliases=("securityhub:SSM.4", "prowler:ssm_documents_set_as_public"),
    remediation=Remediation(
        console="Systems Manager → Documents → Owned by me → {name} → Details → Permissions → Edit: Private.",
        cli="aws ssm modify-document-permission --region {region} --name {name} --permission-type Share "
        "--account-ids-to-remove all",
    ),
    examples=(
        passes({SHARED: []}),
        passes({SHARED: ["444455556666"]}, "shared with an account"),
        fails({SHARED: ["444455556666", EVERYONE]}),
        is_unknown({SHARED: denied(_READ)}),
    ),
)
def ssm_document_not_public(document: Resource) -> Outcome:
    """Any AWS account reads the script: your servers' names, paths and often passwords are in it."""
    accounts = document.config[SHARED]
    if EVERYONE in accounts:
        return failed("It is shared with everybody.", f"{SHARED}[{accounts.index(EVERYONE)}]")
    return passed("It is not shared with everybody.", SHARED)


@check(
    resource_type=DOCUMENT,
    title="Systems Manager document is not shared outside the organization",
    problem="Systems Manager document is shared outside the organization",
    severity=Severity.MEDIUM,
    controls=("practices:iam",),
    remediation=Remediation(
        console="Systems Manager → Documents → Owned by me → {name} → Details → Permissions → Edit: remove the "
        "account.",
        cli="aws ssm modify-document-permission --region {region} --name {name} --permission-type Share "
        "--account-ids-to-remove <account>",
    ),
    examples=(
        *sharing_examples({SHARED: []}, {SHARED: ["444455556666"]}, _READ),
        passes({SHARED: [EVERYONE]}, "shared with everybody, which is another check's"),
    ),
)
def ssm_document_not_shared_outside(document: Resource) -> Outcome:
    """Another company reads how your servers are run, and goes on reading each new version."""
    accounts = (account for account in document.config[SHARED] if account != EVERYONE)
    return judge_shared_accounts(document, accounts, SHARED)
