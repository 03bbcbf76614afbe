"""The chart of an Outpost guesses no position, slot or state."""

from __future__ import annotations

from typing import Any

import pytest

from posture.core.values import Unknown
from posture.drawing.rack import LinkState
from posture.history.models import ResourceRecord
from posture.history.scope import Scope
from posture.pages.outposts import charts, health, queries, sites
from posture.pages.outposts.networks import networks_of
from posture.pages.outposts.queries import Rack
from tests.outposts import outpost_world
from tests.web.world import World

pytestmark = pytest.mark.django_db

DENIED = Unknown("outposts:ListAssets", "AccessDenied", "denied")


def host(number: int, elevation: float | None, state: str = "ACTIVE", rack_id: str = "r1") -> dict[str, Any]:
    """Return a compute asset."""
    location = {} if elevation is None else {"AssetLocation": {"RackElevation": elevation}}
    attributes = {"State": state, "InstanceFamilies": ["m5"]}
    return {
        "AssetId": f"a-{number}",
        "RackId": rack_id,
        "AssetType": "COMPUTE",
        "ComputeAttributes": attributes,
        **location,
    }


def slots(*counts: int) -> list[dict[str, Any]]:
    """Return the slots of assets by their number."""
    return [{"AssetId": f"a-{n}", "InstanceType": "m5.large", "Count": count} for n, count in enumerate(counts, 1)]


def instances(*assets: int) -> list[dict[str, Any]]:
    """Return an instance on each of the assets."""
    return [
        {"InstanceId": f"i-{n}", "InstanceType": "m5.large", "AccountId": outpost_world.OWNER, "AssetId": f"a-{asset}"}
        for n, asset in enumerate(assets)
    ]


def recorded(world: World, observed: dict[str, Any] | None = None, **config: Any) -> Rack:
    """Record an Outpost and return it."""
    outpost_world.record(
        world.ours, [outpost_world.rack(observed, **config), outpost_world.site(), *outpost_world.others()]
    )
    resource_id = ResourceRecord.objects.get(type=outpost_world.OUTPOST).resource_id
    return queries.rack(Scope.of(world.executive, world.organization), resource_id)


def assets(rack: Rack) -> list[Any]:
    """Return what the picture shows of the hardware."""
    return list(charts._assets(rack, queries.known(rack.config.get("Assets"))))


def test_hosts_are_at_their_units_and_no_higher_than_there_is_room(world: World) -> None:
    found = assets(recorded(world, Assets=[host(1, 10.0), host(2, 11.0), host(3, None), host(4, 99.0)]))
    assert [(one.key, one.unit, one.height) for one in found if one.unit] == [("a-2", 11, 2), ("a-1", 10, 1)]
    assert [one.key for one in found if one.unit is None] == ["a-3", "a-4"]
    assert len({one.name for one in found}) == 4


def test_slots_are_those_of_each_host_and_unknown_where_not_reported(world: World) -> None:
    hardware = [host(1, 10.0), host(2, 14.0)]
    found = assets(
        recorded(world, {"AssetCapacities": slots(4, 2), "AssetInstances": instances(1, 1, 2)}, Assets=hardware)
    )
    assert {one.key: (one.taken, one.slots) for one in found} == {"a-1": (2, 4), "a-2": (1, 2)}


@pytest.mark.parametrize(
    "observed",
    [{}, {"AssetCapacities": DENIED}, {"AssetCapacities": slots(4), "AssetInstances": DENIED}],
)
def test_slots_that_are_not_reported_are_unknown(world: World, observed: dict[str, Any]) -> None:
    assert [one.slots for one in assets(recorded(world, observed, Assets=[host(1, 10.0)]))] == [None]


def test_a_host_that_is_not_active_is_named(world: World) -> None:
    assert [one.note for one in assets(recorded(world, Assets=[host(1, 10.0, "RETIRING"), host(2, 14.0)]))] == [
        "",
        "retiring",
    ]


@pytest.mark.parametrize(
    ("capacities", "running", "note"),
    [
        (slots(4, 4), instances(1, 2), "any one host can fail"),
        (slots(4, 4), instances(1, 1, 1, 2, 2), "no host can fail"),
        (slots(4), instances(1), "no host can fail"),
        (slots(1), instances(1, 1), "1 more than there are slots"),
    ],
)
def test_what_is_left_if_a_host_fails(world: World, capacities: Any, running: Any, note: str) -> None:
    total = [{"InstanceType": "m5.large", "Count": sum(one["Count"] for one in capacities)}]
    observed = {"AssetCapacities": capacities, "InstanceTypeCapacities": total, "AssetInstances": running}
    rack = recorded(world, observed, Assets=[host(1, 10.0), host(2, 14.0)])
    (capacity,) = health.capacity_of(rack).types
    assert charts._family(capacity, rack, assets(rack)).note == note


@pytest.mark.parametrize(
    ("connected", "states", "title"),
    [
        (1.0, [LinkState.UP, LinkState.DOWN], "1 of 2 links to the region is down"),
        (0.0, [LinkState.DOWN, LinkState.DOWN], "2 of 2 links to the region are down"),
        (None, [LinkState.UNKNOWN, LinkState.DOWN], "1 of 2 links to the region is down"),
    ],
)
def test_a_link_is_up_only_where_it_is_configured_and_connected(
    world: World, connected: float | None, states: list[LinkState], title: str
) -> None:
    links = [
        {"ServiceLinkVirtualInterfaceId": f"sl-vif-{n}", "ConfigurationState": state}
        for n, state in enumerate(("available", "pending"))
    ]
    rack = recorded(world, {"ConnectedStatus": connected}, ServiceLinkVirtualInterfaces=links)
    found = charts.service_lines(networks_of(rack), health.link(rack))
    assert [line.state for line in found] == states
    assert charts.title(health.capacity_of(rack), found, health.link(rack)) == f"2 of 3 slots are taken; {title}"


@pytest.mark.parametrize(
    ("connected", "words"),
    [
        (1.0, "it is connected to its region"),
        (0.5, "its connection to the region fails"),
        (None, "its connection to the region is unknown"),
    ],
)
def test_the_whole_is_named_where_no_link_has_a_state(world: World, connected: float | None, words: str) -> None:
    rack = recorded(world, {"ConnectedStatus": connected})
    found = charts.service_lines(networks_of(rack), health.link(rack))
    assert {line.state for line in found} == {LinkState.UNKNOWN}
    assert charts.title(health.capacity_of(rack), found, health.link(rack)).endswith(words)


def test_bgp_that_is_not_reported_is_not_up(world: World) -> None:
    rack = recorded(world)
    assert [charts._local_line(one, 1).state for one in networks_of(rack).interfaces] == [LinkState.UNKNOWN]


def test_each_rack_of_several_is_drawn_by_itself(world: World) -> None:
    rack = recorded(world, Assets=[host(1, 10.0), host(2, 14.0, rack_id="r2")])
    parts = charts.RackData(health.link(rack), health.capacity_of(rack), networks_of(rack), None, [])
    one, two = (charts.rack_chart(rack, parts, number) for number in (1, 2))
    assert "Rack 1 of 2" in one.panel.drawing
    assert "Rack 2 of 2" in two.panel.drawing
    assert charts.rack_chart(rack, parts, 99).shown == 2


def test_hardware_that_could_not_be_read_is_hatched_as_a_whole(world: World) -> None:
    rack = recorded(world, Assets=DENIED)
    parts = charts.RackData(health.link(rack), health.capacity_of(rack), networks_of(rack), None, [])
    assert "could not be read" in charts._unread(rack)
    assert "pl-hatch" in charts.rack_chart(rack, parts).panel.drawing


def test_an_address_is_written_as_on_a_letter() -> None:
    address = {"AddressLine1": "Klinikweg 4", "PostalCode": "20246", "City": "Hamburg", "CountryCode": "DE"}
    assert sites._lines({**address, "StateOrRegion": "Hamburg"}) == ["Klinikweg 4", "20246 Hamburg", "DE"]
    assert sites._lines({**address, "StateOrRegion": "HH", "AddressLine2": ""}) == [
        "Klinikweg 4",
        "20246 Hamburg",
        "HH",
        "DE",
    ]
    assert sites._lines({}) == []
