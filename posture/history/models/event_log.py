"""A journal of what moved, kept by column for counting: whatever lies between two dates is counted from it."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Journal(models.Model):
    """How far the journal of some accounts reaches: it holds all that happened up to then, and nothing later."""

    class Subject(models.TextChoices):
        """What events are told of."""

        RESOURCES = "places", "Resources by type and region"
        FINDINGS = "happenings", "Findings by region and reason"
        ENDINGS = "endings", "Endings of findings"
        EPISODES = "episodes", "Episodes of findings, one by one"
        TALLIES = "tallies", "Tallies"
        PRACTICES = "practices", "Practices of accounts"

    piece = models.PositiveIntegerField(help_text="Of accounts whose keys lie next to each other.")
    subject = models.CharField(max_length=16, choices=Subject)
    accounts = ArrayField(models.BigIntegerField())
    upto = ArrayField(models.DateTimeField(), help_text="Of each account.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["piece", "subject"], name="a_journal_once")]

    def __str__(self) -> str:
        return f"{self.subject} of piece {self.piece}"


class JournalMonth(models.Model):
    """What happened in a month, as `posture.history.columnar.event_columns` packs it."""

    piece = models.PositiveIntegerField()
    subject = models.CharField(max_length=16, choices=Journal.Subject)
    month = models.DateTimeField(help_text="Its first instant, in UTC.")
    instants = ArrayField(models.DateTimeField())
    counts = ArrayField(models.IntegerField(), help_text="Events at each instant.")
    accounts = ArrayField(models.BigIntegerField())
    names = ArrayField(
        models.TextField(), help_text="Type and region of resources; check, severity, type and region of findings."
    )
    layout = ArrayField(models.TextField(), help_text="Name and kind of each column.")
    rows = models.PositiveIntegerField()
    columns = models.BinaryField(help_text="One behind the other.")
    totals = models.BinaryField(null=True, help_text="Counts of findings' events by account, and by name.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["piece", "subject", "month"], name="a_month_of_a_journal_once"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} of piece {self.piece} in {self.month:%B %Y}"
