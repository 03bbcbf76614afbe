"""The state fingerprint: only changed rows are read, and all of them in doubt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import pytest

from accounts.models import AwsAccount
from posture.core.classification import DEFAULT
from posture.core.resource import Resource
from posture.history.ingest import stored_state
from posture.history.ingest.stored_state import StateFingerprint
from posture.history.ingest.swept_state import SweptState
from posture.history.models import AccountState, ResourceRecord
from posture.history.query.counts import count_by_type_lately
from tests.history import world
from tests.history.rules import BUCKET, VOLUME
from tests.history.world import bucket, day, result_of, sweep, volume

pytestmark = pytest.mark.django_db

HELD = {name: volume(name, observed={"State": "idle"}) if name < "c" else bucket(name) for name in "abcde"}


def current(account: AwsAccount) -> list[tuple[Any, ...]]:
    rows = ResourceRecord.objects.filter(account=account, valid_to=None).order_by("name")
    return list(rows.values_list("name", "hash", "valid_from", "missed_at", "open_unseen_since"))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[int] | None]:
    """Of which ids rows are read, None standing for all."""
    asked: list[Sequence[int] | None] = []
    load = stored_state.load_resources

    def watched(account_pk: int, ids: Sequence[int] | None = None, uids: Collection[bytes] = ()) -> Any:
        asked.append(ids)
        return load(account_pk, ids, uids)

    monkeypatch.setattr(stored_state, "load_resources", watched)
    return asked


def test_rows_are_read_of_what_moved_alone(read: list[Sequence[int] | None]) -> None:
    account = world.account(world.organization())
    sweep(account, day(0), HELD.values())
    ids = dict(ResourceRecord.objects.filter(account=account).values_list("name", "resource_id"))
    moved = HELD | {"a": volume("a", observed={"State": "busy"}), "d": bucket("d", Public=True)}
    del moved["e"]
    sweep(account, day(1), moved.values())
    sweep(account, day(2), moved.values())
    assert read == [None, unordered(ids["a"], ids["d"], ids["e"]), [ids["e"]]]
    assert [name for name, *_ in current(account)] == ["a", "b", "c", "d"]


def unordered(*ids: int) -> Any:
    class Same(list[int]):
        __hash__ = None

        def __eq__(self, other: object) -> bool:
            return isinstance(other, list) and sorted(other) == sorted(self)

    return Same(ids)


def test_a_value_of_another_result_is_of_no_use(read: list[Sequence[int] | None]) -> None:
    account = world.account(world.organization())
    sweep(account, day(0), HELD.values())
    first = AccountState.objects.get(pk=account.pk).fingerprint
    sweep(account, day(1), (HELD | {"c": bucket("c", Public=True)}).values())
    # As a version of the code that knows nothing of the value would leave it.
    AccountState.objects.filter(pk=account.pk).update(fingerprint=first)
    sweep(account, day(2), HELD.values())
    assert read[-1] is None
    assert ("c", day(2)) in [(name, since) for name, _, since, *_ in current(account)]


def test_a_fingerprint_of_missing_resources_is_ignored(read: list[Sequence[int] | None]) -> None:
    account = world.account(world.organization())
    sweep(account, day(0), HELD.values())
    state = AccountState.objects.get(pk=account.pk)
    state.fingerprint = StateFingerprint({}, [2**40], {}).pack(bytes(state.digest))
    state.save()
    before = current(account)
    sweep(account, day(1), HELD.values())
    sweep(account, day(2), (HELD | {"c": bucket("c", Public=True)}).values())
    assert read[-2:] == [[2**40], None]
    assert [each for each in current(account) if each[0] != "c"] == [each for each in before if each[0] != "c"]


def test_a_value_that_was_laid_down_in_another_way_is_of_no_use(read: list[Sequence[int] | None]) -> None:
    account = world.account(world.organization())
    sweep(account, day(0), HELD.values())
    state = AccountState.objects.get(pk=account.pk)
    state.fingerprint = bytes(state.digest) + bytes(12)  # as the release before began it, with nothing in it
    state.save()
    before = current(account)
    sweep(account, day(1), (HELD | {"c": bucket("c", Public=True)}).values())
    assert read[-1] is None
    assert [each for each in current(account) if each[0] != "c"] == [each for each in before if each[0] != "c"]


@pytest.mark.parametrize(
    "other",
    [
        volume("a", observed={"State": "busy"}),
        volume("a", Note="x", observed={"State": "idle"}),
        replace(volume("a", observed={"State": "idle"}), name="b"),
        replace(volume("a", observed={"State": "idle"}), raw_tags={"owner": "x"}),
        replace(volume("a", observed={"State": "idle"}), region="us-east-1"),
        replace(volume("a", observed={"State": "idle"}), arn="arn:aws:ec2:eu-central-1:1:volume/other"),
        replace(volume("a", observed={"State": "idle"}), type="AWS::EC2::Snapshot"),
    ],
)
def test_whatever_is_said_otherwise_of_a_resource_moves_its_mark(other: Resource) -> None:
    first, second = ({*by_fingerprint([one])} for one in (HELD["a"], other))
    assert first.isdisjoint(second)


def test_the_order_of_resources_does_not_matter() -> None:
    account = world.account(world.organization())
    sweep(account, day(0), HELD.values())
    assert sweep(account, day(1), reversed(HELD.values())).note == "Nothing has changed."


def test_of_two_that_say_that_they_are_the_same_the_last_counts_on_every_day() -> None:
    account = world.account(world.organization())
    twice = [bucket("a"), bucket("b"), bucket("a", Public=True)]
    for number in range(2):
        sweep(account, day(number), twice)
    sweep(account, day(2), [*twice, bucket("c")])
    assert [(name, since) for name, _, since, *_ in current(account)] == [("a", day(0)), ("b", day(0)), ("c", day(2))]


def by_fingerprint(resources: Sequence[Resource]) -> dict[bytes, Resource]:
    return SweptState(result_of(world.account(world.organization()), day(0), resources), DEFAULT).by_fingerprint


def test_types_are_counted_again_where_another_release_has_recorded() -> None:
    account = world.account(world.organization())
    sweep(account, day(0), HELD.values())
    assert count_by_type_lately([account.pk], day(0)) == {VOLUME: (2, 0), BUCKET: (3, 0)}
    state = AccountState.objects.get(pk=account.pk)
    assert state.types == {VOLUME: 2, BUCKET: 3}

    # As the release before leaves it: it knows nothing of the count, and packs the state in another form.
    state.types, state.fingerprint = {VOLUME: 9}, b"\x03" + bytes(state.fingerprint)[1:]
    state.save()

    assert count_by_type_lately([account.pk], day(0)) == {VOLUME: (2, 0), BUCKET: (3, 0)}
    sweep(account, day(1), [HELD["a"]])
    assert AccountState.objects.get(pk=account.pk).types == {VOLUME: 2, BUCKET: 3}
    sweep(account, day(2), [HELD["a"]])
    assert AccountState.objects.get(pk=account.pk).types == {VOLUME: 1}
    assert count_by_type_lately([account.pk], day(1)) == {VOLUME: (2, 1), BUCKET: (3, 3)}
