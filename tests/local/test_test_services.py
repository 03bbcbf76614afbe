"""What every other test relies on: its database, its queue, its cache."""

from __future__ import annotations

import os

import django_rq
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from tests import services


@pytest.mark.django_db
def test_the_database_is_this_runs_own() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_setting('fsync')")
        name, _fsync = cursor.fetchone()
    assert name.startswith("test_")


def test_xdist_workers_do_not_share_a_queue() -> None:
    number = services.number_of_worker()
    assert django_rq.get_connection().connection_pool.connection_kwargs["db"] == number
    assert settings.REDIS_URL.endswith(f"{number}")


@pytest.mark.django_db
def test_the_cache_answers() -> None:
    cache.set("plumb", "line")
    assert cache.get("plumb") == "line"


@pytest.mark.django_db
def test_the_cache_is_empty_at_the_start_of_a_test() -> None:
    assert cache.get("plumb") is None


def test_no_credentials_of_the_machine_reach_a_test() -> None:
    assert os.environ["AWS_ACCESS_KEY_ID"] == "testing"
    assert "AWS_PROFILE" not in os.environ
