"""A small simulated Organization, its rows, and workers that sweep it.

Models are imported where they are used: this file is read before Django is set up.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests import simulated
from tests.conftest import Worker, environment_of_children
from tests.simulated import EXTERNAL_ID, KEY, REGION, ROLE_NAME, Estate
from tests.simulator import Simulators

if TYPE_CHECKING:
    from accounts.models import AwsAccount, Organization


@pytest.fixture(scope="package")
def estate_built(simulators: Simulators) -> Iterator[Estate]:
    with simulated.estate_in(simulators) as estate:
        yield estate


@pytest.fixture
def estate(estate_built: Estate, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Estate]:
    """The simulated Organization, asked by this process as well."""
    from posture.orchestration.engine import engine

    settings.AWS_ENDPOINT_URL = estate_built.url
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    engine.cache_clear()
    yield estate_built
    engine.cache_clear()
    estate_built.simulator.control.clear_faults()


@pytest.fixture
def organization(transactional_db: None) -> Organization:
    """The Organization, connected, its accounts not yet known."""
    from accounts.models import Organization

    return Organization.objects.create(
        name="Example",
        state=Organization.State.CONNECTED,
        root_account_id=simulated.ACCOUNTS["management"],
        role_name=ROLE_NAME,
        external_id=EXTERNAL_ID,
        regions=[REGION],
    )


@pytest.fixture
def accounts(organization: Organization) -> dict[str, AwsAccount]:
    """Its accounts by name."""
    from accounts.models import AwsAccount

    return {
        name: AwsAccount.objects.create(
            organization=organization,
            account_id=account_id,
            name=name,
            state="SUSPENDED" if name == "suspended" else "ACTIVE",
        )
        for name, account_id in simulated.ACCOUNTS.items()
    }


@pytest.fixture
def worker(child_environment: dict[str, str], estate: Estate) -> Iterator[Worker]:
    """A worker, not yet started, that asks the simulated AWS."""
    worker = Worker({**child_environment, **asking(estate)})
    yield worker
    worker.stop()


@pytest.fixture(scope="module")
def worker_kept(django_db_setup: None, estate_built: Estate) -> Iterator[Worker]:
    worker = Worker({**environment_of_children(), **asking(estate_built)})
    worker.start()
    yield worker
    worker.stop()


@pytest.fixture
def worker_at_work(worker_kept: Worker, transactional_db: None) -> Iterator[Worker]:
    """A worker that takes the jobs of one test after the other.

    What it needs to sweep it makes once.
    """
    yield worker_kept
    # The rows are deleted next, which must meet nobody who reads or writes them.
    for _ in range(2):
        worker_kept.until(nothing_is_done)
        time.sleep(0.2)


def nothing_is_done() -> bool:
    """Return True if no job waits or runs."""
    import django_rq

    queues = [django_rq.get_queue(name) for name in ("default", "sweeps")]
    return not any(each.get_job_ids() or each.started_job_registry.get_job_ids(cleanup=False) for each in queues)


def asking(estate: Estate) -> dict[str, str]:
    """Return the environment of a process that asks the simulated AWS."""
    return {"AWS_ENDPOINT_URL": estate.url, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": "s"}
