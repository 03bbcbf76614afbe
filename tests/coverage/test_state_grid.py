"""Letters for account-regions: grouping, and regions in words."""

from __future__ import annotations

import pytest

from posture.core.coverage import tools
from posture.pages.coverage import state_grid
from posture.pages.coverage.state_grid import StateGrid

REGIONS = ("ap-south-1", "ap-southeast-1", "eu-central-1", "eu-west-1", "us-east-1", "us-west-2")
TOOL = tools()[0]


@pytest.mark.parametrize(
    ("letters", "words"),
    [
        ("oooooo", "on wherever something runs"),
        ("xxxxxx", "off"),
        ("xxoooo", "off in Asia Pacific"),
        ("xxooxx", "off outside Europe"),
        ("ooxooo", "off in eu-central-1"),
        ("oxxooo", "off in ap-southeast-1 and eu-central-1"),
        ("xoxoxo", "off in 3 regions"),
        ("xxeeoo", "off in Asia Pacific"),
        ("xeeeee", "off wherever something runs"),
        ("uuuuuu", "not seen"),
        ("xxuuoo", "off in Asia Pacific, not seen in Europe"),
        ("ppoooo", "partly on in Asia Pacific"),
        ("eeeeee", "nothing runs there"),
        ("nneeee", "nothing runs there"),
    ],
)
def test_how_a_tool_is_in_words(letters: str, words: str) -> None:
    assert state_grid.sentence(letters, REGIONS) == words


def test_a_single_region_is_named_by_nothing_else() -> None:
    assert state_grid.sentence("x", ("eu-central-1",)) == "off"
    assert state_grid.sentence("o", ("eu-central-1",)) == "on wherever something runs"


def test_accounts_that_are_alike_are_neighbours_and_the_most_off_come_first() -> None:
    found = state_grid.group_alike({1: "oo", 2: "xx", 3: "oo", 4: "xo", 5: "uo", 6: "ee"}, (1, 2, 3, 4, 5, 6, 7))
    assert [(one.letters, list(one.accounts)) for one in found] == [
        ("xx", [2]), ("xo", [4]), ("uo", [5]), ("oo", [1, 3]), ("ee", [6]),
    ]  # fmt: skip
    assert [one.off for one in found] == [2, 1, 0, 0, 0]


def test_account_regions_are_counted_once_however_many_tools_are_off() -> None:
    regional = [tool.id for tool in tools() if tool.regional]
    states = {name: {1: "ox"} for name in regional} | {"trustedadvisor": {1: "x"}}
    found = StateGrid(("a", "b"), states, {name: {1: "  "} for name in states}, {1: "11"})
    assert found.off_anywhere() == 1
    assert found.running(TOOL) == 2
    assert found.count(TOOL.id) == {"o": 1, "x": 1}


def test_regions_come_by_part_of_the_world() -> None:
    found = state_grid.by_geography(("ap-south-1", "eu-west-1", "me-south-1", "us-east-1", "zz-new-1"))
    assert [name for name, _ in found] == ["Europe", "Americas", "Asia Pacific", "Middle East, Africa", "Other"]
    assert sorted(location for _, locations in found for location in locations) == [0, 1, 2, 3, 4]
