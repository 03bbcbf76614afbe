"""Sites of Outposts: address and physical properties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from posture.core.values import Unknown
from posture.history.query import ResourceRecord

STREET = ("AddressLine1", "AddressLine2", "AddressLine3")
PHYSICAL = {
    "PowerDrawKva": "Power draw",
    "PowerPhase": "Phases",
    "PowerConnector": "Connector",
    "PowerFeedDrop": "Feed",
    "UplinkCount": "Uplinks",
    "UplinkGbps": "Uplink speed",
    "FiberOpticCableType": "Fibre",
    "OpticalStandard": "Optics",
    "MaximumSupportedWeightLbs": "Floor carries",
}
PREFIXES = ("POWER_", "UPLINK_COUNT_", "UPLINK_", "OPTIC_", "MAX_")


@dataclass(frozen=True, slots=True)
class Site:
    """A site in words; `unknown` is why its address is unknown."""

    record: ResourceRecord
    address: list[str]
    city: str
    physical: list[tuple[str, str]]
    unknown: str = ""


def site_of(record: ResourceRecord | None) -> Site | None:
    """Return a site in words."""
    if record is None:
        return None
    config = record.config
    address = config.get("OperatingAddress")
    unknown = str(address) if isinstance(address, Unknown) else ""
    lines = _lines(address) if isinstance(address, dict) else []
    physical = config.get("RackPhysicalProperties")
    known = physical if isinstance(physical, dict) else {}
    facts = [(label, _words(key, str(known[key]))) for key, label in PHYSICAL.items() if known.get(key)]
    return Site(record, lines, str(config.get("OperatingAddressCity") or ""), facts, unknown)


def _lines(address: dict[str, Any]) -> list[str]:
    """Return the lines of a postal address; a state named like its city is left out."""
    known = {key: str(value) for key, value in address.items() if value}
    town = " ".join(known[key] for key in ("PostalCode", "City") if key in known)
    state = known.get("StateOrRegion", "")
    lines = [*(known.get(key, "") for key in STREET), town, state if state != known.get("City") else ""]
    return [line for line in [*lines, known.get("CountryCode", "")] if line]


def _words(key: str, value: str) -> str:
    """Return one of AWS's constants in words: POWER_10_KVA is 10 kVA."""
    for prefix in PREFIXES:
        value = value.removeprefix(prefix)
    units = {"KVA": "kVA", "10G": "10 Gbit/s", "1G": "1 Gbit/s", "40G": "40 Gbit/s", "100G": "100 Gbit/s"}
    if key == "UplinkGbps":
        return units.get(value, value)
    if key == "PowerDrawKva":
        return value.replace("_KVA", " kVA").replace("_", ".")
    return value.replace("_LBS", " lb").replace("_", " ").lower() if "_" in value else value
