"""Asks for AWS Config's recorder in each region, its state, and where it delivers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

STATUS = ("recording", "lastStatus", "lastErrorCode")


@collector(
    resource_type="AWS::Config::ConfigurationRecorder",
    title="Config recorder",
    plural="Config recorders",
    service="config",
    family=Family.SECURITY,
    actions=(
        "config:DescribeConfigurationRecorderStatus",
        "config:DescribeConfigurationRecorders",
        "config:DescribeDeliveryChannelStatus",
        "config:DescribeDeliveryChannels",
    ),
    columns=(
        Column("recording", "Recording"),
        Column("recordingGroup.allSupported", "All types"),
        Column("recordingMode.recordingFrequency", "Frequency"),
        Column("DeliveryChannel.s3BucketName", "Bucket"),
        Column("roleARN", "Role"),
    ),
    relations=(
        Relation("DeliveryChannel.s3BucketName", "AWS::S3::Bucket", "arn:{partition}:s3:::{id}"),
        Relation("roleARN", "AWS::IAM::Role"),
    ),
    observed=("lastStatus", "lastErrorCode", "DeliveryStatus"),
    unordered=("recordingGroup.resourceTypes", "recordingGroup.exclusionByResourceTypes.resourceTypes"),
)
def recorders(ask: Ask) -> Iterator[Resource]:
    """The recorder writes down every change of every resource; Security Hub's checks rest on it.

    Recorders that other AWS services run for themselves are not listed by AWS and are not judged.
    """
    found = list(ask.pages("config", "describe_configuration_recorders", "ConfigurationRecorders"))
    if not found:
        return
    statuses = ask.listing("config", "describe_configuration_recorder_status", "ConfigurationRecordersStatus")
    channel = _first(ask.listing("config", "describe_delivery_channels", "DeliveryChannels"))
    deliveries = _first(ask.listing("config", "describe_delivery_channel_status", "DeliveryChannelsStatus"))
    for recorder in found:
        raw = {
            **recorder,
            **_status(recorder["name"], statuses),
            "DeliveryChannel": channel,
            "DeliveryStatus": _delivery(deliveries),
        }
        arn = recorder.get("arn") or ask.arn("config", f"configuration-recorder/{recorder['name']}")
        yield ask.resource(raw, arn=arn, name=recorder["name"])


def _first(found: Any) -> Any:
    """Return the region's one delivery channel, or None."""
    return found if isinstance(found, Unknown) else next(iter(found or ()), None)


def _status(name: str, statuses: Any) -> dict[str, Any]:
    if isinstance(statuses, Unknown):
        return dict.fromkeys(STATUS, statuses)
    own: Mapping[str, Any] = next((status for status in statuses or () if status["name"] == name), {})
    return {key: own.get(key) for key in STATUS}


def _delivery(status: Any) -> Any:
    """Return the last status and error of each delivery, without ever-changing times."""
    if not isinstance(status, Mapping):
        return status
    return {
        kind: {key: way[key] for key in ("lastStatus", "lastErrorCode") if key in way}
        for kind, way in status.items()
        if isinstance(way, Mapping)
    }
