"""Asks for the account's own CloudTrail trails, each in its home region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.core.arn import Arn
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

OBSERVED = (
    "LatestDeliveryTime",
    "LatestDeliveryError",
    "LatestCloudWatchLogsDeliveryTime",
    "LatestCloudWatchLogsDeliveryError",
    "LatestDigestDeliveryError",
)


@collector(
    resource_type="AWS::CloudTrail::Trail",
    title="CloudTrail trail",
    plural="CloudTrail trails",
    service="cloudtrail",
    family=Family.SECURITY,
    actions=(
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetEventSelectors",
        "cloudtrail:GetInsightSelectors",
        "cloudtrail:GetTrailStatus",
        "cloudtrail:ListTags",
    ),
    columns=(
        Column("IsLogging", "Logging"),
        Column("IsMultiRegionTrail", "All regions"),
        Column("IsOrganizationTrail", "Organization"),
        Column("LogFileValidationEnabled", "Validated"),
        Column("KmsKeyId", "KMS key"),
        Column("S3BucketName", "Bucket"),
    ),
    relations=(
        Relation("S3BucketName", "AWS::S3::Bucket", "arn:{partition}:s3:::{id}"),
        Relation("KmsKeyId", "AWS::KMS::Key"),
        Relation("CloudWatchLogsLogGroupArn", "AWS::Logs::LogGroup"),
    ),
    ignored=(
        # Superseded by SnsTopicARN.
        "SnsTopicName",
        "HasInsightSelectors",
    ),
    observed=OBSERVED,
    unordered=("EventSelectors", "EventSelectors.DataResources.Values", "EventSelectors.ExcludeManagementEventSources"),
)
def trails(ask: Ask) -> Iterator[Resource]:
    """A trail keeps the record of who did what in the account; without one it is gone after 90 days.

    Replicas in other regions are left out, and so is an organization's trail as its members see it:
    it belongs to another account, and only there does AWS show what it records.
    """
    found = ask.pages("cloudtrail", "describe_trails", "trailList", includeShadowTrails=True)
    own = [trail for trail in found if trail["HomeRegion"] == ask.region and _owner(trail) == ask.account_id]
    yield from ask.each(lambda trail: _trail(ask, trail), own)


def _owner(trail: Mapping[str, Any]) -> str:
    return Arn.parse(trail["TrailARN"]).account_id


def _trail(ask: Ask, trail: Mapping[str, Any]) -> Resource:
    arn = trail["TrailARN"]
    return ask.resource(
        {**trail, **_status(ask, arn), **_selectors(ask, arn), "InsightSelectors": _insights(ask, arn)},
        arn=arn,
        name=trail["Name"],
        tags=_tags(ask, arn),
    )


def _status(ask: Ask, arn: str) -> dict[str, Any]:
    status = ask.call("cloudtrail", "get_trail_status", Name=arn)
    if isinstance(status, Unknown):
        return dict.fromkeys(("IsLogging", *OBSERVED), status)
    return {key: (status or {}).get(key) for key in ("IsLogging", *OBSERVED)}


def _selectors(ask: Ask, arn: str) -> dict[str, Any]:
    answer = ask.call("cloudtrail", "get_event_selectors", TrailName=arn)
    keys = ("EventSelectors", "AdvancedEventSelectors")
    if isinstance(answer, Unknown):
        return dict.fromkeys(keys, answer)
    return {key: (answer or {}).get(key) or [] for key in keys}


def _insights(ask: Ask, arn: str) -> Any:
    return ask.field(
        "cloudtrail", "get_insight_selectors", "InsightSelectors", absent=("InsightNotEnabledException",), TrailName=arn
    )


def _tags(ask: Ask, arn: str) -> Any:
    answer = ask.listing("cloudtrail", "list_tags", "ResourceTagList", ResourceIdList=[arn])
    if isinstance(answer, Unknown):
        return answer
    return [tag for entry in answer or () for tag in entry.get("TagsList") or ()]
