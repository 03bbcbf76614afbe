"""Judge whether somebody hears of the events of a region's databases."""

from __future__ import annotations

from collections.abc import Callable

from posture.core.check import (
    Check,
    Example,
    Judge,
    Remediation,
    check,
    does_not_apply,
    fails,
    is_unknown,
    neighbour,
    passes,
)
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.related import Related
from posture.core.resource import Resource

SUBSCRIPTION = "AWS::RDS::EventSubscription"
CHANGE, FAILURE, MAINTENANCE = "configuration change", "failure", "maintenance"
_REGION = {"RegionName": "eu-central-1"}


def _subscription(source: str | None, *categories: str, on: bool = True) -> Resource:
    config = {"CustSubscriptionId": "events", "EventCategoriesList": list(categories), "Enabled": on}
    return neighbour(SUBSCRIPTION, config if source is None else {**config, "SourceType": source})


def _examples(source: str, categories: tuple[str, ...]) -> tuple[Example, ...]:
    other = "db-snapshot"
    return (
        passes(_REGION, related=(_subscription(source, *categories, "backup"),)),
        passes(_REGION, "all events of all sources", related=(_subscription(None),)),
        fails(_REGION, "a category is missing", related=(_subscription(source, *categories[1:], "backup"),)),
        fails(_REGION, "the subscription is off", related=(_subscription(source, *categories, on=False),)),
        fails(_REGION, "other events alone", related=(_subscription(other, *categories),)),
        does_not_apply(_REGION, "no subscription: Security Hub passes it"),
        is_unknown(_REGION, gaps=(SUBSCRIPTION,)),
    )


def _announced(
    noun: str, source: str, categories: tuple[str, ...], control: str, prowler: str
) -> Callable[[Judge], Check]:
    """Declare the check that a region's subscriptions announce events of a source."""
    quoted = " ".join(f'"{each}"' for each in categories)
    return check(
        resource_type="AWS::Account::Region",
        needs=(SUBSCRIPTION,),
        title=f"Events of database {noun} are announced",
        problem=f"Critical events of database {noun} are not announced",
        severity=Severity.LOW,
        controls=("practices:activity", f"aws_fsbp:{control}"),
        aliases=(f"prowler:{prowler}", f"securityhub:{control}"),
        remediation=Remediation(
            console=f"RDS → Event subscriptions → Create event subscription: a topic, source type {noun}, all of them, "
            f"categories {', '.join(categories)}.",
            cli="aws rds create-event-subscription --region {region} --subscription-name critical-events "
            f"--sns-topic-arn TOPIC --source-type {source} --event-categories {quoted} --enabled",
        ),
        examples=_examples(source, categories),
    )


@_announced(
    "clusters", "db-cluster", (MAINTENANCE, FAILURE), "RDS.19", prowler="rds_cluster_critical_event_subscription"
)
def account_region_database_cluster_events_announced(region: Resource, related: Related) -> Outcome:
    """A cluster that failed over or lost an instance is found out by whoever is subscribed, or by customers."""
    return _judge(related, "db-cluster", (MAINTENANCE, FAILURE))


@_announced(
    "instances",
    "db-instance",
    (MAINTENANCE, CHANGE, FAILURE),
    "RDS.20",
    prowler="rds_instance_critical_event_subscription",
)
def account_region_database_instance_events_announced(region: Resource, related: Related) -> Outcome:
    """A database that failed or was changed at night is found out by whoever is subscribed, or by customers."""
    return _judge(related, "db-instance", (MAINTENANCE, CHANGE, FAILURE))


@_announced(
    "parameter groups",
    "db-parameter-group",
    (CHANGE,),
    "RDS.21",
    prowler="rds_instance_event_subscription_parameter_groups",
)
def account_region_database_parameter_events_announced(region: Resource, related: Related) -> Outcome:
    """One changed parameter turns off TLS or the audit log of every database that uses the group."""
    return _judge(related, "db-parameter-group", (CHANGE,))


@_announced(
    "security groups",
    "db-security-group",
    (CHANGE, FAILURE),
    "RDS.22",
    prowler="rds_instance_event_subscription_security_groups",
)
def account_region_database_security_group_events_announced(region: Resource, related: Related) -> Outcome:
    """Whoever opens a database to other networks changes a group first; the event is the earliest sign of it."""
    return _judge(related, "db-security-group", (CHANGE, FAILURE))


def _judge(related: Related, source: str, wanted: tuple[str, ...]) -> Outcome:
    """Judge whether the subscriptions together announce the wanted events."""
    subscriptions = related.here(SUBSCRIPTION)
    if not subscriptions:
        return not_applicable("There is no event subscription in the region.")
    missing = set(wanted)
    for subscription in subscriptions:
        if missing and subscription.config["Enabled"] and subscription.config.get("SourceType") in {None, "", source}:
            # Without categories a subscription is about all of them.
            missing -= set(subscription.config["EventCategoriesList"] or wanted)
    if missing:
        return failed(f"No subscription announces: {', '.join(each for each in wanted if each in missing)}.")
    return passed("The region's subscriptions announce these events.")
