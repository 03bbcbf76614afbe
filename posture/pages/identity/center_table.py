"""The list of who has which permission set in which account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString

from posture.history.scope import Scope
from posture.pages.identity.centers import Assigned
from posture.web.cards import CardTable
from posture.web.scoping import url_in_scope
from posture.web.templatetags import marks

POWERS = {True: "Administrator", False: "Less than everything", None: "Not known"}


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
            POWERS[one.is_administrator],
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
    kind = tables.Column("Is")
    permission_set = tables.Column("Permission set")
    power = tables.Column("May")
    place = tables.Column("In")

    class Meta(CardTable.Meta):
        per_page = 30
        empty_text = "Nobody has a permission set in an account, as far as could be seen."

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
