"""Judges Outposts sites, each in its owner's account."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, Responsibility, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.ownership import owned_elsewhere
from posture.core.resource import Resource

SITE = "AWS::Outposts::Site"
ADDRESS = {
    "AddressLine1": "Industriestraße 12",
    "City": "Frankfurt am Main",
    "PostalCode": "65929",
    "CountryCode": "DE",
}
NEEDED = {"AddressLine1": "street", "City": "city", "PostalCode": "postal code", "CountryCode": "country"}


def _site(address: Any, owner: str = "111122223333", **rest: Any) -> dict[str, Any]:
    return {"SiteId": "os-1", "AccountId": owner, "OperatingAddress": address, **rest}


def _racked(count: Any, **rest: Any) -> dict[str, Any]:
    return _site(ADDRESS, RackPhysicalProperties={"PowerDrawKva": "POWER_10_KVA", "UplinkCount": count}, **rest)


@check(
    resource_type=SITE,
    title="Outposts site has a complete address",
    problem="Outposts site has no complete address",
    severity=Severity.MEDIUM,
    controls=("practices:hybrid",),
    remediation=Remediation(
        console="AWS Outposts → Sites → the site → Edit operating address.",
        cli="aws outposts update-site-address --region {region} --site-id {id} --address-type OPERATING_ADDRESS "
        "--address file://address.json",
    ),
    examples=(
        passes(_site(ADDRESS)),
        fails(_site(None), "no address at all"),
        fails(_site({**ADDRESS, "PostalCode": ""})),
        is_unknown(_site(denied("outposts:GetSiteAddress"))),
        does_not_apply(_site(None, "444455556666")),
    ),
)
def outposts_site_address_complete(site: Resource) -> Outcome:
    """AWS sends technicians, spare parts and disks to this address, and the law of this place holds for the data.

    Where it is missing or wrong, a repair waits, hardware with data on it goes astray, and nobody can say in
    which country the data is in.
    """
    shared = owned_elsewhere(site, "AccountId")
    if shared:
        return shared
    address = site.config["OperatingAddress"]
    if address is None:
        return failed("The site has no operating address.", "OperatingAddress")
    missing = [label for key, label in NEEDED.items() if not address.get(key)]
    if missing:
        return failed(f"The operating address lacks its {' and '.join(missing)}.", "OperatingAddress")
    return passed(f"The site is in {address['City']}, {address['CountryCode']}.", "OperatingAddress")


@check(
    resource_type=SITE,
    title="Outposts site gives a rack two uplinks",
    problem="Outposts site gives a rack a single uplink",
    severity=Severity.MEDIUM,
    controls=("practices:hybrid",),
    responsibility=Responsibility.SHARED,
    remediation=Remediation(
        console="Provide a second uplink to another network device; then AWS Outposts → Sites → the site → Edit "
        "facility details.",
        cli="aws outposts update-site-rack-physical-properties --region {region} --site-id {id} "
        "--uplink-count UPLINK_COUNT_2",
    ),
    examples=(
        passes(_racked("UPLINK_COUNT_2")),
        fails(_racked("UPLINK_COUNT_1")),
        is_unknown(_site(ADDRESS, RackPhysicalProperties=denied("outposts:ListSites"))),
        is_unknown(_site(ADDRESS, RackPhysicalProperties={"PowerDrawKva": "POWER_10_KVA"}), "nobody filled it in"),
        does_not_apply(_site(ADDRESS), "no rack is planned there"),
        does_not_apply(_racked("UPLINK_COUNT_1", owner="444455556666")),
    ),
    version=2,
)
def outposts_site_uplinks_redundant(site: Resource) -> Outcome:
    """A rack that loses its uplink loses its region: no new instances, no IAM changes, no logs, no findings.

    Instances run on, watched by nobody. A second uplink over another device keeps one failure from doing that.
    """
    shared = owned_elsewhere(site, "AccountId")
    if shared:
        return shared
    rack = site.config.get("RackPhysicalProperties")
    if not rack:
        return not_applicable("The site has no details of a rack.", "RackPhysicalProperties")
    uplinks = rack.get("UplinkCount")
    if uplinks is None:
        return unknown("The site does not say how many uplinks it gives a rack.", "RackPhysicalProperties")
    count = int(str(uplinks).rsplit("_", 1)[-1])
    if count > 1:
        return passed(f"The site names {count} uplinks.", "RackPhysicalProperties.UplinkCount")
    return failed("The site names a single uplink.", "RackPhysicalProperties.UplinkCount")
