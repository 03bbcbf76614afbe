"""The fixtures that reach beyond the test's process.

A worker, a moto server, a served site.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import boto3
import django_rq
import pytest
from playwright.sync_api import Page

from accounts.models import Role, User
from tests.conftest import Worker


@pytest.mark.django_db(transaction=True)
def test_a_worker_runs_jobs_in_a_process_of_its_own(worker: Worker) -> None:
    job = django_rq.get_queue("default").enqueue("os.getpid")
    pid = worker.until(job.return_value)
    assert pid != os.getpid()


@pytest.mark.django_db(transaction=True)
def test_a_worker_sees_the_tests_rows(worker: Worker) -> None:
    User.objects.create_user("alice")
    job = django_rq.get_queue("default").enqueue("tests.local.test_fixtures.names")
    assert worker.until(job.return_value) == ["alice"]


def names() -> list[str]:
    """Return the users that the calling process sees."""
    return list(User.objects.values_list("username", flat=True))


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_moto_server_starts_empty(moto_server: str, time: str) -> None:
    s3 = boto3.client("s3", endpoint_url=moto_server)
    assert s3.list_buckets()["Buckets"] == []
    s3.create_bucket(Bucket=f"the-{time}")


@pytest.mark.django_db(transaction=True)
def test_a_page_is_served_to_a_person_who_is_logged_in(live: str, log_in: Callable[[User], Page]) -> None:
    page = log_in(User.objects.create_user("alice", role=Role.EXECUTIVE))
    page.goto(f"{live}/profile/")
    page.get_by_text("alice").first.wait_for()


@pytest.mark.django_db(transaction=True)
def test_a_page_is_not_served_to_a_stranger(live: str, page: Page) -> None:
    page.goto(f"{live}/profile/")
    assert "/login/" in page.url
