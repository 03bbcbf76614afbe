"""An account of the proving ground in memory.

Collectors and checks run on its answers without HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from devtools.simulator.overlay.declared_answers import UNDECLARED, choose
from devtools.simulator.overlay.declared_clusters import PREFIX
from devtools.simulator.proving_ground.cases import BASE, CLUSTER, PARAMETERS, RECORDED_ACCOUNT
from devtools.simulator.proving_ground.merging import Answers, change
from posture.checks import all_checks, judge, own_values
from posture.collectors import all_collectors
from posture.core.check import EXAMPLE_NOW, EXAMPLE_REGION, Check
from posture.core.clock import Clock
from posture.core.collector import ListingScope
from posture.core.elsewhere import Elsewhere
from posture.core.kubernetes import ApiResource, Shape
from posture.core.outcome import Status
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.sweep import Judgement
from posture.sweep.ask import AccountAsk, Location
from posture.sweep.kubernetes import items_of
from posture.sweep.population_aggregation import fold

SIDES = frozenset({Status.PASS, Status.FAIL})
HOME = "us-east-1"
KNOWN = frozenset({RECORDED_ACCOUNT, "222233334444"})
"""The accounts of the organization, as answers are recorded in it."""


def _nobody_else(kind: str, names: frozenset[str], region: str) -> Elsewhere:
    """Return that no other account has anything of these names."""
    return Elsewhere({}, is_complete=True)


@dataclass
class Account:
    """Answers, what collectors find in them, and how checks judge that.

    All is kept by type until answers change.
    """

    answers: Answers
    variant: str = BASE
    found: dict[str, list[Resource]] = field(default_factory=dict)
    called: dict[str, set[str]] = field(default_factory=dict)
    """Operations that were called."""
    unanswered: dict[str, set[str]] = field(default_factory=dict)
    """Operations that were called with parameters that no answer is for."""
    judged: dict[str, list[Judgement]] = field(default_factory=dict)

    def changed(self, changes: Mapping[str, Any]) -> Account:
        """Return the account with some operations' answers changed."""
        answers = dict(self.answers)
        change(answers, changes)
        stale = {kind for kind in all_collectors() if self.called.get(kind, changes.keys()) & changes.keys()}
        around = {check.resource_type for check in all_checks().values() if stale.intersection(check.needs)}
        return Account(
            answers,
            self.variant,
            {kind: found for kind, found in self.found.items() if kind not in stale},
            {kind: called for kind, called in self.called.items() if kind not in stale},
            {kind: unanswered for kind, unanswered in self.unanswered.items() if kind not in stale},
            {kind: judged for kind, judged in self.judged.items() if kind not in stale | around},
        )

    def resources(self, kind: str) -> list[Resource]:
        """Return what a type's collector finds."""
        if kind not in self.found:
            collector = all_collectors()[kind]
            region = EXAMPLE_REGION if collector.scope is ListingScope.REGIONAL else HOME
            key = b"key of the proving ground"
            reading = partial(self._read_objects, kind)
            location = Location(
                *(RECORDED_ACCOUNT, region, "aws", EXAMPLE_NOW, key, KNOWN, _nobody_else),
                *([CLUSTER] if collector.kubernetes else [], reading),
            )
            asking = AccountAsk(collector, location, partial(self._perform, kind))
            self.called[kind], self.unanswered[kind] = set(), set()
            listed = {each.arn: each for each in collector.gather(asking)}
            self.found[kind] = list(fold([*listed.values()], (), [collector])[0])
        return self.found[kind]

    def everything(self) -> list[Resource]:
        """Return what all collectors find."""
        return [each for kind in all_collectors() for each in self.resources(kind)]

    def judgements(self, kind: str) -> list[Judgement]:
        """Return how a type's checks judge what its collector finds."""
        if kind not in self.judged:
            around = partial(Neighbourhood, self.everything(), ())
            values = own_values(PARAMETERS.get(self.variant, {}))
            self.judged[kind] = judge(self.resources(kind), [], Clock(EXAMPLE_NOW), values=values, around=around)
        return self.judged[kind]

    def of_check(self, check: Check) -> list[Judgement]:
        """Return how a check judges what its type's collector finds."""
        return [each for each in self.judgements(check.resource_type) if each.check_id == check.id]

    def has(self, check: Check, status: Status) -> bool:
        """Return whether a check has an outcome."""
        return any(each.outcome.status is status for each in self.of_check(check))

    def sides(self) -> set[tuple[str, Status]]:
        """Return which checks pass and which fail for any resource."""
        judged = (each for kind in all_collectors() for each in self.judgements(kind))
        return {(each.check_id, each.outcome.status) for each in judged if each.outcome.status in SIDES}

    def decisive(self, check: Check) -> set[str]:
        """Return the names of the fields that decided here and in the check's examples."""
        outcomes = [each.outcome for each in self.of_check(check)] + [check(example) for example in check.examples]
        paths = [path for outcome in outcomes for path in outcome.evidence]
        return {part.split("[")[0] for path in paths for part in path.split(".")} - {"observed", "tags"}

    def operations(self, check: Check) -> set[str]:
        """Return what is asked for what a check judges and looks at."""
        self.everything()
        return set().union(*(self.called[kind] for kind in (check.resource_type, *check.needs)))

    def _read_objects(
        self, kind: str, cluster: Mapping[str, Any], region: str, resource: ApiResource, shape: Shape
    ) -> list[Any]:
        name = f"{PREFIX}{resource.path}"
        self.called[kind].add(name)
        choices = self.answers.get(name, [{"answer": {"items": []}}])
        return [shape(each) for each in items_of(choices[0]["answer"], resource)]

    def _perform(
        self, kind: str, service: str, operation: str, region: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        name = f"{service}:{operation}"
        choices: Sequence[Mapping[str, Any]] = self.answers.get(name, ())
        self.called[kind].add(name)
        choice = choose(choices, region, params)
        if choice is None:
            self.unanswered[kind].add(name)
        if choice is None or "error" in choice:
            code = choice["error"] if choice else UNDECLARED
            raise ClientError({"Error": {"Code": code, "Message": (choice or {}).get("message", "")}}, operation)
        answer: dict[str, Any] = choice["answer"]
        return answer
