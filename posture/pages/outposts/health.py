"""How an Outpost does: its link to the region, its hardware, and the places that are left on it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from posture.core.values import Unknown
from posture.pages.outposts.queries import Rack, known


@dataclass(frozen=True, slots=True)
class Link:
    """Whether the service link is up: `state` as `marks.STATES` names it, and in words."""

    state: str
    words: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Capacity:
    """The slots for one instance type; `used` may exceed them after slots were cut anew."""

    instance_type: str
    slots: int
    used: int

    @property
    def free(self) -> int:
        """Slots that are left."""
        return max(self.slots - self.used, 0)


@dataclass(frozen=True, slots=True)
class Room:
    """The capacity of an Outpost by instance type; `unknown` says why it cannot be told, where it cannot."""

    types: list[Capacity]
    unknown: str = ""

    @property
    def slots(self) -> int:
        """All slots."""
        return sum(one.slots for one in self.types)

    @property
    def used(self) -> int:
        """The slots that are taken."""
        return sum(min(one.used, one.slots) for one in self.types)

    @property
    def share(self) -> float | None:
        """The share of slots that are taken; None where there are none, or it cannot be told."""
        return self.used / self.slots if self.slots and not self.unknown else None


@dataclass(frozen=True, slots=True)
class Placed:
    """Instances of one account on a rack, as its owner's account is told by AWS."""

    account_id: str
    instance_types: list[tuple[str, int]]

    @property
    def number(self) -> int:
        """All of them."""
        return sum(number for _, number in self.instance_types)


def link(rack: Rack) -> Link:
    """Return how the service link does, by its latest five-minute average."""
    if not rack.is_own:
        return Link("unknown", "Told to the owner", "AWS tells the link's state to the owner's account alone.")
    if rack.is_past:
        return Link("unknown", "Not kept", "Only the latest state is kept, not that of this date.")
    value = rack.observed.get("ConnectedStatus")
    if isinstance(value, Unknown):
        return Link("unknown", "Not seen", f"{value}.")
    if value is None:
        return Link("unknown", "No word", "CloudWatch had no word of it for an hour.")
    if float(value) >= 1:
        return Link("pass", "Connected")
    return Link("fail", "Impaired" if float(value) > 0 else "Disconnected", f"Up {float(value):.0%} of five minutes.")


def room(rack: Rack) -> Room:
    """Return the slots and what is taken of them."""
    if not rack.is_own:
        return Room([], "AWS tells capacity to the owner's account alone.")
    if rack.is_past:
        return Room([], "Only the latest capacity is kept, not that of this date.")
    slots, running = (rack.observed.get(key) for key in ("InstanceTypeCapacities", "AssetInstances"))
    for one in (slots, running):
        if isinstance(one, Unknown):
            return Room([], f"{one}.")
    used = Counter(str(one.get("InstanceType")) for one in known(running))
    configured = {str(one["InstanceType"]): int(one["Count"]) for one in known(slots)}
    return Room([Capacity(kind, configured.get(kind, 0), used[kind]) for kind in sorted({*configured, *used})])


def by_account(rack: Rack) -> list[Placed]:
    """Return who runs how many instances on a rack, of every account, most first."""
    running: dict[str, Counter[str]] = {}
    for one in known(rack.observed.get("AssetInstances")):
        account = str(one.get("AccountId") or one.get("AwsServiceName") or "")
        running.setdefault(account, Counter())[str(one.get("InstanceType"))] += 1
    found = [Placed(account, numbers.most_common()) for account, numbers in running.items()]
    return sorted(found, key=lambda one: -one.number)


def hardware(config: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rack's assets: id, host, state, instance families, elevation."""
    return [
        {
            "id": asset.get("AssetId", ""),
            "kind": str(asset.get("AssetType", "")).lower(),
            "unit": (asset.get("AssetLocation") or {}).get("RackElevation"),
            "state": (asset.get("ComputeAttributes") or {}).get("State", ""),
            "host": (asset.get("ComputeAttributes") or {}).get("HostId", ""),
            "families": ", ".join((asset.get("ComputeAttributes") or {}).get("InstanceFamilies") or []),
        }
        for asset in known(config.get("Assets"))
        if isinstance(asset, dict)
    ]
