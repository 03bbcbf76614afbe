"""Queries of the entry points: doors, their guards, and certificates."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import Q

from posture.core.classification import DEFAULT, Scheme, own_scheme
from posture.core.gap import ANY
from posture.core.resource import Resource
from posture.core.values import Unknown
from posture.history import query
from posture.history.query import FactRecord, ResourceRecord
from posture.history.scope import Scope
from posture.pages.entry.details import DoorDetails, details_of, security_groups
from posture.pages.entry.doors import Certificate, Door, Doors
from posture.pages.entry.guards import (
    CHECKS,
    GROUP_CHECKS,
    NO_GUARD,
    Guard,
    GuardFinding,
    GuardResult,
    GuardState,
    door_state,
    guard_checks,
    guard_result,
    merge_results,
)
from posture.pages.entry.kinds import (
    BALANCER,
    BUCKET,
    CERTIFICATE,
    CLASSIC,
    DISTRIBUTION,
    FUNCTION,
    HTTP_API,
    HTTP_STAGE,
    INSTANCE,
    KIND_OF,
    MADE_BY_CHECK,
    MADE_BY_CONFIG,
    REST_API,
    REST_STAGE,
    DoorKind,
)

DECIDED = (CLASSIC, BALANCER, DISTRIBUTION, FUNCTION)
"""Types whose configuration decides whether they are doors; most functions are none."""
STAGES = (REST_STAGE, HTTP_STAGE)
PARTS = (*STAGES, CERTIFICATE)
"""Types of what guards a door."""
RENEWAL_CHECK = "acm_certificate_renewed"
FOUND = "found"
"""The reason of findings that an organization's first snapshot opened."""
SELF_RENEWING = "AMAZON_ISSUED"
STAGE_OF = {REST_API: REST_STAGE, HTTP_API: HTTP_STAGE}
BlindPart = tuple[int, str, str]
"""Account, region and type of a listing that was refused."""
UNREAD_FIELDS = (
    "hash", "known_hash", "packed_known", "missed_at", "gone_at", "close_reason", "valid_to", "ends", "valid_from",
)  # fmt: skip
"""Columns of resources that nothing here needs: there are many functions without a URL."""
FIELDS = (
    "resource_id", "resource_arn", "account_id", "resource_type", "finding_id", "check_id", "status",
    "open_stale_since", "reason", "opened_at", "open_reason", "triage",
)  # fmt: skip


class DoorFacts(NamedTuple):
    """Which of an account's resources are doors by their configuration."""

    doors: Sequence[int]
    """Their ids."""
    unknown: Mapping[DoorKind, int]
    """How many may be one: what decides it could not be read."""


@dataclass(slots=True)
class _Findings:
    """Open findings of guards' checks, by resource and by ARN."""

    by_resource: dict[int, list[GuardFinding]] = field(default_factory=lambda: defaultdict(list))
    by_arn: dict[str, list[GuardFinding]] = field(default_factory=lambda: defaultdict(list))
    makers: dict[int, GuardFinding] = field(default_factory=dict)
    """The findings by which resources are doors, by resource."""
    unknown: Counter[tuple[int, DoorKind]] = field(default_factory=Counter)
    """Resources of which it is unknown whether they are doors."""

    def add(self, row: Sequence[Any]) -> None:
        """Sort one finding in."""
        resource_id, arn, account_pk, resource_type, number, check, status, stale, reason, at, opened, triage = row
        found = GuardFinding(number, check, status == "unknown", stale is not None, reason, at, opened == FOUND, triage)
        self.by_resource[resource_id].append(found)
        self.by_arn[arn].append(found)
        if MADE_BY_CHECK.get(resource_type) == check:
            if found.is_unknown:
                self.unknown[account_pk, KIND_OF[resource_type]] += 1
            else:
                self.makers[resource_id] = found

    def of(self, resource_id: int, checks: Collection[str]) -> list[GuardFinding]:
        """Return a resource's findings of some checks, failing first."""
        found = [one for one in self.by_resource.get(resource_id, ()) if one.check_id in checks]
        return sorted(found, key=lambda one: (not one.fails, one.finding_id))


def load_doors(scope: Scope) -> Doors:
    """Return all doors of a scope with their guards, most open first."""
    return query.get_or_compute(scope, "entry_doors", lambda: _load(scope))


def _load(scope: Scope) -> Doors:
    findings = _load_findings(scope)
    known = query.load_account_facts(scope, "entry", Q(type__in=DECIDED), read_doors)
    decided = [resource_id for facts in known.values() for resource_id in facts.doors]
    records = _records(scope, type__in=(HTTP_API, *PARTS))
    records += _records(scope, resource_id__in=[*decided, *findings.makers])
    _load_group_findings(scope, records, findings)
    unlisted, blind = _gaps(scope)
    for account_pk, facts in known.items():
        findings.unknown.update({(account_pk, kind): number for kind, number in facts.unknown.items()})
    reader = _Reader(scope, findings, records, blind)
    doors = [door for record in records if record.type in KIND_OF and (door := reader.door(record)) is not None]
    doors = _with_buckets(scope, doors)
    certificates = [reader.certificate(one) for one in records if one.type == CERTIFICATE]
    return Doors(
        sorted(doors, key=lambda one: one.order),
        sorted(certificates, key=lambda one: (str(one.until), one.name)),
        dict(unlisted + findings.unknown),
        len(query.list_closures(scope)),
        sum(resource_type == CERTIFICATE for _, _, resource_type in blind),
    )


def read_doors(_: int, records: Sequence[FactRecord]) -> DoorFacts:
    """Return which of an account's resources are doors.

    It is kept for each state of the account: thousands of functions are not read again after a sweep that found them
    unchanged.
    """
    doors, unknown = list[int](), Counter[DoorKind]()
    for record in records:
        is_door = MADE_BY_CONFIG[record.type](record.config)
        if is_door is None:
            unknown[KIND_OF[record.type]] += 1
        elif is_door:
            doors.append(record.resource_id)
    return DoorFacts(doors, dict(unknown))


def _load_findings(scope: Scope) -> _Findings:
    """Read the findings that make doors, and those of guards."""
    makers = set(MADE_BY_CHECK.values())
    guards = guard_checks((*MADE_BY_CONFIG, REST_API, *STAGES, CERTIFICATE))
    found = _Findings()
    for row in _rows(scope, check_id__in=makers.union(guards)):
        found.add(row)
    missing = set(guard_checks(MADE_BY_CHECK)) - makers.union(guards)
    if found.makers:
        for row in _rows(scope, check_id__in=missing, resource_id__in=list(found.makers)):
            found.add(row)
    return found


def _rows(scope: Scope, **narrowed: Any) -> Iterator[Sequence[Any]]:
    rows = query.findings(scope).filter(**narrowed).select_related(None).order_by()
    yield from rows.values_list(*FIELDS)


def _records(scope: Scope, **which: Any) -> list[ResourceRecord]:
    rows = query.resources(scope).filter(**which)
    found = list(rows.select_related(None).order_by().defer(*UNREAD_FIELDS))
    for record in found:
        record.account = scope.by_pk[record.account_id]  # one object shared by all of its resources
    return found


def _load_group_findings(scope: Scope, records: Iterable[ResourceRecord], findings: _Findings) -> None:
    """Read the findings of the security groups of public instances."""
    arns = {arn for one in records if one.type == INSTANCE for arn in security_groups(one.as_resource())}
    if arns:
        for row in _rows(scope, check_id__in=GROUP_CHECKS, resource_arn__in=arns):
            findings.add(row)


def _gaps(scope: Scope) -> tuple[Counter[tuple[int, DoorKind]], set[BlindPart]]:
    """Return gaps in which doors could be, and those that hide parts of doors.

    Those of closed regions are left out.
    """
    unlisted: Counter[tuple[int, DoorKind]] = Counter()
    blind: set[BlindPart] = set()
    rows = query.gaps(scope).filter(blinds=True, resource_type__in=(ANY, *KIND_OF, *PARTS)).select_related(None)
    closed = {(one.account.pk, one.region) for one in query.list_closures(scope)}
    for account_pk, region, resource_type in rows.values_list("account_id", "region", "resource_type"):
        if (account_pk, region) in closed:
            continue
        if resource_type in PARTS:
            blind.add((account_pk, region, resource_type))
            continue
        for kind in DoorKind if resource_type == ANY else (KIND_OF[resource_type],):
            unlisted[account_pk, kind] += 1
    return unlisted, blind


def scheme_of(scope: Scope) -> Scheme:
    """Return how the scope's organization classifies its data."""
    one = scope.organization
    return DEFAULT if one is None else own_scheme(one.classification_keys, one.sensitive_values)


def _with_buckets(scope: Scope, doors: Sequence[Door]) -> list[Door]:
    """Return doors with the classification of the buckets behind them."""
    arns = {f"arn:aws:s3:::{name}" for one in doors for name in one.details.buckets}
    if not arns:
        return list(doors)
    rows = query.resources(scope).filter(type=BUCKET, arn__in=arns).exclude(classification="")
    levels = dict(rows.order_by().values_list("name", "classification"))
    return [_behind_bucket(one, levels, scheme_of(scope)) for one in doors]


def _behind_bucket(door: Door, levels: Mapping[str, str], scheme: Scheme) -> Door:
    found = [levels[name] for name in door.details.buckets if name in levels]
    if door.level or not found:
        return door
    sensitive = [one for one in found if (level := scheme.named(one)) is not None and level.sensitive]
    return replace(door, level=next(iter(sensitive), found[0]), is_sensitive=bool(sensitive))


class _Reader:
    """Makes doors of records, with the findings of their guards."""

    def __init__(
        self, scope: Scope, findings: _Findings, records: Iterable[ResourceRecord], blind: Collection[BlindPart]
    ) -> None:
        self.scope, self.findings, self.scheme, self.blind = scope, findings, scheme_of(scope), blind
        self.stages: dict[tuple[int, str], list[ResourceRecord]] = defaultdict(list)
        self.certificates: dict[str, ResourceRecord] = {}
        for one in records:
            if one.type in STAGES:
                # Their ARNs name no account.
                self.stages[one.account_id, one.arn.partition("/stages/")[0]].append(one)
            elif one.type == CERTIFICATE:
                self.certificates[one.arn] = one

    def door(self, record: ResourceRecord) -> Door | None:
        """Return the door that a resource is; None where it is none."""
        if record.type not in MADE_BY_CONFIG and record.resource_id not in self.findings.makers:
            return None
        resource = record.as_resource()
        details = details_of(resource)
        guards = self._guards(record, resource, details)
        is_unseen = record.unseen_since is not None or not record.account.is_swept
        level = self.scheme.named(record.classification)
        return Door(
            record.resource_id,
            record.account_id,
            record.type,
            record.region,
            record.name or record.arn,
            KIND_OF[record.type],
            details,
            door_state(guards, is_unseen=is_unseen),
            guards,
            record.first_seen,
            record.classification,
            level is not None and level.sensitive,
            is_unseen,
            record.members,
            guards.get(Guard.CERTIFICATE, NO_GUARD).state is GuardState.NO,
        )

    def _guards(self, record: ResourceRecord, resource: Resource, details: DoorDetails) -> dict[Guard, GuardResult]:
        found: dict[Guard, list[GuardResult]] = defaultdict(list)
        self._judge(record, resource, found)
        for stage in self.stages.get((record.account_id, record.arn), ()):
            self._judge(stage, stage.as_resource(), found)
        if self._hides_stages(record):
            for guard in CHECKS[STAGE_OF[record.type]]:
                found[guard].append(GuardResult(GuardState.UNSEEN))
        for arn in details.certificates:
            if arn in self.certificates:
                one = self.certificates[arn]
                self._judge(one, one.as_resource(), found)
            elif ":acm:" in arn:
                found[Guard.CERTIFICATE].append(GuardResult(GuardState.UNSEEN))
        if record.type == INSTANCE:
            groups = [one for arn in security_groups(resource) for one in self.findings.by_arn.get(arn, ())]
            failing = [one for one in groups if one.fails and one.check_id in GROUP_CHECKS]
            if failing:
                found[Guard.SOURCE].insert(0, GuardResult(GuardState.NO, failing))
        return {guard: merge_results(results) for guard, results in found.items()}

    def _hides_stages(self, record: ResourceRecord) -> bool:
        """Return True if stages of an API could not be listed: guards are unknown."""
        stage = STAGE_OF.get(record.type, "")
        return any((record.account_id, region, stage) in self.blind for region in (record.region, ANY))

    def _judge(self, record: ResourceRecord, subject: Resource, into: dict[Guard, list[GuardResult]]) -> None:
        for guard, checks in CHECKS.get(record.type, {}).items():
            findings = self.findings.of(record.resource_id, checks)
            into[guard].append(guard_result(checks, (subject,), findings, self.scope.now))

    def certificate(self, record: ResourceRecord) -> Certificate:
        """Return a certificate; whether it is due says its check."""
        config = record.config
        findings = self.findings.of(record.resource_id, (RENEWAL_CHECK,))
        return Certificate(
            record.resource_id,
            record.account_id,
            record.name or record.arn,
            record.arn,
            _moment(config.get("NotAfter")),
            config.get("Type") == SELF_RENEWING,
            any(one.fails for one in findings),
            record.unseen_since is not None or not record.account.is_swept,
            bool(_known(config.get("InUseBy"))),
        )


def _known(value: Any) -> Any:
    return None if isinstance(value, Unknown) else value


def _moment(value: Any) -> datetime | None:
    """Return a moment as AWS wrote it; None where it is absent, refused or odd."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
