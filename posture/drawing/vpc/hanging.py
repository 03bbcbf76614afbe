"""Place the lanes of a VPC's picture: where each hangs, and what it reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from posture.drawing.vpc.layout import (
    BUS,
    BUS_STEP,
    LANE_END,
    LANE_PITCH,
    PAD_NARROW,
    RIM,
    RIM_END,
    PlacedSubnet,
    VpcCanvas,
)
from posture.drawing.vpc.model import Lane


@dataclass(frozen=True, slots=True)
class HungLane:
    """A lane with its x and the chips that it reaches."""

    lane: Lane
    x: float
    room: float
    targets: Sequence[PlacedSubnet]
    bus: float
    slot: int

    @property
    def ends(self) -> Sequence[float]:
        """The x of each line below the bus."""
        return [_end(target, self.slot) for target in self.targets]


def _end(target: PlacedSubnet, slot: int) -> float:
    return target.x + 14 + 9 * slot if target.is_top else target.zone_x + PAD_NARROW / 2


def hang_lanes(canvas: VpcCanvas, lanes: Sequence[Lane]) -> list[HungLane]:
    """Return the lanes from left to right, each over its first target if possible."""
    used: dict[tuple[float, float], int] = {}
    found = []
    for lane in lanes:
        targets = [canvas.chips[key] for key in lane.chips if key in canvas.chips]
        targets.sort(key=lambda one: (not one.is_top, one.zone_x, one.x))
        slot = max((used.get((one.x, one.y), 0) for one in targets), default=0)
        for one in targets:
            used[one.x, one.y] = slot + 1
        found.append((lane, targets, slot))
    found.sort(key=lambda one: _end(one[1][0], one[2]) if one[1] else RIM_END)
    xs = _spread([_end(targets[0], slot) if targets else RIM + 30 for _, targets, slot in found])
    rooms = [right - left for left, right in zip(xs, [*xs[1:], RIM_END + 8], strict=True)]
    return [
        HungLane(lane, x, room - 34, targets, BUS + index * BUS_STEP, slot)
        for index, ((lane, targets, slot), x, room) in enumerate(zip(found, xs, rooms, strict=True))
    ]


def _spread(wanted: Sequence[float]) -> list[float]:
    """Return x positions near the wanted ones, with room for words between them."""
    xs: list[float] = []
    for want in wanted:
        xs.append(max(want, xs[-1] + LANE_PITCH) if xs else max(want, RIM + 24))
    last = RIM_END - LANE_END
    for index in reversed(range(len(xs))):
        xs[index] = min(xs[index], last)
        last = xs[index] - LANE_PITCH
    return xs
