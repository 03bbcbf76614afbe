"""What people say of findings. It is bound to a finding's id, which resolving and reopening keep."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import AwsAccount


class Triage(models.Model):
    """Where people stand with a finding; no row means open."""

    class State(models.TextChoices):
        """What was decided."""

        OPEN = "open", "Open"
        IN_PROGRESS = "in_progress", "In progress"
        ACCEPTED = "accepted", "Risk accepted"
        FALSE_POSITIVE = "false_positive", "False positive"

    SET_ASIDE: ClassVar = (State.ACCEPTED, State.FALSE_POSITIVE)
    """States that leave the score, and are counted beside it."""

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
    """One line of a finding's timeline that a person, or an acceptance's end, wrote."""

    class Kind(models.TextChoices):
        """What was said or done."""

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
