"""The power of an identity: what its stored policies let it do at most.

The rule, which the page names: an **administrator** has a statement that allows every action on every resource. It
**can become one** by one call of its own, of those that `steps_of` lists, on something that exists in its account. It
**reads classified data** where a statement allows reading a store of its account that is classified as sensitive.
Statements with conditions (but for MFA) do not count as a step, what a policy denies outright or a permissions boundary
leaves out neither. What an organization's policies forbid, and what resource policies allow, is not weighed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from posture.checks.iam_grants import is_everything
from posture.checks.iam_trust import TRUST
from posture.core.policy import Policy, Statement
from posture.core.wildcards import may_overlap
from posture.pages.identity.policies import Permissions, PolicyDocument


class Power(StrEnum):
    """The most that an identity may do, from the most on down."""

    ADMINISTRATOR = "administrator"
    ESCALATION = "escalation"
    DATA = "data"
    UNKNOWN = "unknown"
    ORDINARY = "ordinary"


@dataclass(frozen=True, slots=True)
class PowerWords:
    """How a power is named, and what it means."""

    name: str
    detail: str


POWER_WORDS: Mapping[Power, PowerWords] = {
    Power.ADMINISTRATOR: PowerWords("Administrator", "may do everything"),
    Power.ESCALATION: PowerWords("Can become one", "by one call of its own"),
    Power.DATA: PowerWords("Reads classified data", "by its own policies"),
    Power.UNKNOWN: PowerWords("Not known", "a policy was not read"),
    Power.ORDINARY: PowerWords("Ordinary", "none of these"),
}

LAUNCHES: Mapping[str, tuple[str, ...]] = {
    "ec2.amazonaws.com": ("ec2:RunInstances",),
    "lambda.amazonaws.com": ("lambda:CreateFunction",),
    "ecs-tasks.amazonaws.com": ("ecs:RegisterTaskDefinition", "ecs:RunTask"),
    "cloudformation.amazonaws.com": ("cloudformation:CreateStack",),
    "codebuild.amazonaws.com": ("codebuild:CreateProject", "codebuild:StartBuild"),
    "glue.amazonaws.com": ("glue:CreateJob", "glue:StartJobRun"),
    "sagemaker.amazonaws.com": ("sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl"),
}
"""By service that a role can be passed to, the actions that run one's own code there."""

TRUST_NAME = "Trust policy"
READS: Mapping[str, tuple[str, ...]] = {
    "AWS::S3::Bucket": ("s3:GetObject",),
    "AWS::DynamoDB::Table": ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"),
    "AWS::SecretsManager::Secret": ("secretsmanager:GetSecretValue",),
}
"""By type of store whose content IAM policies guard, the actions that read it."""


@dataclass(frozen=True, slots=True)
class PolicySubject:
    """A user or role, with all that it is allowed by."""

    number: int
    arn: str
    name: str
    is_role: bool
    permissions: Permissions
    groups: tuple[str, ...] = ()
    """ARNs of a user's groups."""
    has_password: bool = False


@dataclass(frozen=True, slots=True)
class AdministratorRole:
    """A role with all permissions: whom its trust policy lets in."""

    arn: str
    name: str
    services: frozenset[str] = frozenset()
    principals: frozenset[str] = frozenset()
    """ARNs and account ids of AWS principals that may assume it without a condition."""
    number: int = 0
    trust: Policy | None = None
    is_by_aws: bool = False


@dataclass(frozen=True, slots=True)
class Store:
    """A store of sensitive data."""

    type: str
    arn: str
    name: str


@dataclass(slots=True)
class Targets:
    """What there is in an account for a step to end at."""

    account_id: str = ""
    roles: list[AdministratorRole] = field(default_factory=list)
    users: list[PolicySubject] = field(default_factory=list)
    """Users with all permissions."""
    groups: list[tuple[str, str]] = field(default_factory=list)
    """ARN and name of groups with all permissions."""
    stores: Sequence[Store] = ()


class Ground(NamedTuple):
    """What gives an identity its power: the deciding statement, and what it leads to."""

    power: Power
    words: str
    why: str
    """Next to the statement: what it means."""
    policy: str
    kind: str
    holder: int
    path: str
    statement: int
    statements: int


def is_administrator(permissions: Permissions) -> tuple[PolicyDocument, Statement] | None:
    """Return the statement that makes an administrator, None where there is none."""
    if permissions.boundary is not None and not _allows_everything(permissions.boundary):
        return None
    if permissions.is_denied("*:*", "*"):
        return None
    for one in permissions.documents:
        for statement in one.statements:
            if statement.allows and is_everything(statement):
                return one, statement
    return None


def _allows_everything(one: PolicyDocument) -> bool:
    return any(each.allows and is_everything(each) for each in one.statements)


def power_of(subject: PolicySubject, targets: Targets) -> tuple[Power, Ground | None]:
    """Return the power of an identity, and what gives it."""
    found = is_administrator(subject.permissions)
    if found:
        what = f"{found[0].name} allows every action on every resource"
        return Power.ADMINISTRATOR, _ground(Power.ADMINISTRATOR, what, "every action on everything", *found)
    step = next(steps_of(subject, targets), None)
    if step:
        return Power.ESCALATION, step
    if not subject.permissions.is_readable:
        return Power.UNKNOWN, None
    data = _reads_data(subject, targets)
    return (Power.DATA, data) if data else (Power.ORDINARY, None)


def steps_of(subject: PolicySubject, targets: Targets) -> Iterator[Ground]:
    """Yield the calls by which an identity becomes an administrator at once."""
    own = subject.permissions
    yield from _trusted(subject, targets)
    if not own.may_step:
        return
    if own.boundary is None or _allows_everything(own.boundary):
        yield from _own_policies(subject)
        yield from _own_groups(subject, targets)
    yield from _others(subject, targets)
    yield from _passes(own, targets)


def _trusted(subject: PolicySubject, targets: Targets) -> Iterator[Ground]:
    """Yield administrators' roles that name the identity itself.

    Within an account that needs no policy of its own.
    """
    own = subject.permissions
    for role in targets.roles:
        is_free = own.boundary is None and not own.is_denied("sts:AssumeRole", role.arn)
        if role.arn != subject.arn and role.trust is not None and subject.arn in role.principals and is_free:
            statement = next(
                each for each in role.trust.allows if any(one.value == subject.arn for one in each.principals)
            )
            words = f"the trust policy of {role.name}, which names it"
            why = f"may become {role.name}, an administrator"
            document = PolicyDocument(TRUST_NAME, f"of {role.name}", role.number, TRUST, role.trust.statements)
            yield _ground(Power.ESCALATION, words, why, document, statement)


def _own_policies(subject: PolicySubject) -> Iterator[Ground]:
    own, kind = subject.permissions, "Role" if subject.is_role else "User"
    for action in (f"iam:Put{kind}Policy", f"iam:Attach{kind}Policy"):
        yield from _step(own, action, subject.arn, f"{action} on itself", "may write its own rights")
    for one in own.documents:
        if one.arn and ":aws:policy/" not in one.arn:
            words = f"iam:CreatePolicyVersion on {one.name}, which it has"
            yield from _step(own, "iam:CreatePolicyVersion", one.arn, words, "may rewrite its own policy")


def _own_groups(subject: PolicySubject, targets: Targets) -> Iterator[Ground]:
    own = subject.permissions
    for arn in subject.groups:
        for action in ("iam:PutGroupPolicy", "iam:AttachGroupPolicy"):
            yield from _step(own, action, arn, f"{action} on its own group", "may write its group's rights")
    for arn, name in () if subject.is_role else targets.groups:
        words = f"iam:AddUserToGroup on {name}"
        yield from _step(own, "iam:AddUserToGroup", arn, words, "may join a group of administrators")


def _others(subject: PolicySubject, targets: Targets) -> Iterator[Ground]:
    own = subject.permissions
    for user in targets.users:
        if user.number != subject.number:
            login = "iam:UpdateLoginProfile" if user.has_password else "iam:CreateLoginProfile"
            for action in ("iam:CreateAccessKey", login):
                why = f"may sign in as {user.name}, an administrator"
                yield from _step(own, action, user.arn, f"{action} on {user.name}", why)
    for role in targets.roles:
        if role.arn == subject.arn:
            continue
        if role.principals & {targets.account_id, subject.arn}:
            why = f"{role.name} is an administrator, and trusts it"
            yield from _step(own, "sts:AssumeRole", role.arn, f"sts:AssumeRole on {role.name}", why)
        if not role.is_by_aws:
            words = f"iam:UpdateAssumeRolePolicy on {role.name}"
            why = f"may let itself become {role.name}, an administrator"
            yield from _step(own, "iam:UpdateAssumeRolePolicy", role.arn, words, why)


def _passes(own: Permissions, targets: Targets) -> Iterator[Ground]:
    for role in targets.roles:
        for service in sorted(role.services):
            launches = LAUNCHES.get(service, ())
            if launches and all(own.find(action, "") for action in launches):
                words = f"iam:PassRole on {role.name} with {' and '.join(launches)}"
                why = f"may run code as {role.name}, an administrator"
                yield from _step(own, "iam:PassRole", role.arn, words, why)


def _step(own: Permissions, action: str, target: str, words: str, why: str) -> Iterator[Ground]:
    found = own.find(action, target)
    if found:
        yield _ground(Power.ESCALATION, words, why, *found)


def _ground(power: Power, words: str, why: str, one: PolicyDocument, statement: Statement) -> Ground:
    return Ground(
        power,
        words,
        why,
        one.name,
        one.kind,
        one.holder,
        one.path,
        statement.index,
        len(one.statements),
    )


def _reads_data(subject: PolicySubject, targets: Targets) -> Ground | None:
    read: list[Store] = []
    first: tuple[str, PolicyDocument, Statement] | None = None
    for store in targets.stores:
        found = _reads(subject.permissions, store)
        if found:
            read.append(store)
            first = first or found
    if first is None:
        return None
    action, one, statement = first
    more = f" and {len(read) - 1:,} more" if len(read) > 1 else ""
    words = f"{action} on {read[0].name}{more}"
    return _ground(Power.DATA, words, "reads what is classified as sensitive", one, statement)


def _reads(own: Permissions, store: Store) -> tuple[str, PolicyDocument, Statement] | None:
    target = f"{store.arn}/*" if store.type == "AWS::S3::Bucket" else store.arn
    for action in READS[store.type]:
        if own.is_denied(action, target) or (own.boundary is not None and not own.find(action, target)):
            continue
        for one in own.documents:
            for statement in one.allowing(action):
                if statement.on(target) or any(may_overlap(each, target) for each in statement.resources):
                    return action, one, statement
    return None
