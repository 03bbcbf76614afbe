"""Snapshots of an organization, and the sweep of each account that is part of one."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import AwsAccount, Organization


class Snapshot(models.Model):
    """One pass over an organization.

    `as_of` is the date of everything that it records.
    """

    class State(models.TextChoices):
        """Progress of the pass."""

        RUNNING = "running", "Running"
        COMPLETE = "complete", "Complete"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Failed"

    class Trigger(models.TextChoices):
        """What started it."""

        SCHEDULE = "schedule", "Schedule"
        PERSON = "person", "A person"
        ONBOARDING = "onboarding", "Onboarding"
        SIMULATION = "simulation", "Simulation"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="snapshots")
    as_of = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State, default=State.RUNNING)
    trigger = models.CharField(max_length=16, choices=Trigger)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    title = models.CharField(max_length=200, blank=True, help_text="What a simulation's step is about.")

    class Meta:
        ordering: ClassVar = ["-as_of", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(state="running"), name="one_running_snapshot"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} as of {self.as_of:%Y-%m-%d %H:%M}"


class AccountSweep(models.Model):
    """One account's part of a snapshot.

    The queue carries it; this row decides what is left to do.
    """

    class State(models.TextChoices):
        """Progress of the account's sweep."""

        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Being swept"
        DONE = "done", "Done"
        REFUSED = "refused", "Role refused"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        SKIPPED = "skipped", "Not swept"

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="account_sweeps")
    account = models.ForeignKey(AwsAccount, models.CASCADE, related_name="sweeps")
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    reason = models.TextField(blank=True, help_text="Why it was refused, failed or not swept.")
    attempt = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True, help_text="It failed, and is not retried before this time.")
    claimed_by = models.CharField(max_length=100, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    swept_at = models.DateTimeField(null=True, blank=True, help_text="When all calls to AWS were done.")
    ended_at = models.DateTimeField(null=True, blank=True)
    calls = models.JSONField(default=dict, blank=True)
    retries = models.PositiveIntegerField(default=0)
    throttles = models.PositiveIntegerField(default=0)
    by_service = models.JSONField(
        default=dict, blank=True, help_text="Calls, retries, throttles and seconds of waiting, by service."
    )
    by_region = models.JSONField(default=dict, blank=True, help_text="The same, by region.")
    saved = models.PositiveIntegerField(
        default=0, help_text="Calls that an answer for the whole Organization replaced."
    )
    full_read_at = models.DateTimeField(
        null=True, help_text="As of when the types were read that are read once a day; null where this sweep read them."
    )
    resource_count = models.PositiveIntegerField(default=0)
    gap_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["account__name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["snapshot", "account"], name="an_account_once_a_snapshot"),
        ]

    def __str__(self) -> str:
        return f"{self.account} in {self.snapshot}"
