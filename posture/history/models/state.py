"""The last result of each account, and what has judged: checks, parameters."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import AwsAccount, Organization


class AccountState(models.Model):
    """An account's lock and its last result.

    Locked FOR UPDATE by whoever writes the account's history.
    """

    account = models.OneToOneField(AwsAccount, models.CASCADE, primary_key=True, related_name="+")
    last_at = models.DateTimeField(null=True)
    digest = models.BinaryField(
        default=b"", help_text="Of the last result: resources, outcomes, gaps, regions and types."
    )
    rules = models.BinaryField(default=b"", help_text="Digest of the rules by which that result was judged.")
    scheme = models.BinaryField(
        default=b"", db_default=b"", help_text="Digest of the classification scheme of that result."
    )
    rerated_at = models.DateTimeField(
        null=True, help_text="When the severity of findings that were open before was last changed."
    )
    settled = models.BooleanField(
        default=False, help_text="The same result again changes nothing: no resource waits for its second miss."
    )
    holds_until = models.DateTimeField(
        null=True,
        help_text="Until when equal resources have equal outcomes; null where that is unknown.",
    )
    types = models.JSONField(null=True, help_text="Number of present resources by type; null where not counted yet.")
    full_read_at = models.DateTimeField(
        null=True, help_text="As of when every type was last read, those included that are read once a day."
    )
    full_read_regions = ArrayField(
        models.CharField(max_length=32), default=list, db_default=[], help_text="The regions that were read then."
    )
    full_read_by = models.CharField(
        max_length=64, default="", db_default="", help_text="Digest of the code that read then."
    )
    fingerprint = models.BinaryField(
        default=b"", help_text="What is present after that result, packed by posture.history.ingest.stored_state."
    )

    def __str__(self) -> str:
        return f"State of {self.account_id} at {self.last_at}"


class Dictionary(models.Model):
    """A compression dictionary of stored values: never changed, never deleted."""

    number = models.PositiveSmallIntegerField(primary_key=True, help_text="The byte that values begin with.")
    content = models.BinaryField()

    class Meta:
        verbose_name_plural: ClassVar = "dictionaries"

    def __str__(self) -> str:
        return f"Dictionary {self.number}"


class ParameterVersion(models.Model):
    """A parameter that checks judge by: how an organization classifies data."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    digest = models.BinaryField(help_text="Of the classification scheme.")
    words = models.TextField(help_text="The scheme in words.")
    first_seen = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "first_seen"], name="a_parameter_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.organization}: {self.words}"


class AccountParameters(models.Model):
    """Values of parameters by which an account is judged from a result on.

    Those at their default are left out. An account without a row is judged by the defaults.
    """

    account = models.ForeignKey(AwsAccount, models.CASCADE, related_name="+")
    first_seen = models.DateTimeField()
    before = models.JSONField(null=True, help_text="The values of the result before; null for the account's first.")
    values = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "first_seen"], name="account_parameters_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["first_seen"], name="parameter_changes")]

    def __str__(self) -> str:
        return f"Parameters of {self.account_id} from {self.first_seen}"


class CheckVersion(models.Model):
    """A version of a check, and when it first judged an organization.

    By it a changed rule is recognized.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    check_id = models.CharField(max_length=200)
    version = models.PositiveIntegerField()
    first_seen = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "check_id", "version"], name="a_check_version_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "first_seen"], name="rule_changes")]

    def __str__(self) -> str:
        return f"{self.check_id} version {self.version}"
