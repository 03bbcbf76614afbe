"""The controls of a framework as a table: what its export holds."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables

from posture.pages.practices.check_status import ControlRow
from posture.web.columns import NumberColumn
from posture.web.tables import Table


class ControlTable(Table):
    """Controls in the publisher's order, also those that no check serves."""

    caption = "Controls"
    id = tables.Column("Control", accessor="control__id")
    section = tables.Column(accessor="control__section")
    title = tables.Column("What it asks for", accessor="control__title")
    is_member = tables.Column("In the standard now", accessor="control__member", empty_values=())
    state = tables.Column(accessor="words")
    failed = NumberColumn(verbose_name="Fail", accessor="sum__failed")
    unknown = NumberColumn(verbose_name="Unknown", accessor="sum__unknown")
    passed = NumberColumn(verbose_name="Pass", accessor="sum__passed")
    accepted = NumberColumn(accessor="sum__accepted")
    look_at = tables.Column("For a person to look at", accessor="control__look_at")
    attested_by = tables.Column("Attested by", accessor="attested__latest__made_by_name", default="")
    attested_until = tables.Column("Attested until", accessor="attested__latest__valid_until", default="")
    evidence = tables.Column("Reference", accessor="attested__latest__reference", default="")
    checks = tables.Column(empty_values=(), orderable=False)

    class Meta(Table.Meta):
        empty_text = "No control is in this state."

    def render_is_member(self, value: Any) -> str:
        """Return yes or no."""
        return "yes" if value else "no"

    def render_checks(self, record: ControlRow) -> str:
        """Return the ids of the checks that serve the control."""
        return ", ".join(sorted(row.check.id for row in record.checks))
