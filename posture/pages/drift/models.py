"""Who wants a digest of drift how often, and the state of each mail."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.models import Organization


class Every(models.TextChoices):
    """How often a digest comes."""

    WEEKLY = "weekly", "Every week"
    MONTHLY = "monthly", "Every month"
    BOTH = "both", "Every week and every month"
    NEVER = "never", "Never"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The spans that have digests: weeks, months, both or none."""
        both = (Every.WEEKLY.value, Every.MONTHLY.value)
        return both if self is Every.BOTH else tuple(one for one in both if one == self.value)


class DigestChoice(models.Model):
    """How often a person wants the digest by mail; no row means weekly."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    every = models.CharField(max_length=8, choices=Every, default=Every.WEEKLY)

    def __str__(self) -> str:
        return f"{self.user}: {self.get_every_display()}"


class DigestMail(models.Model):
    """One digest to one person about one organization and span.

    At most one mail is ever sent for it: it is claimed before it is sent. Where it is unknown whether it left (the
    worker died, or the server hung up after it had the text), it is unsure and never sent again.
    """

    class State(models.TextChoices):
        """The state of its delivery."""

        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        UNSURE = "unsure", "Not known"
        EMPTY = "empty", "Nothing to report"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    every = models.CharField(max_length=8, choices=Every)
    since = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True, help_text="Null where it is not tried again.")
    claimed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, help_text="What the mail server, or the way to it, said last.")

    class Meta:
        ordering: ClassVar = ["-until", "user__username", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "organization", "every", "since"], name="a_digest_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "next_try_at"], name="digest_mails_due")]

    def __str__(self) -> str:
        return f"{self.get_every_display()} until {self.until:%Y-%m-%d} to {self.user}: {self.get_state_display()}"
