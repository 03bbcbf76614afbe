"""Enters and sends digests after their week or month: each claimed, sent once.

Several workers may run this: a row is claimed in the database before its mail is handed over. Where it
is not known whether a mail left, it is not sent again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.access import organizations_seen_by
from accounts.models import Organization, User
from posture.pages.drift.digest import mails
from posture.pages.drift.digest.mails import MailResult
from posture.pages.drift.digest.periods import DigestSpan, span_before
from posture.pages.drift.models import DigestChoice, DigestMail, Every

logger = logging.getLogger(__name__)

SETTLING = timedelta(hours=6)
"""For so long after a span's end the sweeps of its last day are waited for."""
LATEST = timedelta(days=3)
"""A digest that could not be landmarks_of by then after its span's end is left out: old news would come as new."""
ATTEMPTS = 6
FIRST_WAIT = timedelta(minutes=5)
"""After a failure; it doubles with each."""
LOST_AFTER = timedelta(minutes=15)
"""A claimed mail of which nothing was heard for so long has an owner that died."""
MOST_AT_ONCE = 200
SECONDS_AT_ONCE = 90.0
"""The next run goes on: the queue would end a longer one in the middle of a mail, and nobody knew whether it left."""


def choice_of(user: User) -> Every:
    """Return how often a person wants digests."""
    chosen = DigestChoice.objects.filter(user=user).first()
    return Every(chosen.every) if chosen else Every.WEEKLY


def run(now: datetime | None = None) -> int:
    """Enter the digests that are due, send those waiting; return how many left."""
    if not mails.is_possible():
        return 0
    at, ends = now or timezone.now(), time.monotonic() + SECONDS_AT_ONCE
    enter(at)
    give_up_lost(at)
    sent = 0
    for number in due(at):
        sent += _send(number, at)
        if time.monotonic() >= ends:
            break
    return sent


def enter(now: datetime) -> int:
    """Enter a digest per person, organization and ended span; idempotent."""
    rows = [
        DigestMail(user=user, organization=organization, every=span.every, since=span.since, until=span.until,
                   next_try_at=now)
        for user, organization, span in _wanted(now)
    ]  # fmt: skip
    made = DigestMail.objects.bulk_create(rows, ignore_conflicts=True)
    return len(made)


def _wanted(now: datetime) -> Iterator[tuple[User, Organization, DigestSpan]]:
    spans = {every.value: span_before(every, now) for every in (Every.WEEKLY, Every.MONTHLY)}
    ended = {every: span for every, span in spans.items() if SETTLING <= now - span.until <= LATEST}
    if not ended:
        return
    chosen = dict(DigestChoice.objects.values_list("user_id", "every"))
    entered = set(
        DigestMail.objects.filter(since__in=[span.since for span in ended.values()]).values_list("user_id", "every")
    )
    for user in User.objects.filter(is_active=True).exclude(email="").order_by("pk"):
        due_now = [every for every in Every(chosen.get(user.pk, Every.WEEKLY)).kinds if every in ended]
        missing = [every for every in due_now if (user.pk, every) not in entered]
        # A simulated organization lives in its own time, and has nobody to write to.
        seen = organizations_seen_by(user).filter(is_simulated=False) if missing else ()
        for organization in seen:
            for every in missing:
                yield user, organization, ended[every]


def give_up_lost(now: datetime) -> int:
    """Mark mails claimed by a worker that died as unsure."""
    lost = DigestMail.objects.filter(state=DigestMail.State.SENDING, claimed_at__lt=now - LOST_AFTER)
    return lost.update(
        state=DigestMail.State.UNSURE,
        next_try_at=None,
        ended_at=now,
        error="The worker ended while it was sending: it may have left, so it is not sent again.",
    )


def due(now: datetime) -> list[int]:
    """Return the mails to try now."""
    waiting = Q(state__in=[DigestMail.State.WAITING, DigestMail.State.FAILED], next_try_at__lte=now)
    return list(DigestMail.objects.filter(waiting).order_by("next_try_at", "pk").values_list("pk", flat=True))[
        :MOST_AT_ONCE
    ]


def _send(number: int, now: datetime) -> bool:
    """Claim and send one mail, and record the result; return True where it left."""
    mail = _claim(number, now)
    if mail is None:
        return False
    try:
        about = mails.digest_for(mail.user, mail.organization, DigestSpan(mail.every, mail.since, mail.until))
        written = mails.message(mail.user, about)
    except Exception:
        # One digest that cannot be written must not keep the others from leaving; it is tried again, and shown.
        logger.exception("digest %s could not be written", mail.pk)
        _failed(mail, now, "The digest could not be written: the workers' log says why.")
        return False
    if about.is_empty:
        _end(mail, DigestMail.State.EMPTY, now)
        return False
    fate, error = mails.send(written)
    if fate is MailResult.SENT:
        _end(mail, DigestMail.State.SENT, now)
    elif fate is MailResult.UNSURE:
        _end(mail, DigestMail.State.UNSURE, now, f"{error} It may have left, so it is not sent again.")
    else:
        _failed(mail, now, error)
    return fate is MailResult.SENT


def _claim(number: int, now: datetime) -> DigestMail | None:
    """Claim a mail, unless another worker has or its owner no longer wants it."""
    with transaction.atomic():
        states = [DigestMail.State.WAITING, DigestMail.State.FAILED]
        found = DigestMail.objects.select_for_update(skip_locked=True).filter(pk=number, state__in=states).first()
        if found is None:
            return None
        sees = organizations_seen_by(found.user).filter(pk=found.organization_id).exists()
        if not sees or not found.user.email or found.every not in choice_of(found.user).kinds:
            found.delete()
            return None
        found.state, found.claimed_at, found.attempts = DigestMail.State.SENDING, now, found.attempts + 1
        found.save(update_fields=["state", "claimed_at", "attempts"])
    return found


def _end(mail: DigestMail, state: str, now: datetime, error: str = "") -> None:
    mail.state, mail.ended_at, mail.next_try_at, mail.error = state, now, None, error
    mail.save(update_fields=["state", "ended_at", "next_try_at", "error"])


def _failed(mail: DigestMail, now: datetime, error: str) -> None:
    """Try again later, unless it was tried often enough."""
    again = mail.attempts < ATTEMPTS
    mail.state, mail.error, mail.ended_at = DigestMail.State.FAILED, error, None if again else now
    mail.next_try_at = now + FIRST_WAIT * 2 ** (mail.attempts - 1) if again else None
    mail.save(update_fields=["state", "error", "ended_at", "next_try_at"])
    logger.warning("a digest to user %s could not be sent: %s", mail.user_id, error)
