"""Who makes a request, and how the Principal elements of policies name them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Any

from posture.core.iam.logic import Truth

_ROOT = re.compile(r"arn:[^:]+:iam::(\d{12}):root")
_ROLE = re.compile(r"arn:([^:]+):iam::(\d{12}):role/(?:.*/)?([^/]+)", re.DOTALL)


class CallerKind(StrEnum):
    """The kinds of principals that make requests."""

    USER = "user"
    ROLE = "role"
    """A role in whichever session."""
    SESSION = "role-session"
    FEDERATED_USER = "federated-user"
    ROOT = "root"
    ANONYMOUS = "anonymous"
    SERVICE = "service"
    WEB_IDENTITY = "web-identity"
    SAML = "saml"


class Grade(IntEnum):
    """How closely a Principal element names a caller."""

    NONE = 0
    ACCOUNT = 1
    """Its account, which decides by policies of its own."""
    ROLE = 2
    """The role, or user, behind the session."""
    DIRECT = 3
    """The caller itself, or everyone."""


@dataclass(frozen=True)
class Caller:
    """The principal of a request."""

    kind: CallerKind
    account: str = ""
    arn: str = ""
    role_arn: str = ""
    """The role of a session."""
    user_arn: str = ""
    """The user behind a federated user."""
    unique_id: str = ""
    service: str = ""
    provider: str = ""
    """The ARN or name of the identity provider."""
    canonical_user: str = ""
    """The account's canonical user id, empty if not known."""
    is_management: Truth = False
    is_service_linked: bool = False

    @cached_property
    def has_identity(self) -> bool:
        """Whether identity policies and SCPs apply: services and strangers have none."""
        return self.kind not in {
            CallerKind.ANONYMOUS,
            CallerKind.SERVICE,
            CallerKind.WEB_IDENTITY,
            CallerKind.SAML,
        }

    @cached_property
    def is_role(self) -> bool:
        """Whether the caller is a role or one of its sessions."""
        return self.kind in {CallerKind.ROLE, CallerKind.SESSION}

    @cached_property
    def direct_names(self) -> frozenset[str]:
        """The names that mean this caller alone."""
        if self.kind is CallerKind.ROLE:
            return frozenset()
        return frozenset(filter(None, (self.arn, "" if self.is_role else self.unique_id)))

    @cached_property
    def role_names(self) -> frozenset[str]:
        """The names of the role, or user, behind the session."""
        if self.kind is CallerKind.FEDERATED_USER:
            return frozenset(filter(None, (self.user_arn,)))
        role = self.arn if self.kind is CallerKind.ROLE else self.role_arn
        return frozenset(filter(None, (role, self.unique_id if self.is_role else "")))

    @cached_property
    def session_prefix(self) -> str:
        """What the ARNs of a role's sessions begin with; empty unless any is meant."""
        match = _ROLE.fullmatch(self.arn) if self.kind is CallerKind.ROLE else None
        return f"arn:{match[1]}:sts::{match[2]}:assumed-role/{match[3]}/" if match else ""


@dataclass(frozen=True, slots=True)
class Named:
    """How closely an element names a caller, and whether that is certain."""

    grade: Grade
    truth: Truth = True


NOBODY = Named(Grade.NONE, truth=False)
EVERYONE = Named(Grade.DIRECT)


@dataclass(frozen=True, slots=True)
class PrincipalElement:
    """A Principal or NotPrincipal element."""

    everyone: bool = False
    accounts: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    """ARNs and unique ids."""
    services: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()
    canonical_users: frozenset[str] = frozenset()

    def named(self, caller: Caller) -> Named:
        """Return how closely the element names a caller."""
        if self.everyone:
            return EVERYONE
        if caller.service and caller.service in self.services:
            return EVERYONE
        if caller.provider and caller.provider in self.providers:
            return EVERYONE
        if self.names and (self.names & caller.direct_names):
            return EVERYONE
        return self._behind(caller)

    def _behind(self, caller: Caller) -> Named:
        if self.names & caller.role_names:
            return Named(Grade.ROLE)
        if caller.session_prefix and any(name.startswith(caller.session_prefix) for name in self.names):
            return Named(Grade.DIRECT, truth=None)
        if caller.account and caller.account in self.accounts:
            return EVERYONE if caller.kind is CallerKind.ROOT else Named(Grade.ACCOUNT)
        return self._by_canonical_user(caller)

    def _by_canonical_user(self, caller: Caller) -> Named:
        if not self.canonical_users or not caller.has_identity:
            return NOBODY
        if not caller.canonical_user:
            return Named(Grade.ACCOUNT, truth=None)
        return Named(Grade.ACCOUNT) if caller.canonical_user in self.canonical_users else NOBODY

    def spares(self, caller: Caller) -> Truth:
        """Return whether a NotPrincipal element leaves out a caller.

        AWS wants the session, its role and its account listed; what happens if some are missing is not documented.
        """
        named = self.named(caller)
        if named.truth is not True:
            return named.truth
        if self.everyone or caller.kind in {CallerKind.ROOT, CallerKind.SERVICE} or not caller.has_identity:
            return True
        if named.grade is Grade.ACCOUNT:
            return False
        wanted = (caller.direct_names, caller.role_names) if caller.is_role else (caller.direct_names,)
        is_complete = caller.account in self.accounts and all(self.names & each for each in wanted if each)
        return True if is_complete else None


def compile_principals(raw: Any) -> PrincipalElement:
    """Return a Principal element, compiled."""
    if not isinstance(raw, Mapping):
        raw = {"AWS": raw}
    accounts, names, others = set[str](), set[str](), dict[str, set[str]]()
    everyone = False
    for kind, value in _values(raw):
        if value == "*":
            everyone = True
        elif kind != "AWS":
            others.setdefault(kind, set()).add(value)
        elif match := _ROOT.fullmatch(value):
            accounts.add(match[1])
        else:
            (accounts if value.isdigit() else names).add(value)
    kinds = (frozenset(others.get(kind, ())) for kind in ("Service", "Federated", "CanonicalUser"))
    return PrincipalElement(everyone, frozenset(accounts), frozenset(names), *kinds)


def _values(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for kind, values in raw.items():
        for value in values if isinstance(values, list | tuple) else [values]:
            yield kind, str(value)
