"""CloudFront: distributions of the data, since moto drops half of what they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.terms import AwsError
from devtools.simulator.overlay.world import EVERYWHERE


@answers("cloudfront")
def list_distributions(call: Call) -> dict[str, Any]:
    listed = [_summary(each) for each in _kept(call)]
    rest = {"Marker": "", "MaxItems": 100, "IsTruncated": False}
    return {"DistributionList": {**rest, "Quantity": len(listed), "Items": listed}}


@answers("cloudfront")
def get_distribution_config(call: Call) -> dict[str, Any]:
    found = next((each for each in _kept(call) if each["Id"] == call.params["Id"]), None)
    if found is None:
        raise AwsError("NoSuchDistribution", "The specified distribution does not exist.", 404)
    logging = {"Enabled": bool(found["LogBucket"]), "IncludeCookies": False, "Bucket": found["LogBucket"], "Prefix": ""}
    config = {
        **_shared(found),
        "CallerReference": found["Id"],
        "DefaultRootObject": found["Root"],
        "Logging": logging,
        "OriginGroups": {"Quantity": 0},
    }
    return {"DistributionConfig": config, "ETag": found["Id"]}


@answers("cloudfront")
def list_tags_for_resource(call: Call) -> dict[str, Any]:
    arn = call.params["Resource"]
    found = next((each for each in _kept(call) if each["ARN"] == arn), None)
    return {"Tags": {"Items": found["Tags"] if found else []}}


def _kept(call: Call) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = call.world.peek(call.account, EVERYWHERE, "cloudfront").get(
        "distributions", []
    )
    return found


def _summary(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_shared(one),
        "Id": one["Id"],
        "ARN": one["ARN"],
        "Status": "Deployed",
        "LastModifiedTime": dt.datetime.fromisoformat(one["Since"]),
        "DomainName": one["DomainName"],
    }


def _shared(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the listing and the configuration have alike."""
    certificate: dict[str, Any] = {"CloudFrontDefaultCertificate": not one["Certificate"]}
    if one["Certificate"]:
        certificate |= {"ACMCertificateArn": one["Certificate"], "SSLSupportMethod": "sni-only"}
    certificate["MinimumProtocolVersion"] = one["MinimumProtocolVersion"]
    origins = [_origin(each) for each in one["Origins"]]
    return {
        "Aliases": {"Quantity": len(one["Aliases"]), "Items": one["Aliases"]},
        "Origins": {"Quantity": len(origins), "Items": origins},
        "DefaultCacheBehavior": {
            "TargetOriginId": origins[0]["Id"] if origins else "",
            "ViewerProtocolPolicy": one["ViewerProtocolPolicy"],
            "Compress": True,
        },
        "CacheBehaviors": {"Quantity": 0},
        "CustomErrorResponses": {"Quantity": 0},
        "Comment": "",
        "PriceClass": "PriceClass_All",
        "Enabled": one["Enabled"],
        "ViewerCertificate": certificate,
        "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
        "WebACLId": one["WebACLId"],
        "HttpVersion": "http2",
        "IsIPV6Enabled": True,
        "Staging": False,
    }


def _origin(one: Mapping[str, Any]) -> dict[str, Any]:
    origin: dict[str, Any] = {
        "Id": one["Host"],
        "DomainName": one["Host"],
        "OriginPath": "",
        "CustomHeaders": {"Quantity": 0},
        "OriginAccessControlId": one.get("AccessControl", ""),
    }
    if one["IsBucket"]:
        return {**origin, "S3OriginConfig": {"OriginAccessIdentity": ""}}
    tls = {"Quantity": 1, "Items": ["TLSv1.2"]}
    policy = {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": one["Policy"], "OriginSslProtocols": tls}
    return {**origin, "CustomOriginConfig": policy}
