"""Metric filters of CloudWatch Logs: which log events are counted as what metric."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::Logs::MetricFilter",
    title="Metric filter",
    plural="Metric filters",
    service="logs",
    family=Family.SECURITY,
    actions=("logs:DescribeLogGroups", "logs:DescribeMetricFilters"),
    columns=(
        Column("logGroupName", "Log group"),
        Column("filterPattern", "Pattern"),
        Column("metricTransformations.metricName", "Metric"),
    ),
    relations=(
        Relation("logGroupName", "AWS::Logs::LogGroup", "arn:{partition}:logs:{region}:{account}:log-group:{id}"),
    ),
)
def metric_filters(ask: Ask) -> Iterator[Resource]:
    """A metric filter turns the events that its pattern matches into a number, on which an alarm can be set."""
    # Shared with the log groups' own listing: where there are none, nothing else is asked.
    if next(iter(ask.pages("logs", "describe_log_groups", "logGroups", limit=50)), None) is None:
        return
    for raw in ask.pages("logs", "describe_metric_filters", "metricFilters", limit=50):
        group, name = raw["logGroupName"], raw["filterName"]
        yield ask.resource(raw, arn=ask.arn("logs", f"log-group:{group}:metric-filter:{name}"), name=name)
