"""What sweeps cost by service and region.

The form in which an account's part keeps it, and sums over parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple

from posture.core.sweep import AccountResult, ServiceCost

StoredCosts = Mapping[str, list[float]]
"""As stored in the database: calls, retries, throttles and seconds by name."""


class CallCosts(NamedTuple):
    """Calls, retries, throttles, and seconds of waiting for answers in all threads."""

    calls: int = 0
    retries: int = 0
    throttles: int = 0
    seconds: float = 0.0

    @property
    def milliseconds(self) -> float:
        """How long one call waited for its answer, on average."""
        return 1000 * self.seconds / self.calls if self.calls else 0.0

    @property
    def waiting(self) -> timedelta:
        """How long was waited for answers, over all threads."""
        return timedelta(seconds=self.seconds)

    def plus(self, other: Iterable[float]) -> CallCosts:
        """Return both together."""
        calls, retries, throttles, seconds = other
        return CallCosts(
            self.calls + int(calls),
            self.retries + int(retries),
            self.throttles + int(throttles),
            self.seconds + seconds,
        )


def cost_fields(result: AccountResult) -> dict[str, object]:
    """Return what an account's part keeps of its cost, as fields of `AccountSweep`."""
    return {
        "calls": dict(result.calls),
        "retries": result.retries,
        "throttles": result.throttles,
        "by_service": _by(result.services, lambda cost: cost.service),
        "by_region": _by(result.services, lambda cost: cost.region),
        "saved": sum(result.saved.values()),
    }


def _by(costs: Iterable[ServiceCost], name: Callable[[ServiceCost], str]) -> dict[str, list[float]]:
    found: dict[str, CallCosts] = {}
    for cost in costs:
        spent = (cost.calls, cost.retries, cost.throttles, cost.seconds)
        found[name(cost)] = found.get(name(cost), CallCosts()).plus(spent)
    return {key: [*spent[:3], round(spent.seconds, 3)] for key, spent in found.items()}


def sum_costs(parts: Iterable[StoredCosts]) -> dict[str, CallCosts]:
    """Return the sum over parts, what was waited for longest first."""
    found: dict[str, CallCosts] = {}
    for part in parts:
        for name, spent in part.items():
            found[name] = found.get(name, CallCosts()).plus(spent)
    return dict(sorted(found.items(), key=lambda pair: (-pair[1].seconds, -pair[1].calls, pair[0])))
