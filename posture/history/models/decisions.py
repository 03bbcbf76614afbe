"""Decisions and notes of people about findings.

They refer to the id that a finding keeps through all its episodes.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import AwsAccount


class Triage(models.Model):
    """The triage state of a finding; no row means open."""

    class State(models.TextChoices):
        """A decision."""

        OPEN = "open", "Open"
        IN_PROGRESS = "in_progress", "In progress"
        ACCEPTED = "accepted", "Risk accepted"
        FALSE_POSITIVE = "false_positive", "False positive"

    SET_ASIDE: ClassVar = (State.ACCEPTED, State.FALSE_POSITIVE)
    """States that are left out of the score, and counted separately."""

    finding_id = models.BigIntegerField(primary_key=True)
    account = models.ForeignKey(AwsAccount, models.CASCADE, related_name="+")
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    reason = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField()
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(state="accepted"), name="only_acceptance_expires"
            ),
        ]

    def __str__(self) -> str:
        return f"Finding {self.finding_id}: {self.get_state_display()}"


class FindingNote(models.Model):
    """One line of a finding's timeline, by a person or by the end of an acceptance."""

    class Kind(models.TextChoices):
        """A kind of note."""

        COMMENT = "comment", "Comment"
        STATE = "state", "Decision"
        ASSIGNED = "assigned", "Assigned"
        EXPIRED = "expired", "Acceptance ended"

    finding_id = models.BigIntegerField(db_index=True)
    account = models.ForeignKey(AwsAccount, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind)
    text = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return f"Finding {self.finding_id}: {self.get_kind_display()}"
