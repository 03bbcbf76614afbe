"""An Outpost: its rack, the room left on it, and its links."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import rack
from posture.drawing.rack import Account, Asset, CapacityFamily, Links, LinkState, RackDrawing, RackLine, Route, Volumes
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example


def examples() -> Sequence[Example]:
    """Return a rack with much on it, and one that AWS does not show."""
    unshown = RackDrawing("Rack of 42 units", "", unread="AWS shows it to the owner only.", room_unread="Not shown.")
    return [
        ("Hosts by unit, slots by family, links up, down and not reported.", rack.draw(_clinic(), "An Outpost")),
        ("It belongs to another account.", rack.draw(unshown, "An Outpost of another account")),
    ]


def _clinic() -> RackDrawing:
    hosts = [Asset(f"h-{n}", f"host {n}", "compute", 30 + 2 * n, 2, 12, 3 * n) for n in range(4)]
    more = [
        Asset("d-1", HOSTILE, "network", 40, 1, 0),
        Asset("big", LONG_NAME, "compute", 24, 2, 48, 13),
        Asset("odd", "slots not read", "compute", 20, 2, None),
        Asset("gone", "host 9", "compute", 16, 2, 6, 0, "retiring"),
        Asset("small", "host 10", "compute", 15, 1, 4, 1, "isolated"),
        Asset("spare", "spare", "compute", None, 2, 12),
    ]
    families = [
        CapacityFamily("m5.large", 48, 18, "any one host can fail", hosts=[host.key for host in hosts]),
        CapacityFamily("m5.2xlarge", 6, 7, "1 more than there are slots", is_wrong=True, hosts=["gone"]),
        CapacityFamily("m5.metal", 400, 101),
    ]
    lines = [
        RackLine("LAG 1", LinkState.UP, "available"),
        RackLine("LAG 2", LinkState.DOWN, "down"),
        RackLine("LAG 3", LinkState.UNKNOWN, "connection not reported"),
    ]
    links = [
        Links("Service link", "Connected", "eu-central-1", "in eu-central-1a", lines),
        Links(
            "Local gateway",
            LONG_NAME,
            "own network",
            "AS 65010",
            none="Its interfaces could not be read.",
            is_unread=True,
        ),
    ]
    return RackDrawing(
        "Rack of 42 units", "10 kVA", [*hosts, *more], families=families,
        volumes=Volumes("8.2 TB in 14 volumes", 0.1, 0.2, ["2 of 14 not encrypted"]),
        accounts=[Account("payments", 9), Account(HOSTILE, 2)], links=links,
        routes=[Route("10.1.0.0/16", "local gateway"), Route("0.0.0.0/0", HOSTILE, is_wrong=True)],
        site=["Klinik", "Klinikweg 4", "20246", "Hamburg", "DE"],
    )  # fmt: skip
