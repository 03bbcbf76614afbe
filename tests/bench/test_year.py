"""The benchmark's organization is one that people see."""

from __future__ import annotations

import pytest

from accounts.access import accounts_seen_by
from devtools.bench import history_world, pages_run

pytestmark = pytest.mark.django_db


def test_executives_and_owners_see_the_accounts_that_are_laid_down() -> None:
    organization, rows = history_world.create_organization(5)
    people = pages_run.people_of(organization)
    seen = {role: accounts_seen_by(person).count() for role, person in people.items()}
    assert len(rows) == 5
    assert seen == {"admin": 5, "executive": 5, "owner": pages_run.OWNED}
