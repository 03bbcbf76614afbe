"""Filters of digest deliveries."""

from __future__ import annotations

from posture.pages.drift.models import DigestMail, Every
from posture.web.filters import Facet, FilterSet, Search


def _state(value: str) -> str:
    return str(DigestMail.State(value).label) if value in DigestMail.State.values else value


def _rhythm(value: str) -> str:
    return str(Every(value).label) if value in Every.values else value


class MailFilters(FilterSet):
    """Which digests are shown."""

    q = Search(fields=("user__username", "user__email", "error"))
    state = Facet(label="State", words=_state)
    every = Facet(label="How often", words=_rhythm)
