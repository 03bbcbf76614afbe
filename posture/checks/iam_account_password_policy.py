"""Judges which passwords IAM users may choose."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.parameters import integer
from posture.core.resource import GLOBAL, Resource

POLICY = "AWS::IAM::AccountPasswordPolicy"
LENGTH = integer(
    "password_length",
    "Length of passwords",
    "Passwords of IAM users need at least so many characters.",
    default=14,
    minimum=8,
    maximum=128,
    source="CIS 2.8",
)
LEAST = 8
"""What IAM.7 wants; IAM accepts policies of six."""
REMEMBERED = integer(
    "passwords_remembered",
    "Reuse of passwords",
    "So many of a user's earlier passwords cannot be used again.",
    default=24,
    minimum=1,
    maximum=24,
    source="CIS 2.9",
)
KINDS = {
    "RequireUppercaseCharacters": "upper case letters",
    "RequireLowercaseCharacters": "lower case letters",
    "RequireNumbers": "numbers",
    "RequireSymbols": "symbols",
}
STRONG = {"Exists": True, "MinimumPasswordLength": 14, **dict.fromkeys(KINDS, True)}
REMEDIATION = Remediation(
    console="IAM → Account settings → Password policy → Edit → Custom: at least 14 characters, all four kinds of "
    "characters, 24 passwords remembered.",
    cli="aws iam update-account-password-policy --minimum-password-length 14 --require-symbols --require-numbers "
    "--require-uppercase-characters --require-lowercase-characters --password-reuse-prevention 24 "
    "--allow-users-to-change-password",
    terraform='resource "aws_iam_account_password_policy" "this" {\n  minimum_password_length        = 14\n'
    "  password_reuse_prevention      = 24\n  require_lowercase_characters   = true\n"
    "  require_uppercase_characters   = true\n  require_numbers                = true\n"
    "  require_symbols                = true\n  allow_users_to_change_password = true\n}",
)


@check(
    resource_type=POLICY,
    title="Passwords are long",
    problem="Passwords may be too short",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "cis_aws_7:2.8"),
    aliases=("prowler:iam_password_policy_minimum_length_14", "securityhub:IAM.15"),
    remediation=REMEDIATION,
    examples=(
        passes({"Exists": True, "MinimumPasswordLength": 16}, region=GLOBAL),
        fails({"Exists": True, "MinimumPasswordLength": 8}, region=GLOBAL),
        fails(
            {"Exists": True, "MinimumPasswordLength": 16},
            "where 20 are required",
            region=GLOBAL,
            parameters={LENGTH.name: 20},
        ),
        fails({"Exists": False}, "No policy", region=GLOBAL),
        is_unknown({"Exists": True, "MinimumPasswordLength": denied("iam:GetAccountPasswordPolicy")}, region=GLOBAL),
    ),
)
def iam_password_policy_long(policy: Resource) -> Outcome:
    """Each further character makes guessing a password many times harder; nothing else helps as much.

    Without a policy of its own the account accepts eight characters.
    """
    if not policy.config["Exists"]:
        return failed("The account has no password policy, so eight characters are enough.", "Exists")
    length = policy.config["MinimumPasswordLength"]
    if length < LENGTH.value:
        return failed(f"Passwords of {length} characters are enough, not {LENGTH.value}.", "MinimumPasswordLength")
    return passed(f"Passwords need at least {length} characters.", "MinimumPasswordLength")


@check(
    resource_type=POLICY,
    title="Passwords cannot be reused",
    problem="Passwords can be reused",
    severity=Severity.LOW,
    controls=("practices:iam", "cis_aws_7:2.9"),
    aliases=("prowler:iam_password_policy_reuse_24", "securityhub:IAM.16"),
    remediation=REMEDIATION,
    examples=(
        passes({"Exists": True, "PasswordReusePrevention": 24}, region=GLOBAL),
        fails({"Exists": True, "PasswordReusePrevention": 3}, region=GLOBAL),
        fails({"Exists": True}, "No number of passwords remembered", region=GLOBAL),
        passes(
            {"Exists": True, "PasswordReusePrevention": 5},
            "where five suffice",
            region=GLOBAL,
            parameters={REMEMBERED.name: 5},
        ),
        fails({"Exists": False}, "No policy", region=GLOBAL),
        is_unknown({"Exists": denied("iam:GetAccountPasswordPolicy")}, region=GLOBAL),
    ),
)
def iam_password_policy_reuse_prevented(policy: Resource) -> Outcome:
    """A password that leaked once stays in attackers' lists for ever, and works again when it comes back."""
    if not policy.config["Exists"]:
        return failed("The account has no password policy, so any old password may come back.", "Exists")
    remembered = policy.config.get("PasswordReusePrevention") or 0
    if remembered >= REMEMBERED.value:
        return passed(f"The last {remembered} passwords cannot be used again.", "PasswordReusePrevention")
    if remembered:
        return failed(f"Only the last {remembered} passwords cannot be used again.", "PasswordReusePrevention")
    return failed("Any old password may come back.", "PasswordReusePrevention")


@check(
    resource_type=POLICY,
    title="Passwords mix kinds of characters",
    problem="Passwords need not mix kinds of characters",
    severity=Severity.LOW,
    controls=("practices:iam", "aws_fsbp:IAM.7"),
    aliases=("securityhub:IAM.7",),
    remediation=REMEDIATION,
    examples=(
        passes(STRONG, region=GLOBAL),
        fails({**STRONG, "RequireSymbols": False, "RequireNumbers": False}, region=GLOBAL),
        fails({**STRONG, "MinimumPasswordLength": 6}, "All kinds, but six characters", region=GLOBAL),
        fails({"Exists": False}, "No policy", region=GLOBAL),
        is_unknown({**STRONG, "RequireSymbols": denied("iam:GetAccountPasswordPolicy")}, region=GLOBAL),
    ),
    version=2,
)
def iam_password_policy_strong(policy: Resource) -> Outcome:
    """People choose words; asking for letters, numbers and symbols keeps the plainest of them out."""
    if not policy.config["Exists"]:
        return failed("The account has no password policy.", "Exists")
    missing = [key for key in KINDS if not policy.config[key]]
    if missing:
        return failed(f"Passwords need no {' and no '.join(KINDS[key] for key in missing)}.", *missing)
    length = policy.config["MinimumPasswordLength"]
    if length < LEAST:
        return failed(f"Passwords of {length} characters are enough.", "MinimumPasswordLength")
    return passed("Passwords need letters of both cases, numbers and symbols.", *KINDS)
