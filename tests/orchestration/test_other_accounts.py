"""A sweep knows from history what other accounts of its organization have."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from posture.core.elsewhere import Elsewhere
from posture.orchestration.engine import target_of
from tests.history import world
from tests.history.rules import BUCKET
from tests.history.world import bucket, day


@pytest.mark.django_db(transaction=True)
def test_a_thread_of_a_sweep_looks_into_other_accounts_and_keeps_no_connection() -> None:
    organization = world.organization()
    asking, other = world.account(organization), world.account(organization)
    world.sweep(other, day(1), [bucket("assets")])
    look_up = target_of(organization, asking.account_id).look_up
    assert look_up

    def in_thread() -> tuple[Elsewhere, object]:
        return look_up(BUCKET, frozenset({"assets", "nobodys"}), ""), connection.connection

    with ThreadPoolExecutor(1) as pool:
        found, left_open = pool.submit(in_thread).result()

    assert found == Elsewhere({"assets": other.account_id}, is_complete=True)
    assert left_open is None
