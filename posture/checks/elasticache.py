"""What ElastiCache nodes and groups are judged by alike. Declares no check.

The dates are AWS's ends of *standard* support, from "ElastiCache versions and upgrading" and the release notes of
ElastiCache's user guide. Redis OSS 2 and 3 have none since; 4 and 5 have extended support that costs extra.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from posture.core.check import Example, denied, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, failed, not_applicable, passed
from posture.core.parameters import days
from posture.core.resource import Resource

DESCRIBE_CLUSTERS = "elasticache:DescribeCacheClusters"
DESCRIBE_GROUPS = "elasticache:DescribeReplicationGroups"

BACKUP_DAYS = days(
    "cache_backup_days",
    "Backups of caches",
    "Automatic backups of ElastiCache have to be kept for so many days.",
    default=1,
    maximum=35,
    source="ElastiCache.1",
)

_SUPPORT_ENDS = {
    "2": date(2023, 1, 13),
    "3": date(2023, 7, 31),
    "4": date(2026, 1, 31),
    "5": date(2026, 1, 31),
    "6": date(2027, 1, 31),
}


def flag_examples(key: str, action: str, **rest: Any) -> tuple[Example, ...]:
    """Return the examples of a check of one flag; `rest` is in each configuration."""
    return (
        passes({key: True, **rest}),
        fails({key: False, **rest}),
        is_unknown({key: denied(action), **rest}),
        is_unknown(rest, "the answer leaves it out"),
    )


def judge_flag(cache: Resource, key: str, good: str, bad: str) -> Outcome:
    """Judge one flag, which AWS always gives, that is good when it is on."""
    return passed(good, key) if cache.config[key] else failed(bad, key)


def judge_backups(cache: Resource) -> Outcome:
    """Judge whether automatic backups are kept for a day or more."""
    kept_days, limit = cache.config["SnapshotRetentionLimit"], BACKUP_DAYS.value
    if kept_days < 1:
        return failed("Automatic backups are off.", "SnapshotRetentionLimit")
    kept = f"Automatic backups are kept for {kept_days} day{'' if kept_days == 1 else 's'}"
    if kept_days < limit:
        return failed(f"{kept}, less than {limit}.", "SnapshotRetentionLimit")
    return passed(f"{kept}.", "SnapshotRetentionLimit")


def judge_subnet_group(cache: Resource) -> Outcome:
    """Judge whether the nodes are in subnets that somebody chose for them."""
    group = cache.config["CacheSubnetGroupName"]
    if not group:
        return not_applicable("It is in no subnet group.", "CacheSubnetGroupName")
    if group == "default":
        return failed("It is in the default subnet group.", "CacheSubnetGroupName")
    return passed(f"It is in the subnet group {group}.", "CacheSubnetGroupName")


def support_examples(action: str) -> tuple[Example, ...]:
    """Return the examples of a check for the end of a version's standard support."""
    return (
        passes({"Engine": "redis", "EngineVersion": "7.1.0"}),
        passes({"Engine": "redis", "EngineVersion": "6.2.6"}, "it ends later"),
        passes({"Engine": "valkey", "EngineVersion": "8.0.1"}),
        fails({"Engine": "redis", "EngineVersion": "5.0.6"}, "it ended in January 2026"),
        is_unknown({"Engine": "redis", "EngineVersion": denied(action)}),
    )


def judge_support(cache: Resource, clock: Clock) -> Outcome:
    """Judge whether the version of Redis OSS still has standard support."""
    engine, version = cache.config["Engine"], cache.config["EngineVersion"]
    if not version:
        return not_applicable("It has no nodes yet, and so no version.", "EngineVersion")
    ends = _SUPPORT_ENDS.get(version.split(".")[0]) if engine == "redis" else None
    named = f"{engine} {version}"
    if ends is None:
        return passed(f"AWS has named no end of standard support for {named}.", "EngineVersion", "Engine")
    if clock.has_come(datetime(ends.year, ends.month, ends.day, tzinfo=UTC)):
        return failed(f"Standard support of {named} ended on {ends}.", "EngineVersion", "Engine")
    return passed(f"{named} has standard support until {ends}.", "EngineVersion", "Engine")
