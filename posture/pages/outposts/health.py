"""The health of an Outpost: its service link, hardware and capacity."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from posture.core.values import Unknown
from posture.pages.outposts.queries import Rack, known


@dataclass(frozen=True, slots=True)
class HealthLink:
    """The service link's state, as in `marks.STATES`, and in words."""

    state: str
    words: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class TypeCapacity:
    """Slots of one instance type; `used` may exceed them after a reconfiguration."""

    instance_type: str
    slots: int
    used: int

    @property
    def free(self) -> int:
        """Slots that are left."""
        return max(self.slots - self.used, 0)


@dataclass(frozen=True, slots=True)
class RackCapacity:
    """The capacity of an Outpost by instance type; `unknown` is why there is none."""

    types: list[TypeCapacity]
    unknown: str = ""

    @property
    def slots(self) -> int:
        """The number of slots."""
        return sum(one.slots for one in self.types)

    @property
    def used(self) -> int:
        """The slots that are taken."""
        return sum(min(one.used, one.slots) for one in self.types)

    @property
    def share(self) -> float | None:
        """The share of slots that are taken; None if unknown or there are none."""
        return self.used / self.slots if self.slots and not self.unknown else None


@dataclass(frozen=True, slots=True)
class AccountInstances:
    """Instances of one account on a rack, as AWS reports to its owner."""

    account_id: str
    instance_types: list[tuple[str, int]]

    @property
    def number(self) -> int:
        """The number of instances."""
        return sum(number for _, number in self.instance_types)


def link(rack: Rack) -> HealthLink:
    """Return the service link's state, by its latest five-minute average."""
    if not rack.is_own:
        return HealthLink("unknown", "Owner only", "AWS reports the link's state to the owner's account only.")
    if rack.is_past:
        return HealthLink("unknown", "Not stored", "Only the latest state is stored, not that of this date.")
    value = rack.observed.get("ConnectedStatus")
    if isinstance(value, Unknown):
        return HealthLink("unknown", "Not seen", f"{value}.")
    if value is None:
        return HealthLink("unknown", "No data", "CloudWatch had no data for an hour.")
    if float(value) >= 1:
        return HealthLink("pass", "Connected")
    return HealthLink(
        "fail", "Impaired" if float(value) > 0 else "Disconnected", f"Up {float(value):.0%} of five minutes."
    )


def capacity_of(rack: Rack) -> RackCapacity:
    """Return the slots and how many are taken."""
    if not rack.is_own:
        return RackCapacity([], "AWS reports capacity to the owner's account only.")
    if rack.is_past:
        return RackCapacity([], "Only the latest capacity is stored, not that of this date.")
    slots, running = (rack.observed.get(key) for key in ("InstanceTypeCapacities", "AssetInstances"))
    for one in (slots, running):
        if isinstance(one, Unknown):
            return RackCapacity([], f"{one}.")
    used = Counter(str(one.get("InstanceType")) for one in known(running))
    configured = {str(one["InstanceType"]): int(one["Count"]) for one in known(slots)}
    return RackCapacity(
        [TypeCapacity(kind, configured.get(kind, 0), used[kind]) for kind in sorted({*configured, *used})]
    )


def by_account(rack: Rack) -> list[AccountInstances]:
    """Return the instances on a rack by account, most first."""
    running: dict[str, Counter[str]] = {}
    for one in known(rack.observed.get("AssetInstances")):
        account = str(one.get("AccountId") or one.get("AwsServiceName") or "")
        running.setdefault(account, Counter())[str(one.get("InstanceType"))] += 1
    found = [AccountInstances(account, numbers.most_common()) for account, numbers in running.items()]
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
