"""The pages of the digest: the digest, its mail, settings and deliveries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from posture.history import query
from posture.history.scope import Scope
from posture.pages.drift.digest import mails, sending
from posture.pages.drift.digest.content import digest
from posture.pages.drift.digest.filters import MailFilters
from posture.pages.drift.digest.forms import DigestForm
from posture.pages.drift.digest.model import Digest
from posture.pages.drift.digest.periods import DigestSpan, span_before
from posture.pages.drift.digest.tables import MailTable
from posture.pages.drift.models import DigestChoice, DigestMail, Every
from posture.web import parameters
from posture.web.lists import TablePage
from posture.web.scoping import requested_scope, require_user, scope_of, scope_query, url_in_scope

LAST_MAILS = 10


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the digest of the last week or month that has ended, or of an earlier one."""
    return render(request, "drift/digest.html", _context(request))


@require_safe
def mail(request: HttpRequest) -> HttpResponse:
    """Show the mail that the digest would be."""
    context = _context(request)
    about: Digest | None = context["digest"]
    if about is not None:
        written = mails.message(require_user(request), about)
        context |= {"subject": written.subject, "body": written.body, "site": ""}
    return render(request, "drift/digest_mail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Show and save how often the digest is sent, and the last deliveries."""
    user = require_user(request)
    chosen = DigestChoice.objects.filter(user=user).first() or DigestChoice(user=user)
    form = DigestForm(request.POST or None, instance=chosen)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, f"Saved: {chosen.get_every_display().lower()}.")
        return redirect(url_in_scope(request, "drift:digest_settings"))
    sent = DigestMail.objects.filter(user=user).select_related("organization")[:LAST_MAILS]
    context = {"form": form, "mails": sent, "is_possible": mails.is_possible(), "address": user.email}
    return render(request, "drift/digest_settings.html", context)


class MailList(TablePage):
    """Everybody's digest deliveries: for admins."""

    heading = "Digest deliveries"
    lead = "A failed mail is tried again. One that may have left is not, so that nobody gets it twice."
    noun = "mail"
    table, filters = MailTable, MailFilters
    template_name = "drift/digest_mails.html"

    def rows(self) -> Any:
        """Return all mails, newest first."""
        if not require_user(self.request).is_admin:
            raise PermissionDenied("Only admins see other people's deliveries.")
        return DigestMail.objects.select_related("user", "organization")


def _context(request: HttpRequest) -> dict[str, Any]:
    user, where = require_user(request), scope_of(request)
    every = parameters.choice(request, "every", (Every.WEEKLY.value, Every.MONTHLY.value))
    every = every or next(iter(sending.choice_of(user).kinds), Every.WEEKLY.value)
    complaint, span = _span(request, every, where.now)
    first = query.get_first_snapshot(where)
    there = bool(where.accounts) and first is not None and first.as_of < span.until
    following = span_before(every, span.until + _step(every))
    return {
        "digest": digest(_scope(request, span), span, scope_query(request)) if there else None,
        "span": span,
        "first": first.as_of if first else None,
        "every": every,
        "complaint": complaint,
        "before": span.before.until.date().isoformat() if there and first and first.as_of < span.since else "",
        "after": following.until.date().isoformat() if following.until <= where.now else "",
        "is_possible": mails.is_possible(),
    }


def _step(every: str) -> timedelta:
    return timedelta(days=32 if every == Every.MONTHLY else 7)


def _span(request: HttpRequest, every: str, now: datetime) -> tuple[str, DigestSpan]:
    """Return the span that ends on or before `until`, and what was invalid."""
    text = parameters.text(request, "end")
    try:
        at = parameters.moment(text)
    except ValueError:
        complaint = f"“{parameters.shorten(text)}” was not understood as a date: write it as 2026-10-27."
        return complaint, span_before(every, now)
    return "", span_before(every, min((at or now).astimezone(UTC), now))


def _scope(request: HttpRequest, span: DigestSpan) -> Scope:
    what = requested_scope(request)
    return Scope.of(
        require_user(request), what.organization, what.unit, what.account, as_of=span.until, compare_to=span.since
    )
