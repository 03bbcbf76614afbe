"""The lists behind the figures of identities, trusts and keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_tables2.data import TableData

from accounts.models import AwsAccount
from posture.history.query import ResourceRecord
from posture.history.scope import Scope
from posture.pages.identity import queries
from posture.pages.identity.centers import Assigned
from posture.pages.identity.facts import IdentityKind
from posture.pages.identity.power import POWER_WORDS
from posture.pages.identity.queries import HeldKey, IdentityRow, IdentityRows, JoinedTrust
from posture.pages.identity.trusts import TrustGuard, party_name
from posture.pages.identity.uses import Use
from posture.web.cards import CardTable
from posture.web.columns import AccountColumn, DayColumn
from posture.web.resource_names import name_of
from posture.web.scoping import url_in_scope
from posture.web.templatetags import marks, words

KIND_NAMES = {
    IdentityKind.PERSON: "User with a password",
    IdentityKind.ROLE: "Role",
    IdentityKind.SERVICE: "Service or program",
}
GUARD_NAMES = {TrustGuard.NONE: "None", TrustGuard.WIDE: "Too wide", TrustGuard.HOLDS: "Holds"}
NEVER, NOT_KNOWN = "never", "not known"


class IdentityData(TableData):
    """Identities of a table, of which it makes those that it shows."""

    def __init__(self, rows: IdentityRows) -> None:
        super().__init__(rows)

    def __len__(self) -> int:
        return len(self.data)

    def order_by(self, aliases: Sequence[str]) -> None:
        """Keep the order of the rows: no column can be sorted by."""


class IdentityTable(CardTable):
    """Identities, of which names are read for the rows that are shown."""

    caption = "Identities"
    is_swept_data = True
    row_link = ("inventory:resource", {"resource_id": "number"})
    name = tables.Column("Identity", empty_values=(), orderable=False)
    kind = tables.Column(orderable=False)
    account = AccountColumn(orderable=False)
    power = tables.Column("May", orderable=False)
    ground = tables.Column("By", empty_values=(), orderable=False)
    last_used = tables.Column("Last used", empty_values=(), orderable=False)

    class Meta(CardTable.Meta):
        per_page = 30
        empty_text = "No identity matches, as far as could be seen."

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = scope
        self.records: dict[int, ResourceRecord] = {}

    def before_render(self, request: HttpRequest) -> None:
        """Read the page's rows together."""
        self.prepare([row.record for row in self.paginated_rows])

    def prepare(self, records: Sequence[Any]) -> None:
        """Read the names of the given rows, and drop the others."""
        self.records = queries.records(self.scope, [one.number for one in records])

    def _record(self, row: IdentityRow) -> ResourceRecord | None:
        if row.number not in self.records:
            self.prepare([row])
        return self.records.get(row.number)

    def render_name(self, record: IdentityRow) -> str | SafeString:
        """Return the name, and whether it was not seen."""
        found = self._record(record)
        if found is None or found.unseen_since is None:
            return name_of(found) if found else words.NONE
        badge = marks.status("unknown", f"not seen since {words.day(found.unseen_since)}")
        return format_html("{} {}", name_of(found), badge)

    def value_name(self, record: IdentityRow) -> str:
        """Export the name."""
        found = self._record(record)
        return found.name if found else ""

    def render_kind(self, value: IdentityKind) -> str:
        """Return who acts by it."""
        return KIND_NAMES[value]

    def render_power(self, value: Any) -> str:
        """Return what it may do."""
        return POWER_WORDS[value].name

    def render_ground(self, record: IdentityRow) -> str:
        """Return what gives it its power."""
        return record.ground.words if record.ground else words.NONE

    def value_ground(self, record: IdentityRow) -> str:
        """Export it."""
        return record.ground.words if record.ground else ""

    def render_last_used(self, record: IdentityRow) -> str | SafeString:
        """Return the day of the last use, or why there is none."""
        if record.use is Use.UNKNOWN:
            return marks.status("unknown", NOT_KNOWN)
        return words.day(record.last_used) if record.last_used else NEVER

    def value_last_used(self, record: IdentityRow) -> str:
        """Export the time itself."""
        if record.use is Use.UNKNOWN:
            return NOT_KNOWN
        return record.last_used.isoformat() if record.last_used else NEVER


@dataclass(frozen=True, slots=True)
class TrustRow:
    """A trust as its list shows it."""

    number: int
    account: AwsAccount
    party: str
    kind: str
    guard: TrustGuard
    condition: str
    role: str
    power: str
    is_unseen: bool


def trust_rows(scope: Scope, some: Sequence[JoinedTrust]) -> list[TrustRow]:
    """Return trusts as rows, one for each role."""
    rows = []
    for one in some:
        kind, name = party_name(one.outside.kind, one.outside.party)
        words = POWER_WORDS[one.power].name
        rows += [
            TrustRow(
                member.number,
                scope.by_pk[member.account_pk],
                name,
                kind,
                one.outside.guard,
                one.outside.condition,
                one.role,
                words,
                member.is_unseen,
            )
            for member in one.members
        ]
    return rows


class TrustTable(CardTable):
    """Who comes in from outside, role by role."""

    caption = "Trusts to outside"
    is_swept_data = True
    row_link = ("inventory:resource", {"resource_id": "number"})
    party = tables.Column("Outside")
    kind = tables.Column("Type")
    guard = tables.Column("Condition", order_by="guard")
    condition = tables.Column("Requires")
    role = tables.Column()
    power = tables.Column("The role may")
    account = AccountColumn()

    class Meta(CardTable.Meta):
        per_page = 30
        empty_text = "Nobody outside the organization may assume a role, as far as could be seen."

    def render_guard(self, value: TrustGuard, record: TrustRow) -> SafeString | str:
        """Return whether a condition holds, and whether that is as last seen."""
        looks = {TrustGuard.NONE: "fail", TrustGuard.WIDE: "warning", TrustGuard.HOLDS: "pass"}
        shown = format_html('<span class="pl-guard pl-guard-{}">{}</span>', looks[value], GUARD_NAMES[value])
        return format_html("{} {}", shown, marks.status("stale", "as last seen")) if record.is_unseen else shown

    def value_guard(self, value: TrustGuard) -> str:
        """Export it in words."""
        return GUARD_NAMES[value]


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An access key as its list shows it."""

    number: int
    name: str
    account: AwsAccount
    days: int | None
    is_old: bool
    last_used: datetime | None


def key_rows(scope: Scope, some: Sequence[HeldKey]) -> list[KeyRow]:
    """Return keys as rows, oldest first."""
    rows = [
        KeyRow(
            one.key.number,
            one.key.name,
            scope.by_pk[one.account_pk],
            one.age.days if one.age is not None else None,
            one.is_old,
            one.last_used,
        )
        for one in some
    ]
    return sorted(rows, key=lambda row: (-(row.days if row.days is not None else -1), row.name))


class KeyTable(CardTable):
    """Active access keys."""

    caption = "Access keys"
    is_swept_data = True
    row_link = ("inventory:resource", {"resource_id": "number"})
    name = tables.Column("Key of")
    account = AccountColumn()
    days = tables.Column("Age", empty_values=())
    last_used = DayColumn(verbose_name="Last used", empty_values=())

    class Meta(CardTable.Meta):
        per_page = 30
        empty_text = "No user has an active access key, as far as could be seen."

    def render_days(self, value: int | None, record: KeyRow) -> str | SafeString:
        """Return the age in days, marked past the limit."""
        if value is None:
            return marks.status("unknown", "not known")
        shown = f"{words.figure(value)} days"
        return format_html('<span class="pl-late">{}</span>', shown) if record.is_old else shown

    def value_days(self, value: int | None) -> int | None:
        """Export the number itself."""
        return value

    def render_last_used(self, value: datetime | None, record: KeyRow) -> str:
        """Return the day of the last use."""
        return words.day(value) if value else NEVER

    def value_last_used(self, value: datetime | None) -> str:
        """Export the time itself."""
        return value.isoformat() if value else NEVER


SET_POWERS = {True: "Administrator", False: "Limited", None: "Not known"}


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """An assignment as its list shows it."""

    number: int
    assigned: Assigned
    who: str
    kind: str
    permission_set: str
    power: str
    account_id: str
    place: str
    """The account's name; of one outside the scope its id."""


def assignment_rows(scope: Scope, some: Sequence[Assigned]) -> list[AssignmentRow]:
    """Return assignments as rows, administrators first."""
    names = {one.account_id: one.name for one in scope.accounts}
    rows = [
        AssignmentRow(
            one.number,
            one,
            one.who or one.principal,
            "Group" if one.is_group else "Person",
            one.set_name,
            SET_POWERS[one.is_administrator],
            one.account_id,
            names.get(one.account_id, one.account_id),
        )
        for one in some
    ]
    return sorted(rows, key=lambda row: (row.assigned.is_administrator is False, row.who, row.permission_set))


class AssignmentTable(CardTable):
    """Who has which permission set in which account."""

    caption = "Assignments of Identity Center"
    is_swept_data = True
    row_link = ("inventory:resource", {"resource_id": "number"})
    who = tables.Column("Who")
    kind = tables.Column("Type")
    permission_set = tables.Column("Permission set")
    power = tables.Column("May")
    place = tables.Column("Account")

    class Meta(CardTable.Meta):
        per_page = 30
        empty_text = "No permission set is assigned in what this scope shows."

    def render_who(self, value: str, record: AssignmentRow) -> str | SafeString:
        """Return the name, and whether the directory lacks it or it is as last seen."""
        if record.assigned.is_unseen:
            return format_html("{} {}", value, marks.status("stale", "as last seen"))
        if record.assigned.is_gone:
            return format_html("{} {}", value, marks.status("fail", "not in the directory"))
        return value if record.assigned.who else format_html("{} {}", value, marks.status("unknown", "name not read"))

    def render_place(self, value: str, record: AssignmentRow) -> str | SafeString:
        """Return the account, as a link where it is in the scope."""
        if value == record.account_id:
            return value
        url = url_in_scope(self.request, "organization:account", {"account_id": record.account_id})
        shown = '<a class="pl-account" href="{}">{} <span class="pl-id">{}</span></a>'
        return format_html(shown, url, value, record.account_id)

    def value_place(self, value: str) -> str:
        """Export the name itself."""
        return value

    def value_who(self, value: str) -> str:
        """Export the name itself."""
        return value
