"""MemoryDB users: how they log in and what they may do, without passwords."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.memorydb_listing import CLUSTERS, DESCRIBE_CLUSTERS, LIST_TAGS, tags_of
from posture.core.collector import Ask, Cadence, Column, Family, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::MemoryDB::User",
    title="MemoryDB user",
    plural="MemoryDB users",
    service="memorydb",
    family=Family.DATABASES,
    cadence=Cadence.DAILY,
    actions=(DESCRIBE_CLUSTERS, "memorydb:DescribeUsers", LIST_TAGS),
    columns=(
        Column("Authentication.Type", "Logs in by"),
        Column("AccessString", "May do"),
        Column("ACLNames", "Access control lists"),
    ),
    observed=("Status",),
    unordered=("ACLNames",),
)
def users(ask: Ask) -> Iterator[Resource]:
    """A user says which commands and keys somebody may use; the default one may do everything without a password.

    Where there are no clusters, users are not asked for: every region has the default one.
    """
    if not any(True for _ in ask.pages(**CLUSTERS)):
        return
    listed = list(ask.pages("memorydb", "describe_users", "Users", MaxResults=100))
    for raw, tags in zip(listed, tags_of(ask, [raw["ARN"] for raw in listed]), strict=True):
        yield ask.resource(raw, arn=raw["ARN"], name=raw["Name"], tags=tags)
