"""Power is what stored policies certainly allow, and never more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from posture.core.gap import GapReason
from posture.core.resource import Resource
from posture.core.values import Unknown
from posture.pages.identity.facts import AccountFacts, IdentityKind, SharedPolicies, read_account
from posture.pages.identity.limits import DEFAULTS, IdentityLimits
from posture.pages.identity.power import Power, Store
from posture.pages.identity.uses import Use, read_uses
from tests.identity.identities import (
    ADMINISTRATOR,
    AT,
    BY_LAMBDA,
    OWN,
    administrator_policy,
    ago,
    document,
    group,
    inline,
    managed,
    role,
    trusting,
    user,
    with_key,
)

REFUSED = Unknown("iam:GetAccountAuthorizationDetails", "AccessDenied", GapReason.DENIED)
ADMIN = role("admin", AttachedManagedPolicies=[ADMINISTRATOR])


@dataclass
class Stored:
    """A resource as the history returns it."""

    resource_id: int
    resource: Resource
    unseen_since: datetime | None = None

    @property
    def type(self) -> str:
        return self.resource.type

    @property
    def arn(self) -> str:
        return self.resource.arn

    @property
    def name(self) -> str:
        return self.resource.name

    @property
    def config(self) -> dict[str, Any]:
        return dict(self.resource.raw_config)

    @property
    def observed(self) -> dict[str, Any]:
        return dict(self.resource.raw_observed)


def read(*resources: Resource, stores: tuple[Store, ...] = ()) -> AccountFacts:
    return read_account(OWN, [Stored(n, one) for n, one in enumerate(resources, 1)], stores, SharedPolicies())


def use_of(stored: Stored, limits: IdentityLimits = DEFAULTS) -> Use:
    """Return how a resource's last use compares with a limit on the day of the sweep."""
    facts = read_account(OWN, [stored], (), SharedPolicies())
    return read_uses([stored], AT).of(facts.identities[0], limits)[0]


def power_of_first(*resources: Resource, stores: tuple[Store, ...] = ()) -> tuple[Power, str]:
    """Return the power of the first resource, and what gives it."""
    facts = read(*resources, stores=stores)
    found = next(one for one in facts.identities if one.number == 1)
    ground = facts.grounds.get(1)
    return found.power, ground.words if ground else ""


def test_an_administrator_is_found_by_whatever_way_it_has_the_policy() -> None:
    members = group("admins", AttachedManagedPolicies=[ADMINISTRATOR])
    assert power_of_first(ADMIN, administrator_policy())[0] is Power.ADMINISTRATOR
    assert power_of_first(role("r", RolePolicyList=inline({"Action": ["*"]})))[0] is Power.ADMINISTRATOR
    found = power_of_first(user("u", GroupList=["admins"]), members, administrator_policy())
    assert found == (Power.ADMINISTRATOR, "AdministratorAccess allows every action on every resource")


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("iam:PutRolePolicy", "*", "iam:PutRolePolicy on itself"),
        ("iam:Attach*", "*", "iam:AttachRolePolicy on itself"),
        ("iam:*", f"arn:aws:iam::{OWN}:role/first", "iam:PutRolePolicy on itself"),
        ("iam:UpdateAssumeRolePolicy", "*", "iam:UpdateAssumeRolePolicy on admin"),
        ("sts:AssumeRole", f"arn:aws:iam::{OWN}:role/adm*", "sts:AssumeRole on admin"),
        ("iam:CreateAccessKey", "*", "iam:CreateAccessKey on root-like"),
        ("iam:UpdateLoginProfile", "*", "iam:UpdateLoginProfile on root-like"),
    ],
)
def test_one_call_that_leads_to_everything_is_named(action: str, resource: str, expected: str) -> None:
    first = role("first", RolePolicyList=inline({"Action": [action], "Resource": [resource]}))
    others = ADMIN, user("root-like", AttachedManagedPolicies=[ADMINISTRATOR]), administrator_policy()
    assert power_of_first(first, *others) == (Power.ESCALATION, expected)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ({"Action": ["iam:PutRolePolicy"], "Resource": [f"arn:aws:iam::{OWN}:role/other"]}, "another role"),
        ({"Action": ["iam:PutUserPolicy"]}, "users' policies, and it is a role"),
        ({"Action": ["iam:CreateLoginProfile"]}, "the administrator has a password already"),
        ({"Action": ["iam:PassRole"]}, "no action that runs code"),
        ({"Action": ["lambda:CreateFunction", "iam:PassRole"]}, "no administrator that Lambda may assume"),
        (
            {"Action": ["iam:PutRolePolicy"], "Condition": {"StringEquals": {"aws:ResourceTag/team": ["a"]}}},
            "a condition",
        ),
        ({"Action": ["iam:CreatePolicyVersion"]}, "no policy of the account's own"),
    ],
)
def test_what_is_not_certain_is_no_step(statement: dict[str, Any], why: str) -> None:
    first = role("first", RolePolicyList=inline(statement))
    others = ADMIN, user("root-like", AttachedManagedPolicies=[ADMINISTRATOR]), administrator_policy()
    assert power_of_first(first, *others)[0] is Power.ORDINARY, why


def test_passing_an_administrators_role_to_ones_own_code_is_a_step() -> None:
    first = role("first", RolePolicyList=inline({"Action": ["iam:PassRole", "lambda:CreateFunction"]}))
    runner = role("runner", trust=trusting(BY_LAMBDA), AttachedManagedPolicies=[ADMINISTRATOR])
    found = power_of_first(first, runner, administrator_policy())
    assert found == (Power.ESCALATION, "iam:PassRole on runner with lambda:CreateFunction")


def test_an_administrators_trust_that_names_an_identity_needs_no_policy() -> None:
    first = role("first")
    trust = trusting({"Principal": {"AWS": [first.arn]}})
    named = role("named", trust=trust, AttachedManagedPolicies=[ADMINISTRATOR])
    found = power_of_first(first, named, administrator_policy())
    assert found == (Power.ESCALATION, "the trust policy of named, which names it")
    denied = role("first", RolePolicyList=inline({"Effect": "Deny", "Action": ["sts:*"]}))
    assert power_of_first(denied, named, administrator_policy())[0] is Power.ORDINARY
    assert power_of_first(role("other"), named, administrator_policy())[0] is Power.ORDINARY


def test_rewriting_the_policy_that_one_has_is_a_step() -> None:
    own = managed("team", {"Action": ["iam:CreatePolicyVersion"]})
    found = power_of_first(role("first", AttachedManagedPolicies=[own.arn]), own)
    assert found == (Power.ESCALATION, "iam:CreatePolicyVersion on team, which it has")


def test_joining_a_group_of_administrators_is_a_step_for_users_alone() -> None:
    members, policy = (
        group("admins", AttachedManagedPolicies=[ADMINISTRATOR]),
        inline({"Action": ["iam:AddUserToGroup"]}),
    )
    assert power_of_first(user("u", UserPolicyList=policy), members, administrator_policy())[0] is Power.ESCALATION
    assert power_of_first(role("r", RolePolicyList=policy), members, administrator_policy())[0] is Power.ORDINARY


def test_a_boundary_and_a_deny_limit_what_is_allowed() -> None:
    bound = managed("bound", {"Action": ["s3:*"]})
    limited = role("first", AttachedManagedPolicies=[ADMINISTRATOR], PermissionsBoundary=bound.arn)
    assert power_of_first(limited, bound, administrator_policy())[0] is Power.ORDINARY
    denied = inline({"Action": ["iam:PutRolePolicy"]}, {"Effect": "Deny", "Action": ["iam:*"]})
    assert power_of_first(role("first", RolePolicyList=denied))[0] is Power.ORDINARY
    quarantined = inline({"Action": ["*"]}, {"Effect": "Deny", "Action": ["*"]})
    assert power_of_first(role("first", RolePolicyList=quarantined))[0] is Power.ORDINARY


def test_a_policy_that_was_not_read_is_never_called_ordinary() -> None:
    unread = [{"PolicyName": "p", "PolicyDocument": REFUSED}]
    assert power_of_first(role("first", RolePolicyList=unread))[0] is Power.UNKNOWN
    assert power_of_first(role("first", AttachedManagedPolicies=[ADMINISTRATOR]))[0] is Power.UNKNOWN
    assert power_of_first(role("first", RolePolicyList=REFUSED))[0] is Power.UNKNOWN
    # One that was read and allows everything decides, whatever the other says.
    both = [*unread, *inline({"Action": ["*"]})]
    assert power_of_first(role("first", RolePolicyList=both))[0] is Power.ADMINISTRATOR


def test_reading_classified_data_is_known_of_stores_of_the_account() -> None:
    bucket = Store("AWS::S3::Bucket", "arn:aws:s3:::raw", "raw")
    some = inline({"Action": ["s3:Get*"], "Resource": ["arn:aws:s3:::raw/scans/*"]})
    assert power_of_first(role("r", RolePolicyList=some), stores=(bucket,)) == (Power.DATA, "s3:GetObject on raw")
    other = inline({"Action": ["s3:Get*"], "Resource": ["arn:aws:s3:::web/*"]})
    assert power_of_first(role("r", RolePolicyList=other), stores=(bucket,))[0] is Power.ORDINARY
    assert power_of_first(role("r", RolePolicyList=some))[0] is Power.ORDINARY


@pytest.mark.parametrize(
    ("used", "made", "expected"),
    [
        (1, 400, Use.WEEK),
        (30, 400, Use.WITHIN),
        (91, 400, Use.LONGER),
        (None, 400, Use.NEVER),
        (None, 20, Use.WITHIN),
        (-1, 400, Use.UNKNOWN),
    ],
)
def test_use_is_counted_from_the_sweep(used: float | None, made: float, expected: Use) -> None:
    """A new one counts from its first day; a use after the date is unknown."""
    assert use_of(Stored(1, role("r", used=used, made=made))) is expected


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (DEFAULTS, (Use.WITHIN, Use.LONGER)),
        (IdentityLimits(role_days=45, credential_days=90), (Use.LONGER, Use.WITHIN)),
        (IdentityLimits(role_days=3, credential_days=3), (Use.LONGER, Use.LONGER)),
        (IdentityLimits(role_days=365, credential_days=365), (Use.WITHIN, Use.WITHIN)),
    ],
)
def test_roles_and_users_have_limits_of_their_own(limits: IdentityLimits, expected: tuple[Use, Use]) -> None:
    found = [use_of(Stored(1, made("m", used=60)), limits) for made in (role, user)]
    assert tuple(found) == expected


def test_a_limit_below_a_week_decides_before_the_week() -> None:
    assert use_of(Stored(1, role("r", used=5)), IdentityLimits(role_days=3)) is Use.LONGER


def test_who_acts_by_an_identity_follows_from_its_trust() -> None:
    found = read(role("r"), role("s", trust=trusting(BY_LAMBDA)), user("u"), with_key("k", 10)).identities
    assert [one.kind for one in sorted(found, key=lambda one: one.number)] == [
        IdentityKind.ROLE,
        IdentityKind.SERVICE,
        IdentityKind.PERSON,
        IdentityKind.SERVICE,
    ]


def test_service_linked_roles_are_counted_apart() -> None:
    facts = read(role("AWSServiceRoleForECS", Path="/aws-service-role/ecs.amazonaws.com/"))
    assert (facts.identities, facts.linked) == ([], 1)


def test_an_unread_last_use_is_not_known() -> None:
    stored = Stored(1, role("r"), unseen_since=AT)
    assert use_of(stored) is Use.UNKNOWN


def test_aws_own_policies_are_parsed_once_and_show_the_accounts_own_record() -> None:
    shared = SharedPolicies()
    for number in (1, 7):
        stored = [Stored(number, administrator_policy()), Stored(number + 1, ADMIN)]
        facts = read_account(OWN, stored, (), shared)
        assert facts.grounds[number + 1].holder == number
    assert (len(shared.policies), len(shared.trusts)) == (1, 1)
    assert document()["Statement"] == []
    assert ago(0).endswith("Z")
