"""Who gets in by IAM Identity Center: permission sets, and who has which where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from posture.checks.iam_grants import is_everything
from posture.checks.sso_permission_set import ADMINISTRATORS
from posture.core.policy import parse
from posture.core.values import Unknown
from posture.history import query
from posture.history.query import ResourceRecord
from posture.history.scope import Scope
from posture.web.templatetags.words import plural

SET, ASSIGNMENT, INSTANCE = "AWS::SSO::PermissionSet", "AWS::SSO::Assignment", "AWS::SSO::Instance"
NEEDED = (SET, ASSIGNMENT, INSTANCE)
GROUP = "GROUP"
SETS_MAX = 8
DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?")


class Assigned(NamedTuple):
    """A group or person that has a permission set in an account."""

    number: int
    account_id: str
    set_number: int
    """The permission set's resource; 0 where it was not read."""
    set_name: str
    is_administrator: bool | None
    """Whether the permission set makes administrators; None where that could not be read."""
    is_group: bool
    principal: str
    """Its id in the directory."""
    who: str
    """Empty where the directory has nobody of this id any more, or did not say who it is."""
    is_gone: bool
    is_unseen: bool


class PermissionSet(NamedTuple):
    """A permission set, and who has it in how many accounts."""

    number: int
    name: str
    is_administrator: bool | None
    session: str
    who: tuple[str, ...]
    gone: int
    """Groups or people that the directory no longer has."""
    accounts: int
    is_unseen: bool

    @property
    def order(self) -> tuple[bool, int, str]:
        """Administrators first, then those of most accounts."""
        return self.is_administrator is False, -self.accounts, self.name


@dataclass(frozen=True)
class CenterMap:
    """All permission sets and assignments of a scope."""

    sets: Sequence[PermissionSet] = ()
    assigned: Sequence[Assigned] = ()
    is_partial: bool = False
    """Some of it could not be listed."""
    has_instance: bool = False
    """Whether the account that manages an Identity Center is in the scope."""

    @property
    def has_anything(self) -> bool:
        """Return True where there is an Identity Center, or may be one."""
        return bool(self.sets or self.assigned or self.is_partial)

    @cached_property
    def parties(self) -> set[tuple[bool, str]]:
        """Groups and people that have anything."""
        return {(one.is_group, one.who) for one in self.assigned if one.who}

    @property
    def title(self) -> str:
        """Who gets in, in a sentence."""
        if not self.assigned:
            return self._title_of_nobody()
        groups = sum(is_group for is_group, _ in self.parties)
        people = len(self.parties) - groups
        parts = [plural(groups, "group")] if groups else []
        parts += [plural(people, "person,people")] if people else []
        at_least = "At least " if self.is_partial else ""
        verb = "has" if groups + people == 1 else "have"
        return f"{at_least}{' and '.join(parts) or 'Nobody known'} {verb} access through Identity Center"

    def _title_of_nobody(self) -> str:
        if self.is_partial:
            return "Identity Center could not be read"
        # Whoever does not see the account that manages it knows nothing of who has access.
        seen = self.has_instance or self.sets
        return "Nobody has access through Identity Center" if seen else "No Identity Center is managed in this scope"


def load_center(scope: Scope) -> CenterMap:
    """Return the permission sets and assignments of a scope."""
    return query.get_or_compute(scope, "identity_center", lambda: _load(scope))


def _load(scope: Scope) -> CenterMap:
    rows = query.resources(scope).filter(type__in=NEEDED).select_related(None).order_by("name")
    records = list(rows)
    is_partial = query.gaps(scope).filter(blinds=True, resource_type__in=NEEDED).exists()
    sets = {one.arn: one for one in records if one.type == SET}
    powers = {arn: _makes_administrators(one.config) for arn, one in sets.items()}
    assigned = [_assigned(one, sets, powers) for one in records if one.type == ASSIGNMENT]
    shown = [_permission_set(one, power=powers[arn], assigned=assigned) for arn, one in sets.items()]
    return CenterMap(
        sorted(shown, key=lambda one: one.order), assigned, is_partial, any(one.type == INSTANCE for one in records)
    )


def _makes_administrators(config: Mapping[str, Any]) -> bool | None:
    """Return whether a permission set allows everything; None where not read."""
    managed, inline = config.get("ManagedPolicies"), config.get("InlinePolicy")
    if not isinstance(managed, Unknown) and any(each.get("Name") in ADMINISTRATORS for each in managed or ()):
        return True
    if not isinstance(inline, Unknown) and any(is_everything(each) for each in parse(inline or {}).allows):
        return True
    return None if isinstance(managed, Unknown) or isinstance(inline, Unknown) else False


def _assigned(
    record: ResourceRecord, sets: Mapping[str, ResourceRecord], powers: Mapping[str, bool | None]
) -> Assigned:
    config = record.config
    arn, who, named = (
        str(config.get("PermissionSetArn", "")),
        config.get("PrincipalName"),
        config.get("PermissionSetName"),
    )
    known = sets.get(arn)
    return Assigned(
        record.resource_id,
        str(config.get("AccountId", "")),
        known.resource_id if known else 0,
        known.name if known else named if isinstance(named, str) else arn.rpartition("/")[2],
        powers.get(arn),
        config.get("PrincipalType") == GROUP,
        str(config.get("PrincipalId", "")),
        who if isinstance(who, str) else "",
        who is None,
        record.unseen_since is not None,
    )


def _permission_set(record: ResourceRecord, *, power: bool | None, assigned: Iterable[Assigned]) -> PermissionSet:
    mine = [one for one in assigned if one.set_number == record.resource_id]
    return PermissionSet(
        record.resource_id,
        record.name,
        power,
        describe_session(record.config.get("SessionDuration")),
        tuple(dict.fromkeys(one.who for one in sorted(mine, key=lambda one: (not one.is_group, one.who)) if one.who)),
        len({one.principal for one in mine if one.is_gone}),
        len({one.account_id for one in mine}),
        record.unseen_since is not None,
    )


def describe_session(text: Any) -> str:
    """Return how long a session lasts in words; empty where it was not read."""
    if not isinstance(text, str):
        return ""
    found = DURATION.fullmatch(text)
    parts = zip(found.groups(), ("hour", "minute"), strict=True) if found else ()
    return " ".join(plural(int(number), unit) for number, unit in parts if number) or text
