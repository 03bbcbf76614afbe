"""S3 Multi-Region Access Points with their policies. Objects are never read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, ListingScope, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource

_HOME = "us-west-2"
"""The region that answers for all of them; partitions without it have none."""
_GET_POLICY = "s3:GetMultiRegionAccessPointPolicy"
_NO_POLICY = ("NoSuchMultiRegionAccessPoint", "NoSuchMultiRegionAccessPointPolicy")


@collector(
    resource_type="AWS::S3::MultiRegionAccessPoint",
    title="S3 Multi-Region Access Point",
    plural="S3 Multi-Region Access Points",
    service="s3control",
    family=Family.STORAGE,
    scope=ListingScope.GLOBAL,
    actions=("s3:ListMultiRegionAccessPoints", _GET_POLICY),
    columns=(
        Column("Regions.Bucket", "Buckets"),
        Column("Regions.Region", "Regions"),
        Column("PublicAccessBlock.RestrictPublicBuckets", "Restrict public access"),
        Column("CreatedAt", "Created"),
    ),
    relations=(Relation("Regions.Bucket", "AWS::S3::Bucket", "arn:{partition}:s3:::{id}"),),
    observed=("Status",),
    unordered=("Regions",),
)
def multi_region_access_points(ask: Ask) -> Iterator[Resource]:
    """One name for buckets in several regions, whose policy and block of public access count besides the buckets' own.

    Neither the policy nor the block can be loosened or tightened for one of the buckets alone.
    """
    if ask.partition != "aws":
        return
    account = {"AccountId": ask.account_id, "region": _HOME}
    listed = list(ask.pages("s3control", "list_multi_region_access_points", "AccessPoints", **account))
    for raw, policy in zip(listed, ask.each(partial(_policy, ask), listed), strict=True):
        arn = ask.arn("s3", f"accesspoint/{raw['Alias']}", region="")
        yield ask.resource({**raw, "Policy": policy}, arn=arn, name=raw["Name"])


def _policy(ask: Ask, raw: Mapping[str, Any]) -> Any:
    text = ask.field(
        "s3control",
        "get_multi_region_access_point_policy",
        "Policy.Established.Policy",
        absent=_NO_POLICY,
        region=_HOME,
        AccountId=ask.account_id,
        Name=raw["Name"],
    )
    return document(text, _GET_POLICY)
