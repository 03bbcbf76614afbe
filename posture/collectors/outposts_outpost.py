"""Outposts: racks and servers at the customer's, with links and workloads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

_LATELY = timedelta(hours=1)


@collector(
    resource_type="AWS::Outposts::Outpost",
    title="Outpost",
    plural="Outposts",
    service="outposts",
    family=Family.COMPUTE,
    actions=(
        "outposts:ListOutposts",
        "outposts:ListAssets",
        "outposts:ListAssetInstances",
        "outposts:GetOutpostInstanceTypes",
        "ec2:DescribeServiceLinkVirtualInterfaces",
        "ec2:DescribeOutpostLags",
        "cloudwatch:GetMetricStatistics",
    ),
    columns=(
        Column("Name", "Name"),
        Column("LifeCycleStatus", "Status"),
        Column("SupportedHardwareType", "Hardware"),
        Column("AvailabilityZone", "Zone"),
        Column("SiteId", "Site"),
        Column("OwnerId", "Owner"),
    ),
    relations=(Relation("SiteArn", "AWS::Outposts::Site"),),
    observed=("InstanceTypeCapacities", "AssetCapacities", "AssetInstances", "ConnectedStatus"),
    unordered=(
        "Assets",
        "Assets.ComputeAttributes.InstanceFamilies",
        "InstanceTypes",
        "AssetInstances",
        "InstanceTypeCapacities",
        "AssetCapacities",
        "ServiceLinkVirtualInterfaces",
        "OutpostLags",
        "OutpostLags.LocalGatewayVirtualInterfaceIds",
        "OutpostLags.ServiceLinkVirtualInterfaceIds",
    ),
)
def outposts(ask: Ask) -> Iterator[Resource]:
    """AWS's hardware in the customer's building: what AWS guards in its own, the customer guards here.

    An Outpost shared by another account is kept under its owner's ARN with what the consumer may see. Its
    instances are read at the owner, where AWS names those of every account.
    """
    found = list(ask.pages("outposts", "list_outposts", "Outposts", MaxResults=1000))
    own = [raw for raw in found if raw.get("OwnerId") == ask.account_id]
    links = _links(ask) if own else {}

    def described(raw: Mapping[str, Any]) -> Resource:
        full = {**raw, **_hardware(ask, raw), **_of(raw, links)} if raw in own else raw
        return ask.resource(full, arn=raw["OutpostArn"], name=raw.get("Name"), tags=raw.get("Tags"))

    yield from ask.each(described, found)


def _links(ask: Ask) -> dict[str, list[dict[str, Any]] | Unknown | None]:
    """All service links and link aggregation groups, which AWS lists only together."""
    return {
        "ServiceLinkVirtualInterfaces": ask.listing(
            "ec2", "describe_service_link_virtual_interfaces", "ServiceLinkVirtualInterfaces"
        ),
        "OutpostLags": ask.listing("ec2", "describe_outpost_lags", "OutpostLags"),
    }


def _of(
    outpost: Mapping[str, Any], links: Mapping[str, list[dict[str, Any]] | Unknown | None]
) -> dict[str, list[dict[str, Any]] | Unknown | None]:
    return {
        key: [link for link in found if link["OutpostArn"] == outpost["OutpostArn"]]
        if isinstance(found, list)
        else found
        for key, found in links.items()
    }


def _hardware(ask: Ask, raw: Mapping[str, Any]) -> dict[str, Any]:
    outpost = raw["OutpostId"]
    assets = ask.listing("outposts", "list_assets", "Assets", OutpostIdentifier=outpost)
    return {
        "Assets": _without_capacities(assets),
        "InstanceTypeCapacities": _capacities(assets),
        "AssetCapacities": _capacities_by_asset(assets),
        "InstanceTypes": ask.listing("outposts", "get_outpost_instance_types", "InstanceTypes", OutpostId=outpost),
        "AssetInstances": ask.listing("outposts", "list_asset_instances", "AssetInstances", OutpostIdentifier=outpost),
        "ConnectedStatus": _connected(ask, outpost),
    }


def _without_capacities(assets: Sequence[Mapping[str, Any]] | Unknown | None) -> Any:
    """The assets without their slots, which AWS divides again at every capacity task."""
    if not isinstance(assets, list):
        return assets
    return [
        {**asset, "ComputeAttributes": {k: v for k, v in compute.items() if k != "InstanceTypeCapacities"}}
        if (compute := asset.get("ComputeAttributes"))
        else asset
        for asset in assets
    ]


def _capacities(assets: Sequence[Mapping[str, Any]] | Unknown | None) -> Any:
    """The slots configured on all assets together, by instance type."""
    if not isinstance(assets, list):
        return assets
    slots: Counter[str] = Counter()
    for asset in assets:
        for capacity in (asset.get("ComputeAttributes") or {}).get("InstanceTypeCapacities") or []:
            slots[capacity["InstanceType"]] += capacity["Count"]
    return [{"InstanceType": name, "Count": count} for name, count in sorted(slots.items())]


def _capacities_by_asset(assets: Sequence[Mapping[str, Any]] | Unknown | None) -> Any:
    """The slots configured on each asset, by instance type."""
    if not isinstance(assets, list):
        return assets
    return [
        {"AssetId": asset["AssetId"], **capacity}
        for asset in assets
        for capacity in (asset.get("ComputeAttributes") or {}).get("InstanceTypeCapacities") or []
    ]


def _connected(ask: Ask, outpost_id: str) -> float | Unknown | None:
    """The service link's five-minute average: 1 is connected, None is unknown.

    Metric ConnectedStatus of https://docs.aws.amazon.com/outposts/latest/userguide/outposts-cloudwatch-metrics.html
    """
    points = ask.field(
        "cloudwatch",
        "get_metric_statistics",
        "Datapoints",
        Namespace="AWS/Outposts",
        MetricName="ConnectedStatus",
        Dimensions=[{"Name": "OutpostId", "Value": outpost_id}],
        StartTime=ask.now - _LATELY,
        EndTime=ask.now,
        Period=300,
        Statistics=["Average"],
    )
    if not isinstance(points, list):
        return points  # type: ignore[no-any-return]
    latest = max(points, key=lambda point: str(point["Timestamp"]), default=None)
    return float(latest["Average"]) if latest else None
