"""Firehose streams: where records come from and go, and how they are encrypted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

_DESCRIBE = "firehose:DescribeDeliveryStream"
_GONE = ("ResourceNotFoundException",)
_NAMES_PER_ANSWER = 10_000
"""More than an account may have; AWS gives ten where no number is asked for."""
_HTTP = "Destinations.HttpEndpointDestinationDescription"


@collector(
    resource_type="AWS::KinesisFirehose::DeliveryStream",
    title="Firehose stream",
    plural="Firehose streams",
    service="firehose",
    family=Family.DATA,
    cadence=Cadence.DAILY,
    arn_names=("firehose:deliverystream",),
    actions=("firehose:ListDeliveryStreams", _DESCRIBE, "firehose:ListTagsForDeliveryStream"),
    columns=(
        Column("DeliveryStreamType", "Source"),
        Column("DeliveryStreamEncryptionConfiguration.Status", "Encryption"),
        Column("DeliveryStreamEncryptionConfiguration.KeyType", "Key"),
        Column("CreateTimestamp", "Created"),
    ),
    relations=(
        Relation("DeliveryStreamEncryptionConfiguration.KeyARN", "AWS::KMS::Key"),
        Relation("Source.KinesisStreamSourceDescription.KinesisStreamARN", "AWS::Kinesis::Stream"),
        Relation("Destinations.ExtendedS3DestinationDescription.BucketARN", "AWS::S3::Bucket"),
        Relation("Destinations.ExtendedS3DestinationDescription.RoleARN", "AWS::IAM::Role"),
    ),
    # The plain S3 description repeats the extended one.
    ignored=("Destinations.S3DestinationDescription", "HasMoreDestinations", "LastUpdateTimestamp", "VersionId"),
    observed=("DeliveryStreamStatus", "FailureDescription"),
    secret=(
        # An address of JDBC and options of COPY may hold a password or keys.
        "Destinations.RedshiftDestinationDescription.ClusterJDBCURL",
        "Destinations.RedshiftDestinationDescription.CopyCommand.CopyOptions",
        "Destinations.SplunkDestinationDescription.HECToken",
        f"{_HTTP}.EndpointConfiguration.Url",
        f"{_HTTP}.RequestConfiguration.CommonAttributes.AttributeValue",
    ),
)
def delivery_streams(ask: Ask) -> Iterator[Resource]:
    """A Firehose stream carries logs and events out of where they arise; it must not be the place where they leak."""
    names = list(ask.pages("firehose", "list_delivery_streams", "DeliveryStreamNames", Limit=_NAMES_PER_ANSWER))
    for name, (config, tags) in zip(names, ask.each(partial(_details, ask), names), strict=True):
        yield ask.resource(config, arn=ask.arn("firehose", f"deliverystream/{name}"), name=name, tags=tags)


def _details(ask: Ask, name: str) -> tuple[dict[str, Any], Any]:
    get = partial(ask.field, "firehose", absent=_GONE, DeliveryStreamName=name)
    answers = ask.together(
        {
            "stream": lambda: get("describe_delivery_stream", "DeliveryStreamDescription"),
            "tags": lambda: get("list_tags_for_delivery_stream", "Tags"),
        }
    )
    stream = answers["stream"]
    unseen = dict.fromkeys(("DeliveryStreamType", "DeliveryStreamEncryptionConfiguration", "Destinations"), stream)
    return (unseen if isinstance(stream, Unknown) else stream or {}), answers["tags"]
