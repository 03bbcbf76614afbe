"""The table of permissions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from posture.pages.permissions.queries import EVERYWHERE, Permission
from posture.web.cards import CardTable
from posture.web.columns import NumberColumn
from posture.web.templatetags import marks, words

NAMED = 3
"""Resource types that a cell names before it counts the rest."""


@dataclass(frozen=True, slots=True)
class PermissionRow:
    """A permission, and in how many accounts in scope it is refused."""

    permission: Permission
    refused: int

    @property
    def action(self) -> str:
        """The IAM action."""
        return self.permission.action

    @property
    def level(self) -> str:
        """Its access level."""
        return self.permission.level

    @property
    def where(self) -> str:
        """The accounts in which the role has it."""
        return "all" if self.permission.where == EVERYWHERE else "management"

    @property
    def needed_by(self) -> str:
        """What it reads, in words."""
        return ", ".join(
            [*(one.plural for one in self.permission.collectors), *filter(None, [self.permission.purpose])]
        )

    @property
    def checks(self) -> int:
        """The number of checks that are unknown without it."""
        return len(self.permission.checks)


class PermissionTable(CardTable):
    """Every permission with its reason."""

    caption = "Permissions"
    row_link = ("permissions:detail", {"action": "action"})
    action = tables.Column("IAM action")
    level = tables.Column("Access level")
    where = tables.Column("Accounts")
    needed_by = tables.Column("Needed to read", orderable=False, attrs={"td": {"class": "pl-card-wide"}})
    checks = NumberColumn(verbose_name="Checks that need it", initial_sort_descending=True)
    refused = tables.Column("Refused now", initial_sort_descending=True)

    class Meta(CardTable.Meta):
        order_by = "action"
        empty_text = "The role has no such permission: nothing in Plumbline needs it."

    def render_action(self, value: str) -> SafeString:
        """Mark it up as code."""
        return format_html("<code>{}</code>", value)

    def value_action(self, value: str) -> str:
        """Export the action."""
        return value

    def render_needed_by(self, record: PermissionRow) -> SafeString | str:
        """Name the first few types; the rest are on the permission's page."""
        return _some([one.plural for one in record.permission.collectors], record.permission.purpose)

    def value_needed_by(self, value: str) -> str:
        """Export all."""
        return value

    def render_refused(self, value: int) -> SafeString | str:
        """Mark the number of accounts that refuse it."""
        return marks.status("unknown", words.plural(value, "account")) if value else "nowhere"

    def value_refused(self, value: int) -> int:
        """Export the number."""
        return value


def _some(names: Sequence[Any], purpose: str) -> SafeString:
    shown = [*names[:NAMED], *([f"{len(names) - NAMED} more"] if len(names) > NAMED else [])]
    listed = format_html_join(", ", "{}", ((name,) for name in shown))
    return format_html("{}{}", listed, format_html('<span class="pl-below">{}</span>', purpose) if purpose else "")
