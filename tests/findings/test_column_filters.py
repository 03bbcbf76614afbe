"""Encoded rows are counted, narrowed and ordered as by the database.

That holds at every date, whatever was cached before.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as NotConnectedError

from accounts.models import User
from posture.core.check import denied
from posture.core.gap import Gap, GapReason
from posture.history import query as history
from posture.history import triage
from posture.history.columnar.encoded_rows import SEPARATOR, encode_rows, unpack_rows
from posture.history.ingest import close_left_account
from posture.history.models import FindingRecord, Triage
from posture.history.models.lookups import of_accounts
from posture.history.tuning import tuning
from posture.pages.findings.filters import FindingFilters, practices_of
from posture.pages.findings.tables import FindingTable, keys
from posture.web import column_filters
from posture.web.column_filters import CellData
from posture.web.scoping import scope_of
from posture.web.tables import configure
from tests.depth import seeds
from tests.findings.samples import AT, VOLUME, record, volume
from tests.tuning import Tune
from tests.web.world import World

REFUSED = Gap("", "eu-central-1", VOLUME, "ec2:DescribeVolumes", GapReason.DENIED, "AccessDenied", "no", "Allow it.")
SNAPSHOT = "AWS::EC2::Snapshot"
REGIONS = ("eu-central-1", "us-east-1")
SORTS = ("", "-severity", "opened_at", "account", "-region", "state", "-state", "check_id", "resource_name", "-account")


@pytest.fixture(autouse=True)
def every_account_is_a_piece(tune: Tune) -> None:
    """Keep what is read of scopes of any size, each account by itself."""
    tune(cached_scope_min_accounts=0)
    tune(snapshot_uncached_max_accounts=0)
    tune(snapshot_shard_accounts=1)


def filters(user: User, query: dict[str, Any]) -> FindingFilters:
    request = RequestFactory().get("/findings/", query)
    request.user = user
    return FindingFilters(request.GET, queryset=history.findings(scope_of(request)), request=request)


def by_hand(asked: FindingFilters) -> dict[str, Counter[str]]:
    """Count each facet finding by finding from the database's rows.

    They are read under all other filters, as a facet's counts are defined.
    """
    scope = scope_of(asked.request)
    levels = dict(history.resources(scope).values_list("resource_id", "classification"))

    def counted(name: str) -> Counter[str]:
        found: Counter[str] = Counter()
        rows = list(asked._without(name))
        flapping = history.find_flapping(scope, rows)
        for one in rows:
            found.update(each for each in _values(name, one, levels, flapping, scope.now) if each or name == "assignee")
        return found

    return {name: counted(name) for name in asked.filters if name != "q"}


def _values(name: str, one: FindingRecord, levels: dict[int, str], flapping: set[int], now: datetime) -> list[str]:
    old = (now - one.opened_at) / timedelta(days=1)
    limit = {4: 7, 3: 30, 2: 90, 1: 180}[one.severity]
    span = "week" if old < 7 else "month" if old < 30 else "quarter" if old < 90 else "older"
    values: dict[str, list[str]] = {
        "severity": [str(one.severity)],
        "status": [one.status, *(["stale"] if one.status == "fail" and one.stale_since else [])],
        "age": [span, *(["late"] if old >= limit else [])],
        "history": [*(["returned"] if one.reopened else []), *(["flapping"] if one.finding_id in flapping else [])],
        "check": [one.check_id],
        "type": [one.resource_type],
        "practice": practices_of(one.check) if one.check else [],
        "within": [one.account.account_id],
        "sweeping": ["swept" if one.account.is_swept else "unswept"],
        "region": [one.region],
        "triage": [one.triage],
        "assignee": [one.assignee_name],
        "data": [levels.get(one.resource_id, "")],
    }
    return values[name]


def assert_same(user: User, query: dict[str, Any]) -> None:
    """Compare facets, counts, and pages one and three with the database."""
    asked = filters(user, query)
    counts = {
        one.name: Counter({each.value: each.count for each in one.choices if each.count}) for one in asked.facets()
    }
    assert counts == by_hand(asked), query
    rows = asked.qs
    table = FindingTable(CellData(asked, rows, keys(scope_of(asked.request))))
    configure(table, asked.request)
    plain = FindingTable(rows)
    configure(plain, asked.request)
    assert len(table.rows) == rows.count()
    ordered = list(plain.data.data.query.order_by)
    shown, expected = ([row.record for row in each.paginated_rows] for each in (table, plain))
    assert [_key(one, ordered) for one in shown] == [_key(one, ordered) for one in expected], query
    assert {one.pk for one in shown} <= {one.pk for one in rows}


def _key(one: FindingRecord, ordered: list[str]) -> tuple[Any, ...]:
    names = (each.removeprefix("-") for each in ordered)
    return tuple(one.account.name if name == "account__name" else getattr(one, name) for name in names)


def choose(random: Random, known: list[FindingRecord], dates: list[datetime]) -> dict[str, Any]:
    """Return some filters of the values that there are, and of one that nothing has."""
    query: dict[str, Any] = {"per_page": "5", "page": random.choice(["1", "3"]), "sort": random.choice(SORTS)}
    for name in random.sample([*FindingFilters.base_filters], random.choice([0, 1, 1, 2, 3])):
        query[name] = _choice(random, name, random.choice(known))
    if random.random() < 0.5:
        query["as_of"] = random.choice(dates).isoformat()
    return query


def _choice(random: Random, name: str, one: FindingRecord) -> Any:
    if random.random() < 0.1:
        return "nonsense"
    choices: dict[str, Any] = {
        "q": [one.resource_name, one.reason.split()[0], one.resource_arn[-5:]],
        "history": ["returned", "flapping"],
        "age": ["week", "month", "quarter", "older", "late"],
        "triage": Triage.State.values,
        "sweeping": ["swept", "unswept"],
    }
    if name == "status":
        return random.sample(["fail", "unknown", "stale"], 2)
    if name not in choices:
        level = random.choice(["internal", "confidential"])
        choices[name] = _values(name, one, {one.resource_id: level}, set(), AT) or ["nonsense"]
    return random.choice(choices[name])


def record_day(world: World, random: Random, at: datetime) -> None:
    """Record a day of both accounts: volumes appear, go, fail, pass, are refused."""
    for account in (world.ours, world.theirs):
        encrypted = [True, False, False, denied("ec2:DescribeVolumes")]
        there = [
            replace(volume(f"vol-{number}", encrypted=random.choice(encrypted)), region=REGIONS[number % 2])
            for number in range(12)
            if random.random() < 0.8
        ]
        there += [replace(each, type=SNAPSHOT, arn=f"{each.arn}s") for each in there[::2]]
        record(account, there, at, [REFUSED] if random.random() < 0.2 else [])


def decide(world: World, random: Random) -> None:
    """Decide on some findings, and give some to people."""
    request = RequestFactory().get("/findings/")
    request.user = world.admin
    found = list(history.findings(scope_of(request)).filter(status="fail").order_by("pk"))
    for one in random.sample(found, min(3, len(found))):
        what = random.choice(["false", "work", "give"])
        if what == "false":
            triage.call_false_positive(world.admin, one, "It is meant so.")
        elif what == "work":
            triage.start_work(world.admin, one)
        else:
            triage.assign(world.admin, one, world.admin)


@pytest.mark.parametrize("seed", seeds(1))
def test_cells_agree_with_the_database(world: World, seed: int) -> None:
    random, dates = Random(seed), [AT]  # noqa: S311 - a story
    for number in range(1, 6):
        dates.append(AT + timedelta(days=number))
        record_day(world, random, dates[-1])
        decide(world, random)
        known = list(history.findings(scope_of(filters(world.admin, {}).request)))
        for _ in range(5):
            assert_same(random.choice([world.admin, world.owner, world.executive]), choose(random, known, dates))
    world.theirs.state = "SUSPENDED"
    world.theirs.save()
    for state in ("swept", "unswept"):
        assert_same(world.admin, {"sweeping": state})
    close_left_account(world.theirs, dates[-1] + timedelta(hours=5))
    assert_same(world.admin, {})
    assert_same(world.admin, {"as_of": (dates[-1] + timedelta(hours=1)).isoformat()})


def test_only_an_account_that_moved_is_read_again_and_no_past_date(world: World) -> None:
    for account in (world.ours, world.theirs):
        for at in (AT, AT + timedelta(days=1)):
            record(account, [volume("vol-1"), volume("vol-2")], at)

    def reading(**query: str) -> list[str]:
        asked = filters(world.admin, query)
        with CaptureQueriesContext(connection) as queries:
            assert len(asked.narrowed.rows) == 4
        return [each["sql"] for each in queries if "e.resource_id" in each["sql"]]

    past = (AT + timedelta(hours=1)).isoformat()
    assert reading()
    assert reading(as_of=past)
    assert not [*reading(), *reading(as_of=past)]
    record(world.theirs, [volume("vol-1"), volume("vol-2")], AT + timedelta(days=2))
    [again] = reading()
    assert f"{{{world.theirs.pk}}}" in again
    assert not reading(as_of=past)


def test_a_page_asks_for_its_own_accounts_alone_and_never_for_more(world: World) -> None:
    for account in (world.ours, world.theirs):
        record(account, [volume("vol-1"), volume("vol-2")])
    rows, mine = history.findings(scope_of(filters(world.admin, {}).request)), [world.ours.pk]
    narrowed = of_accounts(rows, set(mine))
    whole, few = ({f"{{{','.join(map(str, pks))}}}"} for pks in ([world.ours.pk, world.theirs.pk], mine))
    assert not whole.isdisjoint(rows.query.sql_with_params()[1])
    assert whole.isdisjoint(narrowed.query.sql_with_params()[1])
    assert not few.isdisjoint(narrowed.query.sql_with_params()[1])
    assert {one.pk for one in narrowed} == {one.pk for one in rows.filter(account=world.ours)}
    assert not of_accounts(narrowed, {world.ours.pk, world.theirs.pk}).filter(account=world.theirs).exists()


def test_rows_without_a_condition_on_accounts_get_one(world: World) -> None:
    for account in (world.ours, world.theirs):
        record(account, [volume("vol-1")])
    found = of_accounts(FindingRecord.objects.filter(status="fail"), {world.ours.pk})
    assert {one.account_id for one in found} == {world.ours.pk}


def test_rows_of_one_account_are_cached_until_it_changes(world: World, tune: Tune) -> None:
    tune(snapshot_uncached_max_accounts=3)
    tune(cached_scope_min_accounts=50)
    record(world.ours, [volume("vol-1")])

    def read_again() -> tuple[int, int]:
        scope = scope_of(filters(world.owner, {}).request)
        with CaptureQueriesContext(connection) as queries:
            found = len(history.load_open_findings(scope)), len(history.load_resources(scope))
        assert found == (history.findings(scope).count(), history.resources(scope).count())
        return found[0], sum("concat_ws" in each["sql"] for each in queries)

    first, both = read_again()
    assert both == 2
    assert read_again() == (first, 0)
    record(world.ours, [volume("vol-1"), volume("vol-2")], AT + timedelta(days=1))
    more, both = read_again()
    assert more > first
    assert both == 2


def test_without_the_cache_all_is_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise NotConnectedError

    record(world.ours, [volume("vol-1")])
    for name in ("get", "set", "get_many", "set_many"):
        monkeypatch.setattr(type(cache._connections[cache._alias]), name, broken)  # type: ignore[attr-defined]
    assert_same(world.admin, {})


def test_many_rows_are_not_ordered_by_what_is_not_at_hand(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(world.ours, [volume("vol-2"), volume("vol-1")])
    client.force_login(world.executive)

    def is_ordered() -> bool:
        table = client.get("/findings/", {"group": "none", "sort": "resource_name"}).context["table"]
        return bool(table.columns["resource_name"].is_ordered)

    assert is_ordered()
    monkeypatch.setattr(column_filters, "SORTED_BY_DATABASE_MAX_ROWS", 1)
    assert not is_ordered()


def test_rows_come_out_of_the_cache_as_they_went_in(world: World) -> None:
    rows = encode_rows(("check", "level"), [(7, 1, 10, f"b{SEPARATOR}a{SEPARATOR}z"), (7, 2, 5, f"a{SEPARATOR}")])
    again = unpack_rows(rows.pack())
    assert [again.words["level"][again.codes["level"][cell]] for cell in again.cell] == [f"a{SEPARATOR}z", ""]
    assert (again.number.tolist(), again.at.tolist(), again.account.tolist()) == ([1, 2], [10, 5], [7, 7])
    assert len(unpack_rows(encode_rows(("check", "level"), []).pack())) == 0


def test_words_find_in_findings_of_any_date_what_the_database_finds(world: World) -> None:
    random, dates = Random(7), [AT + timedelta(days=number) for number in range(1, 7)]  # noqa: S311 - a story
    for date in dates:
        record_day(world, random, date)
    reasons = {each.reason for each in FindingRecord.objects.all()}
    words = {word for reason in reasons for word in reason.split() if history.is_fully_indexed(word)} | {
        "vol-3",
        "ebs vol-1",
    }
    found = set()
    for then in (None, *dates):
        for person in (world.executive, world.owner):
            for word in sorted(words):
                asked = filters(person, {"q": word} | ({"as_of": then.isoformat()} if then else {}))
                numbers = set(asked.found.number.tolist())
                assert numbers == set(asked.qs.values_list("finding_id", flat=True)), (then, word)
                found.add(len(numbers))
    assert len(found) > 5


def test_what_very_many_findings_have_is_found_in_part_and_a_rarer_word_finds_all(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        record(world.ours, [volume(f"vol-{each}") for each in range(6)], AT + timedelta(days=number))
    monkeypatch.setattr(tuning, "search_word_matches_max", 3)
    then = {"as_of": (AT + timedelta(days=1)).isoformat()}
    for date in ({}, then):
        for text, is_partial in (("vol-", True), ("vol-3", False), ("vol- vol-3", False), ("vol- encrypted", True)):
            asked = filters(world.executive, {"q": text, **date})
            every = set(asked.qs.values_list("finding_id", flat=True))
            numbers = set(asked.found.number.tolist())
            assert numbers <= every, (text, date)
            assert (len(numbers) < len(every)) is is_partial, (text, date)
            assert numbers or text == "vol- encrypted"
            assert asked.is_partial is is_partial
    client.force_login(world.executive)
    for _ in range(2):  # read, and kept
        assert b"it stopped after" in client.get("/findings/", {"q": "vol-"}).content
        assert b"it stopped after" not in client.get("/findings/", {"q": "vol-3"}).content
