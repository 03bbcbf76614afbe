"""The simulated Organization for tests: one process for the session, told once and restored from then on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from posture.demo.declared import Declared
from posture.demo.simulator import Simulator


@pytest.fixture(scope="session")
def simulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """Run a simulator that knows the organization as it is in the story's first week."""
    with Simulator.seeded(tmp_path_factory.mktemp("simulator")) as simulator:
        yield simulator


@pytest.fixture
def simulated_organization(simulator_process: Simulator) -> Iterator[Simulator]:
    """Give a test the running simulator, and take its faults and counts away afterwards."""
    yield simulator_process
    simulator_process.control.clear_faults()
    simulator_process.control.forget_calls()


@pytest.fixture(scope="session")
def declared_organization() -> Declared:
    """Return the data that the simulated Organization is made from: names, ids, external id."""
    return Declared.read()
