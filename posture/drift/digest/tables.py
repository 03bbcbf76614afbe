"""What became of digests, as a table."""

from __future__ import annotations

import django_tables2 as tables
from django.utils.safestring import SafeString

from posture.drift.models import DigestMail, Every
from posture.web.columns import DayColumn, NumberColumn
from posture.web.filters import Facet, FilterSet, Search
from posture.web.tables import Table
from posture.web.templatetags import marks

LOOKS = {
    DigestMail.State.WAITING: "running",
    DigestMail.State.SENDING: "running",
    DigestMail.State.SENT: "pass",
    DigestMail.State.FAILED: "fail",
    DigestMail.State.UNSURE: "unknown",
    DigestMail.State.EMPTY: "not_applicable",
}


def badge(mail: DigestMail) -> SafeString:
    """Badge a mail's state."""
    state = DigestMail.State(mail.state)
    return marks.status(LOOKS[state], str(state.label))


class StateColumn(tables.Column):
    """A mail's state."""

    def render(self, record: DigestMail) -> SafeString:
        return badge(record)

    def value(self, record: DigestMail) -> str:
        return str(DigestMail.State(record.state).label)


class MailTable(Table):
    """Digests by person."""

    caption = "Digests"
    user = tables.Column("To", order_by="user__username")
    organization = tables.Column(order_by="organization__name")
    every = tables.Column("How often")
    until = DayColumn(verbose_name="Up to")
    state = StateColumn()
    attempts = NumberColumn(verbose_name="Attempts")
    next_try_at = DayColumn(verbose_name="Tried again")
    error = tables.Column("What went wrong")

    class Meta(Table.Meta):
        order_by = "-until"
        empty_text = "No digest has been due yet."


class MailFilters(FilterSet):
    """Which digests are shown."""

    q = Search(fields=("user__username", "user__email", "error"))
    state = Facet(label="State", words=lambda value: str(DigestMail.State(value).label) if value in LOOKS else value)
    every = Facet(label="How often", words=lambda value: str(Every(value).label) if value in Every.values else value)
