"""Kinesis data streams with their policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource
from posture.core.values import Unknown

_DESCRIBE = "kinesis:DescribeStreamSummary"
_GET_POLICY = "kinesis:GetResourcePolicy"
_GONE = ("ResourceNotFoundException",)
_NO_POLICY = "{}"
"""What Kinesis gives in the place of a policy where there is none."""


@collector(
    resource_type="AWS::Kinesis::Stream",
    title="Kinesis stream",
    plural="Kinesis streams",
    service="kinesis",
    family=Family.DATA,
    actions=("kinesis:ListStreams", _DESCRIBE, _GET_POLICY, "kinesis:ListTagsForStream"),
    columns=(
        Column("StreamModeDetails.StreamMode", "Mode"),
        Column("EncryptionType", "Encryption"),
        Column("KeyId", "Key"),
        Column("RetentionPeriodHours", "Kept (hours)"),
        Column("StreamCreationTimestamp", "Created"),
    ),
    relations=(Relation("KeyId", "AWS::KMS::Key"),),
    # Shards and consumers come and go with the load.
    ignored=("ConsumerCount", "OpenShardCount", "WarmThroughput.CurrentMiBps"),
    observed=("StreamStatus",),
)
def streams(ask: Ask) -> Iterator[Resource]:
    """A stream carries events as they happen and keeps them for up to a year; its policy can let in other accounts."""
    listed = list(ask.pages("kinesis", "list_streams", "StreamSummaries", Limit=1000))
    for raw, details in zip(listed, ask.each(partial(_details, ask), listed), strict=True):
        tags = details.pop("tags")
        yield ask.resource({**raw, **details}, arn=raw["StreamARN"], name=raw["StreamName"], tags=tags)


def _details(ask: Ask, raw: Mapping[str, Any]) -> dict[str, Any]:
    arn = raw["StreamARN"]
    get = partial(ask.field, "kinesis", absent=_GONE)
    answers = ask.together(
        {
            "summary": lambda: get("describe_stream_summary", "StreamDescriptionSummary", StreamARN=arn),
            "policy": lambda: get("get_resource_policy", "Policy", ResourceARN=arn),
            "tags": lambda: get("list_tags_for_stream", "Tags", StreamARN=arn),
        }
    )
    return {**_summary(answers["summary"]), "Policy": _policy(answers["policy"]), "tags": answers["tags"]}


def _summary(summary: Mapping[str, Any] | Unknown | None) -> Mapping[str, Any]:
    if isinstance(summary, Unknown):
        return dict.fromkeys(("EncryptionType", "KeyId", "RetentionPeriodHours"), summary)
    return summary or {}


def _policy(text: str | Unknown | None) -> dict[str, Any] | Unknown | None:
    is_none = not isinstance(text, Unknown) and text in {None, "", _NO_POLICY}
    return None if is_none else document(text, _GET_POLICY)
