"""Accounts as tiles by unit."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import treemap
from posture.drawing.treemap import AccountTile, UnitTiles
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example


def examples() -> Sequence[Example]:
    """Return a map of a few accounts and one of a thousand."""
    tiles = [AccountTile(f"account {score}", "#", 30 + score / 3, score, score + 2, criticals=score % 3, change=2.0)
             for score in (40, 72, 84, 92, 97)]  # fmt: skip
    odd = [
        AccountTile(LONG_NAME, "#", 60, 55, 70, unseen=0.2, criticals=12, change=-4.0),
        AccountTile(HOSTILE, "#", 30, 88, 88),
        AccountTile("suspended", "#", 30, 66, 66, note="suspended since 3 March", is_stale=True),
        AccountTile("never seen", "#", 20, None, None, unseen=1.0),
        *(AccountTile(f"small-account-{n}", "#", 8 - n, 30 + 9 * n, 40 + 9 * n, criticals=n) for n in range(7)),
    ]
    many = [
        UnitTiles(
            f"Unit {unit}",
            "#",
            [AccountTile(f"{unit}-{n}", "#", 1 + n % 7, 50 + n % 50, 60 + n % 40, n % 9 / 30) for n in range(100)],
            77,
        )
        for unit in range(10)
    ]
    few = [UnitTiles("Production", "#", tiles, 77.0), UnitTiles(f"Sandbox, {LONG_NAME}", "#", odd)]
    return [
        ("Area is size, colour the score band, the disc counts critical findings.", treemap.draw(few, "Some accounts")),
        ("A thousand accounts: the unit is the link.", treemap.draw(many, "A thousand accounts")),
    ]
