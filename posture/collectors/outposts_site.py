"""Outposts sites: the building, its address and what it gives a rack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.core.collector import Ask, Cadence, Column, Family, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::Outposts::Site",
    title="Outposts site",
    plural="Outposts sites",
    service="outposts",
    family=Family.COMPUTE,
    cadence=Cadence.DAILY,
    actions=("outposts:ListSites", "outposts:GetSiteAddress"),
    columns=(
        Column("Name", "Name"),
        Column("OperatingAddressCity", "City"),
        Column("OperatingAddressCountryCode", "Country"),
        Column("RackPhysicalProperties.UplinkCount", "Uplinks"),
        Column("AccountId", "Owner"),
    ),
    # People at the site, by name and telephone: nobody's posture, and not ours to keep.
    ignored=("OperatingAddress.ContactName", "OperatingAddress.ContactPhoneNumber"),
)
def sites(ask: Ask) -> Iterator[Resource]:
    """The site of an Outpost. Power, network, doors and fire are the customer's duty there, not AWS's."""
    found = list(ask.pages("outposts", "list_sites", "Sites", MaxResults=1000))

    def described(raw: Mapping[str, Any]) -> Resource:
        return ask.resource(_with_address(ask, raw), arn=raw["SiteArn"], name=raw.get("Name"), tags=raw.get("Tags"))

    yield from ask.each(described, found)


def _with_address(ask: Ask, raw: Mapping[str, Any]) -> dict[str, Any]:
    if raw.get("AccountId") != ask.account_id:
        return dict(raw)
    address = ask.field(
        "outposts",
        "get_site_address",
        "Address",
        absent=("NotFoundException",),
        SiteId=raw["SiteId"],
        AddressType="OPERATING_ADDRESS",
    )
    return {**raw, "OperatingAddress": address}
