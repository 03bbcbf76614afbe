"""The table of digest deliveries."""

from __future__ import annotations

import django_tables2 as tables
from django.utils.safestring import SafeString

from posture.pages.drift.models import DigestMail
from posture.web.cards import CardTable
from posture.web.columns import DayColumn, NumberColumn
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
    """Return a badge of a mail's state."""
    state = DigestMail.State(mail.state)
    return marks.status(LOOKS[state], str(state.label))


class MailStateColumn(tables.Column):
    """A mail's state."""

    def render(self, record: DigestMail) -> SafeString:
        return badge(record)

    def value(self, record: DigestMail) -> str:
        return str(DigestMail.State(record.state).label)


class MailTable(CardTable):
    """Digests by person."""

    caption = "Digests"
    user = tables.Column("To", order_by="user__username")
    organization = tables.Column(order_by="organization__name")
    every = tables.Column("How often")
    until = DayColumn(verbose_name="Up to")
    state = MailStateColumn()
    attempts = NumberColumn(verbose_name="Attempts")
    next_try_at = DayColumn(verbose_name="Next attempt")
    error = tables.Column("What went wrong", attrs={"td": {"class": "pl-card-wide"}})

    class Meta(CardTable.Meta):
        order_by = "-until"
        empty_text = "No digest has been due yet."
