"""SQS queues: who may send and receive, and how messages are encrypted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource
from posture.core.values import Unknown

_GET = "sqs:GetQueueAttributes"
_MOVING = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "LastModifiedTimestamp",
)
_GONE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


@collector(
    resource_type="AWS::SQS::Queue",
    title="SQS queue",
    plural="SQS queues",
    service="sqs",
    family=Family.DATA,
    arn_names=("sqs:",),
    actions=("sqs:ListQueues", _GET, "sqs:ListQueueTags"),
    columns=(
        Column("SqsManagedSseEnabled", "Encrypted by SQS"),
        Column("KmsMasterKeyId", "Key"),
        Column("RedrivePolicy", "Failed messages go to"),
        Column("MessageRetentionPeriod", "Kept (seconds)"),
        Column("CreatedTimestamp", "Created"),
    ),
    relations=(Relation("KmsMasterKeyId", "AWS::KMS::Key"),),
    ignored=_MOVING,
)
def queues(ask: Ask) -> Iterator[Resource]:
    """A queue holds messages until somebody takes them; its policy says who may, and who may put some in."""
    urls = list(ask.pages("sqs", "list_queues", "QueueUrls", MaxResults=1000))
    for url, details in zip(urls, ask.each(partial(_details, ask), urls), strict=True):
        if details["attributes"] is None:
            continue  # deleted since it was listed
        name = str(url).rsplit("/", 1)[-1]
        yield ask.resource(_read(details["attributes"]), arn=ask.arn("sqs", name), name=name, tags=details["tags"])


def _details(ask: Ask, url: str) -> dict[str, Any]:
    get = partial(ask.field, "sqs", QueueUrl=url, absent=_GONE)
    return ask.together(
        {
            "attributes": lambda: get("get_queue_attributes", "Attributes", AttributeNames=["All"]),
            "tags": lambda: get("list_queue_tags", "Tags"),
        }
    )


def _read(attributes: dict[str, str] | Unknown | None) -> dict[str, Any]:
    if isinstance(attributes, Unknown):
        return dict.fromkeys(("Policy", "KmsMasterKeyId", "SqsManagedSseEnabled"), attributes)
    found = {key: value for key, value in (attributes or {}).items() if key != "QueueArn"}
    return {"KmsMasterKeyId": None, **found, "Policy": document(found.get("Policy"), _GET)}
