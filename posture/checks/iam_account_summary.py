"""Judges root's access keys and MFA by IAM's summary, which is always fresh."""

from __future__ import annotations

from posture.core.check import Remediation, cannot_tell, check, denied, does_not_apply, fails, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import GLOBAL, Resource

SUMMARY = "AWS::IAM::AccountSummary"
NO_PASSWORD = {"AccountMFAEnabled": 0, "AccountPasswordPresent": 0, "AccountAccessKeysPresent": 0}


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
        cannot_tell({"AccountAccessKeysPresent": denied("iam:GetAccountSummary")}, region=GLOBAL),
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
        cannot_tell({"AccountMFAEnabled": denied("iam:GetAccountSummary"), "AccountPasswordPresent": 1}, region=GLOBAL),
    ),
)
def iam_root_mfa_enabled(summary: Resource) -> Outcome:
    """The root password is all that stands between the internet and everything in the account.

    Passwords are guessed, reused and phished, and root's can be reset by whoever reads one mailbox. A
    second factor makes each of these not enough.
    """
    if summary.config["AccountMFAEnabled"]:
        return passed("The root user has a second factor.", "AccountMFAEnabled")
    if summary.config["AccountPasswordPresent"] == 0:
        return not_applicable("The root user has no password to protect.", "AccountPasswordPresent")
    return failed("The root user signs in with its password alone.", "AccountMFAEnabled", "AccountPasswordPresent")
