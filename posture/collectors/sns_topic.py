"""SNS topics: who may publish and subscribe, encryption, and subscriptions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource
from posture.core.values import Unknown

_GET = "sns:GetTopicAttributes"
_MOVING = ("SubscriptionsConfirmed", "SubscriptionsPending", "SubscriptionsDeleted")
_WEB = {"http", "https"}
_OWN = {"TopicArn", "Policy", "EffectiveDeliveryPolicy", "DeliveryPolicy"}


@collector(
    resource_type="AWS::SNS::Topic",
    title="SNS topic",
    plural="SNS topics",
    service="sns",
    family=Family.DATA,
    arn_names=("sns:",),
    actions=("sns:ListTopics", _GET, "sns:ListSubscriptions", "sns:ListTagsForResource"),
    columns=(
        Column("KmsMasterKeyId", "Key"),
        Column("Subscriptions.Protocol", "Sends by"),
        Column("FifoTopic", "In order"),
        Column("observed.SubscriptionsConfirmed", "Subscriptions"),
    ),
    relations=(Relation("KmsMasterKeyId", "AWS::KMS::Key"), Relation("Subscriptions.Endpoint", "AWS::SQS::Queue")),
    observed=_MOVING,
    secret=("Subscriptions.Address",),
    unordered=("Subscriptions",),
)
def topics(ask: Ask) -> Iterator[Resource]:
    """A topic hands each message to whoever subscribed: functions, queues, mailboxes, addresses outside.

    Addresses of mail and telephones are people's, and are left out of `Subscriptions`. Those of web hooks let in
    whoever knows them: `Endpoint` keeps their host, and `Address` the fingerprint of the whole.
    """
    arns = [each["TopicArn"] for each in ask.pages("sns", "list_topics", "Topics")]
    if not arns:
        return
    subscriptions = _subscriptions(ask)
    for arn, details in zip(arns, ask.each(partial(_details, ask), arns), strict=True):
        attributes, tags = details["attributes"], details["tags"]
        if attributes is None:
            continue  # deleted since it was listed
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
        read = {"Protocol": protocol, **_receiver(protocol, each.get("Endpoint")), "Owner": each.get("Owner")}
        found.setdefault(each["TopicArn"], []).append(read)
    return found


def _receiver(protocol: str, endpoint: str | None) -> dict[str, str | None]:
    """Return who receives the messages, without what is personal or a key."""
    if protocol.startswith("email") or protocol == "sms":
        return {"Endpoint": None}
    if protocol in _WEB:
        return {"Endpoint": _host(endpoint), "Address": endpoint}
    return {"Endpoint": endpoint}


def _host(address: str | None) -> str | None:
    """Return the scheme and host of an address: users, paths and queries hold tokens."""
    try:
        parts = urlsplit(str(address))
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.hostname}{port}" if parts.hostname else None
