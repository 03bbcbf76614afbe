"""Sweep one account: ask all collectors, judge, and name what could not be seen.

Nothing that AWS does raises here. Only a cancelled sweep does, since it has no result.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from posture.checks import judge
from posture.collectors import all_collectors
from posture.core import tracing
from posture.core.arn import Arn
from posture.core.classification import DEFAULT, Scheme
from posture.core.clock import Clock
from posture.core.collector import Collector, ListingScope
from posture.core.elsewhere import LookUp
from posture.core.gap import ANY, Gap, GapReason
from posture.core.parameters import Values
from posture.core.prior_reading import Listing, PriorReading
from posture.core.resource import Resource
from posture.core.sweep import AccountResult, Judgement
from posture.core.unread import Refusal
from posture.core.values import Unknown
from posture.sweep.answers import Answers
from posture.sweep.ask import AccountAsk, Location, Perform, ReadObjects
from posture.sweep.calls import AccountCalls, Meter, Renewable
from posture.sweep.clients import READ_SECONDS, Clients
from posture.sweep.credentials import OwnCredentials, RoleCredentials, SweepRole, assume, caller
from posture.sweep.errors import AskError, CancelledError, Failure
from posture.sweep.kubernetes import ClusterReader
from posture.sweep.listing import read
from posture.sweep.pacing import Bucket
from posture.sweep.population_aggregation import fold
from posture.sweep.reader import reader_digest
from posture.sweep.regions import Regions, choose, home_of
from posture.sweep.request_dedup import AskedOnce
from posture.sweep.role_drift import Explained
from posture.sweep.shared import Shared, SparingCalls
from posture.sweep.threads import Pool, aside

logger = logging.getLogger(__name__)

ACCOUNT_SECONDS = 1800.0
SWEEPS_SHARED = 4
"""Of so many sweeps a process keeps what administrators said: organizations may be swept in turn."""
LOOK_UP_SECONDS = 0.5
"""How often the waiting thread reports progress and looks whether it is to stop."""


@dataclass(frozen=True, slots=True)
class Target:
    """An account to sweep.

    Without a role the machine's own identity is used. `organization` says that this account answers
    for the Organization: its management account or a delegated administrator. No `regions` stands for
    all that are enabled.
    """

    account_id: str
    role: SweepRole | None = None
    regions: Sequence[str] = ()
    organization: bool = False
    partition: str = "aws"
    scheme: Scheme = DEFAULT
    """How the organization classifies its data."""
    values: Values = field(default_factory=dict)
    """Its values of the checks' parameters, as `posture.checks.own_values` returns them."""
    judges: bool = True
    """Where not, whoever records the result judges what has changed, and nothing else."""
    ceiling: Bucket | None = field(default=None, compare=False)
    """The calls that all accounts of its organization may make together, whatever AWS allows."""
    colleagues: frozenset[str] = frozenset()
    """The accounts of its organization, one of which may speak for it as a service's administrator."""
    known_accounts: frozenset[str] | None = None
    """All accounts of its organization, closed ones included; None where they are not known."""
    clusters: frozenset[str] = frozenset()
    """ARNs of the EKS clusters whose objects are read."""
    look_up: LookUp | None = field(default=None, compare=False)
    """Finds what other accounts of its organization have; None where that is not known."""
    prior: PriorReading | None = field(default=None, compare=False)
    """Listings that are not asked again: what they returned then is part of the result, and judged with it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sweep of one account is."""

    done: int
    total: int
    calls: int
    gaps: int


@dataclass(slots=True)
class Engine:
    """What a process keeps between accounts: clients, threads, identity, and a key.

    `fingerprint_key` hides secrets in what is kept of them; with another key every secret
    seems to have changed, so whoever keeps history must pass the same one each time.
    """

    session: Any
    """A boto3 session: where the machine's own identity comes from."""
    endpoint_url: str | None = None
    threads: int = 64
    read_seconds: float = READ_SECONDS
    """How long an answer may be on its way."""
    fingerprint_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    clients: Clients = field(init=False)
    pool: Pool = field(init=False)
    shared: dict[tuple[datetime, frozenset[str]], Shared] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self.clients = Clients(endpoint_url=self.endpoint_url, connections=self.threads, read_seconds=self.read_seconds)
        self.pool = Pool(self.threads)

    def own(
        self,
        partition: str = "aws",
        *,
        meter: Meter | None = None,
        cancel: threading.Event | None = None,
        deadline: float = float("inf"),
        ceiling: Bucket | None = None,
    ) -> AccountCalls:
        """Return calls as the machine's own identity; raises `AskError` where it has none."""
        credentials = self.session.get_credentials()
        if credentials is None:
            raise AskError(_no_identity())
        return AccountCalls(
            self.clients,
            OwnCredentials(credentials),
            partition,
            meter=meter,
            cancel=cancel,
            deadline=deadline,
            ceiling=ceiling,
        )

    def enter(
        self,
        target: Target,
        *,
        meter: Meter | None = None,
        cancel: threading.Event | None = None,
        deadline: float = float("inf"),
    ) -> AccountCalls:
        """Return calls as the target's role; raises `AskError` if it cannot be assumed."""
        limits: dict[str, Any] = {"meter": meter, "cancel": cancel, "deadline": deadline, "ceiling": target.ceiling}
        own = self.own(target.partition, **limits)
        home = home_of(target.partition)
        credentials: Renewable
        if target.role is None:
            credentials, account_id = own.credentials, caller(own, home).account_id
        else:
            assumed: RoleCredentials = assume(own, target.role, home)
            credentials, account_id = assumed, assumed.account_id
        if account_id != target.account_id:
            raise AskError(_wrong_account(account_id, target.account_id))
        return AccountCalls(self.clients, credentials, target.partition, **limits)

    def shared_at(self, target: Target, now: datetime) -> Shared:
        """Return administrators' answers in the target's sweep; older sweeps' are dropped."""
        shared = self.shared.setdefault((now, target.colleagues), Shared())
        for sweep in list(self.shared)[:-SWEEPS_SHARED]:
            self.shared.pop(sweep, None)
        return shared


def sweep_account(
    engine: Engine,
    target: Target,
    *,
    collectors: Mapping[str, Collector] | None = None,
    now: datetime | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    seconds: float = ACCOUNT_SECONDS,
) -> AccountResult:
    """Return everything that one account answers at `now`, judged.

    Raises only `CancelledError`.

    `progress` is called in the calling thread, at least twice a second. What was not read within
    `seconds` is a gap.
    """
    started = time.monotonic()
    now, meter, cancel = now or datetime.now(UTC), Meter(), cancel or threading.Event()
    chosen = [
        collector
        for collector in (all_collectors() if collectors is None else collectors).values()
        if collector.scope is not ListingScope.ORGANIZATION or target.organization
    ]
    try:
        enter = partial(engine.enter, target, meter=meter, cancel=cancel, deadline=started + seconds)
        calls = aside(enter, cancel)
    except AskError as error:
        _log(error.failure, f"account {target.account_id}")
        return _refused(target, now, chosen, error.failure, meter, time.monotonic() - started)
    explained: Perform = Explained(calls, target.role, home_of(target.partition))
    if target.role and target.colleagues:
        into = partial(_into, engine, target, meter=meter, cancel=cancel, deadline=started + seconds)
        explained = SparingCalls(explained, engine.shared_at(target, now), target.account_id, into, meter)
    kubernetes = ClusterReader(calls.credentials, target.partition, meter, cancel, started + seconds)
    sweep = _Sweep(engine, target, calls, AskedOnce(explained, chosen), now, cancel, kubernetes)
    return sweep.run(chosen, progress or (lambda _: None), started)


def _into(engine: Engine, target: Target, account_id: str, **limits: Any) -> Perform | None:
    """Return calls in another account of the same organization; None for any other."""
    if target.role is None or account_id not in target.colleagues:
        return None
    return engine.enter(replace(target, account_id=account_id, role=target.role.in_account(account_id)), **limits)


@dataclass(frozen=True, slots=True)
class _Listing:
    """One listing: a type in a region."""

    collector: Collector
    region: str

    @property
    def gap_region(self) -> str:
        """Where its failure blinds: what is listed once may be in any region."""
        return self.region if self.collector.scope is ListingScope.REGIONAL else ANY

    @property
    def key(self) -> Listing:
        """What names it in a `PriorReading`."""
        return self.collector.resource_type, self.gap_region


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one listing gave, and what of it could not be seen."""

    resources: Sequence[Resource] = ()
    gaps: Sequence[Gap] = ()


@dataclass(frozen=True, slots=True)
class _Sweep:
    engine: Engine
    target: Target
    calls: AccountCalls
    asked: AskedOnce
    """The same calls, each asked once; refusals of an outdated role are marked."""
    now: datetime
    cancel: threading.Event
    kubernetes: ReadObjects | None = None
    refusals: dict[Unknown, Refusal] = field(default_factory=dict)
    """What AWS said of fields that it refused, over all listings."""

    def run(
        self, collectors: Sequence[Collector], progress: Callable[[Progress], None], started: float
    ) -> AccountResult:
        home = home_of(self.target.partition)
        known = partial(choose, self.calls, self.target.account_id, home, self.target.regions)
        regions = aside(known, self.cancel)
        gaps = [*regions.closed, *self._unseen(collectors, regions)]
        resources: dict[tuple[str, str], Resource] = {}
        units = [
            unit
            for unit in _units(collectors, regions.asked, home)
            if not unit.collector.kubernetes or self._clusters_in(unit.region)
        ]
        reused = self._reused(units)
        for answer in self._gather([unit for unit in units if unit.key not in reused], progress):
            gaps += answer.gaps
            resources.update(((resource.type, resource.arn), resource) for resource in answer.resources)
        for listed in reused.values():
            resources.update(((resource.type, resource.arn), resource) for resource in listed)
        found, undetermined = fold(list(resources.values()), gaps, collectors)
        gaps += undetermined
        judgements = self._judge(found, gaps) if self.target.judges else []
        return AccountResult(
            account_id=self.target.account_id,
            now=self.now,
            regions=regions.asked,
            swept_types=[collector.resource_type for collector in collectors],
            resources=found,
            gaps=gaps,
            judgements=judgements,
            is_judged=self.target.judges,
            seconds=time.monotonic() - started,
            global_types=_global_types(collectors),
            refusals=self.refusals,
            reused=frozenset(reused),
            reused_from=self.target.prior.read_at if self.target.prior and reused else None,
            reader=reader_digest(collectors),
            **_cost(self.calls.meter),
        )

    def _reused(self, units: Sequence[_Listing]) -> Mapping[Listing, Sequence[Resource]]:
        """Return the listings that need not be asked again."""
        known = self.target.prior.listings if self.target.prior else {}
        return {unit.key: known[unit.key] for unit in units if unit.key in known}

    def _judge(self, found: Sequence[Resource], gaps: Sequence[Gap]) -> list[Judgement]:
        return judge(found, gaps, Clock(self.now), self.target.scheme, values=self.target.values)

    def _unseen(self, collectors: Sequence[Collector], regions: Regions) -> list[Gap]:
        """Return a gap for each regional type where the regions are unknown."""
        if regions.failure is None:
            return []
        kinds = [collector.resource_type for collector in collectors if collector.scope is ListingScope.REGIONAL]
        return [regions.failure.gap(self.target.account_id, ANY, kind) for kind in kinds]

    def _gather(self, units: Sequence[_Listing], progress: Callable[[Progress], None]) -> list[_Answer]:
        """Return what each listing gave, in the order of `units`; all of them run at once."""
        answers: dict[int, _Answer] = {}
        ended: SimpleQueue[tuple[int, _Answer | None]] = SimpleQueue()

        def ask(number: int) -> None:
            answer = None
            try:
                with tracing.about(region=units[number].region):
                    answer = self._ask(units[number])
            except CancelledError:
                logger.debug("%s gave up on %s: cancelled", self.target.account_id, units[number])
            finally:
                ended.put((number, answer))

        for number in range(len(units)):
            self.engine.pool.submit(ask, number)
        gaps, reported = 0, 0.0
        while len(answers) < len(units):
            with suppress(Empty):
                number, answer = ended.get(timeout=LOOK_UP_SECONDS)
                if answer is None and not self.cancel.is_set():
                    raise RuntimeError(f"{units[number].collector.resource_type} ended without an answer")
                answers[number] = answer or _Answer()
                gaps += len(answers[number].gaps)
            if self.cancel.is_set():
                raise CancelledError
            if time.monotonic() - reported >= LOOK_UP_SECONDS or len(answers) == len(units):
                reported = time.monotonic()
                progress(Progress(len(answers), len(units), self.calls.meter.total, gaps))
        return [answers[number] for number in range(len(units))]

    def _ask(self, unit: _Listing) -> _Answer:
        """Return one listing, and the gap that says what of it could not be read."""
        location = Location(
            self.target.account_id,
            unit.region,
            self.target.partition,
            self.now,
            self.engine.fingerprint_key,
            self.target.known_accounts,
            self.target.look_up,
            self._clusters_in(unit.region) if unit.collector.kubernetes else (),
            self.kubernetes,
        )
        perform, each = self.asked.by(unit.collector), self.engine.pool.each
        asks: list[AccountAsk] = []

        def make(answers: Answers | None) -> AccountAsk:
            asks.append(AccountAsk(unit.collector, location, perform, each, each, answers))
            return asks[-1]

        try:
            listed = read(unit.collector, make)
        finally:
            for ask in asks:
                self.refusals.update({unknown: failure.refusal() for unknown, failure in ask.failures.items()})
        parts = [*asks[-1].refused_parts, *([("", listed.failure)] if listed.failure else [])]
        for _, failure in parts:
            _log(failure, f"{unit.collector.resource_type} in {unit.region}")
        return _Answer(listed.resources, [self._gap(unit, failure, within) for within, failure in parts])

    def _gap(self, unit: _Listing, failure: Failure, within: str) -> Gap:
        return failure.gap(self.target.account_id, unit.gap_region, unit.collector.resource_type, within)

    def _clusters_in(self, region: str) -> list[str]:
        """Return the names of the region's clusters that are to be read."""
        arns = [Arn.parse(one) for one in sorted(self.target.clusters)]
        return [arn.name for arn in arns if (arn.account_id, arn.region) == (self.target.account_id, region)]


def _units(collectors: Sequence[Collector], regions: Sequence[str], home: str) -> list[_Listing]:
    once = [_Listing(collector, home) for collector in collectors if collector.scope is not ListingScope.REGIONAL]
    regional = [collector for collector in collectors if collector.scope is ListingScope.REGIONAL]
    return once + [_Listing(collector, region) for region in regions for collector in regional]


def _global_types(collectors: Sequence[Collector]) -> list[str]:
    return [collector.resource_type for collector in collectors if collector.scope is not ListingScope.REGIONAL]


def _cost(meter: Meter) -> dict[str, Any]:
    costs = meter.costs()
    return {
        "calls": dict(meter.calls),
        "retries": sum(cost.retries for cost in costs),
        "throttles": sum(cost.throttles for cost in costs),
        "services": costs,
        "saved": dict(meter.saved),
    }


def _log(failure: Failure, unseen: str) -> None:
    """Log what could not be seen, and by which call; not a disabled service."""
    level = logging.INFO if failure.reason.blinds else logging.DEBUG
    logger.log(
        level, "cannot read %s: %s failed with %s", unseen, failure.action, failure.error, extra=failure.labels()
    )


def _refused(
    target: Target, now: datetime, collectors: Sequence[Collector], failure: Failure, meter: Meter, seconds: float
) -> AccountResult:
    return AccountResult(
        account_id=target.account_id,
        now=now,
        regions=[],
        swept_types=[collector.resource_type for collector in collectors],
        resources=[],
        gaps=[failure.gap(target.account_id, ANY, ANY)],
        judgements=[],
        seconds=seconds,
        global_types=_global_types(collectors),
        **_cost(meter),
    )


def _no_identity() -> Failure:
    remedy = "Give the process AWS credentials: a role of the machine, a profile, or AWS_ACCESS_KEY_ID and its secret."
    return Failure("sts:AssumeRole", GapReason.ROLE_NOT_ASSUMED, "NoCredentials", "no AWS credentials found", remedy)


def _wrong_account(entered: str, meant: str) -> Failure:
    message = f"the credentials lead into account {entered}, not {meant}"
    remedy = f"Check the role's ARN: it must be a role of account {meant}."
    return Failure("sts:AssumeRole", GapReason.ROLE_NOT_ASSUMED, "WrongAccount", message, remedy)
