"""The simulated AWS for tests: shared processes and one Organization.

The Organization is built once and restored from then on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from devtools.simulator.declared import Declared
from devtools.simulator.seeded import seed_state
from devtools.simulator.simulator import STATE_FILE, Simulator


class Simulators:
    """Lends running simulators, each to one who asks, who may do to it what they like.

    A process takes two seconds of CPU to start, and none to forget everything.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started = 0
        self._idle: list[Simulator] = []
        self._running = ExitStack()

    @contextmanager
    def empty(self) -> Iterator[Simulator]:
        """Lend a simulator that knows nothing."""
        with self._lent() as simulator:
            (simulator.state / STATE_FILE).unlink(missing_ok=True)
            simulator.control.ask("POST", "reset")
            yield simulator

    @contextmanager
    def seeded(self) -> Iterator[Simulator]:
        """Lend a simulator that knows the story's first week."""
        with self._lent() as simulator:
            seed_state(simulator.state)
            simulator.control.ask("POST", "restore")
            yield simulator

    @contextmanager
    def _lent(self) -> Iterator[Simulator]:
        simulator = self._idle.pop() if self._idle else self._start()
        yield simulator
        # One whose borrower failed may be in any state: it is not lent again.
        self._idle.append(simulator)

    def _start(self) -> Simulator:
        self._started += 1
        return self._running.enter_context(Simulator(self._folder / str(self._started)))

    def stop(self) -> None:
        """End all processes."""
        self._running.close()


@pytest.fixture(scope="session")
def simulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulators]:
    """Whoever lends simulators."""
    lender = Simulators(tmp_path_factory.mktemp("simulators"))
    yield lender
    lender.stop()


@pytest.fixture(scope="session")
def simulator_process(simulators: Simulators) -> Iterator[Simulator]:
    """Run a simulator that knows the organization as it is in the story's first week."""
    with simulators.seeded() as simulator:
        yield simulator


@pytest.fixture
def simulated_organization(simulator_process: Simulator) -> Iterator[Simulator]:
    """Lend a test the running simulator; clear its faults and counts afterwards."""
    yield simulator_process
    simulator_process.control.clear_faults()
    simulator_process.control.forget_calls()


@pytest.fixture(scope="session")
def declared_organization() -> Declared:
    """Return the names, ids and external id that the Organization is built from."""
    return Declared.read()
