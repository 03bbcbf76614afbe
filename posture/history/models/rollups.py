"""Roll-ups, written as sweeps are recorded.

A chart reads hundreds of them, and not millions of rows.

Each is of one instant, the `as_of` of a snapshot. A point equal to the one before is written only as the first of its
day; `opened` and `resolved` count since the point before.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import AwsAccount, Organization, OrganizationalUnit


class Point(models.Model):
    """An instant with the score's band, `low` to `high`, 0 to 100.

    Both are null where nothing was judged.
    """

    at = models.DateTimeField()
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)

    class Meta:
        abstract = True


class Figures(Point):
    """Figures of a chart: failing findings by severity, and the unseen share."""

    critical = models.PositiveIntegerField(default=0)
    high_open = models.PositiveIntegerField(default=0)
    medium = models.PositiveIntegerField(default=0)
    low_open = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    stale = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    resolved = models.PositiveIntegerField(default=0)
    resources = models.PositiveIntegerField(default=0)
    unseen = models.PositiveIntegerField(
        default=0, help_text="Known resources that could not be seen, or not as a whole."
    )
    empty_gaps = models.PositiveIntegerField(
        default=0, help_text="Blind account-regions in which no resource is known."
    )
    blind_share = models.FloatField(default=0.0, help_text="Share of the resources that could not be seen, 0 to 1.")

    class Meta:
        abstract = True


class AccountPoint(Figures):
    """One account after one sweep."""

    account = models.ForeignKey(AwsAccount, models.CASCADE, related_name="+", db_index=False)
    causes = ArrayField(
        models.FloatField(),
        null=True,
        help_text="What each cause has moved the score by since the account's history began: lower and upper end"
        " in turn, in the order of posture.core.attribution.Cause. Two points' difference is the bridge between them.",
    )

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "at"], name="account_point")]

    def __str__(self) -> str:
        return f"{self.account_id} at {self.at}: {self.low} to {self.high}"


class PracticePoint(Point):
    """One practice in one account, written when it changes.

    It is valid until the next one.
    """

    account = models.ForeignKey(AwsAccount, models.CASCADE, related_name="+", db_index=False)
    practice_id = models.CharField(max_length=64)
    passed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "practice_id", "at"], name="practice_point"),
        ]

    def __str__(self) -> str:
        return f"{self.practice_id} of {self.account_id} at {self.at}"


class CoveragePoint(models.Model):
    """Coverage of an account by one of AWS's own tools.

    It counts regions in which the tool is on, partly on, off or unknown.

    Written when it changes, and valid until the next one; a global tool counts as one region.
    """

    account = models.ForeignKey(AwsAccount, models.CASCADE, related_name="+", db_index=False)
    tool = models.CharField(max_length=32)
    at = models.DateTimeField()
    on = models.PositiveIntegerField(default=0)
    partly = models.PositiveIntegerField(default=0)
    off = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "tool", "at"], name="coverage_point")]

    def __str__(self) -> str:
        return f"{self.tool} of {self.account_id} at {self.at}"


class ScopePoint(Figures):
    """An organization (no `unit`), or a unit with all below it, after a snapshot."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    unit = models.ForeignKey(OrganizationalUnit, models.CASCADE, null=True, related_name="+")
    weight = models.FloatField(default=0.0, help_text="Sum of the weights of the accounts that have a score.")
    accounts = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "unit", "at"], nulls_distinct=False, name="scope_point"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id or self.organization_id} at {self.at}: {self.low} to {self.high}"


class ScopePracticePoint(Point):
    """One practice in an organization or unit after one snapshot."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    unit = models.ForeignKey(OrganizationalUnit, models.CASCADE, null=True, related_name="+")
    practice_id = models.CharField(max_length=64)
    passed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    weight = models.FloatField(default=0.0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "unit", "practice_id", "at"], nulls_distinct=False, name="scope_practice_point"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.practice_id} of {self.unit_id or self.organization_id} at {self.at}"


class CheckPoint(models.Model):
    """One check over an organization after one snapshot."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    check_id = models.CharField(max_length=200)
    at = models.DateTimeField()
    passed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    accounts = models.PositiveIntegerField(default=0, help_text="Accounts in which it fails.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "check_id", "at"], name="check_point"),
        ]

    def __str__(self) -> str:
        return f"{self.check_id} at {self.at}"


class TypePoint(models.Model):
    """One resource type over an organization after one snapshot."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    type = models.CharField(max_length=128)
    at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)
    unseen = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "type", "at"], name="type_point"),
        ]

    def __str__(self) -> str:
        return f"{self.type} at {self.at}"
