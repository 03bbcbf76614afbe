"""Judges which passwords IAM users may choose by the numbers of PCI DSS."""

from __future__ import annotations

from posture.checks.iam_account_password_policy import POLICY, REMEDIATION
from posture.core.check import check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import GLOBAL, Resource

KINDS = ("RequireUppercaseCharacters", "RequireLowercaseCharacters", "RequireNumbers")
LENGTH, DAYS, REMEMBERED = 7, 90, 4
"""What IAM.10 asks for, after PCI DSS 3.2.1."""
_PCI = {
    "Exists": True,
    "MinimumPasswordLength": 8,
    "MaxPasswordAge": 90,
    "PasswordReusePrevention": 4,
    **dict.fromkeys(KINDS, True),
}


@check(
    resource_type=POLICY,
    title="Passwords are as PCI DSS asks",
    problem="Passwords are weaker than PCI DSS asks",
    severity=Severity.LOW,
    controls=("practices:iam", "aws_fsbp:IAM.10"),
    aliases=("securityhub:IAM.10",),
    remediation=REMEDIATION,
    examples=(
        passes(_PCI, region=GLOBAL),
        fails({**_PCI, "MaxPasswordAge": None}, "Passwords never expire", region=GLOBAL),
        fails({**_PCI, "MinimumPasswordLength": 6}, "Six characters", region=GLOBAL),
        fails({"Exists": False}, "No policy", region=GLOBAL),
        is_unknown({**_PCI, "RequireNumbers": denied("iam:GetAccountPasswordPolicy")}, region=GLOBAL),
    ),
)
def iam_password_policy_as_pci(policy: Resource) -> Outcome:
    """Where cards are paid with, auditors ask for these numbers, which are older than what CIS asks for.

    Seven characters of both cases and numbers, a new password each quarter, and none of the last four.
    """
    config = policy.config
    if not config["Exists"]:
        return failed("The account has no password policy.", "Exists")
    weak = {
        "MinimumPasswordLength": config["MinimumPasswordLength"] < LENGTH,
        **{key: not config[key] for key in KINDS},
        "MaxPasswordAge": not 0 < (config.get("MaxPasswordAge") or 0) <= DAYS,
        "PasswordReusePrevention": (config.get("PasswordReusePrevention") or 0) < REMEMBERED,
    }
    found = [key for key, is_weak in weak.items() if is_weak]
    if found:
        return failed(f"Weaker than PCI DSS asks: {', '.join(found)}.", *found)
    return passed("Passwords are as PCI DSS asks.", *weak)
