"""Judge permission sets: what they allow, for how long, and to whom."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from posture.checks.iam_grants import EVERYTHING, READ, is_everything
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.policy import parse
from posture.core.resource import Resource
from posture.core.values import all_found

PERMISSION_SET = "AWS::SSO::PermissionSet"
LIST_POLICIES = "sso:ListManagedPoliciesInPermissionSet"
ADMINISTRATORS = frozenset({"AdministratorAccess", "IAMFullAccess"})
"""Policies of AWS that make whoever has them administrator: by the second one can be given the first."""
LONGEST = timedelta(hours=8)
LONGEST_ADMINISTRATOR = timedelta(hours=4)
_DURATION = re.compile(r"PT(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?")
_EDIT = "IAM Identity Center → Permission sets → {name} → "


def _set(*policies: str, **rest: Any) -> dict[str, Any]:
    managed = [{"Name": name, "Arn": f"arn:aws:iam::aws:policy/{name}"} for name in policies]
    basis = {"ManagedPolicies": managed, "InlinePolicy": None, "SessionDuration": "PT1H", "Accounts": ["222233334444"]}
    return {**basis, **rest}


@check(
    resource_type=PERMISSION_SET,
    title="Permission set does not make administrators",
    problem="Permission set makes people administrators",
    severity=Severity.MEDIUM,
    controls=("practices:iam",),
    remediation=Remediation(
        console=_EDIT + "Permissions: policies for the work that people do with it. Keep one permission set of "
        "administrators for emergencies, assign it to a group that is watched, and accept the finding for it.",
        cli="aws sso-admin detach-managed-policy-from-permission-set --instance-arn <instance> "
        "--permission-set-arn {arn} --managed-policy-arn arn:aws:iam::aws:policy/AdministratorAccess",
    ),
    examples=(
        passes(_set("ViewOnlyAccess", InlinePolicy=READ)),
        fails(_set("ReadOnlyAccess", "AdministratorAccess")),
        fails(_set("IAMFullAccess"), "who gives out permissions can take all"),
        fails(_set(InlinePolicy=EVERYTHING), "by its inline policy"),
        fails(_set("AdministratorAccess", InlinePolicy=denied("sso:GetInlinePolicyForPermissionSet")), "one is sure"),
        is_unknown(_set(ManagedPolicies=denied(LIST_POLICIES))),
        is_unknown(_set(InlinePolicy=denied("sso:GetInlinePolicyForPermissionSet"))),
        does_not_apply(_set("AdministratorAccess", Accounts=[]), "assigned nowhere"),
    ),
)
def sso_permission_set_not_administrator(permission_set: Resource) -> Outcome:
    """Each session of it is the whole account, and of a stolen laptop every account that it is assigned in.

    Most work needs a part of that. Boundaries and policies of the account's own are not looked into here.
    """
    if permission_set.config["Accounts"] == []:
        return not_applicable("It is assigned in no account.", "Accounts")
    wide = _everything(permission_set)
    if wide:
        return failed(f"It allows everything by {wide[0][1]}.", *(path for path, _ in wide))
    return passed("Its policies allow less than everything.", "ManagedPolicies", "InlinePolicy")


def _everything(permission_set: Resource) -> list[tuple[str, str]]:
    """Return by what it allows everything: places and names."""
    return all_found(lambda: _by_aws(permission_set), lambda: _by_inline(permission_set))


def _by_aws(permission_set: Resource) -> list[tuple[str, str]]:
    """Return the places and names of administrators' policies."""
    managed = enumerate(permission_set.config["ManagedPolicies"])
    named = ((f"ManagedPolicies[{index}].Name", each["Name"]) for index, each in managed)
    return [(path, name) for path, name in named if name in ADMINISTRATORS]


def _by_inline(permission_set: Resource) -> list[tuple[str, str]]:
    """Return the places and labels of inline statements that allow everything."""
    allows = parse(permission_set.config["InlinePolicy"] or {}).allows
    wide = (each for each in allows if is_everything(each))
    return [(each.path("", "InlinePolicy"), f"statement {each.label} of its inline policy") for each in wide]


@check(
    resource_type=PERMISSION_SET,
    title="Permission set has short sessions",
    problem="Permission set has sessions longer than a working day",
    severity=Severity.LOW,
    controls=("practices:iam",),
    remediation=Remediation(
        console=_EDIT + "General settings → Edit → Session duration: 1 to 8 hours, for administrators 1 to 4.",
        cli="aws sso-admin update-permission-set --instance-arn <instance> --permission-set-arn {arn} "
        "--session-duration PT4H",
        terraform='resource "aws_ssoadmin_permission_set" "this" {\n  session_duration = "PT4H"\n}',
    ),
    examples=(
        passes(_set("ViewOnlyAccess", SessionDuration="PT8H")),
        passes(_set("AdministratorAccess", SessionDuration="PT1H30M")),
        passes(_set(SessionDuration=None), "AWS's default of one hour"),
        fails(_set("ViewOnlyAccess", SessionDuration="PT12H")),
        fails(_set("AdministratorAccess", SessionDuration="PT8H"), "administrators have four hours"),
        is_unknown(_set(SessionDuration=denied("sso:DescribePermissionSet"))),
        is_unknown(_set(SessionDuration="PT8H", ManagedPolicies=denied(LIST_POLICIES)), "may be an administrator's"),
        is_unknown(_set(SessionDuration="P1D"), "a duration that AWS does not use"),
        does_not_apply(_set(SessionDuration="PT12H", Accounts=[]), "assigned nowhere"),
    ),
)
def sso_permission_set_sessions_short(permission_set: Resource) -> Outcome:
    """Credentials that were copied from a machine work until the session ends, whatever happens to the person.

    Nobody can end a session early from the outside: even a disabled user keeps it. Eight hours are a working day; for
    administrators four are asked.
    """
    if permission_set.config["Accounts"] == []:
        return not_applicable("It is assigned in no account.", "Accounts")
    text = permission_set.config["SessionDuration"] or "PT1H"
    lasts = _duration(text)
    if lasts is None:
        return unknown(f"The duration {text} cannot be read.", "SessionDuration")
    if lasts > LONGEST:
        return failed(f"A session lasts {_hours(lasts)}.", "SessionDuration")
    if lasts > LONGEST_ADMINISTRATOR and _everything(permission_set):
        return failed(f"A session of an administrator lasts {_hours(lasts)}.", "SessionDuration")
    return passed(f"A session lasts {_hours(lasts)}.", "SessionDuration")


def _duration(text: str) -> timedelta | None:
    """Return an ISO 8601 duration, None where it is of another form."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _hours(lasts: timedelta) -> str:
    hours = f"{lasts / timedelta(hours=1):.2f}".rstrip("0").rstrip(".")
    return f"{hours} hour{'' if hours == '1' else 's'}"


@check(
    resource_type=PERMISSION_SET,
    title="Permission set is assigned",
    problem="Permission set is assigned to nobody",
    severity=Severity.LOW,
    controls=("practices:iam", "practices:legacy"),
    remediation=Remediation(
        console=_EDIT + "Delete, or assign it under AWS accounts.",
        cli="aws sso-admin delete-permission-set --instance-arn <instance> --permission-set-arn {arn}",
    ),
    examples=(
        passes(_set()),
        fails(_set(Accounts=[])),
        is_unknown(_set(Accounts=denied("sso:ListAccountsForProvisionedPermissionSet"))),
    ),
)
def sso_permission_set_assigned(permission_set: Resource) -> Outcome:
    """Nobody reviews a set that nobody has, until somebody assigns it for its name, with all that was left in it."""
    accounts = permission_set.config["Accounts"]
    if not accounts:
        return failed("It is assigned in no account.", "Accounts")
    count = len(accounts)
    return passed(f"It is assigned in {count} account{'' if count == 1 else 's'}.", "Accounts")
