"""Attribution to rules, parameters and decisions: random stories, and each alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import AwsAccount
from posture.checks import judge
from posture.core.attribution import Cause
from posture.core.check import Check, check, fails, passes
from posture.core.classification import in_use
from posture.core.clock import Clock
from posture.core.gap import Gap
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource
from posture.history import query, triage
from posture.history.ingest.swept_state import scheme_of
from posture.history.scope import Scope, present
from tests.depth import examples
from tests.history import naive_bridge, rules
from tests.history.naive import Naive
from tests.history.rules import BUCKET, NO_REMEDY
from tests.history.test_exactness import Delivery, Leaving, gaps, some, stories, visible
from tests.history.world import REGIONS, account, bucket, day, organization, result_of, sweep, unit, user, volume

pytestmark = pytest.mark.django_db

SCHEMES: list[tuple[list[str], list[str]]] = [([], []), (["team"], []), (["team"], ["red"]), (["team"], ["blue"])]


@check(
    resource_type=BUCKET, title="Bucket is classified", problem="Bucket has no data classification",
    severity=Severity.HIGH, controls=("practices:data",),
    examples=(passes({}, tags={"classification": "public"}), fails({})), remediation=NO_REMEDY,
)  # fmt: skip
def bucket_classified(bucket: Resource) -> Outcome:
    """Who knows what is sensitive can protect it."""
    level = in_use().level(bucket.tags)
    if in_use().tag(bucket.tags) is None or (level and level.sensitive):
        return failed("Sensitive, or nobody knows.")
    return passed("Not sensitive.")


@dataclass(frozen=True)
class Rule:
    """A check's new version or severity, or its removal or return."""

    check_id: str
    kind: str


@dataclass(frozen=True)
class Parameter:
    """The organization classifies otherwise."""

    scheme: int


@dataclass(frozen=True)
class Decision:
    """A person decides on one of the findings that an account has open."""

    account: int
    place: int
    kind: str
    days: int


@dataclass(frozen=True)
class Suspension:
    """No sweep asks an account from now on, or it is asked again."""

    account: int


Deed = Rule | Parameter | Decision | Suspension
names = [*rules.CHECKS, bucket_classified.id]
turns = st.builds(Rule, st.sampled_from(names), st.sampled_from(["otherwise", "otherwise", "severity", "there"]))
parameters = st.builds(Parameter, st.integers(0, len(SCHEMES) - 1))
decisions = st.builds(
    Decision,
    account=st.sampled_from([0, 0, 0, 1]),
    place=st.integers(0, 5),
    kind=st.sampled_from(["accept", "accept", "false positive", "reopen"]),
    days=st.integers(1, 3),
)
deeds: st.SearchStrategy[Deed] = st.one_of(
    turns, parameters, decisions, decisions, st.builds(Suspension, st.sampled_from([0, 1]))
)


@contextmanager
def judging() -> Iterator[dict[str, Check]]:
    with rules.in_force() as declared:
        declared[bucket_classified.id] = bucket_classified
        forget()
        yield declared


def forget() -> None:
    rules.reload()


def turn(declared: dict[str, Check], deed: Rule, ever: dict[str, Check]) -> None:
    """Change a rule; `ever` remembers each check as it judged last."""
    was = ever.setdefault(deed.check_id, {**rules.CHECKS, bucket_classified.id: bucket_classified}[deed.check_id])
    if deed.kind == "there" and declared.pop(deed.check_id, None) is None:
        declared[deed.check_id] = was
    elif deed.kind == "otherwise":
        ever[deed.check_id] = replace(was, function=_contrary(was.function), version=was.version + 1)
    elif deed.kind == "severity":
        ever[deed.check_id] = replace(was, severity=Severity(was.severity % max(Severity) + 1))
    if deed.check_id in declared:
        declared[deed.check_id] = ever[deed.check_id]
    forget()


def _contrary(function: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """Fail what passed, and pass what failed."""

    def judged(bucket: Resource) -> Outcome:
        outcome = function(bucket)
        return {"pass": failed("No."), "fail": passed("Yes.")}.get(outcome.status.value, outcome)

    return judged


class StoryOfCauses:
    """A story recorded in the store and in the naive model."""

    def __init__(self, declared: dict[str, Check]) -> None:
        self.acme, self.admin = organization(is_simulated=True), user()
        self.floor = unit(self.acme, "floor")
        self.accounts = [account(self.acme, unit=self.floor), account(self.acme, weight=3.0)]
        self.histories = [Naive(), Naive()]
        self.declared, self.ever = declared, dict[str, Check]()
        self.scheme = 0

    def record(self, step: Delivery | Leaving | Deed) -> None:
        if isinstance(step, Rule):
            turn(self.declared, step, self.ever)
        elif isinstance(step, Parameter):
            self.scheme = step.scheme
            self.acme.classification_keys, self.acme.sensitive_values = SCHEMES[step.scheme]
            self.acme.save()
        elif isinstance(step, Decision):
            self.decide(step)
        elif isinstance(step, Suspension):
            owner = self.accounts[step.account]
            states = AwsAccount.State
            owner.state = states.SUSPENDED if owner.state == states.ACTIVE else states.ACTIVE
            owner.save()
        elif isinstance(step, Delivery) and self.accounts[step.account].is_swept:
            self.deliver(step)

    def deliver(self, step: Delivery) -> None:
        owner, history = self.accounts[step.account], self.histories[step.account]
        shown, at = visible(step), day(step.day)
        owner.organization = self.acme
        schemes = [(when, copy.scheme) for each in self.histories for when, copy in each.copies.items()]
        if any(when >= at and scheme != self.scheme for when, scheme in schemes):
            return  # One snapshot is judged by one scheme.
        sweep(owner, at, shown.resources, shown.gaps, regions=shown.regions, judged=False)
        history.checks, history.scheme = dict(self.declared), self.scheme
        result = result_of(owner, at, shown.resources, shown.gaps, regions=shown.regions)
        judged = judge(result.resources, result.gaps, Clock(at), scheme_of(self.acme))
        history.apply(at, replace(result, judgements=judged))

    def decide(self, step: Decision) -> None:
        owner, history = self.accounts[step.account], self.histories[step.account]
        found = query.findings(Scope.of(self.admin, self.acme, account=owner)).filter(status="fail")
        chosen = sorted(found, key=lambda each: (each.resource_arn, each.check_id))
        if not chosen:
            return
        finding = chosen[step.place % len(chosen)]
        key, until = (finding.resource_arn, finding.check_id), present(self.acme) + timedelta(days=step.days)
        if step.kind == "accept":
            triage.accept_risk(self.admin, finding, "Because.", until)
            history.decide(key, aside=True, until=until)
        elif step.kind == "false positive":
            triage.call_false_positive(self.admin, finding, "It errs.")
            history.decide(key, aside=True)
        else:
            triage.reopen(self.admin, finding)
            history.decide(key, aside=False)

    def assert_parts(self) -> None:
        """Between any two successive instants, and overall, the parts are the naive ones."""
        instants = sorted({at for each in self.histories for at in each.copies})
        for since, until in [*pairwise(instants), (instants[0], instants[-1])]:
            scopes = [Scope.of(self.admin, self.acme, account=owner) for owner in self.accounts]
            for scope, history in zip(scopes, self.histories, strict=True):
                assert_parts(scope, [history], [1.0], since, until)
            assert_parts(Scope.of(self.admin, self.acme), self.histories, [1.0, 3.0], since, until)


def assert_parts(scope: Scope, histories: list[Naive], weights: list[float], since: datetime, until: datetime) -> None:
    found = query.attribute_score(scope, since, until)
    for at, shown in ((since, found.before), (until, found.after)):
        known = [naive_bridge.score(naive_bridge.figures_of(each.at(at))) for each in histories]
        assert (shown is None) == (not any(known))
    if found.before is None or found.after is None:
        return
    assert sum(part.low for part in found.parts) == pytest.approx(found.after.low - found.before.low, abs=1e-6)
    assert sum(part.high for part in found.parts) == pytest.approx(found.after.high - found.before.high, abs=1e-6)
    expected = naive_bridge.of_scope(histories, weights, since, until)
    for part in found.parts:
        naive = expected[part.cause.value, 0], expected[part.cause.value, 1]
        assert (part.low, part.high) == pytest.approx(naive, abs=1e-6), part.cause


@st.composite
def full_stories(draw: st.DrawFn) -> list[Delivery | Leaving | Deed]:
    """A story of sweeps with deeds between them."""
    story: list[Delivery | Leaving | Deed] = []
    for step in draw(stories):
        if isinstance(step, Delivery):
            story += [step, *draw(st.lists(deeds, max_size=2))]
    return story


def accepted_until(*ending: Delivery | Deed) -> list[Delivery | Leaving | Deed]:
    """A story in which the acceptance of a risk expires on day 3.

    Whatever happened to the finding by then.
    """
    story: list[Delivery | Leaving | Deed] = [
        held_on(1, bucket("a")),
        held_on(2, bucket("a", Encrypted=False)),
        Decision(0, 1, "accept", days=1),
    ]
    return [*story, *ending]


def held_on(number: int, *resources: Resource) -> Delivery:
    return Delivery(0, number, (*resources, bucket("b"), volume("v")), (), REGIONS)


@settings(
    max_examples=examples(3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(story=accepted_until(held_on(3, bucket("a")), held_on(4, bucket("a"))))
@example(story=accepted_until(held_on(3, bucket("a", Encrypted=False)), held_on(4, bucket("a"))))
@example(story=accepted_until(held_on(3), held_on(4)))
@example(story=accepted_until(Rule("bucket_encrypted", "otherwise"), held_on(3, bucket("a", Encrypted=False))))
@example(story=accepted_until(Rule("bucket_encrypted", "there"), held_on(3, bucket("a", Encrypted=False))))
@given(story=full_stories())
def test_the_parts_are_those_of_full_copies_whatever_people_and_rules_do(
    story: list[Delivery | Leaving | Deed],
) -> None:
    with transaction.atomic(), judging() as declared:
        story_of = StoryOfCauses(declared)
        for step in story:
            story_of.record(step)
        story_of.assert_parts()
        transaction.set_rollback(True)


ALONE = {Rule: Cause.RULE, Parameter: Cause.PARAMETER, Decision: Cause.DECIDED, Suspension: None}


@settings(
    max_examples=examples(3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(held=some, blind=st.lists(gaps, max_size=1), deed=deeds)
def test_each_cause_alone_has_the_whole_change(held: tuple[Resource, ...], blind: list[Gap], deed: Deed) -> None:
    with transaction.atomic(), judging() as declared:
        story_of = StoryOfCauses(declared)
        for number in (0, 1):
            story_of.record(Delivery(0, number, held, tuple(blind), REGIONS))
        story_of.record(replace(deed, account=0) if isinstance(deed, Decision | Suspension) else deed)
        story_of.record(Delivery(0, 2, held, tuple(blind), REGIONS))
        found = query.attribute_score(Scope.of(story_of.admin, story_of.acme), day(0.5), day(3))
        moved = {part.cause for part in found.parts if abs(part.low) > 1e-6 or abs(part.high) > 1e-6}
        assert moved <= {ALONE[type(deed)]}
        if found.before and found.after:
            assert sum(part.low for part in found.parts) == pytest.approx(found.after.low - found.before.low)
        transaction.set_rollback(True)
