"""The table of parameters."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables

from posture.checks import checks_by_parameter
from posture.web.cards import CardTable
from posture.web.check_parameters import ParameterRow
from posture.web.columns import DayColumn, NumberColumn


class ParameterTable(CardTable):
    """Every parameter with its value in the scope."""

    caption = "Parameters"
    row_link = ("parameters:detail", {"name": "name"})
    title = tables.Column("Parameter")
    value = tables.Column("Value here", orderable=False)
    where = tables.Column("Set for", empty_values=())
    set_at = DayColumn(verbose_name="Set on", accessor="setting__changed_at")
    set_by = tables.Column("By", accessor="setting__changed_by_name", default="")
    default = tables.Column("Default", orderable=False)
    source = tables.Column("Whose default", accessor="parameter__source")
    below = NumberColumn(verbose_name="Set for units below", accessor="below", empty_values=())
    checks = NumberColumn(verbose_name="Checks", accessor="name", initial_sort_descending=True)

    class Meta(CardTable.Meta):
        order_by = "title"
        empty_text = "No check has a parameter."

    def render_where(self, value: str) -> str:
        """Return where the value is set, or that it is the default."""
        return value or "default"

    def render_below(self, record: ParameterRow) -> int:
        """Return how many units below set another value."""
        return len(record.below)

    def value_below(self, record: ParameterRow) -> int:
        """Return the same for exports."""
        return len(record.below)

    def render_checks(self, value: Any) -> int:
        """Return how many checks judge by it."""
        return len(checks_by_parameter(value))

    def value_checks(self, value: Any) -> int:
        """Return the same for exports."""
        return len(checks_by_parameter(value))
