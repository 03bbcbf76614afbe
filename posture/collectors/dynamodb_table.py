"""DynamoDB tables and how they are kept. Items are never read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource
from posture.core.values import Unknown


@collector(
    resource_type="AWS::DynamoDB::Table",
    title="DynamoDB table",
    plural="DynamoDB tables",
    service="dynamodb",
    family=Family.DATABASES,
    actions=(
        "dynamodb:ListTables",
        "dynamodb:DescribeTable",
        "dynamodb:DescribeContinuousBackups",
        "dynamodb:ListTagsOfResource",
        "dynamodb:GetResourcePolicy",
        "application-autoscaling:DescribeScalableTargets",
    ),
    columns=(
        Column("Table.BillingModeSummary.BillingMode", "Billing"),
        Column("Table.SSEDescription.SSEType", "Encryption"),
        Column("Table.DeletionProtectionEnabled", "Deletion protection"),
        Column(
            "ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus",
            "Point-in-time recovery",
        ),
        Column("Table.Replicas.RegionName", "Replicas"),
    ),
    relations=(Relation("Table.SSEDescription.KMSMasterKeyArn", "AWS::KMS::Key"),),
    ignored=(
        "ContinuousBackupsDescription.PointInTimeRecoveryDescription.EarliestRestorableDateTime",
        "ContinuousBackupsDescription.PointInTimeRecoveryDescription.LatestRestorableDateTime",
        "Table.BillingModeSummary.LastUpdateToPayPerRequestDateTime",
        "Table.GlobalSecondaryIndexes.IndexSizeBytes",
        "Table.GlobalSecondaryIndexes.IndexStatus",
        "Table.GlobalSecondaryIndexes.ItemCount",
        "Table.GlobalSecondaryIndexes.ProvisionedThroughput.LastDecreaseDateTime",
        "Table.GlobalSecondaryIndexes.ProvisionedThroughput.LastIncreaseDateTime",
        "Table.GlobalSecondaryIndexes.ProvisionedThroughput.NumberOfDecreasesToday",
        "Table.GlobalSecondaryIndexes.WarmThroughput",
        "Table.ItemCount",
        "Table.LocalSecondaryIndexes.IndexSizeBytes",
        "Table.LocalSecondaryIndexes.ItemCount",
        "Table.ProvisionedThroughput.LastDecreaseDateTime",
        "Table.ProvisionedThroughput.LastIncreaseDateTime",
        "Table.ProvisionedThroughput.NumberOfDecreasesToday",
        "Table.Replicas.ReplicaStatus",
        "Table.Replicas.ReplicaStatusDescription",
        "Table.Replicas.ReplicaStatusPercentProgress",
        "Table.Replicas.WarmThroughput",
        "Table.SSEDescription.InaccessibleEncryptionDateTime",
        "Table.TableClassSummary.LastUpdateDateTime",
        "Table.TableSizeBytes",
        "Table.WarmThroughput",
    ),
    observed=("Table.TableStatus",),
    unordered=(
        "ScalableTargets",
        "Table.AttributeDefinitions",
        "Table.GlobalSecondaryIndexes",
        "Table.LocalSecondaryIndexes",
        "Table.Replicas",
    ),
    data_store=True,
)
def tables(ask: Ask) -> Iterator[Resource]:
    """Tables hold the state of applications: whether it can be brought back, and who may read it."""
    names = list(ask.pages("dynamodb", "list_tables", "TableNames"))
    if not names:
        return
    targets = ask.listing(
        "application-autoscaling", "describe_scalable_targets", "ScalableTargets", ServiceNamespace="dynamodb"
    )
    yield from ask.each(partial(_table, ask, targets), names)


def _table(ask: Ask, targets: list[Any] | Unknown | None, name: str) -> Resource:
    arn = ask.arn("dynamodb", f"table/{name}")
    scaling = _scaling(targets, name)
    table = ask.field("dynamodb", "describe_table", "Table", TableName=name)
    return ask.resource(
        {
            "TableName": name,
            "Table": _settings(table, scaling),
            "ContinuousBackupsDescription": ask.field(
                "dynamodb", "describe_continuous_backups", "ContinuousBackupsDescription", TableName=name
            ),
            "ResourcePolicy": document(
                ask.field(
                    "dynamodb", "get_resource_policy", "Policy", absent=("PolicyNotFoundException",), ResourceArn=arn
                ),
                "dynamodb:GetResourcePolicy",
            ),
            "ScalableTargets": scaling,
        },
        arn=arn,
        name=name,
        tags=_tags(ask, arn),
    )


def _tags(ask: Ask, arn: str) -> list[Mapping[str, str]] | Unknown | None:
    return ask.listing("dynamodb", "list_tags_of_resource", "Tags", ResourceArn=arn)


def _scaling(targets: list[Any] | Unknown | None, name: str) -> list[dict[str, Any]] | Unknown:
    """Return what Application Auto Scaling may change in a table, and its bounds."""
    if isinstance(targets, Unknown):
        return targets
    keys = ("ResourceId", "ScalableDimension", "MinCapacity", "MaxCapacity", "SuspendedState")
    table = f"table/{name}"
    mine = (target for target in targets or () if f"{target['ResourceId']}/".startswith(f"{table}/"))
    return [{key: target.get(key) for key in keys} for target in mine]


def _settings(table: Any, scaling: list[dict[str, Any]] | Unknown) -> Any:
    """Return the table without auto-scaled capacity, which would change each hour."""
    if not isinstance(table, dict) or isinstance(scaling, Unknown):
        return table
    scaled = {(target["ResourceId"], target["ScalableDimension"].rsplit(":", 1)[1]) for target in scaling}
    place = f"table/{table['TableName']}"
    indexes = [_fixed(index, f"{place}/index/{index['IndexName']}", scaled) for index in _indexes(table)]
    return {**_fixed(table, place, scaled), **({"GlobalSecondaryIndexes": indexes} if indexes else {})}


def _indexes(table: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return table.get("GlobalSecondaryIndexes") or []


def _fixed(raw: Mapping[str, Any], place: str, scaled: set[tuple[str, str]]) -> dict[str, Any]:
    throughput = raw.get("ProvisionedThroughput") or {}
    return {
        **raw,
        "ProvisionedThroughput": {key: value for key, value in throughput.items() if (place, key) not in scaled},
    }
