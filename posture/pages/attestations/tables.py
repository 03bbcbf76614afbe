"""The table of what people can attest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import django_tables2 as tables

from accounts.attestations import ATTESTED, EXPIRED, OPEN, AttestedState
from posture.web.attestations import Subject
from posture.web.cards import CardTable
from posture.web.templatetags import words

WORDS = {ATTESTED: "Attested", EXPIRED: "Expired", OPEN: "To attest"}
"""The states in words, as filters and exports have them."""


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """A subject with what is attested of it in the scope."""

    subject: Subject
    attested: AttestedState

    @property
    def reference(self) -> str:
        """The subject's reference."""
        return self.subject.reference

    @property
    def state(self) -> str:
        """The state in words."""
        return WORDS[self.attested.state]

    @property
    def accounts(self) -> str:
        """In how many accounts it is attested, in words."""
        one = self.attested
        if one.whole and one.state == ATTESTED:
            return "the whole organization"
        return f"{one.valid} of {one.accounts}" if one.accounts else ""


class AttestationTable(CardTable):
    """Every subject with its state."""

    caption = "What people attest"
    row_link = ("attestations:detail", {"reference": "reference"})
    title = tables.Column("What", accessor="subject__title")
    of = tables.Column("Of", accessor="subject__of")
    state = tables.Column()
    accounts = tables.Column(orderable=False)
    valid_until = tables.Column("Until", accessor="attested__latest__valid_until")
    made_by = tables.Column("By", accessor="attested__latest__made_by_name", default="")
    evidence = tables.Column("Reference", accessor="attested__latest__reference", default="")
    look_at = tables.Column("To look at", accessor="subject__look_at", orderable=False, visible=False)

    class Meta(CardTable.Meta):
        empty_text = "Nothing is in this state."

    def render_valid_until(self, value: date) -> str:
        """Return the last day on which it holds."""
        return words.day(value)

    def value_valid_until(self, value: date) -> str:
        """Return the same for exports."""
        return value.isoformat()

    def value_look_at(self, value: Any) -> str:
        """Return what a person has to look at, for exports."""
        return str(value)
