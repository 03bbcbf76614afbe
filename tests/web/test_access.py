"""Every URL of the site, asked for by every kind of person.

What is not listed does not pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.web.access import LOGIN, PERSONAS, Page, matrix, urls
from tests.web.world import World

MATRIX = matrix()


def test_every_url_is_in_the_matrix() -> None:
    """A page that nobody has said who may open fails here."""
    assert sorted(set(urls()) - MATRIX.keys()) == []


def test_the_matrix_names_no_url_that_is_gone() -> None:
    assert sorted(MATRIX.keys() - set(urls())) == []


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_each_person_gets_what_the_matrix_says(name: str, world: World) -> None:
    row = MATRIX[name]
    url, query = reverse(name, kwargs=dict(row.kwargs(world))), row.query(world)
    wrong = {}
    for persona in PERSONAS:
        expected = getattr(row, persona)
        given = answer(row, name, url, query, world.person(persona))
        if given != expected:
            wrong[persona] = f"{given} instead of {expected}"
    assert wrong == {}


def answer(row: Page, name: str, url: str, query: Mapping[str, Any], user: User | None) -> int | str:
    """Return what a person gets from a URL, and let nothing remain of it."""
    client = Client()
    if user:
        client.force_login(user)
    with transaction.atomic():
        response = getattr(client, row.method)(url, {**query, **row.data})
        transaction.set_rollback(True)
    location = response.headers.get("Location", "").partition("?")[0]
    is_login = response.status_code == 302 and location == reverse("accounts:login") and name != "accounts:logout"
    return LOGIN if is_login else int(response.status_code)


@pytest.mark.parametrize("name", sorted(name for name, row in MATRIX.items() if row.owner == 200 and row.is_scoped))
def test_an_account_that_is_not_visible_is_not_found(name: str, world: World, client: Client) -> None:
    """No page shows another owner's account for being asked by name in the URL."""
    row = MATRIX[name]
    client.force_login(world.owner)
    url = reverse(name, kwargs=dict(row.kwargs(world)))
    for parameter, value in (("account", world.theirs.account_id), ("ou", world.sandbox.ou_id), ("org", "999")):
        response = client.get(url, {**row.query(world), parameter: value})
        assert response.status_code == 404, f"{parameter}={value}"
