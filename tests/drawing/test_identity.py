"""Pictures of identities: marks, limits, and hostile names escaped."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pytest

from posture.drawing import factors, key_swarm, power_grid, strands

COLUMNS = [power_grid.UseColumn("7 days", "used within"), power_grid.UseColumn("longer ago", is_first_past=True)]
HOSTILE = '"><script>alert(1)</script>'


def grid(*cells: power_grid.PowerCell, width: float = power_grid.WIDE) -> str:
    return power_grid.draw(COLUMNS, [power_grid.PowerRow("Administrator", "may do everything", cells)], "Grid", width)


def test_one_mark_is_one_identity() -> None:
    drawn = grid(power_grid.PowerCell(3, 45, 2, url="/list/"), power_grid.PowerCell(look="o2"))
    marks = {
        kind: len(re.findall("M", path))
        for path, kind in re.findall(r'<path d="([^"]*)" class="pl-power-(\w+)"', drawn)
    }
    if not marks:
        marks = {
            kind: len(re.findall("M", path))
            for kind, path in re.findall(r'<path class="pl-power-(\w+)" d="([^"]*)"', drawn)
        }
    assert marks == {"person": 3, "role": 45, "service": 2}
    assert drawn.count("pl-limit") == 1
    assert ">50</text>" in drawn
    assert 'href="/list/"' in drawn
    assert "Administrator, used within 7 days: 50 (3 people, 45 roles, 2 services)" in drawn


def test_many_identities_have_bars_and_short_figures() -> None:
    drawn = grid(power_grid.PowerCell(100, 12_000, 200), power_grid.PowerCell(1))
    assert ">12.3k</text>" in drawn
    assert "<path" not in drawn
    assert drawn.count("<rect") < 10


def test_a_narrow_grid_has_figures_and_no_marks() -> None:
    drawn = grid(power_grid.PowerCell(3, 4, 5), power_grid.PowerCell(), width=power_grid.NARROW)
    assert "<path" not in drawn
    assert ">12</text>" in drawn


def test_what_cannot_be_known_is_hatched() -> None:
    drawn = grid(power_grid.PowerCell(1), power_grid.PowerCell(is_hatched=True))
    assert drawn.count("url(#pl-hatch)") == 1
    assert "none, more may not be seen" in drawn


@pytest.mark.parametrize(("total", "without", "unread"), [(8, 2, 1), (5_000, 40, 300)])
def test_factors_have_a_mark_each_or_a_bar(total: int, without: int, unread: int) -> None:
    row = factors.FactorRow("Users", without, unread, total, f"{total:,}, {without} without MFA", "/people/")
    drawn = factors.draw([row], "MFA")
    shapes = re.findall(r"<rect[^>]*>", drawn)
    assert len(shapes) == (total if total < 100 else 3)
    widths = [(float(x), float(wide)) for x, wide in re.findall(r'<rect x="([\d.]+)"[^>]*width="([\d.]+)"', drawn)]
    assert all(x + wide <= factors.WIDTH + 0.2 for x, wide in widths)


def test_no_key_crosses_the_limit() -> None:
    keys = [key_swarm.SwarmKey(days, f"k{days}") for days in (1, 20, 89, 90, 91, 95, 400, 1_400)]
    drawn = key_swarm.draw(keys, 90, "Keys")
    line = float(re.findall(r'<line x1="([\d.]+)" y1="0"', drawn)[0])
    discs = [(float(x), look) for x, look in re.findall(r'<circle cx="([\d.]+)"[^>]*class="pl-swarm-(\w+)"', drawn)]
    discs = discs or [
        (float(x), look) for look, x in re.findall(r'<circle class="pl-swarm-(\w+)"[^>]*cx="([\d.]+)"', drawn)
    ]
    assert len(discs) == len(keys)
    assert all(x + key_swarm.RADIUS < line for x, look in discs if look == "fine")
    assert all(x - key_swarm.RADIUS > line for x, look in discs if look == "late")
    assert ">4 past 90 days</text>" in drawn


def test_many_keys_have_a_column_for_each_month_and_root_is_named() -> None:
    keys = [key_swarm.SwarmKey(number * 5, f"k{number}") for number in range(200)]
    drawn = key_swarm.draw([*keys, key_swarm.SwarmKey(1_400, "root", is_root=True)], 90, "Keys")
    assert drawn.count("<circle") == 1
    assert ">root</text>" in drawn


def strand(guard: str, *, accounts: int = 1, is_unseen: bool = False) -> strands.TrustStrand:
    return strands.TrustStrand(
        HOSTILE, "account outside", guard, "no condition", HOSTILE, "administrator", "administrator", "payments",
        accounts, is_unseen, "/outside/",
    )  # fmt: skip


@pytest.mark.parametrize("draw", [strands.draw, strands.draw_narrow])
def test_strands_do_not_cross_and_escape_names(draw: Callable[[list[strands.TrustStrand], str], str]) -> None:
    some = [strand("none"), strand("wide"), strand("holds", accounts=18), strand("none", is_unseen=True)]
    drawn = draw(some, "Outside")
    assert "<script" not in drawn
    assert drawn.count("pl-strand-tip") == len(some)
    assert drawn.count("url(#pl-hatch)") == 1
    tops = [
        float(y)
        for y in re.findall(r"pl-strand-edge-administrator[^>]*", drawn)
        and re.findall(r'<rect x="[\d.]+" y="([\d.]+)" width="4"', drawn)
    ]
    assert all(below - above >= strands.BOX for above, below in pairwise(tops))
    assert ("pl-strand-mark-wide" in drawn, "pl-strand-mark-holds" in drawn) == (True, True)
