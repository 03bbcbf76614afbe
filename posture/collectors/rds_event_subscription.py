"""Subscriptions by which RDS announces events to a topic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.collectors.rds_listing import (
    DESCRIBE_CLUSTERS,
    DESCRIBE_INSTANCES,
    DOCDB,
    NEPTUNE,
    RDS,
    clusters,
    instances,
)
from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::RDS::EventSubscription",
    title="Database event subscription",
    plural="Database event subscriptions",
    service="rds",
    family=Family.DATABASES,
    cadence=Cadence.DAILY,
    arn_names=("rds:es",),
    actions=(DESCRIBE_CLUSTERS, DESCRIBE_INSTANCES, "rds:DescribeEventSubscriptions", "rds:ListTagsForResource"),
    columns=(
        Column("SourceType", "Source"),
        Column("EventCategoriesList", "Events"),
        Column("SnsTopicArn", "Topic"),
        Column("Enabled", "On"),
    ),
    relations=(Relation("SnsTopicArn", "AWS::SNS::Topic"),),
    observed=("Status",),
    unordered=("EventCategoriesList", "SourceIdsList"),
)
def event_subscriptions(ask: Ask) -> Iterator[Resource]:
    """Who hears of a failover, a change or a failing database first: the team, or its customers.

    Where there is neither an instance nor a cluster, a subscription announces nothing and is not asked for.
    """
    if not _has_databases(ask):
        return
    listed = list(ask.pages("rds", "describe_event_subscriptions", "EventSubscriptionsList", MaxRecords=100))
    for raw, tags in zip(listed, ask.each(lambda raw: _tags(ask, raw["EventSubscriptionArn"]), listed), strict=True):
        yield ask.resource(raw, arn=raw["EventSubscriptionArn"], name=raw["CustSubscriptionId"], tags=tags)


def _has_databases(ask: Ask) -> bool:
    listings = (listing(ask, service) for listing in (instances, clusters) for service in (RDS, DOCDB, NEPTUNE))
    return any(True for listing in listings for _ in listing)


def _tags(ask: Ask, arn: str) -> Any:
    gone = ("SubscriptionNotFound", "DBInstanceNotFound")
    return ask.field("rds", "list_tags_for_resource", "TagList", ResourceName=arn, absent=gone)
