"""When identities and their keys were used last. Knows no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from posture.checks.iam_user import KEYS
from posture.core.values import Unknown
from posture.pages.identity.facts import AccessKey, Identity, moment
from posture.pages.identity.limits import RECENT_DAYS, IdentityLimits, LimitWords

ROLE_USE = "RoleLastUsed"


class Use(StrEnum):
    """When an identity was used last.

    It is counted from when its account was read.
    """

    WEEK = "week"
    WITHIN = "within"
    """Within the limit of its account."""
    LONGER = "longer"
    NEVER = "never"
    UNKNOWN = "unknown"


UNUSED_WORDS = (Use.LONGER, Use.NEVER)


def use_names(limits: LimitWords) -> dict[Use, str]:
    """Return when what is used so was used, in words."""
    return {
        Use.WEEK: f"in the last {RECENT_DAYS} days",
        Use.WITHIN: f"in the last {limits.column}" if limits.is_one else "within the limit",
        Use.LONGER: f"more than {limits.column} ago" if limits.is_one else "longer ago than the limit",
        Use.NEVER: "never",
        Use.UNKNOWN: "not known",
    }


class UsedRecord(Protocol):
    """The observed fields of a stored resource."""

    @property
    def resource_id(self) -> int:
        """Its id."""

    @property
    def observed(self) -> dict[str, Any] | None:
        """The observed fields; None where none are kept."""


@dataclass(slots=True)
class AccountUses:
    """What an account's observed fields say of uses, as read at a date."""

    at: datetime
    last: dict[int, datetime | None] = field(default_factory=dict)
    """Of identities, by resource id; those are missing whose last use is not known."""
    keys: dict[tuple[int, int], datetime] = field(default_factory=dict)
    """Of access keys, by resource id and place."""

    def of(self, identity: Identity, limits: IdentityLimits) -> tuple[Use, datetime | None]:
        """Return how an identity's last use compares with a limit, and when it was."""
        if not identity.is_use_seen or identity.number not in self.last:
            return Use.UNKNOWN, None
        last, made = self.last[identity.number], identity.created
        if last is not None and last > self.at:
            return Use.UNKNOWN, None  # used since the date that is looked at: the use before it is not kept
        limit = timedelta(days=limits.role_days if identity.is_role else limits.credential_days)
        if last is None and (made is None or self.at - made > limit):
            return Use.NEVER, None
        since = self.at - (last or made or self.at)
        if since > limit:
            return Use.LONGER, last
        return (Use.WEEK if since <= timedelta(days=RECENT_DAYS) else Use.WITHIN), last

    def age(self, key: AccessKey) -> timedelta | None:
        """Return a key's age; None where it could not be read."""
        return None if key.made is None else self.at - key.made


def read_uses(records: Iterable[UsedRecord], at: datetime) -> AccountUses:
    """Return what the observed fields of an account's users and roles say."""
    found = AccountUses(at)
    for record in records:
        observed = record.observed
        if observed is None:
            continue
        uses = _role_uses(observed) if ROLE_USE in observed else _user_uses(observed)
        if not isinstance(uses, Unknown):
            found.last[record.resource_id] = max(filter(None, map(moment, uses)), default=None)
        for place in KEYS:
            used = moment(observed.get(_key_use(place)))
            if used is not None:
                found.keys[record.resource_id, place] = used
    return found


def _role_uses(observed: Mapping[str, Any]) -> Iterable[Any] | Unknown:
    used = observed.get(ROLE_USE)
    return used if isinstance(used, Unknown) else [(used or {}).get("LastUsedDate")]


def _user_uses(observed: Mapping[str, Any]) -> Iterable[Any] | Unknown:
    values = [observed.get("password_last_used"), *(observed.get(_key_use(place)) for place in KEYS)]
    return next((each for each in values if isinstance(each, Unknown)), values)


def _key_use(place: int) -> str:
    return f"access_key_{place}_last_used_date"
