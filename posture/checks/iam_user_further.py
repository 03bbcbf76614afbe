"""Judge IAM users by further controls of Security Hub, next to those of CIS."""

from __future__ import annotations

from posture.checks.iam_user import MACHINE, PERSON, USER
from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import GLOBAL, Resource


@check(
    resource_type=USER,
    title="User has MFA, with or without a password",
    problem="User has no MFA, with or without a password",
    severity=Severity.LOW,
    controls=("practices:iam", "aws_fsbp:IAM.19"),
    aliases=("securityhub:IAM.19",),
    remediation=Remediation(
        console="IAM → Users → {name} → Security credentials → Assign MFA device, and demand "
        "aws:MultiFactorAuthPresent in the user's policies. Better: a role in place of a user with keys.",
        cli="aws iam enable-mfa-device --user-name {name} --serial-number <device> --authentication-code1 <code> "
        "--authentication-code2 <next-code>",
    ),
    examples=(
        passes(PERSON, region=GLOBAL),
        fails({**PERSON, "mfa_active": False}, region=GLOBAL),
        fails(MACHINE, "A user with keys alone", region=GLOBAL),
        is_unknown({**PERSON, "mfa_active": denied("iam:GetCredentialReport")}, region=GLOBAL),
    ),
)
def iam_user_has_mfa(user: Resource) -> Outcome:
    """A stolen access key works from anywhere, unless a policy asks for a second factor, which needs a device.

    Security Hub asks it of all users; those with a password are judged by a check of their own as well.
    """
    if user.config["mfa_active"]:
        return passed("The user has a second factor.", "mfa_active")
    return failed("The user has no second factor.", "mfa_active")
