"""Checks with related resources or a clock are counted incrementally, and exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AwsAccount
from posture import checks
from posture.checks import judge
from posture.core.check import Check, check
from posture.core.clock import Clock
from posture.core.gap import Gap, GapReason
from posture.core.outcome import Outcome, Severity, Status, failed, not_applicable, passed
from posture.core.resource import Resource
from posture.core.sweep import Judgement
from posture.history import query, triage
from posture.history.ingest import findings
from posture.history.ingest.check_counts import COUNTS
from posture.history.ingest.finding_changes import FindingKey, StoredFindings
from posture.history.models import AccountPoint, AccountState, StoredCheckCounts, StoredResource
from posture.history.scope import Scope
from tests.depth import seeds
from tests.history import rules, world
from tests.history.rules import BUCKET, NO_REMEDY, VOLUME
from tests.history.world import DENIED, REGIONS, bucket, day, gap, result_of, sweep, user, volume

pytestmark = pytest.mark.django_db


def declare(function: Any, **rest: Any) -> Check:
    return check(
        title="It looks around", problem="It does not look around",
        severity=Severity.HIGH, controls=("practices:data",), examples=(),
        remediation=NO_REMEDY, **rest,
    )(function)  # fmt: skip


def volume_near_private_buckets(volume: Resource, related: Any) -> Outcome:
    """It reads another type's configuration."""
    exposed = [each for each in related.everywhere(BUCKET) if each.config.get("Public")]
    if exposed:
        return failed(f"{len(exposed)} are public.", *sorted(each.name for each in exposed))
    return passed("None is public.")


def bucket_near_quiet_volumes(bucket: Resource, related: Any) -> Outcome:
    """It reads another type's observed fields, and whether the type is offered."""
    if not related.offered_here(VOLUME):
        return failed("No volumes are offered.")
    busy = [each.name for each in related.here(VOLUME) if each.observed.get("State") == "busy"]
    return failed(f"{busy} are busy.") if busy and bucket.config.get("Encrypted") else passed("None is busy.")


def bucket_among_few(bucket: Resource, related: Any) -> Outcome:
    """It counts its own type."""
    return passed("They are few.") if len(related.everywhere(BUCKET)) < 3 else failed("They are many.")


def turns(clock: Clock, every: int) -> int:
    """Return how often so many days have gone by."""
    return sum(clock.has_come(day(number)) for number in range(0, 60, every))


def volume_by_the_clock(volume: Resource, clock: Clock) -> Outcome:
    """It reads the clock, and on some days there is nothing that it could say."""
    gone = turns(clock, every=2)
    turn = (gone + ord(volume.name)) % 4
    if turn == 0:
        return not_applicable("Not on such a day.")
    return failed(f"It is turn {gone}.") if volume.config.get("Encrypted") and turn == 1 else passed("Fine.")


def bucket_by_the_clock_near_volumes(bucket: Resource, related: Any, clock: Clock) -> Outcome:
    """It reads the clock and what is around it."""
    if (turns(clock, every=3) + len(related.everywhere(VOLUME))) % 3 == 0:
        return not_applicable("Not on such a day.")
    return failed("One is here.") if related.here(VOLUME) and bucket.config["Public"] else passed("None is here.")


def volume_is_idle(volume: Resource) -> Outcome:
    """It reads what is observed."""
    busy = volume.observed.get("State") == "busy"
    return failed("It is busy.", "observed.State") if busy else passed("It is idle.")


@pytest.fixture(autouse=True)
def looking_around(fake_checks: dict[str, Check]) -> None:
    for made in (
        declare(volume_near_private_buckets, resource_type=VOLUME, needs=(BUCKET,)),
        declare(bucket_near_quiet_volumes, resource_type=BUCKET, needs=(VOLUME,)),
        declare(bucket_among_few, resource_type=BUCKET, needs=(BUCKET,)),
        declare(volume_by_the_clock, resource_type=VOLUME),
        declare(bucket_by_the_clock_near_volumes, resource_type=BUCKET, needs=(VOLUME,)),
        declare(volume_is_idle, resource_type=VOLUME, reads_observed=True),
    ):
        fake_checks[made.id] = made
    rules.reload()


def step(random: Random, held: dict[str, Resource]) -> None:
    """Change one thing, or none."""
    name, chosen = random.choice("abcvw"), random.random()
    if chosen < 0.3:
        held.pop(name, None)
    elif name in "abc":
        config: dict[str, Any] = {"Public": random.choice([True, False, DENIED]), "Encrypted": random.random() < 0.7}
        held[name] = bucket(name, **config)
    else:
        observed = {"State": random.choice(["busy", "idle"])}
        held[name] = volume(name, REGIONS["vw".index(name)], observed, Encrypted=random.random() < 0.7)


def current_state(account: AwsAccount) -> list[object]:
    """Return all that a recording leaves behind in an account."""
    scope = Scope.of(user(), account.organization, account=account)
    return [
        sorted((each.resource_arn, each.check_id, each.status, each.reason, each.evidence, each.open_reason,
                each.opened_at, each.reopened, str(each.stale_since)) for each in query.findings(scope)),
        list(StoredCheckCounts.objects.filter(account=account).order_by("check_id")
             .values_list("check_id", "valid_from", *COUNTS)),
        list(AccountPoint.objects.filter(account=account).order_by("at")
             .values_list("at", "low", "high", "opened", "resolved", "causes")),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", seeds(2))
def test_what_looks_around_is_recorded_as_if_all_were_judged(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a story
    held = {"a": bucket("a"), "v": volume("v", observed={"State": "idle"})}
    organization = world.organization()
    lazily, whole = world.account(organization), world.account(organization)
    for number in range(12):
        if number:
            step(random, held)
        gaps: list[Gap] = [gap(VOLUME, REGIONS[0], GapReason.NOT_OFFERED)] * (random.random() < 0.2)
        AccountState.objects.filter(pk=whole.pk).update(rules=b"", digest=b"")
        for account in (lazily, whole):
            sweep(account, day(number), held.values(), gaps, judged=False)
        assert current_state(lazily) == current_state(whole), f"on day {number}"


@pytest.mark.parametrize("seed", seeds(2))
def test_results_with_related_resources_are_exact(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a story
    held = {"a": bucket("a"), "v": volume("v", observed={"State": "idle"})}
    account = world.account(world.organization())
    scope = Scope.of(user(), account.organization, account=account)
    for number in range(12):
        if number:
            step(random, held)
        for again in (0, 0.3):  # so that nothing waits for its second miss
            sweep(account, day(number + again), held.values(), judged=False)
        said = judge(result_of(account, day(number), held.values()).resources, [], Clock(day(number)))
        failing = {(each.resource.arn, each.check_id) for each in said if each.outcome.status is Status.FAIL}
        open_now = {(each.resource_arn, each.check_id) for each in query.findings(scope)
                    if each.status == "fail" and each.stale_since is None}  # fmt: skip
        assert open_now == failing
        counted = {each.check_id: each.failed for each in query.sum_tallies(scope)}
        assert +Counter(counted) == Counter(check_id for _, check_id in failing)


def test_by_the_clock_alone_nothing_is_judged_before_it_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    account = world.account(world.organization())
    scope, held = Scope.of(user(), account.organization, account=account), [volume("v"), bucket("a")]
    judged: list[str] = []

    def watched(*args: Any, **rest: Any) -> list[Judgement]:
        made = judge(*args, **rest)
        judged.extend(each.check_id for each in made)
        return made

    monkeypatch.setattr(checks, "judge", watched)

    def judged_at(at: float) -> tuple[list[str], set[str]]:
        judged.clear()
        sweep(account, day(at), held, judged=False)
        return [each.reason for each in query.findings(scope) if each.check_id == "volume_by_the_clock"], {*judged}

    clocked = {"volume_by_the_clock", "bucket_by_the_clock_near_volumes"}
    said = {at: judged_at(at) for at in (0, 1, 1.9, 2, 3, 4, 5.9)}

    assert [reasons for reasons, _ in said.values()] == [[]] * 5 + [["It is turn 3."]] * 2
    assert said[0][1] >= clocked
    assert [said[at][1] for at in (1, 1.9)] == [set()] * 2
    assert [said[at][1] & clocked for at in (2, 3, 4)] == [clocked] * 3
    assert said[5.9][1] == set()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The resources whose findings were read by key, per result that did not read all."""
    found: list[set[str]] = []
    load = findings.load_affected

    def watched(ids: Iterable[int], keys: Sequence[FindingKey]) -> StoredFindings:
        names = StoredResource.objects.filter(pk__in=[number for number, _ in keys])
        found.append(set(names.values_list("name", flat=True)))
        return load(ids, keys)

    monkeypatch.setattr(findings, "load_affected", watched)
    return found


def test_of_findings_that_are_only_said_again_no_row_is_read(asked: list[set[str]]) -> None:
    account, person = world.account(world.organization()), user()
    scope = Scope.of(person, account.organization, account=account)
    held = {name: bucket(name, Public=name == "a") for name in "abc"} | {name: volume(name) for name in "vw"}

    def judged_on(number: float, **changed: Resource) -> dict[str, tuple[object, ...]]:
        held.update(changed)
        sweep(account, day(number), held.values(), judged=False)
        return {
            each.resource_name: (each.status, each.reason, each.evidence, each.stale_since)
            for each in query.findings(scope)
            if each.check_id == "volume_near_private_buckets"
        }

    first = judged_on(0)
    assert first == dict.fromkeys("vw", ("fail", "1 are public.", ["a"], None))
    exposed = next(each for each in query.findings(scope) if each.check_id == "volume_near_private_buckets")
    triage.accept_risk(person, exposed, "It is known.", timezone.now() + timedelta(days=90))

    assert judged_on(0.1, b=bucket("b", Note="No check looks at it.")) == first
    moved = judged_on(0.2, a=bucket("a"), b=bucket("b", Public=True))
    assert moved == dict.fromkeys("vw", ("fail", "1 are public.", ["b"], None))
    blind = judged_on(0.3, b=bucket("b", Public=DENIED))
    assert blind == dict.fromkeys("vw", ("fail", "1 are public.", ["b"], day(0.3)))
    assert judged_on(0.4, c=bucket("c", Note="No check looks at it.")) == blind
    tally = StoredCheckCounts.objects.get(account=account, check_id=exposed.check_id)
    assert (tally.failed, tally.stale, tally.accepted) == (0, 1, 1)
    assert judged_on(0.5, b=bucket("b", Public=True)) == moved
    assert judged_on(0.6, c=bucket("c")) == moved

    assert asked == [set(), *[{"v", "w"}] * 4, set()]
