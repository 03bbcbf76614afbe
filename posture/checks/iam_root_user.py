"""Judge the root user by the credential report: its MFA, and that it is not used."""

from __future__ import annotations

from datetime import datetime, timedelta

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.parameters import days
from posture.core.related import Related
from posture.core.resource import GLOBAL, Resource

ROOT = "AWS::IAM::RootUser"
SUMMARY = "AWS::IAM::AccountSummary"
REST_DAYS = days(
    "root_unused_days",
    "Use of the root user",
    "The root user must not have been used within so many days.",
    default=90,
)
"""CIS speaks of daily use, and a quarter leaves room for the rare duty."""
USES = ("password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date")
WITH_MFA = neighbour(SUMMARY, {"AccountMFAEnabled": 1, "AccountPasswordPresent": 1}, region=GLOBAL)
WITHOUT_MFA = neighbour(SUMMARY, {"AccountMFAEnabled": 0, "AccountPasswordPresent": 1}, region=GLOBAL)
NO_PASSWORD = neighbour(SUMMARY, {"AccountMFAEnabled": 0, "AccountPasswordPresent": 0}, region=GLOBAL)


@check(
    resource_type=ROOT,
    needs=(SUMMARY,),
    title="Root user has hardware MFA",
    problem="Root user has no hardware MFA",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "cis_aws_7:2.6", "aws_fsbp:IAM.6"),
    aliases=("prowler:iam_root_hardware_mfa_enabled", "securityhub:IAM.6"),
    remediation=Remediation(
        console="Sign in as root → account menu → Security credentials → Multi-factor authentication → Assign MFA "
        "device → Passkey or security key. Keep the key in a safe, and remove the virtual device.",
    ),
    examples=(
        passes({"VirtualMFADevice": None}, related=(WITH_MFA,), region=GLOBAL),
        fails(
            {"VirtualMFADevice": "arn:aws:iam::111122223333:mfa/root-account-mfa-device"},
            related=(WITH_MFA,),
            region=GLOBAL,
        ),
        fails({"VirtualMFADevice": None}, "No MFA at all", related=(WITHOUT_MFA,), region=GLOBAL),
        does_not_apply(
            {"VirtualMFADevice": None},
            "Root's credentials were removed centrally",
            related=(NO_PASSWORD,),
            region=GLOBAL,
        ),
        is_unknown({"VirtualMFADevice": denied("iam:ListVirtualMFADevices")}, related=(WITH_MFA,), region=GLOBAL),
        is_unknown({"VirtualMFADevice": None}, gaps=(SUMMARY,), region=GLOBAL),
    ),
)
def iam_root_hardware_mfa_enabled(root: Resource, related: Related) -> Outcome:
    """A code from an app can be copied with the phone's backup and typed into a forged page.

    A security key cannot: it answers only to the real page, and it is where you put it. For the one
    user whom nothing limits, that is worth the price of a key.
    """
    device = root.config["VirtualMFADevice"]
    if device:
        return failed(f"Root's second factor is the virtual device {device}.", "VirtualMFADevice")
    for summary in related.everywhere(SUMMARY):
        if summary.config["AccountMFAEnabled"]:
            return passed("Root's second factor is a security key or another device of hardware.", "VirtualMFADevice")
        if summary.config["AccountPasswordPresent"] == 0:
            return not_applicable("The root user has no password to protect.")
    return failed("The root user has no second factor at all.", "VirtualMFADevice")


@check(
    resource_type=ROOT,
    title="Root user is not used",
    problem="Root user was used lately",
    severity=Severity.HIGH,
    controls=("practices:iam", "cis_aws_7:2.7"),
    aliases=("prowler:iam_avoid_root_usage",),
    remediation=Remediation(
        console="Find who signed in, and why: CloudTrail → Event history → User name: root. Give those people a role "
        "that can do what they needed, and put root's password and security key in the safe.",
        cli="aws cloudtrail lookup-events --lookup-attributes AttributeKey=Username,AttributeValue=root",
    ),
    examples=(
        passes(
            {"user": "<root_account>"},
            "with a limit of 7 days",
            observed={**dict.fromkeys(USES), "password_last_used": "2026-05-20T07:12:44Z"},
            region=GLOBAL,
            parameters={REST_DAYS.name: 7},
        ),
        passes({"user": "<root_account>"}, "Never used", observed=dict.fromkeys(USES), region=GLOBAL),
        passes(
            {"user": "<root_account>"},
            observed={**dict.fromkeys(USES), "password_last_used": "2025-11-03T07:12:44Z"},
            region=GLOBAL,
        ),
        fails(
            {"user": "<root_account>"},
            observed={**dict.fromkeys(USES), "password_last_used": "2026-05-20T07:12:44Z"},
            region=GLOBAL,
        ),
        fails(
            {"user": "<root_account>"},
            "Its key is in use",
            observed={**dict.fromkeys(USES), "access_key_1_last_used_date": "2026-05-31T23:00:00Z"},
            region=GLOBAL,
        ),
        is_unknown(
            {"user": "<root_account>"},
            observed=dict.fromkeys(USES, denied("iam:GetCredentialReport")),
            region=GLOBAL,
        ),
    ),
    reads_observed=True,
)
def iam_root_unused(root: Resource, clock: Clock) -> Outcome:
    """Whoever works as root works without limits and without a name: the log says only that it was root.

    A handful of duties a year need it. A recent use is worth a question.
    """
    used = {path: datetime.fromisoformat(root.observed[path]) for path in USES if root.observed[path]}
    if not used:
        return passed("The root user was never used, as far as AWS remembers.", f"observed.{USES[0]}")
    path = max(used, key=lambda one: used[one])
    what = "signed in" if path == USES[0] else "used an access key"
    reason = f"The root user last {what} on {used[path]:%-d %B %Y}."
    judge = passed if clock.has_come(used[path], timedelta(days=REST_DAYS.value)) else failed
    return judge(reason, f"observed.{path}")
