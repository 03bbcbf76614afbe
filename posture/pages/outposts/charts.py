"""The chart of an Outpost: hardware by rack unit, capacity and links."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from posture.core.values import Unknown
from posture.drawing import rack as drawing
from posture.drawing.rack import UNITS, Account, Asset, CapacityFamily, Links, LinkState, RackLine, Route, Volumes
from posture.pages.outposts.health import HealthLink, RackCapacity, TypeCapacity
from posture.pages.outposts.networks import Networks
from posture.pages.outposts.queries import VOLUME, Rack, known
from posture.pages.outposts.sites import Site
from posture.web.pictures import Panel, PanelValue
from posture.web.templatetags.words import figure, plural

HEIGHTS = {"COMPUTE": 2, "STORAGE": 4}
"""Rack units of an asset by type; AWS reports its position, not its height."""
EVERYWHERE = ("0.0.0.0/0", "::/0")
RUNNING = "ACTIVE"
TERABYTE = 1000
WHOLE = {
    "pass": "it is connected to its region",
    "fail": "its connection to the region fails",
    "unknown": "its connection to the region is unknown",
}
"""Words for all links together, if the state of each is unknown."""


@dataclass(frozen=True, slots=True)
class RackChart:
    """The chart, and the racks to choose from."""

    panel: Panel
    racks: Sequence[int]
    shown: int


@dataclass(frozen=True, slots=True)
class RackData:
    """The data of the chart."""

    link: HealthLink
    room: RackCapacity
    joined: Networks
    site: Site | None
    accounts: Sequence[tuple[str, int]]


def rack_chart(rack: Rack, parts: RackData, number: int = 1) -> RackChart:
    """Return the chart of an Outpost's rack with a number, from 1."""
    racks = _racks(rack)
    shown = min(max(number, 1), max(len(racks), 1))
    words = title(parts.room, service_lines(parts.joined, parts.link), parts.link)
    own = [asset for asset in known(rack.config.get("Assets")) if not racks or _rack_id(asset) == racks[shown - 1]]
    assets = list(_assets(rack, own))
    picture = drawing.RackDrawing(
        title=f"Rack {shown} of {len(racks)}" if len(racks) > 1 else f"Rack of {UNITS} units",
        detail=_site_words(parts.site),
        assets=assets,
        unread=_unread(rack),
        room_unread=parts.room.unknown,
        families=[_family(one, rack, assets) for one in parts.room.types],
        volumes=_volumes(rack),
        accounts=[Account(name, count) for name, count in parts.accounts],
        links=[_service(rack, parts), _local(rack, parts)],
        routes=[_route(one) for table in parts.joined.tables for one in table.routes],
        site=_where(parts.site),
    )
    panel = Panel(
        words,
        "Table",
        "#capacity-of",
        drawing.draw(picture, words),
        ("Part", "Name", "State", "Slots", "Taken"),
        list(_rows(picture)),
        id="rack",
        about=rack.record.name,
    )
    return RackChart(panel, range(1, len(racks) + 1) if len(racks) > 1 else (), shown)


def _rows(picture: drawing.RackDrawing) -> Iterator[Sequence[PanelValue]]:
    """Yield the chart's rows: hardware, capacity by instance type, volumes and links."""
    for asset in picture.assets:
        unit = f"unit {asset.unit}" if asset.unit else "unit not reported"
        yield "Hardware", f"{asset.name}, {unit}", asset.note or None, asset.slots, asset.taken if asset.slots else None
    for family in picture.families:
        yield "Instance type", family.name, family.note or None, family.slots, family.taken
    if picture.volumes:
        yield "Volumes", picture.volumes.words, "; ".join(picture.volumes.notes), None, None
    for links in picture.links:
        for line in links.lines:
            yield links.title, f"{line.device} to {links.target}", f"{line.state}: {line.words}", None, None


def title(room: RackCapacity, lines: Sequence[RackLine], link: HealthLink) -> str:
    """Return the title: how many slots are taken, and whether links are up."""
    if room.unknown:
        taken = "Slots taken are unknown"
    elif room.slots:
        taken = f"{figure(room.used)} of {plural(room.slots, 'slot')} {'is' if room.used == 1 else 'are'} taken"
    else:
        taken = "No slots are configured"
    return f"{taken}; {_links_words(lines, link)}"


def _links_words(lines: Sequence[RackLine], link: HealthLink) -> str:
    down = sum(line.state is LinkState.DOWN for line in lines)
    unknown = sum(line.state is LinkState.UNKNOWN for line in lines)
    if not lines or unknown == len(lines):
        return WHOLE[link.state]
    if down:
        subject = "its link" if len(lines) == 1 else f"{down} of {len(lines)} links"
        return f"{subject} to the region {'is' if down == 1 else 'are'} down"
    if unknown:
        return f"{unknown} of {len(lines)} links to the region {'is' if unknown == 1 else 'are'} unknown"
    return "its link to the region is up" if len(lines) == 1 else f"all {len(lines)} links to the region are up"


# Hardware


def _racks(rack: Rack) -> list[str]:
    return sorted({_rack_id(asset) for asset in known(rack.config.get("Assets"))})


def _rack_id(asset: Mapping[str, Any]) -> str:
    return str(asset.get("RackId") or "")


def _unread(rack: Rack) -> str:
    """Return why no hardware can be shown, empty if it can."""
    assets = rack.config.get("Assets")
    if isinstance(assets, Unknown):
        return f"Its hardware could not be read: {assets}."
    if not rack.is_own:
        return "AWS shows the hardware to the owner's account only."
    return ""


def _assets(rack: Rack, found: Sequence[Mapping[str, Any]]) -> Iterator[Asset]:
    """Yield the assets from the top down, each with a unique name."""
    slots, taken = _slots(rack), _taken(rack)
    ordered = sorted(found, key=lambda asset: (-(_unit(asset) or 0), str(asset.get("AssetId"))))
    units = sorted(unit for asset in found if (unit := _unit(asset)) is not None)
    numbers: Counter[str] = Counter()
    for asset in ordered:
        compute = asset.get("ComputeAttributes") or {}
        kind, key, unit = str(asset.get("AssetType") or "asset"), str(asset.get("AssetId")), _unit(asset)
        noun = "/".join(sorted(compute.get("InstanceFamilies") or [])) + " host" if compute else kind.lower()
        numbers[noun.strip()] += 1
        state = str(compute.get("State") or "")
        reported = slots is not None and taken is not None
        yield Asset(
            key=key,
            name=f"{noun.strip()} {numbers[noun.strip()]}",
            kind=kind.lower(),
            unit=unit,
            height=_height(kind, unit, units),
            slots=(sum(slots.get(key, {}).values()) if slots is not None and reported else None) if compute else 0,
            taken=(taken or Counter())[key],
            note=state.lower() if state not in {"", RUNNING} else "",
        )


def _unit(asset: Mapping[str, Any]) -> int | None:
    """Return an asset's lowest unit; None if AWS reports no valid one."""
    elevation = (asset.get("AssetLocation") or {}).get("RackElevation")
    if not isinstance(elevation, int | float) or not 1 <= elevation <= UNITS:
        return None
    return int(elevation)


def _height(kind: str, unit: int | None, units: Sequence[int]) -> int:
    """Return the usual height of a kind, or less if the next asset is in the way."""
    above = min((other for other in units if unit is not None and other > unit), default=UNITS + 1)
    return max(1, min(HEIGHTS.get(kind, 1), above - (unit or 1)))


def _slots(rack: Rack) -> dict[str, Counter[str]] | None:
    """Return the slots of each asset by instance type; None if unknown."""
    found = rack.observed.get("AssetCapacities")
    if found is None or isinstance(found, Unknown) or rack.is_past:
        return None
    slots: dict[str, Counter[str]] = {}
    for one in found:
        slots.setdefault(str(one.get("AssetId")), Counter())[str(one.get("InstanceType"))] += int(one.get("Count") or 0)
    return slots


def _taken(rack: Rack, instance_type: str = "") -> Counter[str] | None:
    """Return the number of instances on each asset; None if unknown."""
    found = rack.observed.get("AssetInstances")
    if found is None or isinstance(found, Unknown) or rack.is_past:
        return None
    wanted = [one for one in found if not instance_type or one.get("InstanceType") == instance_type]
    return Counter(str(one.get("AssetId")) for one in wanted)


def _family(one: TypeCapacity, rack: Rack, assets: Sequence[Asset]) -> CapacityFamily:
    slots = _slots(rack) or {}
    hosts = {key: found[one.instance_type] for key, found in slots.items() if found[one.instance_type]}
    shown = [asset.key for asset in assets if asset.key in hosts]
    note, is_wrong = _spare(one, hosts, _taken(rack, one.instance_type))
    return CapacityFamily(one.instance_type, one.slots, one.used, note, is_wrong, shown)


def _spare(one: TypeCapacity, hosts: Mapping[str, int], taken: Counter[str] | None) -> tuple[str, bool]:
    """Return in words whether any one host may fail, and whether that is wrong."""
    if one.used > one.slots:
        return f"{one.used - one.slots} more than there are slots", True
    if not hosts or taken is None:
        return "", False
    for key, slots in hosts.items():
        free_elsewhere = one.free - max(slots - taken[key], 0)
        if taken[key] > free_elsewhere:
            return "no host can fail", True
    return "any one host can fail", False


def _volumes(rack: Rack) -> Volumes | None:
    """Return the volumes on the Outpost by size; AWS does not report its capacity."""
    records = rack.of(VOLUME)
    if not records:
        return None
    sizes: Counter[str] = Counter()
    numbers: Counter[str] = Counter()
    for record in records:
        config, number = record.config, record.members or 1
        encrypted, size = config.get("Encrypted"), config.get("Size")
        state = "unknown" if not isinstance(encrypted, bool) else "encrypted" if encrypted else "plain"
        sizes[state] += (size if isinstance(size, int) else 0) * number
        numbers[state] += number
    whole, total = sum(sizes.values()) or 1, sum(numbers.values())
    notes = []
    if numbers["plain"]:
        notes.append(f"{figure(numbers['plain'])} of {total:,} not encrypted, {_bytes(sizes['plain'])}")
    if numbers["unknown"]:
        notes.append(f"encryption of {figure(numbers['unknown'])} is unknown")
    words = f"{_bytes(sum(sizes.values()))} in {plural(total, 'volume')}"
    return Volumes(words, sizes["plain"] / whole, sizes["unknown"] / whole, notes)


def _bytes(size: int) -> str:
    return f"{size:,} GB" if size < TERABYTE else f"{size / TERABYTE:.1f} TB"


# Links


def service_lines(joined: Networks, link: HealthLink) -> list[RackLine]:
    """Return a line for each virtual interface of the service link.

    AWS reports whether each is configured, and whether the Outpost as a whole is connected.
    """
    return [RackLine(f"LAG {number}", *_service_state(one.state, link)) for number, one in enumerate(joined.links, 1)]


def _service_state(state: str, link: HealthLink) -> tuple[LinkState, str]:
    if not state:
        return LinkState.UNKNOWN, "state not reported"
    if state != "available":
        return LinkState.DOWN, state
    if link.state == "fail":
        return LinkState.DOWN, f"configured, {link.words.lower()}"
    return (LinkState.UP, "available") if link.state == "pass" else (LinkState.UNKNOWN, "connection not reported")


def _service(rack: Rack, parts: RackData) -> Links:
    region = rack.record.region
    anchor = str(rack.config.get("AvailabilityZone") or "")
    refused = isinstance(rack.config.get("ServiceLinkVirtualInterfaces"), Unknown)
    none = "AWS reports it to the owner's account only." if not rack.is_own else "No interface could be read."
    detail = f"{parts.link.words}: management, logs, EBS snapshots"
    lines = service_lines(parts.joined, parts.link)
    return Links(
        "Service link", detail, region, f"in {anchor}" if anchor else "", lines, none, refused or not rack.is_own
    )


def _local(rack: Rack, parts: RackData) -> Links:
    gateways = ", ".join(str(one.name) for one in parts.joined.gateways)
    lines = [_local_line(one, number) for number, one in enumerate(parts.joined.interfaces, 1)]
    peers = {str(one["PeerBgpAsn"]) for one in parts.joined.interfaces if one.get("PeerBgpAsn")}
    is_unread = bool(parts.joined.unknown) and not lines
    if is_unread:
        none = "Its interfaces could not be read."
    else:
        none = (
            "No interfaces to your devices."
            if gateways
            else "No local gateway: nothing here reaches your own network directly."
        )
    detail = f"{gateways}: leads into your own network" if gateways else "leads into your own network"
    return Links("Local gateway", detail, "own network", f"AS {min(peers)}" if peers else "", lines, none, is_unread)


def _local_line(one: Mapping[str, Any], number: int) -> RackLine:
    """Return a line for an interface; AWS reports its configuration, not BGP's state."""
    state = str(one.get("ConfigurationState") or "")
    vlan = f"VLAN {one['Vlan']}, " if one.get("Vlan") is not None else ""
    if state == "available":
        return RackLine(f"device {number}", LinkState.UP, f"{vlan}configured")
    if state:
        return RackLine(f"device {number}", LinkState.DOWN, f"{vlan}{state}")
    return RackLine(f"device {number}", LinkState.UNKNOWN, f"{vlan}state not reported")


def _route(one: Mapping[str, Any]) -> Route:
    to, state = str(one.get("to") or "?"), str(one.get("state") or "")
    by = str(one.get("by") or "nowhere")
    by = "your own network" if by.startswith("lgw-vif-grp-") else by
    if to in EVERYWHERE:
        return Route(to, f"to {by}, everything", is_wrong=True)
    return Route(to, f"{by} ({state})" if state and state != "active" else f"to {by}", is_wrong=state == "blackhole")


def _site_words(site: Site | None) -> str:
    facts = dict(site.physical) if site else {}
    parts = [facts[name] for name in ("Power draw", "Phases", "Feed") if name in facts]
    return ", ".join(parts) or "power not reported"


def _where(site: Site | None) -> Sequence[str]:
    if site is None:
        return ()
    return [site.record.name, *(site.address or [site.city or "address not reported"])]
