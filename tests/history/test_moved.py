"""What is kept of a period is what would be counted, and is counted anew only where something was recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as NotConnectedError

from accounts.models import AwsAccount, Organization, Ownership, Role, User
from posture.history import read
from posture.history.read import keeping, moved
from posture.history.read.moved import Moved, Subject
from posture.history.record import close_left_account
from posture.history.scope import Scope
from tests.history.world import DENIED, account, bucket, day, organization, sweep, user

pytestmark = pytest.mark.django_db

SUBJECTS: tuple[Subject, ...] = ("resources", "findings", "finding_types")


@pytest.fixture(autouse=True)
def every_account_is_a_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep results for scopes of any size, each account by itself."""
    monkeypatch.setattr(keeping, "LARGE", 0)
    monkeypatch.setattr(moved, "PIECE", 1)


@pytest.fixture
def acme() -> Organization:
    return organization()


@pytest.fixture
def web(acme: Organization) -> AwsAccount:
    return account(acme, name="web")


@pytest.fixture
def data(acme: Organization) -> AwsAccount:
    return account(acme, name="data")


def counted(scope: Scope, since: datetime, until: datetime, monkeypatch: pytest.MonkeyPatch) -> list[Moved]:
    """Return what is counted without keeping."""
    with monkeypatch.context() as patched:
        patched.setattr(keeping, "LARGE", 10**9)
        return [moved.moved(scope, subject, since, until) for subject in SUBJECTS]


def counting(scope: Scope, since: datetime, until: datetime) -> list[str]:
    """Return the statements that read versions or episodes."""
    with CaptureQueriesContext(connection) as queries:
        for subject in SUBJECTS:
            moved.moved(scope, subject, since, until)
    return [each["sql"] for each in queries if "GROUPING SETS" in each["sql"]]


def test_what_is_kept_is_what_is_counted_whatever_is_recorded(
    acme: Organization, web: AwsAccount, data: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = user()
    steps: list[Callable[[], Any]] = [
        lambda: sweep(web, day(0), [bucket("site"), bucket("gone", Public=True)]),
        lambda: sweep(data, day(0), [bucket("pii", Encrypted=False)]),
        lambda: sweep(web, day(1), [bucket("site", Public=True)], confirmed_gone=[bucket("gone").arn]),
        lambda: sweep(data, day(1.5), [bucket("pii", Website=DENIED), bucket("new")]),
        lambda: sweep(web, day(2), [bucket("site"), bucket("gone", Public=True)]),
        lambda: close_left_account(data, day(2.25)),
        lambda: sweep(data, day(2), [bucket("late")]),
        lambda: sweep(data, day(3), [bucket("pii")]),
    ]
    dates = [day(number) for number in (-1, 0, 0.75, 1.25, 2, 2.5, 4)]
    for number, step in enumerate(steps):
        step()
        for since, until in combinations(dates, 2):
            scope = Scope.of(admin, acme)
            kept = [moved.moved(scope, subject, since, until) for subject in SUBJECTS]
            assert kept == counted(scope, since, until, monkeypatch), f"after step {number}, {since} to {until}"


def test_what_was_counted_once_is_not_counted_again_while_the_clock_goes_on(
    acme: Organization, web: AwsAccount
) -> None:
    sweep(web, day(0), [bucket("a")])
    sweep(web, day(1), [bucket("a", Public=True)])
    scope, second = Scope.of(user(), acme), timedelta(seconds=1)

    assert len(counting(scope, day(0.5), day(2))) == 3
    assert not counting(scope, day(0.5) + second, day(2) + second)


def test_an_account_that_is_recorded_makes_its_own_piece_be_counted_and_no_past_one(
    acme: Organization, web: AwsAccount, data: AwsAccount
) -> None:
    for number in range(2):
        sweep(web, day(number), [bucket("a", Public=bool(number))])
        sweep(data, day(number), [bucket("b", Public=bool(number))])
    scope = Scope.of(user(), acme)
    counting(scope, day(0), day(1))
    counting(scope, day(0), day(9))

    sweep(web, day(2), [bucket("a")])

    past, open_ended = counting(scope, day(0), day(1)), counting(scope, day(0), day(9))
    assert not [each for each in past if "history_version" in each]
    assert [each for each in open_ended if "history_version" in each]
    assert all(f"{{{web.pk}}}" in each for each in [*past, *open_ended])
    assert read.changes(scope, day(0), day(9)).counts.resolved == 1


def test_who_sees_less_is_given_the_pieces_of_their_own_accounts(
    acme: Organization, web: AwsAccount, data: AwsAccount
) -> None:
    for number in range(2):
        sweep(web, day(number), [bucket("a", Public=bool(number))])
        sweep(data, day(number), [bucket("b", Public=bool(number)), bucket("c", Public=bool(number))])
    owner = User.objects.create(username="olga", role=Role.OWNER)
    Ownership.objects.create(user=owner, account=data)
    whole, own = Scope.of(user(), acme), Scope.of(owner, acme)

    assert set(read.changes(whole, day(0), day(1)).resource_groups("account_id")) == {web.pk, data.pk}
    assert read.changes(own, day(0), day(1)).resource_groups("account_id") == {data.pk: {"changed": 2}}
    assert read.changes(own, day(0), day(1)).counts.opened == 2
    assert not counting(own, day(0), day(1))[:-1]  # only the types of findings had not been asked for


def test_without_a_cache_everything_is_counted(
    acme: Organization, web: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise NotConnectedError

    for number in range(2):
        sweep(web, day(number), [bucket("a", Public=bool(number))])
    for name in ("get", "set", "get_many", "set_many"):
        monkeypatch.setattr(cache, name, fail)

    assert read.changes(Scope.of(user(), acme), day(0), day(1)).counts.changed == 1


def test_what_was_forgotten_is_not_told_from_what_was_kept(
    acme: Organization, web: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        sweep(web, day(number), [bucket("a", Public=number == 1)])
    scope = Scope.of(user(), acme)
    assert read.changes(scope, day(0), day(2)).counts.same == 1

    with connection.cursor() as cursor:
        for table in ("history_version_closed", "history_finding_closed"):
            cursor.execute(f'DROP TABLE "{table}_{day(1):%Y_%m}"')  # as retention does, but for detaching first

    kept = [moved.moved(scope, subject, day(0), day(2)) for subject in SUBJECTS]
    assert kept == counted(scope, day(0), day(2), monkeypatch)
