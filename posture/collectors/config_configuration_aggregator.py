"""AWS Config's aggregators, which gather recordings of accounts and regions."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::Config::ConfigurationAggregator",
    title="Config aggregator",
    plural="Config aggregators",
    service="config",
    family=Family.SECURITY,
    cadence=Cadence.DAILY,
    arn_names=("config:configaggregator",),
    actions=("config:DescribeConfigurationAggregators",),
    columns=(
        Column("OrganizationAggregationSource.AllAwsRegions", "Organization, all regions"),
        Column("OrganizationAggregationSource.RoleArn", "Role"),
        Column("CreationTime", "Since"),
    ),
    relations=(Relation("OrganizationAggregationSource.RoleArn", "AWS::IAM::Role"),),
    ignored=("LastUpdatedTime",),
    unordered=(
        "OrganizationAggregationSource.AwsRegions",
        "AccountAggregationSources",
        "AccountAggregationSources.AccountIds",
        "AccountAggregationSources.AwsRegions",
    ),
)
def aggregators(ask: Ask) -> Iterator[Resource]:
    """An aggregator shows the resources of all accounts in one place, and so what nobody counts."""
    for aggregator in ask.pages("config", "describe_configuration_aggregators", "ConfigurationAggregators"):
        yield ask.resource(
            aggregator,
            arn=aggregator["ConfigurationAggregatorArn"],
            name=aggregator["ConfigurationAggregatorName"],
        )
