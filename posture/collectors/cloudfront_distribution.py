"""CloudFront distributions: names, origins, protocols, and logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.other_accounts import OTHERS, NamedTarget, other_accounts, rows_of
from posture.core import aws_hosts
from posture.core.collector import Ask, Column, Family, ListingScope, Relation, collector
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Unknown

_GONE = ("NoSuchDistribution", "NoSuchResource")
_FROM_CONFIG = ("DefaultRootObject", "Logging", "OriginGroups")
"""What the listing leaves out."""


@collector(
    resource_type="AWS::CloudFront::Distribution",
    title="CloudFront distribution",
    plural="CloudFront distributions",
    service="cloudfront",
    family=Family.NETWORK,
    scope=ListingScope.GLOBAL,
    actions=("cloudfront:ListDistributions", "cloudfront:GetDistributionConfig", "cloudfront:ListTagsForResource"),
    columns=(
        Column("Aliases.Items", "Names"),
        Column("DomainName", "Own name"),
        Column("Origins.Items.DomainName", "Origins"),
        Column("DefaultCacheBehavior.ViewerProtocolPolicy", "Viewers"),
        Column("WebACLId", "Web ACL"),
        Column("Enabled", "Enabled"),
    ),
    relations=(
        Relation("ViewerCertificate.ACMCertificateArn", "AWS::CertificateManager::Certificate"),
        Relation("WebACLId", "AWS::WAFv2::WebACL"),
    ),
    ignored=("LastModifiedTime", "ETag"),
    observed=("Status", OTHERS),
    # By such a header the origin knows its distribution: whoever has it passes for CloudFront.
    secret=("Origins.Items.CustomHeaders.Items.HeaderValue",),
    unordered=("Aliases.Items", "Origins.Items"),
)
def distributions(ask: Ask) -> Iterator[Resource]:
    """A distribution is an entry from everywhere at once; behind it are buckets and servers that trust it.

    `OtherAccounts` says which of the buckets other accounts of the organization have.
    """
    listed = [dict(raw) for raw in ask.pages("cloudfront", "list_distributions", "DistributionList.Items")]
    others = other_accounts(ask, (target for raw in listed for target in _buckets(raw)))
    for raw, details in zip(listed, ask.each(partial(_details, ask), listed), strict=True):
        config, tags = details["config"], details["tags"]
        if config is None:
            continue  # deleted since it was listed
        full = {**raw, **_from_config(config), OTHERS: rows_of(others, _buckets(raw))}
        of = tags if isinstance(tags, Unknown) or tags is None else tags.get("Items")
        name = next(iter((raw.get("Aliases") or {}).get("Items") or ()), raw["Id"])
        yield ask.resource(full, arn=raw["ARN"], name=name, region=GLOBAL, tags=of)


def _buckets(raw: Mapping[str, Any]) -> list[NamedTarget]:
    origins = (raw.get("Origins") or {}).get("Items") or ()
    named = (aws_hosts.bucket_of_origin(str(each["DomainName"])) for each in origins if "S3OriginConfig" in each)
    return [NamedTarget("AWS::S3::Bucket", name) for name in named if name]


def _details(ask: Ask, raw: Mapping[str, Any]) -> dict[str, Any]:
    get = partial(ask.field, "cloudfront", absent=_GONE)
    return ask.together(
        {
            "config": lambda: get("get_distribution_config", "DistributionConfig", Id=raw["Id"]),
            "tags": lambda: get("list_tags_for_resource", "Tags", Resource=raw["ARN"]),
        }
    )


def _from_config(config: Mapping[str, Any] | Unknown | None) -> dict[str, Any]:
    if isinstance(config, Unknown):
        return dict.fromkeys(_FROM_CONFIG, config)
    return {key: (config or {}).get(key) for key in _FROM_CONFIG}
