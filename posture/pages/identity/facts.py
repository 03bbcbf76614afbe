"""What an account's configuration says of its identities. Knows no database.

It is worked out once for each state of an account and cached: thousands of policies are not parsed for a page, nor
after a sweep that found them unchanged. When they were used changes with each sweep, and is read by `uses.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from posture.checks.iam_trust import AWS_PATHS, TRUST
from posture.checks.iam_user import KEYS
from posture.core.policy import Policy, Statement, parse
from posture.core.values import Unknown
from posture.pages.identity.policies import (
    Permissions,
    PolicyDocument,
    read_document,
    read_inline,
)
from posture.pages.identity.power import (
    READS,
    AdministratorRole,
    Ground,
    PolicySubject,
    Power,
    Store,
    Targets,
    is_administrator,
    power_of,
)
from posture.pages.identity.trusts import ASSUMES, OutsideTrust, outside_trusts

USER, ROLE, GROUP, POLICY = "AWS::IAM::User", "AWS::IAM::Role", "AWS::IAM::Group", "AWS::IAM::ManagedPolicy"
ROOT, SUMMARY = "AWS::IAM::RootUser", "AWS::IAM::AccountSummary"
NEEDED = (USER, ROLE, GROUP, POLICY, ROOT, SUMMARY)
ROOT_NAME, PASS = "Root user", "iam:PassRole"
SERVICE_LINKED = AWS_PATHS[0]


class IdentityKind(StrEnum):
    """Who acts by an identity."""

    PERSON = "person"
    ROLE = "role"
    SERVICE = "service"


class IdentityRecord(Protocol):
    """A stored resource, as far as it is read here."""

    @property
    def resource_id(self) -> int:
        """Its id."""

    @property
    def type(self) -> str:
        """Its type."""

    @property
    def arn(self) -> str:
        """Its ARN."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def unseen_since(self) -> datetime | None:
        """Since when it could not be seen."""

    @property
    def config(self) -> dict[str, Any]:
        """The configuration."""


class Identity(NamedTuple):
    """A user or role: who acts by it, and what it may do."""

    number: int
    kind: IdentityKind
    power: Power
    is_role: bool
    created: datetime | None
    is_use_seen: bool
    """Whether its last use can be known: it is seen, and when it was made was read."""


class AccessKey(NamedTuple):
    """An active access key: whose it is, which of the two, and when it was made."""

    number: int
    name: str
    place: int
    is_root: bool
    made: datetime | None
    """None where it could not be read."""


class SignIn(NamedTuple):
    """A way to sign in with a password: whose it is, and whether it has MFA."""

    number: int
    name: str
    is_root: bool
    has_mfa: bool | None


class RoleTrust(NamedTuple):
    """A party from outside that a role lets in, and the role's power."""

    number: int
    role: str
    power: Power
    outside: OutsideTrust
    is_unseen: bool


class PassingRight(NamedTuple):
    """An identity that may pass roles to services: which ones."""

    number: int
    name: str
    pattern: str
    roles: int
    administrators: int


@dataclass(slots=True)
class AccountFacts:
    """An account's identities and what is known of them."""

    identities: list[Identity] = field(default_factory=list)
    grounds: dict[int, Ground] = field(default_factory=dict)
    keys: list[AccessKey] = field(default_factory=list)
    sign_ins: list[SignIn] = field(default_factory=list)
    trusts: list[RoleTrust] = field(default_factory=list)
    passing: list[PassingRight] = field(default_factory=list)
    linked: int = 0
    """Service-linked roles, which AWS keeps and uses itself; they are not among the identities."""
    groups: int = 0


@dataclass(slots=True)
class SharedPolicies:
    """Policies that many accounts have alike, parsed once."""

    policies: dict[tuple[str, str], PolicyDocument] = field(default_factory=dict)
    """AWS's own by ARN and version."""
    trusts: dict[str, Policy] = field(default_factory=dict)
    """Trust policies by their text."""


def read_account(
    account_id: str, records: Sequence[IdentityRecord], stores: Sequence[Store], shared: SharedPolicies
) -> AccountFacts:
    """Return what the stored resources of one account say."""
    return _FactsReader(account_id, records, stores, shared).read()


class _FactsReader:
    """Reads one account: first its policies, then who has them."""

    def __init__(
        self,
        account_id: str,
        records: Sequence[IdentityRecord],
        stores: Sequence[Store],
        shared: SharedPolicies,
    ) -> None:
        self.account_id, self.shared = account_id, shared
        self.by_type: dict[str, list[tuple[IdentityRecord, dict[str, Any]]]] = {}
        for record in records:
            self.by_type.setdefault(record.type, []).append((record, record.config))
        self.managed = {one.arn: self._managed(one, config) for one, config in self._of(POLICY)}
        self.targets = Targets(account_id, stores=[one for one in stores if one.type in READS])
        self.facts = AccountFacts(groups=len(self._of(GROUP)))
        self.group_documents: dict[str, tuple[str, list[PolicyDocument]]] = {}

    def _of(self, kind: str) -> Sequence[tuple[IdentityRecord, dict[str, Any]]]:
        return self.by_type.get(kind, ())

    def read(self) -> AccountFacts:
        """Return what is known."""
        for group, config in self._of(GROUP):
            self._read_group(group, config)
        subjects = [(one, config, self._user(one, config)) for one, config in self._of(USER)]
        subjects += [(one, config, self._role(one, config)) for one, config in self._of(ROLE)]
        trusts = {one.resource_id: self._trust(config) for one, config in self._of(ROLE)}
        for one, config, subject in subjects:
            if is_administrator(subject.permissions):
                self._add_target(one, config, subject, trusts.get(one.resource_id))
        for one, config, subject in subjects:
            self._add(one, config, subject, trusts.get(one.resource_id))
            self._add_passing(subject, config)
        self._add_root()
        return self.facts

    def _trust(self, config: Mapping[str, Any]) -> Policy | None:
        """Return a role's trust policy; most are alike, and parsed once."""
        document = config.get(TRUST)
        if not isinstance(document, Mapping):
            return None
        key = repr(document)
        if key not in self.shared.trusts:
            self.shared.trusts[key] = parse(document)
        return self.shared.trusts[key]

    def _managed(self, record: IdentityRecord, config: Mapping[str, Any]) -> PolicyDocument:
        document = config.get("PolicyDocument")
        key = record.arn, str(config.get("DefaultVersionId"))
        if config.get("Owner") == "AWS" and key in self.shared.policies:
            known = self.shared.policies[key]
            # The record is the account's own; what its text allows is known already.
            return PolicyDocument(
                known.name, known.kind, record.resource_id, known.path, known.statements, known.is_readable, known.arn,
                known.by_action,
            )  # fmt: skip
        read = read_document(document, record.name, "managed policy", record.resource_id, "PolicyDocument", record.arn)
        if config.get("Owner") == "AWS":
            self.shared.policies[key] = read
        return read

    def _attached(self, arns: Any) -> Iterator[PolicyDocument]:
        if isinstance(arns, Unknown):
            yield PolicyDocument("", "managed policy", 0, "", is_readable=False)
            return
        for arn in arns or ():
            # One that is attached and not stored could not be read.
            yield self.managed.get(arn) or PolicyDocument(arn, "managed policy", 0, "", is_readable=False, arn=arn)

    def _read_group(self, group: IdentityRecord, config: Mapping[str, Any]) -> None:
        documents = read_inline(config.get("GroupPolicyList"), "GroupPolicyList", group.resource_id, group.name)
        documents += self._attached(config.get("AttachedManagedPolicies"))
        self.group_documents[group.name] = group.arn, documents
        if is_administrator(Permissions(documents)):
            self.targets.groups.append((group.arn, group.name))

    def _boundary(self, config: Mapping[str, Any]) -> PolicyDocument | None:
        arn = config.get("PermissionsBoundary")
        if arn is None:
            return None
        if isinstance(arn, Unknown):
            return PolicyDocument("", "permissions boundary", 0, "", is_readable=False)
        return next(iter(self._attached([arn])))

    def _user(self, user: IdentityRecord, config: Mapping[str, Any]) -> PolicySubject:
        documents = read_inline(config.get("UserPolicyList"), "UserPolicyList", user.resource_id)
        documents += self._attached(config.get("AttachedManagedPolicies"))
        names, groups = config.get("GroupList"), list[str]()
        if isinstance(names, Unknown):
            documents.append(PolicyDocument("", "policies of its groups", 0, "", is_readable=False))
            names = ()
        for name in names or ():
            arn, found = self.group_documents.get(name, ("", [PolicyDocument(name, "group", 0, "", is_readable=False)]))
            documents += found
            groups += [arn] if arn else []
        permissions = Permissions(documents, self._boundary(config))
        has_password = config.get("password_enabled") is True
        return PolicySubject(user.resource_id, user.arn, user.name, False, permissions, tuple(groups), has_password)

    def _role(self, role: IdentityRecord, config: Mapping[str, Any]) -> PolicySubject:
        documents = read_inline(config.get("RolePolicyList"), "RolePolicyList", role.resource_id)
        documents += self._attached(config.get("AttachedManagedPolicies"))
        return PolicySubject(
            role.resource_id, role.arn, role.name, True, Permissions(documents, self._boundary(config))
        )

    def _add_target(
        self, one: IdentityRecord, config: Mapping[str, Any], subject: PolicySubject, trust: Policy | None
    ) -> None:
        if not subject.is_role:
            self.targets.users.append(subject)
        elif trust is not None:
            plain = [each for each in trust.allows if each.touches(ASSUMES) and not each.conditions]
            known = [principal for each in plain for principal in each.principals]
            self.targets.roles.append(
                AdministratorRole(
                    one.arn,
                    one.name,
                    frozenset(each.value for each in known if each.kind == "Service"),
                    frozenset(_whole_account(each.value) for each in known if each.kind == "AWS"),
                    one.resource_id,
                    trust,
                    _is_by_aws(config),
                )
            )

    def _add(
        self, one: IdentityRecord, config: Mapping[str, Any], subject: PolicySubject, trust: Policy | None
    ) -> None:
        if subject.is_role and str(config.get("Path")).startswith(SERVICE_LINKED):
            self.facts.linked += 1
            return
        power, ground = power_of(subject, self.targets)
        if ground:
            self.facts.grounds[one.resource_id] = ground
        kind = _role_kind(trust) if subject.is_role else _user_kind(config)
        created = config.get("CreateDate" if subject.is_role else "user_creation_time")
        is_use_seen = one.unseen_since is None and not isinstance(created, Unknown)
        self.facts.identities.append(
            Identity(one.resource_id, kind, power, subject.is_role, moment(created), is_use_seen)
        )
        if subject.is_role:
            self._add_trusts(one, config, trust, power)
        else:
            self._add_sign_in(one, config)
            self._add_keys(one, config)

    def _add_passing(self, subject: PolicySubject, config: Mapping[str, Any]) -> None:
        own = subject.permissions
        if not own.may_step or (subject.is_role and _is_by_aws(config)) or is_administrator(own):
            return
        found = own.find(PASS, "")
        if found:
            statement = found[1]
            roles = sum(statement.on(role.arn) for role, _ in self._of(ROLE))
            administrators = sum(statement.on(role.arn) for role in self.targets.roles)
            pattern = statement.resources[0] if statement.resources else "*"
            self.facts.passing.append(PassingRight(subject.number, subject.name, pattern, roles, administrators))

    def _add_trusts(self, one: IdentityRecord, config: Mapping[str, Any], trust: Policy | None, power: Power) -> None:
        if trust is None or _is_by_aws(config):
            return
        shared = config.get("SharedAccounts")
        listed = () if isinstance(shared, Unknown) else shared or ()
        inside = {each["AccountId"]: each["InOrganization"] for each in listed}
        if all(_names_services(each) for each in trust.statements):
            return
        for outside in outside_trusts(trust, self.account_id, inside):
            is_unseen = one.unseen_since is not None
            self.facts.trusts.append(RoleTrust(one.resource_id, one.name, power, outside, is_unseen))

    def _add_sign_in(self, one: IdentityRecord, config: Mapping[str, Any]) -> None:
        has_password = config.get("password_enabled")
        if has_password is True or isinstance(has_password, Unknown):
            mfa = config.get("mfa_active") if one.unseen_since is None else None
            self.facts.sign_ins.append(SignIn(one.resource_id, one.name, False, mfa if isinstance(mfa, bool) else None))

    def _add_root(self) -> None:
        """Add root's sign-in by the summary, and its keys.

        The summary is fresh, where the report may be hours old.
        """
        root = next(iter(self._of(ROOT)), None)
        summary = next(iter(self._of(SUMMARY)), None)
        number = root[0].resource_id if root else summary[0].resource_id if summary else 0
        if not (summary and summary[1].get("AccountPasswordPresent") == 0):
            mfa = _root_mfa(root, summary)
            self.facts.sign_ins.append(SignIn(number, ROOT_NAME, True, mfa))
        if root:
            self._add_keys(*root, is_root=True)

    def _add_keys(self, one: IdentityRecord, config: Mapping[str, Any], *, is_root: bool = False) -> None:
        for key in KEYS:
            if config.get(f"access_key_{key}_active") is True:
                made = moment(config.get(f"access_key_{key}_last_rotated"))
                name = ROOT_NAME if is_root else one.name
                self.facts.keys.append(AccessKey(one.resource_id, name, key, is_root, made))


def _root_mfa(*sources: tuple[IdentityRecord, Mapping[str, Any]] | None) -> bool | None:
    """Return whether root has a second factor.

    None where neither report nor summary was read.
    """
    for source in reversed(sources):
        if source and source[0].unseen_since is None:
            value = source[1].get("mfa_active" if source[0].type == ROOT else "AccountMFAEnabled")
            if isinstance(value, bool | int):
                return bool(value)
    return None


def _names_services(statement: Statement) -> bool:
    """Return True for a statement of AWS's services alone, as most roles have."""
    return not statement.not_principals and all(each.kind == "Service" for each in statement.principals)


def _is_by_aws(config: Mapping[str, Any]) -> bool:
    return str(config.get("Path")).startswith(AWS_PATHS)


def _whole_account(value: str) -> str:
    """Return an account's id where a principal is all of it, else the principal."""
    if value.isdigit():
        return value
    parts = value.split(":")
    return parts[4] if len(parts) > 5 and parts[5] == "root" else value  # noqa: PLR2004 - an ARN's parts


def _role_kind(trust: Policy | None) -> IdentityKind:
    """Return "service" for a role that AWS's services alone assume."""
    known = [principal.kind for each in trust.allows for principal in each.principals] if trust else []
    return IdentityKind.SERVICE if known and set(known) == {"Service"} else IdentityKind.ROLE


def _user_kind(config: Mapping[str, Any]) -> IdentityKind:
    return IdentityKind.SERVICE if config.get("password_enabled") is False else IdentityKind.PERSON


def moment(value: Any) -> datetime | None:
    """Return a moment as it is stored; None where there is none, or it was refused."""
    return datetime.fromisoformat(value) if isinstance(value, str) else None
