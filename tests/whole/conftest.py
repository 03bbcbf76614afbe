"""A simulator and worker of its own, for tests that change what is simulated."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devtools.simulator.declared import Declared
from devtools.simulator.simulator import Simulator
from tests.conftest import Worker
from tests.simulator import Simulators


@pytest.fixture
def simulator(simulators: Simulators) -> Iterator[Simulator]:
    """Borrow a simulator that knows the story's first week."""
    with simulators.seeded() as running:
        yield running


@pytest.fixture
def environment(child_environment: dict[str, str], simulator: Simulator) -> dict[str, str]:
    """The environment of processes that use the simulator as an auditor."""
    declared = Declared.read()
    return {
        **child_environment,
        "AWS_ENDPOINT_URL": simulator.url,
        "AWS_ACCESS_KEY_ID": declared.organization["access_key"],
        "AWS_SECRET_ACCESS_KEY": "simulated",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.fixture
def at_work(environment: dict[str, str]) -> Iterator[Worker]:
    """Run a worker that asks the simulator."""
    running = Worker(environment)
    running.start()
    yield running
    running.stop()
