"""The interval log: when each row was valid, kept by column and month.

What was valid at a past date is selected from it.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class IntervalLog(models.Model):
    """How far the intervals of some accounts are logged.

    Every instant up to that time is, and none after it.
    """

    class Subject(models.TextChoices):
        """Which rows the intervals are of."""

        FINDINGS = "findings", "Findings"
        RESOURCES = "resources", "Resources"

    piece = models.PositiveIntegerField(help_text="Number of the shard: accounts with neighbouring keys.")
    subject = models.CharField(max_length=16, choices=Subject)
    accounts = ArrayField(models.BigIntegerField())
    upto = ArrayField(models.DateTimeField(), help_text="Of each account.")
    rules = ArrayField(
        models.CharField(max_length=64), help_text="Of each account: digest of the rules that it was judged by."
    )

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["piece", "subject"], name="one_interval_log")]

    def __str__(self) -> str:
        return f"{self.subject} of shard {self.piece}"


class IntervalLogMonth(models.Model):
    """The rows valid at some time in a month.

    They are encoded by `posture.history.columnar.validity_intervals`.
    """

    piece = models.PositiveIntegerField()
    subject = models.CharField(max_length=16, choices=IntervalLog.Subject)
    month = models.DateTimeField(help_text="Its first instant, in UTC.")
    rows = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["piece", "subject", "month"], name="one_interval_log_month"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} of shard {self.piece} in {self.month:%B %Y}"
