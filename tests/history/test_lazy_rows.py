"""Rows of months load their columns when used, equal to rows that hold them."""

from __future__ import annotations

from random import Random

import numpy as np

from posture.history.columnar.encoded_rows import EncodedRows, encode_rows, from_micros, replace_words
from posture.history.columnar.validity_intervals import (
    IntervalRows,
    merge_intervals,
    select_at_instant,
    unpack_intervals,
)
from tests.tuning import Tune

DIMENSIONS = ("check", "sight")


def month(random: Random, account_pks: list[int], size: int) -> IntervalRows:
    found = [
        (random.choice(account_pks), random.randrange(10**6), random.randrange(50), f"{random.randrange(9)}\x1ffail")
        for _ in range(size)
    ]
    start = np.array([random.randrange(9) for _ in found], np.int64)
    return merge_intervals(DIMENSIONS, [IntervalRows(encode_rows(DIMENSIONS, found), start, start + 5)])


def same(one: EncodedRows, other: EncodedRows) -> bool:
    columns = ("cell", "account", "number", "at")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in columns)


def test_lazy_columns_equal_held_ones() -> None:
    random = Random(7)  # noqa: S311 - a story, not a secret
    months = [month(random, [3, 5, 8], 2000), month(random, [11], 3), month(random, [20, 21], 900)]
    asked = [([3, 8], months[0]), ([11], months[1]), ([20, 21], months[2])]
    packed = [(each.pack(), pks) for pks, each in asked]
    late = select_at_instant(DIMENSIONS, packed, from_micros(6))
    whole = [unpack_intervals(each).select(unpack_intervals(each).rows.of_accounts(pks)) for each, pks in packed]
    held = merge_intervals(DIMENSIONS, [each.select((each.start <= 6) & (each.end > 6)) for each in whole]).rows
    texts = [[each.words[name][code] for name, codes in each.codes.items() for code in codes[each.cell]]
            for each in (late, held)]  # fmt: skip
    assert texts[0] == texts[1]
    held = EncodedRows(late.words, late.codes, late.cell, held.account, held.number, held.at)
    size = len(held)
    few = np.array(random.sample(range(size), 20))
    sparse = np.isin(np.arange(size), few)
    for rows in (few, sparse, ~sparse, np.array([4, 4, 1]), np.zeros(size, np.bool_), np.ones(size, np.bool_)):
        late = select_at_instant(DIMENSIONS, packed, from_micros(6))  # as none of its columns was loaded yet
        assert same(late.select(rows), held.select(rows))
        assert np.array_equal(late.select(rows).by_cell(), held.select(rows).by_cell())
        assert late.replace_cells(late.words, late.codes, few[:0], late.cell[:0]).by_account(None) == held.by_account(
            None
        )
        which = sparse if rows.dtype != np.bool_ else rows
        assert late.by_account(which) == held.by_account(which)
        assert np.array_equal(late.by_cell(which), held.by_cell(which))
    twice = late.select(~sparse).select(np.arange(3))
    assert same(twice, held.select(~sparse).select(np.arange(3)))
    assert [late.span(pk) for pk in (1, 3, 5, 8, 11, 21, 99)] == [held.span(pk) for pk in (1, 3, 5, 8, 11, 21, 99)]
    assert same(late, held)


def test_rows_get_other_words_at_their_positions(tune: Tune) -> None:
    tune(interval_batch_rows=7)
    random = Random(8)  # noqa: S311 - a story, not a secret
    packed = [(month(random, [pk], 300).pack(), [pk]) for pk in (3, 4, 9)]
    late, again = (select_at_instant(DIMENSIONS, packed, from_micros(6)) for _ in range(2))
    held = EncodedRows(again.words, again.codes, again.cell, again.account, again.number, again.at)
    for count in (5, 2):  # the second time some have other words already
        places = np.array(sorted(random.sample(range(len(held)), len(held) // count)))
        said = {"sight": [random.choice(("fail", "stale", "unknown")) for _ in places]}
        late, held = replace_words(late, places, said), replace_words(held, places, said)
        fits = np.array([random.random() < 0.3 for _ in range(held.cells)])
        assert np.array_equal(late.by_cell(), held.by_cell())
        assert np.array_equal(late.of_cells(fits), held.of_cells(fits))
        assert np.array_equal(late.cells_at(places), held.cells_at(places))
        assert same(late.select(late.of_cells(fits)), held.select(held.of_cells(fits)))
    assert same(late, held)
