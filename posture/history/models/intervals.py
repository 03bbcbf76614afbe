"""How long rows stood in their cells, kept by column and by month: as of any date they are chosen from it."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Living(models.Model):
    """How far what is kept of some accounts reaches: it tells all instants up to then, and none later."""

    class Subject(models.TextChoices):
        """Whose lives are kept."""

        FINDINGS = "findings", "Findings"
        RESOURCES = "resources", "Resources"

    piece = models.PositiveIntegerField(help_text="Of accounts whose keys lie next to each other.")
    subject = models.CharField(max_length=16, choices=Subject)
    accounts = ArrayField(models.BigIntegerField())
    upto = ArrayField(models.DateTimeField(), help_text="Of each account.")
    rules = ArrayField(models.CharField(max_length=64), help_text="Of each account: which had judged, and rated.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["piece", "subject"], name="living_once")]

    def __str__(self) -> str:
        return f"{self.subject} of piece {self.piece}"


class LivingMonth(models.Model):
    """What stood at some time in a month, as `posture.history.columnar.validity_intervals` packs it."""

    piece = models.PositiveIntegerField()
    subject = models.CharField(max_length=16, choices=Living.Subject)
    month = models.DateTimeField(help_text="Its first instant, in UTC.")
    rows = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["piece", "subject", "month"], name="a_month_of_living_once"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} of piece {self.piece} in {self.month:%B %Y}"
