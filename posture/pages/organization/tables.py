"""The flat table of accounts."""

from __future__ import annotations

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString

from posture.pages.organization.account_status import AccountStatus, Look
from posture.web.cards import CardTable
from posture.web.columns import (
    NUMBER,
    BandColumn,
    ChangeColumn,
    DayColumn,
    NumberColumn,
    SparkColumn,
    UpperEndColumn,
)
from posture.web.templatetags import marks, words

NO_CARD = {"cell": {"class": "pl-card-none"}}
"""How cells look that a card leaves out."""


class UnseenColumn(tables.Column):
    """The share that could not be seen, hatched; 100 % if it is not swept."""

    empty_values = ()

    def render(self, value: float | None) -> SafeString | str:
        if value is None:
            return marks.status("unknown", words.percent(1.0))
        return marks.status("unknown", words.percent(value)) if value else words.percent(value)

    def value(self, value: float | None) -> float:
        return 1.0 if value is None else value


class AccountTable(CardTable):
    """Every account with its posture."""

    caption = "Accounts"
    row_link = ("organization:account", {"account_id": "account_id"})
    name = tables.Column("Account")
    account_id = tables.Column("Account id", visible=False)
    unit = tables.Column("Unit")
    state = tables.Column("State", visible=False)
    owner = tables.Column("Owner", empty_values=())
    band = BandColumn(order_by="rank")
    band_high = UpperEndColumn("band")
    change = ChangeColumn()
    series = SparkColumn(verbose_name="Since then", attrs=NO_CARD)
    critical = NumberColumn()
    high = NumberColumn()
    blind_share = UnseenColumn(verbose_name="Not seen", attrs=NUMBER, initial_sort_descending=True)
    weight = NumberColumn(visible=False)
    last_swept = DayColumn(verbose_name="Last swept")

    class Meta(CardTable.Meta):
        order_by = "band"
        empty_text = "No account matches these filters."

    def render_name(self, value: str, record: AccountStatus) -> SafeString:
        """Return the name with the id below and the account's state."""
        return format_html('{} <span class="pl-id pl-below">{}</span>{}', value, record.account_id, _state(record))

    def value_name(self, value: str) -> str:
        """Export the name; the id has its own column."""
        return value

    def value_state(self, record: AccountStatus) -> str:
        """Export the state in words."""
        return record.state_words

    def render_owner(self, value: str) -> str | SafeString:
        """Return the owners."""
        return value or format_html('<span class="pl-quiet">{}</span>', "no owner")

    def value_owner(self, value: str) -> str:
        """Export the names."""
        return value

    def render_weight(self, value: float) -> str:
        """Write a weight without needless decimals."""
        return f"{value:g}"


def _state(row: AccountStatus) -> SafeString | str:
    if row.look is Look.SWEPT:
        return ""
    return format_html(
        '<span class="pl-badge pl-look pl-look-{}" title="{}">{}{}</span>',
        row.look,
        row.look_title,
        marks.icon(row.look_icon),
        row.look_words,
    )
