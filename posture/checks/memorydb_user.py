"""Judges MemoryDB users."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

OPEN_ACCESS = "open-access"


@check(
    resource_type="AWS::MemoryDB::User",
    title="MemoryDB user logs in by password or IAM",
    problem="MemoryDB user logs in without a password",
    severity=Severity.HIGH,
    controls=("practices:iam",),
    remediation=Remediation(
        console="MemoryDB → Users → {name} → Modify: IAM, or a password.",
        cli="aws memorydb update-user --region {region} --user-name {name} --authentication-mode Type=iam",
        terraform='resource "aws_memorydb_user" "this" {\n  authentication_mode {\n    type = "iam"\n  }\n}',
    ),
    examples=(
        passes({"Authentication": {"Type": "iam"}, "ACLNames": ["orders"]}),
        passes({"Authentication": {"Type": "password", "PasswordCount": 1}, "ACLNames": ["orders"]}),
        fails({"Authentication": {"Type": "no-password"}, "ACLNames": ["orders", OPEN_ACCESS]}),
        is_unknown({"Authentication": denied("memorydb:DescribeUsers"), "ACLNames": ["orders"]}),
        does_not_apply({"Authentication": {"Type": "no-password"}, "ACLNames": [OPEN_ACCESS]}, "AWS's default user"),
        does_not_apply({"Authentication": {"Type": "no-password"}, "ACLNames": []}, "in no list"),
    ),
)
def memorydb_user_authenticated(user: Resource) -> Outcome:
    """Whoever reaches a cluster whose list has this user needs nothing but its name.

    AWS's own default user is in the list open-access alone; clusters with that list are judged themselves.
    """
    if not set(user.config["ACLNames"]) - {OPEN_ACCESS}:
        return not_applicable("The user is in no access control list of the account's own.", "ACLNames")
    kind = user.config["Authentication"]["Type"]
    judge = failed if kind == "no-password" else passed
    return judge(f"The user logs in by {kind}.", "Authentication.Type")
