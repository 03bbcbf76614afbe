"""Accounts that are loaded quickly are those that Django loads."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.loading import load_accounts
from accounts.models import AwsAccount, Organization, OrganizationalUnit

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen() -> Any:
    for number in range(2):
        acme = Organization.objects.create(name=f"Acme {number}", root_account_id=f"{number:012}")
        unit = OrganizationalUnit.objects.create(organization=acme, ou_id="ou-1", name="floor", path=f"/r/{number}/")
        for place in range(3):
            AwsAccount.objects.create(
                organization=acme, account_id=f"{place:012}", name=f"a{number}{place}", weight=1 + place / 3,
                unit=unit if place else None, tags={"place": place}, email="a@example.com", state="SUSPENDED",
                joined_at=datetime(2026, 1, 2, 3, 4, 5, 100_001 + place, UTC),
                left_at=datetime(9998, 12, 31, 23, 59, 59, 999_999, UTC) if place == 2 else None,
            )  # fmt: skip
    return AwsAccount.objects.order_by("-name")


def test_every_field_is_what_django_loads(seen: Any, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_max_num_queries(3):
        quick = load_accounts(seen)
    for one, plain in zip(quick, seen, strict=True):
        assert one == plain
        assert {**one.__dict__, "_state": None, "tags": plain.tags} == {**plain.__dict__, "_state": None}
        assert (one.unit, one.organization) == (plain.unit, plain.organization)
        assert one._state.adding is False
        assert one.tags == plain.tags
    assert quick[0].organization is quick[2].organization


def test_units_and_organizations_are_not_asked_for_again(
    seen: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    acme = Organization.objects.get(name="Acme 1")
    with django_assert_max_num_queries(2):
        quick = load_accounts(seen.filter(organization=acme), acme)
        assert [(each.organization is acme, each.unit and each.unit.name) for each in quick] == [
            (True, "floor"), (True, "floor"), (True, None),
        ]  # fmt: skip
    assert load_accounts(seen.none()) == []


def test_they_are_changed_copied_and_refreshed_like_any_other(seen: Any) -> None:
    one = load_accounts(seen)[0]
    copied = pickle.loads(pickle.dumps(one))  # noqa: S301 - our own
    copied.name = "renamed"
    copied.save()
    one.refresh_from_db()
    assert (one.name, one.tags, one.weight) == ("renamed", {"place": 2}, 1 + 2 / 3)


def test_a_unit_that_has_gone_meanwhile_is_asked_for(seen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(OrganizationalUnit.objects, "in_bulk", lambda _: {})
        one = load_accounts(seen)[0]
    assert one.unit is not None
    assert one.unit.name == "floor"
