"""SNS topics: who may publish and subscribe, how they are encrypted, and where messages go."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource
from posture.core.values import Unknown

_GET = "sns:GetTopicAttributes"
_MOVING = ("SubscriptionsConfirmed", "SubscriptionsPending", "SubscriptionsDeleted")
_OWN = {"TopicArn", "Policy", "EffectiveDeliveryPolicy", "DeliveryPolicy"}


@collector(
    resource_type="AWS::SNS::Topic",
    title="SNS topic",
    plural="SNS topics",
    service="sns",
    actions=("sns:ListTopics", _GET, "sns:ListSubscriptions", "sns:ListTagsForResource"),
    columns=(
        Column("KmsMasterKeyId", "Key"),
        Column("Subscriptions.Protocol", "Sends by"),
        Column("FifoTopic", "In order"),
        Column("observed.SubscriptionsConfirmed", "Subscriptions"),
    ),
    relations=(Relation("KmsMasterKeyId", "AWS::KMS::Key"), Relation("Subscriptions.Endpoint", "AWS::SQS::Queue")),
    observed=_MOVING,
    unordered=("Subscriptions",),
)
def topics(ask: Ask) -> Iterator[Resource]:
    """A topic hands each message to whoever subscribed: functions, queues, mailboxes, addresses outside.

    Addresses of mail and telephones are people's, and are left out of `Subscriptions`.
    """
    arns = [each["TopicArn"] for each in ask.pages("sns", "list_topics", "Topics")]
    if not arns:
        return
    subscriptions = _subscriptions(ask)
    for arn, details in zip(arns, ask.each(partial(_details, ask), arns), strict=True):
        attributes, tags = details["attributes"], details["tags"]
        sends = subscriptions if isinstance(subscriptions, Unknown) else subscriptions.get(arn, [])
        yield ask.resource({**_read(attributes), "Subscriptions": sends}, arn=arn, tags=tags)


def _details(ask: Ask, arn: str) -> dict[str, Any]:
    return ask.together(
        {
            "attributes": lambda: ask.field(
                "sns", "get_topic_attributes", "Attributes", TopicArn=arn, absent=("NotFound",)
            ),
            "tags": lambda: ask.field(
                "sns", "list_tags_for_resource", "Tags", ResourceArn=arn, absent=("ResourceNotFound",)
            ),
        }
    )


def _read(attributes: dict[str, str] | Unknown | None) -> dict[str, Any]:
    if isinstance(attributes, Unknown):
        return dict.fromkeys(("Policy", "KmsMasterKeyId", "Owner"), attributes)
    found = attributes or {}
    rest = {key: value for key, value in found.items() if key not in _OWN}
    return {"KmsMasterKeyId": None, **rest, "Policy": document(found.get("Policy"), _GET)}


def _subscriptions(ask: Ask) -> dict[str, list[dict[str, Any]]] | Unknown:
    """Return the subscriptions of each topic, by ARN."""
    listed = ask.listing("sns", "list_subscriptions", "Subscriptions")
    if isinstance(listed, Unknown):
        return listed
    found: dict[str, list[dict[str, Any]]] = {}
    for each in listed or ():
        protocol = str(each.get("Protocol"))
        endpoint = None if protocol.startswith("email") or protocol == "sms" else each.get("Endpoint")
        found.setdefault(each["TopicArn"], []).append(
            {"Protocol": protocol, "Endpoint": endpoint, "Owner": each.get("Owner")}
        )
    return found
