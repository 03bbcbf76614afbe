"""Links from a digest into the site."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.urls import reverse

from posture.history.scope import Scope
from posture.pages.drift.digest.periods import DigestSpan
from posture.web.scoping import with_query


class DigestLinks:
    """Paths into the site, in the digest's organization and span."""

    def __init__(self, scope: Scope, span: DigestSpan, carried: Mapping[str, str]) -> None:
        self.organization = scope.organization.pk if scope.organization else ""
        # Each link names the organization. Whether the page's own URL does is no part of what is kept: after a sweep
        # the digest is prepared with it, and most people open it without.
        self.carried = sorted((name, value) for name, value in carried.items() if name != "org")
        # A date means its end: after the day before, and up to the last day.
        ends = (at.date() - timedelta(days=1) for at in (span.since, span.until))
        self.period: dict[str, object] = dict(zip(("since", "until"), map(str, ends), strict=True))

    def to(self, page: str, kwargs: dict[str, object] | None = None, **query: object) -> str:
        """Return the path of a page about the span."""
        known = {"org": self.organization, **dict(self.carried), **self.period}
        return with_query(reverse(page, kwargs=kwargs), known | query)
