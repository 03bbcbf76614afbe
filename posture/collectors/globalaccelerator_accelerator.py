"""Global Accelerator's accelerators: public addresses and what is behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, ListingScope, Relation, collector
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Unknown

SERVICE = "globalaccelerator"
_HOMES = {"aws": "us-west-2"}
"""Where the service is asked, whatever the region of what is behind it; other partitions do not have it."""
_GONE = ("AcceleratorNotFoundException", "ListenerNotFoundException")


@collector(
    resource_type="AWS::GlobalAccelerator::Accelerator",
    title="Global accelerator",
    plural="Global accelerators",
    service=SERVICE,
    family=Family.NETWORK,
    scope=ListingScope.GLOBAL,
    actions=(
        "globalaccelerator:ListAccelerators",
        "globalaccelerator:DescribeAcceleratorAttributes",
        "globalaccelerator:ListListeners",
        "globalaccelerator:ListEndpointGroups",
        "globalaccelerator:ListTagsForResource",
    ),
    columns=(
        Column("IpSets.IpAddresses", "Addresses"),
        Column("DnsName", "Name in DNS"),
        Column("Listeners.PortRanges.FromPort", "Ports"),
        Column("Listeners.EndpointGroups.EndpointGroupRegion", "Regions"),
        Column("Attributes.FlowLogsEnabled", "Flow logs"),
        Column("Enabled", "Enabled"),
    ),
    relations=(
        Relation(
            "Listeners.EndpointGroups.EndpointDescriptions.EndpointId", "AWS::ElasticLoadBalancingV2::LoadBalancer"
        ),
    ),
    ignored=("LastModifiedTime", "Events", "Listeners.EndpointGroups.EndpointDescriptions.HealthReason"),
    observed=("Status", "Listeners.EndpointGroups.EndpointDescriptions.HealthState"),
    unordered=("Listeners", "Listeners.EndpointGroups", "Listeners.EndpointGroups.EndpointDescriptions"),
)
def accelerators(ask: Ask) -> Iterator[Resource]:
    """Two fixed addresses for all the world, from which traffic goes on to load balancers and instances of any region.

    Whoever is behind such an address is public, even where its own network has no way in from the internet.
    """
    get = partial(ask.listing, SERVICE, region=_HOMES.get(ask.partition), absent=_GONE)
    listed = list(ask.pages(SERVICE, "list_accelerators", "Accelerators", region=_HOMES.get(ask.partition)))
    for raw, details in zip(listed, ask.each(partial(_details, ask, get), listed), strict=True):
        tags = details.pop("tags")
        yield ask.resource({**raw, **details}, arn=raw["AcceleratorArn"], name=raw["Name"], region=GLOBAL, tags=tags)


def _details(ask: Ask, get: Callable[..., Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    arn, region = raw["AcceleratorArn"], _HOMES.get(ask.partition)
    questions: dict[str, Callable[[], Any]] = {
        "Attributes": lambda: ask.field(
            SERVICE,
            "describe_accelerator_attributes",
            "AcceleratorAttributes",
            region=region,
            absent=_GONE,
            AcceleratorArn=arn,
        ),
        "Listeners": lambda: _listeners(ask, get, arn),
        "tags": lambda: get("list_tags_for_resource", "Tags", ResourceArn=arn),
    }
    return ask.together(questions)


def _listeners(ask: Ask, get: Callable[..., Any], arn: str) -> list[dict[str, Any]] | Unknown | None:
    found = get("list_listeners", "Listeners", AcceleratorArn=arn)
    if found is None or isinstance(found, Unknown):
        return found

    def groups(each: Mapping[str, Any]) -> Any:
        return get("list_endpoint_groups", "EndpointGroups", ListenerArn=each["ListenerArn"])

    return [{**each, "EndpointGroups": of} for each, of in zip(found, ask.each(groups, found), strict=True)]
