"""Network links of an Outpost to its region and to the customer's network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from posture.core.values import Unknown
from posture.history.query import ResourceRecord
from posture.pages.outposts.queries import GATEWAY, GROUP, ROUTES, Rack, known


@dataclass(frozen=True, slots=True)
class ServiceLink:
    """One virtual interface of the service link, on its link aggregation group."""

    id: str
    lag: str
    local: str
    peer: str
    vlan: Any
    state: str


@dataclass(frozen=True, slots=True)
class RouteTable:
    """A local gateway's route table with its routes and VPCs."""

    record: ResourceRecord
    mode: str
    routes: list[dict[str, Any]]
    vpcs: list[str]
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Networks:
    """A rack's links; `unknown` is what could not be read."""

    links: list[ServiceLink]
    gateways: list[ResourceRecord]
    tables: list[RouteTable]
    interfaces: list[dict[str, Any]]
    unknown: list[str] = field(default_factory=list)


def networks_of(rack: Rack) -> Networks:
    """Return the network links of a rack."""
    found = Networks(_links(rack), rack.of(GATEWAY), [_table(one) for one in rack.of(ROUTES)], [])
    links = rack.config.get("ServiceLinkVirtualInterfaces")
    if isinstance(links, Unknown):
        found.unknown.append(str(links))
    for group in rack.of(GROUP):
        members = group.config.get("LocalGatewayVirtualInterfaces")
        if isinstance(members, Unknown):
            found.unknown.append(str(members))
        found.interfaces.extend({**one, "record": group} for one in known(members))
    return found


def _links(rack: Rack) -> list[ServiceLink]:
    lags = {str(one.get("OutpostLagId")): str(one.get("State", "")) for one in known(rack.config.get("OutpostLags"))}
    return [
        ServiceLink(
            id=str(one.get("ServiceLinkVirtualInterfaceId", "")),
            lag=str(one.get("OutpostLagId") or ""),
            local=str(one.get("LocalAddress", "")),
            peer=str(one.get("PeerAddress", "")),
            vlan=one.get("Vlan"),
            state=str(one.get("ConfigurationState") or lags.get(str(one.get("OutpostLagId")), "")),
        )
        for one in known(rack.config.get("ServiceLinkVirtualInterfaces"))
    ]


def _table(record: ResourceRecord) -> RouteTable:
    config = record.config
    routes, vpcs = config.get("Routes"), config.get("LocalGatewayRouteTableVpcAssociations")
    refused = next((str(one) for one in (routes, vpcs) if isinstance(one, Unknown)), "")
    return RouteTable(
        record,
        "their VPC addresses" if config.get("Mode") == "direct-vpc-routing" else "addresses of the customer's pool",
        [
            {
                "to": one.get("DestinationCidrBlock") or one.get("DestinationPrefixListId") or "",
                "by": one.get("LocalGatewayVirtualInterfaceGroupId") or one.get("NetworkInterfaceId") or "",
                "state": one.get("State", ""),
            }
            for one in known(routes)
        ],
        [str(one.get("VpcId")) for one in known(vpcs)],
        refused,
    )
