"""Records through time as pages read them, current and closed in one view.

Only `posture.history.query` queries them, since it knows what a user may see. It sets `unseen_since` and `stale_since`
as of the date that is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, overload

from django.contrib.postgres.fields import ArrayField
from django.core.checks import CheckMessage
from django.db import models
from django.db.models import Q

from accounts.models import AwsAccount
from posture.core.gap import Gap, GapReason
from posture.core.population import unfolded
from posture.core.resource import Resource
from posture.core.values import revive
from posture.history import codec
from posture.history.models.decisions import Triage
from posture.history.models.periods import PeriodsField

if TYPE_CHECKING:
    from posture.core.check import Check


class ResourceRecord(models.Model):
    """One version of a resource, from `valid_from` until before `valid_to`.

    The current version has none.
    """

    id = models.BigIntegerField(primary_key=True, help_text="Of the version.")
    resource_id = models.BigIntegerField()
    account = models.ForeignKey(AwsAccount, models.DO_NOTHING, db_constraint=False, related_name="+")
    type = models.CharField(max_length=128)
    region = models.CharField(max_length=32)
    arn = models.TextField("ARN")
    name = models.TextField()
    first_seen = models.DateTimeField()
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    ends = models.DateTimeField(help_text="`valid_to`, or infinity for what is current.")
    gone_at = models.DateTimeField(null=True, help_text="Set where the version ended because the resource did.")
    close_reason = models.CharField(max_length=16)
    tags = models.JSONField()
    classification = models.TextField(help_text="Empty where unclassified.")
    hash = models.BinaryField()
    known_hash = models.BinaryField()
    packed_config = models.BinaryField()
    packed_known = models.BinaryField(null=True)
    packed_observed = models.BinaryField(null=True)
    members = models.PositiveIntegerField(null=True, help_text="Current number of members of a population.")
    missed_at = models.DateTimeField(null=True)
    open_unseen_since = models.DateTimeField(null=True)
    unseen_periods = PeriodsField(null=True)

    unseen_since: datetime | None
    """In a gap, or missed once, since; set by the read functions."""
    before_id: int
    """Id of the version at the start of a period; set on the changed resources of `read.changes`."""

    class Meta:
        managed = False
        db_table = "history_resource_record"

    def __str__(self) -> str:
        return self.name or self.arn

    @property
    def config(self) -> dict[str, Any]:
        """The configuration in AWS's key names, `Unknown` where AWS refused a field."""
        config: dict[str, Any] = codec.unpack(self.packed_config)
        return config

    @property
    def observed(self) -> dict[str, Any]:
        """The latest observed fields; empty for versions that are no longer current."""
        return codec.unpack(self.packed_observed) if self.packed_observed else {}

    @property
    def last_known_config(self) -> dict[str, Any]:
        """The configuration, each unknown field as it was when last known."""
        return codec.unpack(self.packed_known)[1] if self.packed_known else self.config

    def as_resource(self) -> Resource:
        """Return the version as the core's resource; `account` must be at hand."""
        return Resource(
            type=self.type,
            arn=self.arn,
            account_id=self.account.account_id,
            region=self.region,
            name=self.name,
            raw_config=self.config,
            raw_observed=self.observed,
            raw_tags=revive(self.tags),
        )

    def unfolded(self) -> Sequence[Resource]:
        """Return the resource, or the named members of a population."""
        return unfolded(self.as_resource())


class _CheckOfFinding:
    """The check of a record; None where the code no longer has it.

    On the class it is Django's system check.
    """

    @overload
    def __get__(self, record: None, kind: type[models.Model]) -> Callable[..., list[CheckMessage]]: ...
    @overload
    def __get__(self, record: FindingRecord, kind: type[models.Model]) -> Check | None: ...
    def __get__(self, record: FindingRecord | None, kind: type[models.Model]) -> Any:
        if record is None:
            return super(FindingRecord, kind).check  # type: ignore[misc]  # kind is FindingRecord
        from posture.checks import all_checks

        return all_checks().get(record.check_id)


class FindingRecord(models.Model):
    """One episode of a finding, from `opened_at` until before `closed_at`.

    An open one has none.
    """

    id = models.BigIntegerField(primary_key=True, help_text="Of the episode.")
    finding_id = models.BigIntegerField(help_text="Of the check on the resource, kept through all episodes.")
    account = models.ForeignKey(AwsAccount, models.DO_NOTHING, db_constraint=False, related_name="+")
    resource_id = models.BigIntegerField()
    resource_arn = models.TextField()
    resource_name = models.TextField()
    resource_type = models.CharField(max_length=128)
    region = models.CharField(max_length=32)
    check_id = models.CharField(max_length=200)
    check_version = models.PositiveIntegerField()
    status = models.CharField(max_length=8, choices=[("fail", "Fail"), ("unknown", "Unknown")])
    severity = models.PositiveSmallIntegerField(choices=[(4, "Critical"), (3, "High"), (2, "Medium"), (1, "Low")])
    first_opened_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    open_reason = models.CharField(max_length=16)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=16)
    reopened = models.PositiveIntegerField(help_text="Episodes of failing before this one.")
    open_stale_since = models.DateTimeField(null=True)
    stale_periods = PeriodsField(null=True)
    reason = models.TextField()
    evidence = ArrayField(models.TextField())
    observed = models.JSONField(null=True, help_text="Values of the observed fields that decided, by path.")
    triage = models.CharField(max_length=16, choices=Triage.State)
    triage_reason = models.TextField()
    triage_expires_at = models.DateTimeField(null=True)
    assignee_id = models.BigIntegerField(null=True)
    assignee_name = models.TextField(help_text="Login of the assignee; empty where nobody is assigned.")

    stale_since: datetime | None
    """Unseen since, with the status that it had; set by the read functions."""

    class Meta:
        managed = False
        db_table = "history_finding_record"

    def __str__(self) -> str:
        return f"{self.check_id} on {self.resource_name}"

    @property
    def title(self) -> str:
        """The problem that the finding reports, or that it could not be checked."""
        from posture.checks import finding_title

        return finding_title(self.check_id, self.status)

    check = _CheckOfFinding()  # type: ignore[assignment]  # Django's own check() stays on the class


class CheckCountsRecord(models.Model):
    """Counts of one check in one account, from `valid_from` until before `valid_to`.

    Current counts have none.
    """

    id = models.TextField(primary_key=True)
    account = models.ForeignKey(AwsAccount, models.DO_NOTHING, db_constraint=False, related_name="+")
    check_id = models.CharField(max_length=200)
    check_version = models.PositiveIntegerField()
    severity = models.PositiveSmallIntegerField()
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    passed = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField()
    stale = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField()
    not_applicable = models.PositiveIntegerField()
    gap_units = models.PositiveIntegerField()

    class Meta:
        managed = False
        db_table = "history_tally_record"

    def __str__(self) -> str:
        return f"{self.check_id} in {self.account_id}"


class GapRecord(models.Model):
    """A failed listing, from `opened_at` until before `closed_at`.

    An open gap has none.
    """

    account = models.ForeignKey(AwsAccount, models.CASCADE, related_name="+")
    region = models.CharField(max_length=32, help_text="`*` for every region.")
    resource_type = models.CharField(max_length=128, help_text="`*` for every type.")
    action = models.CharField(max_length=200)
    reason = models.CharField(max_length=32, choices=[(reason.value, reason.value) for reason in GapReason])
    blinds = models.BooleanField(help_text="Resources may exist that were not seen.")
    error = models.TextField()
    message = models.TextField()
    remedy = models.TextField()
    request_id = models.CharField(
        max_length=128,
        blank=True,
        db_default="",
        help_text="AWS's name for the request that the error and message answer; empty where AWS gave none.",
    )
    opened_at = models.DateTimeField(db_index=True)
    closed_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        db_table = "history_gap"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "region", "resource_type", "action", "reason"],
                condition=Q(closed_at__isnull=True),
                name="one_open_gap",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} in {self.region}: {self.error}"

    def as_gap(self) -> Gap:
        """Return it as the core's gap; `account` must be at hand."""
        return _as_gap(self)


def _as_gap(record: GapRecord | AnyGap) -> Gap:
    return Gap(
        record.account.account_id,
        record.region,
        record.resource_type,
        record.action,
        GapReason(record.reason),
        record.error,
        record.message,
        record.remedy,
        record.request_id,
    )


class FieldGap(models.Model):
    """A number of resources lack a field, from `valid_from` until before `valid_to`.

    The current number has none.

    A field that AWS refused or failed to give is unknown inside the resource, which itself was listed.
    """

    account = models.ForeignKey(AwsAccount, models.CASCADE, related_name="+")
    region = models.CharField(max_length=32)
    resource_type = models.CharField(max_length=128)
    action = models.CharField(max_length=200)
    reason = models.CharField(max_length=32)
    error = models.CharField(max_length=200)
    blinds = models.BooleanField(help_text="The field has a value that was not seen.")
    message = models.TextField(help_text="AWS's error message for one of the resources.")
    remedy = models.TextField()
    request_id = models.CharField(max_length=128, blank=True)
    resources = models.PositiveIntegerField()
    since = models.DateTimeField(help_text="At least one resource has lacked it since.")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        db_table = "history_fieldgap"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "region", "resource_type", "action", "reason", "error"],
                condition=Q(valid_to__isnull=True),
                name="one_current_field_gap",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} in {self.region}: {self.error} on {self.resources} of {self.resource_type}"


class AnyGap(models.Model):
    """A gap: a failed listing, or an unread field of listed `resources`."""

    id = models.TextField(primary_key=True)
    account = models.ForeignKey(AwsAccount, models.DO_NOTHING, db_constraint=False, related_name="+")
    region = models.CharField(max_length=32)
    resource_type = models.CharField(max_length=128)
    action = models.CharField(max_length=200)
    reason = models.CharField(max_length=32)
    blinds = models.BooleanField()
    error = models.TextField()
    message = models.TextField()
    remedy = models.TextField()
    request_id = models.CharField(max_length=128)
    resources = models.PositiveIntegerField(
        null=True, help_text="Number that lack the field; null for a listing, where it is unknown."
    )
    opened_at = models.DateTimeField()
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "history_any_gap"

    def __str__(self) -> str:
        return f"{self.action} in {self.region}: {self.error}"

    def as_gap(self) -> Gap:
        """Return a listing's as the core's gap; `account` must be at hand."""
        return _as_gap(self)
