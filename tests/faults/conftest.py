"""A simulated Organization with something of every protocol, and its test site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import boto3
import pytest

from posture.core.sweep import AccountResult
from posture.sweep import Engine, calls
from posture.sweep.clients import Clients
from tests import simulated
from tests.faults import furnish
from tests.simulated import KEY, REGION, Estate
from tests.simulator import Simulators

if TYPE_CHECKING:
    from tests.faults.house import House

READ_SECONDS = 2.0
"""Long enough for a busy machine: what hangs here hangs longer."""


@pytest.fixture(scope="package")
def estate_built(simulators: Simulators) -> Iterator[Estate]:
    with simulated.estate_in(simulators) as estate:
        for account_id in (estate.payments, estate.website):
            furnish.furnish(estate, account_id)
        yield estate


@pytest.fixture
def estate(estate_built: Estate) -> Iterator[Estate]:
    """The simulated Organization, whole again afterwards."""
    yield estate_built
    estate_built.simulator.control.clear_faults()


@pytest.fixture(scope="package")
def engine_of(estate_built: Estate) -> Iterator[Callable[..., Engine]]:
    """Make engines that ask the simulated AWS with the same clients, slow to make."""
    made: list[Engine] = []
    clients: dict[float, Clients] = {}

    def make(threads: int = 8, read_seconds: float = READ_SECONDS) -> Engine:
        session = boto3.Session(aws_access_key_id=KEY, aws_secret_access_key="s", region_name=REGION)
        engine = Engine(session, estate_built.url, threads, read_seconds, b"k" * 32)
        engine.clients = clients.setdefault(read_seconds, engine.clients)
        made.append(engine)
        return engine

    yield make
    for engine in made:
        engine.pool.close()


@pytest.fixture(scope="package")
def known() -> dict[str, AccountResult]:
    """What the accounts answered when all was well."""
    return {}


@pytest.fixture
def house(
    db: None,
    estate: Estate,
    engine_of: Callable[..., Engine],
    known: dict[str, AccountResult],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[House]:
    """The Organization, connected, with one good sweep of two accounts behind it."""
    from posture.orchestration import account_work
    from tests.faults.house import House

    monkeypatch.setattr(calls, "LONGEST_BACKOFF", 0.01)
    # The heartbeat has a connection of its own, which cannot see a test's open transaction.
    monkeypatch.setattr(account_work, "HEARTBEAT_SECONDS", float("inf"))
    house = House.build(estate, engine_of())
    monkeypatch.setattr(account_work, "engine", lambda: house.engine)
    monkeypatch.setattr(account_work, "sweep_account", house.sweep_account)
    monkeypatch.setattr("posture.orchestration.discovery.engine", lambda: house.engine)
    house.begin(known)
    yield house
    house.mend()
