"""Judge root and per-account settings by IAM's summary, which is always fresh."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.related import Related
from posture.core.resource import GLOBAL, Resource

SUMMARY = "AWS::IAM::AccountSummary"
POLICY = "AWS::IAM::ManagedPolicy"
NO_PASSWORD = {"AccountMFAEnabled": 0, "AccountPasswordPresent": 0, "AccountAccessKeysPresent": 0}


def attached(name: str, count: int) -> Resource:
    """Return a policy of AWS that is attached so many times, for examples."""
    return neighbour(POLICY, {"Owner": "AWS", "AttachmentCount": count}, name=name, region=GLOBAL)


@check(
    resource_type=SUMMARY,
    title="Root user has no access key",
    problem="Root user has an access key",
    severity=Severity.CRITICAL,
    controls=("practices:iam", "cis_aws_7:2.4", "aws_fsbp:IAM.4"),
    aliases=("prowler:iam_no_root_access_key", "securityhub:IAM.4"),
    remediation=Remediation(
        console="Sign in as root → account menu → Security credentials → Access keys → Deactivate, wait for what "
        "breaks, then Delete. In an Organization: IAM → Root access management → the account → Delete root "
        "credentials.",
        cli="aws iam list-access-keys   # as root; then: aws iam delete-access-key --access-key-id <id>",
    ),
    examples=(
        passes({"AccountAccessKeysPresent": 0}, region=GLOBAL),
        fails({"AccountAccessKeysPresent": 1}, region=GLOBAL),
        is_unknown({"AccountAccessKeysPresent": denied("iam:GetAccountSummary")}, region=GLOBAL),
    ),
)
def iam_root_no_access_key(summary: Resource) -> Outcome:
    """A root access key is the account itself in forty characters: no policy limits it, no MFA protects it.

    Nothing needs one. Whatever uses it can use a role instead.
    """
    if summary.config["AccountAccessKeysPresent"]:
        return failed("The root user has an access key.", "AccountAccessKeysPresent")
    return passed("The root user has no access key.", "AccountAccessKeysPresent")


@check(
    resource_type=SUMMARY,
    title="Root user has MFA",
    problem="Root user has no MFA",
    severity=Severity.CRITICAL,
    controls=("practices:iam", "cis_aws_7:2.5", "aws_fsbp:IAM.9"),
    aliases=("prowler:iam_root_mfa_enabled", "securityhub:IAM.9"),
    remediation=Remediation(
        console="Sign in as root → account menu → Security credentials → Multi-factor authentication → Assign MFA "
        "device. In an Organization it is better to remove member accounts' root credentials: IAM → Root access "
        "management.",
    ),
    examples=(
        passes({"AccountMFAEnabled": 1, "AccountPasswordPresent": 1}, region=GLOBAL),
        fails({"AccountMFAEnabled": 0, "AccountPasswordPresent": 1}, region=GLOBAL),
        does_not_apply(NO_PASSWORD, "Root's credentials were removed centrally", region=GLOBAL),
        is_unknown({"AccountMFAEnabled": denied("iam:GetAccountSummary"), "AccountPasswordPresent": 1}, region=GLOBAL),
    ),
)
def iam_root_mfa_enabled(summary: Resource) -> Outcome:
    """The root password is all that keeps the internet from everything in the account.

    Passwords are guessed, reused and phished, and root's can be reset by whoever reads one mailbox. A
    second factor makes each of these not enough.
    """
    if summary.config["AccountMFAEnabled"]:
        return passed("The root user has a second factor.", "AccountMFAEnabled")
    if summary.config["AccountPasswordPresent"] == 0:
        return not_applicable("The root user has no password to protect.", "AccountPasswordPresent")
    return failed("The root user signs in with its password alone.", "AccountMFAEnabled", "AccountPasswordPresent")


@check(
    resource_type=SUMMARY,
    title="Somebody may work on cases with AWS Support",
    problem="Nobody may work on cases with AWS Support",
    severity=Severity.LOW,
    controls=("practices:iam", "cis_aws_7:2.15"),
    aliases=("prowler:iam_support_role_created",),
    needs=(POLICY,),
    remediation=Remediation(
        console="IAM → Roles → Create role, with the policy AWSSupportAccess, for those who answer incidents.",
        cli="aws iam attach-role-policy --role-name <role> --policy-arn arn:aws:iam::aws:policy/AWSSupportAccess",
    ),
    examples=(
        passes({}, related=[attached("AWSSupportAccess", 1)], region=GLOBAL),
        fails({}, region=GLOBAL),
        fails({}, related=[attached("AWSSupportAccess", 0)], region=GLOBAL),
        is_unknown({}, gaps=[POLICY], region=GLOBAL),
    ),
)
def iam_support_access_attached(_summary: Resource, related: Related) -> Outcome:
    """In an incident somebody has to open a case at once, and should not have to become root for it."""
    found = _attached(related, "AWSSupportAccess")
    if found:
        return passed(f"AWSSupportAccess is attached {_times(found)}.")
    return failed("AWSSupportAccess is attached to nothing.")


@check(
    resource_type=SUMMARY,
    title="Full access to CloudShell is attached to nothing",
    problem="Full access to CloudShell is attached",
    severity=Severity.LOW,
    controls=("practices:iam", "cis_aws_7:2.20"),
    aliases=("prowler:iam_policy_cloudshell_admin_not_attached",),
    needs=(POLICY,),
    remediation=Remediation(
        console="IAM → Policies → AWSCloudShellFullAccess → Entities attached → Detach; who needs the shell gets a "
        "policy without cloudshell:GetFileDownloadUrls and cloudshell:GetFileUploadUrls.",
        cli="aws iam list-entities-for-policy --policy-arn arn:aws:iam::aws:policy/AWSCloudShellFullAccess",
    ),
    examples=(
        passes({}, region=GLOBAL),
        fails({}, related=[attached("AWSCloudShellFullAccess", 2)], region=GLOBAL),
        is_unknown({}, gaps=[POLICY], region=GLOBAL),
    ),
)
def iam_cloudshell_full_access_unattached(_summary: Resource, related: Related) -> Outcome:
    """The shell has a network of its own and carries files in and out, past what the company's computers watch."""
    found = _attached(related, "AWSCloudShellFullAccess")
    if found:
        return failed(f"AWSCloudShellFullAccess is attached {_times(found)}.")
    return passed("AWSCloudShellFullAccess is attached to nothing.")


def _attached(related: Related, name: str) -> int:
    """Return how many users, groups and roles have one of AWS's policies."""
    found = related.first_known(
        POLICY,
        lambda each: each.config["AttachmentCount"] if each.name == name and each.config["Owner"] == "AWS" else None,
    )
    return found or 0


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
