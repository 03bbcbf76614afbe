"""The stored tables: identities, current rows and closed rows.

`record` writes them in bulk by SQL; pages read them through the views of `records`. Closed rows are
append-only, in one partition a month.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.expressions import F
from django.db.models.functions import Upper

from accounts.models import AwsAccount
from posture.history.models.periods import PeriodsField


def _account() -> models.ForeignKey[AwsAccount, AwsAccount]:
    # The database cascades by itself (0002_store): millions of rows are not fetched to be deleted.
    return models.ForeignKey(AwsAccount, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")


GIN_PENDING_LIST_KB = 16_384
"""Kilobytes of new entries that VACUUM, and not the recording of a sweep, merges into an index."""


class StoredResource(models.Model):
    """A resource's identity and presence; it outlives every version and every absence."""

    account = _account()
    uid = models.BinaryField(help_text="16-byte digest of type and ARN.")
    type = models.CharField(max_length=128)
    region = models.CharField(max_length=32)
    arn = models.TextField()
    name = models.TextField(help_text="As last seen.")
    names_before = models.TextField(default="", db_default="", help_text="Earlier names, one a line; empty for most.")
    first_seen = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True, help_text="Absent from a complete listing once; twice closes it.")
    unseen_since = models.DateTimeField(null=True, help_text="In a gap, or missed, since.")
    unseen_periods = PeriodsField(null=True, help_text="Earlier periods in which it was unseen.")

    class Meta:
        db_table = "history_resource"
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "uid"], name="a_resource_once")]
        indexes: ClassVar = [
            models.Index(fields=["arn"], name="resource_by_arn", opclasses=["text_pattern_ops"]),
            models.Index(
                fields=["account"],
                name="resource_ever_unseen",
                condition=Q(unseen_since__isnull=False) | Q(unseen_periods__isnull=False),
            ),
            # As `icontains` asks.
            GinIndex(
                OpClass(Upper("name"), "gin_trgm_ops"),
                OpClass(Upper("arn"), "gin_trgm_ops"),
                name="resource_by_words",
                gin_pending_list_limit=GIN_PENDING_LIST_KB,
            ),
            GinIndex(
                OpClass(Upper("names_before"), "gin_trgm_ops"), name="renamed_by_words", condition=~Q(names_before="")
            ),
        ]

    def __str__(self) -> str:
        return self.arn


class Content(models.Model):
    """Content of a version of a resource."""

    account = _account()
    type = models.CharField(max_length=128)
    name = models.TextField()
    valid_from = models.DateTimeField()
    hash = models.BinaryField(help_text="Of name, configuration and tags.")
    known_hash = models.BinaryField(
        null=True, help_text="Of the same with unknown fields as last known; null where it equals hash."
    )
    config = models.BinaryField(help_text="Packed by posture.history.codec.")
    known = models.BinaryField(null=True, help_text="Packed [name, config, tags] that known_hash is of.")
    tags = models.JSONField()
    classification = models.TextField(default="")

    class Meta:
        abstract = True


class StoredVersion(Content):
    """The current version of a resource that is present."""

    resource = models.OneToOneField(
        StoredResource, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="+"
    )
    version_id = models.BigIntegerField()

    class Meta:
        db_table = "history_version"
        indexes: ClassVar = [
            models.Index(fields=["account", "type"], name="version_by_account"),
            models.Index(fields=["type", "account"], name="version_by_type"),
            # As tables of resources are sorted, with every column of the order.
            models.Index(fields=["type", "name", "resource"], name="named_versions"),
            models.Index(fields=["valid_from", "version_id"], name="newest_versions"),
            GinIndex(fields=["tags"], name="versions_by_tags", gin_pending_list_limit=GIN_PENDING_LIST_KB),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} since {self.valid_from}"


class ClosedVersion(Content):
    """An earlier version, partitioned by the month in which it ended."""

    class Reason(models.TextChoices):
        """Why it ended."""

        CHANGED = "changed", "Changed"
        DELETED = "deleted", "Deleted"
        FOLDED = "folded", "Kept with its group"
        ACCOUNT_LEFT = "account_left", "Account left"

    pk = models.CompositePrimaryKey("valid_to", "version_id")
    version_id = models.BigIntegerField()
    resource_id = models.BigIntegerField()
    valid_to = models.DateTimeField()
    close_reason = models.CharField(max_length=16, choices=Reason)

    class Meta:
        db_table = "history_version_closed"
        indexes: ClassVar = [
            models.Index(fields=["resource_id", "valid_to"], name="closed_version_of_resource"),
            models.Index(fields=["account", "valid_to", "valid_from"], name="closed_version_by_account"),
            models.Index(fields=["valid_to", "valid_from", "account", "type"], name="closed_version_by_end"),
            # With the end, so that versions that ended by a date are skipped within the index.
            models.Index(fields=["valid_from", "version_id", "valid_to"], name="closed_versions_newest_first"),
            # As tables of resources are sorted.
            models.Index(fields=["type", "name"], name="closed_versions_by_name"),
            # Smaller, and cheaper to write, than one that could also be asked for a key of any value.
            GinIndex(OpClass("tags", "jsonb_path_ops"), name="closed_versions_by_tags"),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} until {self.valid_to}"


class ObservedFields(models.Model):
    """Fields that change without meaning: the latest values alone.

    They are apart from versions, so that these do not change.
    """

    resource = models.OneToOneField(
        StoredResource, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="+"
    )
    account = _account()
    digest = models.BinaryField()
    observed = models.BinaryField(help_text="Packed by posture.history.codec.")
    members = models.PositiveIntegerField(null=True, help_text="Of a population: how many there are.")

    class Meta:
        db_table = "history_observed"
        indexes: ClassVar = [
            models.Index(fields=["account"], name="observed_by_account"),
            models.Index(fields=["account"], name="populations", condition=Q(members__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"Observed of {self.resource_id}"


class Episode(models.Model):
    """One period in which a check failed, or was unknown, on a resource."""

    account = _account()
    episode_id = models.BigIntegerField()
    resource_id = models.BigIntegerField()
    check_id = models.CharField(max_length=200)
    check_version = models.PositiveIntegerField()
    status = models.CharField(max_length=8)
    severity = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    open_reason = models.CharField(max_length=16)
    reopened = models.PositiveIntegerField(default=0, help_text="Episodes of failing before this one.")
    stale_since = models.DateTimeField(null=True)
    stale_periods = PeriodsField(null=True)
    reason = models.TextField()
    evidence = ArrayField(models.TextField())
    observed = models.JSONField(null=True, help_text="Values of the observed fields that decided, by path.")

    class Meta:
        abstract = True


class StoredFinding(Episode):
    """A finding's identity through time, and its open episode.

    It is one check on one resource.

    A closed one keeps only when its last episode began and ended: the rest is in that episode.
    """

    first_opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "history_finding"
        constraints: ClassVar = [
            # With the id, so that an index-only scan leads from resources to findings.
            models.UniqueConstraint(fields=["resource_id", "check_id"], include=["id"], name="a_finding_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["account", "severity", "opened_at"],
                name="oldest_open_first",
                condition=Q(closed_at__isnull=True),
            ),
            models.Index(
                fields=["check_id", "severity", "opened_at"], name="open_by_check", condition=Q(closed_at__isnull=True)
            ),
            models.Index(
                # As lists of findings are sorted: most severe first, then longest open.
                F("severity").desc(),
                F("opened_at").asc(),
                name="worst_open_first",
                condition=Q(closed_at__isnull=True),
            ),
            models.Index(
                fields=["opened_at", "episode_id"], name="newest_open_findings", condition=Q(closed_at__isnull=True)
            ),
            # As `icontains` asks.
            GinIndex(
                OpClass(Upper("reason"), "gin_trgm_ops"),
                name="open_findings_by_words",
                condition=Q(closed_at__isnull=True),
                gin_pending_list_limit=GIN_PENDING_LIST_KB,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.check_id} on {self.resource_id}"


class ClosedEpisode(Episode):
    """An episode that ended, partitioned by the month in which it did."""

    class Reason(models.TextChoices):
        """Why it ended."""

        CHANGED = "changed", "Fixed"
        DELETED = "deleted", "Resource deleted"
        RULE = "rule", "Rule changed"
        PARAMETER = "parameter", "Parameter changed"
        SCOPE = "scope", "Left the check's scope"
        DETERMINED = "determined", "Became known"
        FOLDED = "folded", "Kept with its group"
        ACCOUNT_LEFT = "account_left", "Account left"

    pk = models.CompositePrimaryKey("closed_at", "episode_id")
    finding_id = models.BigIntegerField()
    first_opened_at = models.DateTimeField()
    closed_at = models.DateTimeField()
    close_reason = models.CharField(max_length=16, choices=Reason)

    class Meta:
        db_table = "history_finding_closed"
        indexes: ClassVar = [
            models.Index(fields=["finding_id", "closed_at"], name="closed_episode_of_finding"),
            models.Index(fields=["resource_id"], name="closed_episode_of_resource"),
            models.Index(
                fields=["account", "closed_at", "opened_at"],
                include=["severity", "status", "close_reason", "stale_periods"],
                name="how_episodes_ended",
            ),
            models.Index(fields=["closed_at", "opened_at", "account", "severity"], name="closed_episode_by_end"),
            models.Index(fields=["check_id", "closed_at"], name="closed_episode_by_check"),
            models.Index(fields=["opened_at", "episode_id"], name="newest_closed_episodes"),
        ]

    def __str__(self) -> str:
        return f"{self.check_id} on {self.resource_id} until {self.closed_at}"


class Counts(models.Model):
    """Resources of one account by the outcome of one check.

    The fields are those of `posture.core.score.Tally`.
    """

    account = _account()
    check_id = models.CharField(max_length=200)
    check_version = models.PositiveIntegerField()
    severity = models.PositiveSmallIntegerField()
    valid_from = models.DateTimeField()
    passed = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField()
    stale = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField()
    not_applicable = models.PositiveIntegerField()
    gap_units = models.PositiveIntegerField()

    class Meta:
        abstract = True


class StoredCheckCounts(Counts):
    """The current counts of a check in an account."""

    pk = models.CompositePrimaryKey("account_id", "check_id")

    class Meta:
        db_table = "history_tally"
        indexes: ClassVar = [
            models.Index(fields=["check_id"], name="tally_by_check"),
            models.Index(fields=["account"], name="tally_with_accepted", condition=Q(accepted__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.check_id} in {self.account_id}"


class ClosedCheckCounts(Counts):
    """Counts that were replaced, partitioned by the month in which they were."""

    pk = models.CompositePrimaryKey("valid_to", "account_id", "check_id")
    valid_to = models.DateTimeField()

    class Meta:
        db_table = "history_tally_closed"
        indexes: ClassVar = [
            models.Index(fields=["account", "valid_to", "valid_from"], name="closed_tally_by_account"),
        ]

    def __str__(self) -> str:
        return f"{self.check_id} in {self.account_id} until {self.valid_to}"
