"""The event log: what changed, kept by column and month.

Counts between two dates come from it, and read no rows of the store.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class EventLog(models.Model):
    """How far the events of some accounts are logged.

    Everything up to that time is, and nothing after it.
    """

    class Subject(models.TextChoices):
        """What the events are about."""

        RESOURCES = "resources", "Resources by type and region"
        FINDINGS = "findings", "Findings by region and reason"
        ENDINGS = "endings", "Closed findings"
        EPISODES = "episodes", "Episodes of findings, one by one"
        TALLIES = "tallies", "Check counts"
        PRACTICES = "practices", "Practices of accounts"

    piece = models.PositiveIntegerField(help_text="Number of the shard: accounts with neighbouring keys.")
    subject = models.CharField(max_length=16, choices=Subject)
    accounts = ArrayField(models.BigIntegerField())
    upto = ArrayField(models.DateTimeField(), help_text="Of each account.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["piece", "subject"], name="one_event_log")]

    def __str__(self) -> str:
        return f"{self.subject} of shard {self.piece}"


class EventLogMonth(models.Model):
    """The events of one month, encoded by `columnar.event_columns`."""

    piece = models.PositiveIntegerField()
    subject = models.CharField(max_length=16, choices=EventLog.Subject)
    month = models.DateTimeField(help_text="Its first instant, in UTC.")
    instants = ArrayField(models.DateTimeField())
    counts = ArrayField(models.IntegerField(), help_text="Events at each instant.")
    accounts = ArrayField(models.BigIntegerField())
    names = ArrayField(
        models.TextField(), help_text="Type and region of resources; check, severity, type and region of findings."
    )
    layout = ArrayField(models.TextField(), help_text="Name and kind of each column.")
    rows = models.PositiveIntegerField()
    columns = models.BinaryField(help_text="The columns, one after the other.")
    totals = models.BinaryField(null=True, help_text="Counts of findings' events by account, and by name.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["piece", "subject", "month"], name="one_event_log_month"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} of shard {self.piece} in {self.month:%B %Y}"
