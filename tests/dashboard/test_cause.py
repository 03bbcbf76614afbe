"""Why a score moved is told by the check that moved it most, the way it went."""

from __future__ import annotations

import pytest

from posture.dashboard.cause import Move, strongest, words

FAILS_MORE = Move("ec2_volume_encrypted", 4.0, 3, 0, 2)
UNSEEN = Move("ec2_snapshot_not_public", 2.0, 0, 5, 0)
MENDED = Move("ec2_volume_encrypted", -4.0, -2, 0, 1)
STILL = Move("s3_bucket_versioned", 0.0, 0, 0, 0)


def test_the_heaviest_move_in_the_scores_direction_is_it() -> None:
    moves = [STILL, UNSEEN, FAILS_MORE, MENDED]
    assert strongest(moves, is_up=False) == FAILS_MORE
    assert strongest(moves, is_up=True) == MENDED


def test_where_nothing_pulled_that_way_nothing_is_blamed() -> None:
    assert strongest([STILL, MENDED], is_up=False) is None


@pytest.mark.parametrize(
    ("move", "way", "expected"),
    [
        (FAILS_MORE, "down", "fails on 3 more resources, in 2 accounts in all"),
        (UNSEEN, "down", "can no longer be told on 5 resources"),
        (MENDED, "up", "fails on 2 fewer resources"),
        (Move("x", -1.0, 0, -1, 0), "up", "can be told again"),
        (Move("x", 1.0, -1, 0, 0), "down", "weighs more, with fewer that pass"),
    ],
)
def test_moves_in_words(move: Move, way: str, expected: str) -> None:
    assert words(move, is_up=way == "up").endswith(expected)


def test_a_check_that_is_gone_is_named_by_its_id() -> None:
    assert words(Move("gone_since", 1.0, 1, 0, 1), is_up=False).startswith("“gone_since” fails on 1 more resource")
