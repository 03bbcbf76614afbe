"""S3 access points with their policies. Objects are never read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource
from posture.core.values import Unknown

_GET_POLICY = "s3:GetAccessPointPolicy"
_GONE = ("NoSuchAccessPoint",)
_NO_POLICY = (*_GONE, "NoSuchAccessPointPolicy")


@collector(
    resource_type="AWS::S3::AccessPoint",
    title="S3 access point",
    plural="S3 access points",
    service="s3control",
    family=Family.STORAGE,
    actions=("s3:ListAccessPoints", "s3:GetAccessPoint", _GET_POLICY, "s3:ListTagsForResource"),
    columns=(
        Column("Bucket", "Bucket"),
        Column("NetworkOrigin", "Network origin"),
        Column("PublicAccessBlockConfiguration.RestrictPublicBuckets", "Restrict public access"),
        Column("CreationDate", "Created"),
    ),
    relations=(
        Relation("Bucket", "AWS::S3::Bucket", "arn:{partition}:s3:::{id}"),
        Relation("VpcConfiguration.VpcId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),
    ),
)
def access_points(ask: Ask) -> Iterator[Resource]:
    """An access point is a second door to a bucket, with a policy and a block of public access of its own."""
    account = {"AccountId": ask.account_id}
    listed = list(ask.pages("s3control", "list_access_points", "AccessPointList", MaxResults=1000, **account))
    for raw, details in zip(listed, ask.each(partial(_details, ask), listed), strict=True):
        tags = details.pop("tags")
        yield ask.resource({**raw, **details}, arn=raw["AccessPointArn"], name=raw["Name"], tags=tags)


def _details(ask: Ask, raw: Mapping[str, Any]) -> dict[str, Any]:
    one = {"AccountId": ask.account_id, "Name": raw["Name"]}
    tagged = {"AccountId": ask.account_id, "ResourceArn": raw["AccessPointArn"]}
    answers = ask.together(
        {
            "point": lambda: ask.call("s3control", "get_access_point", absent=_GONE, **one),
            "policy": lambda: ask.field("s3control", "get_access_point_policy", "Policy", absent=_NO_POLICY, **one),
            "tags": lambda: ask.field("s3control", "list_tags_for_resource", "Tags", absent=_GONE, **tagged),
        }
    )
    return {**_settings(answers["point"]), "Policy": document(answers["policy"], _GET_POLICY), "tags": answers["tags"]}


def _settings(point: dict[str, Any] | Unknown | None) -> dict[str, Any]:
    keys = ("PublicAccessBlockConfiguration", "CreationDate")
    if isinstance(point, Unknown):
        return dict.fromkeys(keys, point)
    return {key: (point or {}).get(key) for key in keys}
