"""Judge account assignments: whether to groups, and to whom that exists."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

ASSIGNMENT = "AWS::SSO::Assignment"
_DELETE = (
    "aws sso-admin delete-account-assignment --instance-arn <instance> --target-type AWS_ACCOUNT --target-id <account> "
    "--permission-set-arn <permission set> --principal-type USER --principal-id <principal>"
)


def _assigned(kind: Any, name: Any = "developers") -> dict[str, Any]:
    return {"PrincipalType": kind, "PrincipalId": "9967abcdef-1", "PrincipalName": name, "AccountId": "222233334444"}


@check(
    resource_type=ASSIGNMENT,
    title="Account is assigned to a group",
    problem="Account is assigned to a single user",
    severity=Severity.LOW,
    controls=("practices:iam",),
    remediation=Remediation(
        console="IAM Identity Center → AWS accounts → the account → assign the permission set to a group that the "
        "user is in; then remove the user's own assignment.",
        cli=_DELETE,
    ),
    examples=(
        passes(_assigned("GROUP")),
        fails(_assigned("USER", "ada@example.com")),
        fails(_assigned("USER", denied("identitystore:DescribeUser")), "the user's name cannot be read"),
        is_unknown(_assigned(denied("sso:ListAccountAssignments"))),
    ),
)
def sso_assignment_to_group(assignment: Resource) -> Outcome:
    """Who changes teams leaves their groups, and keeps what was assigned to them in person.

    Reviews look at groups, whose members the directory's owner knows; single users are found one by one.
    """
    if assignment.config["PrincipalType"] == "GROUP":
        return passed("It is assigned to a group.", "PrincipalType")
    return failed("It is assigned to a user and not to a group.", "PrincipalType")


@check(
    resource_type=ASSIGNMENT,
    title="Account is assigned to somebody who exists",
    problem="Account is assigned to somebody who no longer exists",
    severity=Severity.LOW,
    controls=("practices:iam", "practices:legacy"),
    remediation=Remediation(
        console="IAM Identity Center → AWS accounts → the account → the principal without a name → Remove access.",
        cli=_DELETE,
    ),
    examples=(
        passes(_assigned("GROUP")),
        fails(_assigned("USER", None)),
        is_unknown(_assigned("USER", denied("identitystore:DescribeUser"))),
    ),
)
def sso_assignment_principal_exists(assignment: Resource) -> Outcome:
    """What is left of a deleted user or group shows that leaving people are not followed up to their access.

    Nobody can use it today. It clutters every review, and ends the trust in what the reviews list.
    """
    name = assignment.config["PrincipalName"]
    if name is None:
        return failed("The directory has no user or group of this id.", "PrincipalName", "PrincipalId")
    return passed(f"It is assigned to {name}.", "PrincipalName")
