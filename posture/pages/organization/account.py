"""Queries of an account's page, through a scope of that account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from django.db.models import Count
from django.http import HttpRequest

from accounts.access import units_seen_by
from accounts.models import AccountEvent, AwsAccount, OrganizationalUnit, User
from posture.checks import problem_of
from posture.collectors import all_collectors
from posture.core.attribution import Cause
from posture.core.outcome import Severity
from posture.core.score import Band
from posture.frameworks import all_frameworks
from posture.history import query
from posture.history.query import (
    AccountSweep,
    AnyGap,
    EncodedRows,
    FilteredRows,
    FindingRecord,
    Fix,
    PracticeSummary,
    ResourceRecord,
    ScoreAttribution,
    Triage,
    TypeCount,
    rank_words,
    select_top,
)
from posture.history.scope import Scope
from posture.pages.organization import account_status, changes, charts, coverage, guardrails
from posture.pages.organization.account_status import AccountStatus, Look
from posture.web import timeline
from posture.web.pictures import Panel
from posture.web.templatetags.words import figure, joined, plural

CHART_DAYS = 90
WORST = 8
"""Findings named; the rest are a click away."""
SWEEPS = 13
GAPS_FIRST, GAPS = 3, 12
FIXES = 4
NUMBERS = ("No", "One", "Two", "Three", "Four")
VPC = "AWS::EC2::VPC"
UNSETTLED = [Triage.State.OPEN, Triage.State.IN_PROGRESS]
FAILING = ("fail", "stale")


@dataclass(frozen=True, slots=True)
class AccountHistoryEntry:
    """One line of an account's history."""

    at: datetime
    words: str
    detail: str


@dataclass(frozen=True, slots=True)
class AccountPractice:
    """A practice in use here, with its title."""

    title: str
    score: PracticeSummary


@dataclass(frozen=True, slots=True)
class Attention:
    """What to fix first: title, fixes, and open findings by severity."""

    title: str
    fixes: Sequence[tuple[Fix, str, str]]
    """Each with its problem and extent in words."""
    rest: str


@dataclass(frozen=True, slots=True)
class CountedType:
    """A resource type with its plural."""

    title: str
    counted: TypeCount


@dataclass(frozen=True, slots=True)
class AccountPage:
    """The data of an account's page."""

    row: AccountStatus
    title: str
    before: Band | None
    moved: Sequence[tuple[str, float, Cause | None]]
    chart: Panel | None
    attention: Attention
    swept: Panel
    inventory: Panel
    by_practice: Panel
    covered: tuple[Panel, int]
    news: changes.RecentChanges
    units: Sequence[OrganizationalUnit]
    practices: Sequence[AccountPractice]
    findings: Sequence[FindingRecord]
    open_count: int
    kinds: Sequence[CountedType]
    coverage: coverage.Grid
    vpcs: Sequence[ResourceRecord]
    gaps: Sequence[AnyGap]
    more_gaps: int
    sweeps: Sequence[AccountSweep]
    refusal: AccountSweep | None
    """The last sweep, if it could not read the account."""
    history: Sequence[AccountHistoryEntry]
    guardrails: Sequence[guardrails.Guardrail]
    guardrails_known: bool

    @property
    def is_known(self) -> bool:
        """Return True if anything was ever read of it."""
        return self.row.last_swept is not None or bool(self.kinds)

    @property
    def score_look(self) -> str:
        """Classes of the score: without one, or as last seen."""
        if not self.row.band:
            return " pl-portrait-none"
        return "" if self.row.look is Look.SWEPT else " pl-portrait-stale"

    @property
    def rest_gaps(self) -> Sequence[AnyGap]:
        """The gaps that are unfolded."""
        return self.gaps[GAPS_FIRST:]

    @property
    def resources(self) -> int:
        """The number of known resources."""
        return sum(kind.counted.count for kind in self.kinds)


def scope_of_account(user: User, account: AwsAccount, whole: Scope) -> Scope:
    """Return the scope of one account, at the page's dates."""
    same = whole.organization == account.organization
    if same and account.pk in whole.by_pk:
        return whole.of_account(account.pk)
    return Scope.of(user, account.organization, None, account, whole.as_of, whole.compare_to if same else None)


def scope_around(user: User, account: AwsAccount, whole: Scope) -> Scope:
    """Return the scope of all that the user sees of the account's organization."""
    if whole.organization == account.organization and whole.unit is None and whole.account is None:
        return whole
    return Scope.of(user, account.organization, as_of=whole.as_of)


def account_page(request: HttpRequest, user: User, account: AwsAccount, whole: Scope) -> AccountPage:
    """Read the account's page; `whole` is the scope of the request."""
    scope = scope_of_account(user, account, whole)
    around = scope_around(user, account, whole)
    governed = guardrails.governance(around)
    failing = unsettled(scope)
    every = list(query.all_gaps(scope).order_by("opened_at", "region", "resource_type"))
    refused, gaps = [gap for gap in every if gap.resources is None], [gap for gap in every if gap.blinds]
    watched = list(query.resources(scope).filter(type__in=[VPC, *coverage.TYPES]).order_by("region", "name"))
    sweeps = last_sweeps(scope)
    is_refused = bool(sweeps) and sweeps[0].state in account_status.TROUBLED
    troubled = {account.pk} if is_refused else set[int]()
    (row,) = account_status.statuses(scope, refused=troubled) or [
        account_status.AccountStatus(account, account.state, ())
    ]
    since = min(scope.now - timedelta(days=CHART_DAYS), scope.compare_to)
    days = query.load_score_series(scope, since, scope.now)
    found = query.attribute_score(scope, scope.compare_to, scope.now)
    used, known = practices(scope), kinds(scope)
    grid = coverage.grid(scope, around, [one for one in watched if one.type != VPC], refused)
    return AccountPage(
        row=row,
        title=headline(row, found),
        before=query.load_score_before(scope),
        moved=charts.causes_of(found),
        chart=charts.score(request, row, days, timeline.chart_events(scope, since, scope.now), found),
        attention=attention(scope, row, failing),
        swept=charts.last_sweeps(request, sweeps, days, len(gaps), row),
        inventory=charts.resources(
            request, account, [(one.title, one.counted) for one in known], failing_resources(scope, failing)
        ),
        by_practice=charts.practices(request, account, [(one.title, one.score) for one in used]),
        covered=charts.coverage(request, account, grid),
        news=changes.recent_changes(request, scope),
        units=guardrails.units_above(account, list(units_seen_by(user).filter(organization=account.organization))),
        practices=used,
        findings=worst(scope, failing),
        open_count=len(failing),
        kinds=known,
        coverage=grid,
        vpcs=[one for one in watched if one.type == VPC],
        gaps=gaps[:GAPS],
        more_gaps=max(0, len(gaps) - GAPS),
        sweeps=sweeps,
        refusal=sweeps[0] if is_refused else None,
        history=history(scope, account),
        guardrails=governed.of(account),
        guardrails_known=governed.is_known,
    )


def unsettled(scope: Scope) -> EncodedRows:
    """Return failing findings that are not set aside."""
    rows = query.load_open_findings(scope)
    wanted = {"sight": rows.having("sight", FAILING), "triage": rows.having("triage", UNSETTLED)}
    return rows.select(FilteredRows(rows, wanted, {}).mask())


def worst(scope: Scope, rows: EncodedRows) -> list[FindingRecord]:
    """Return the most severe of some findings, oldest first."""
    numbers = rows.number[select_top([-rank_words(rows, "severity", int), rows.at], 0, WORST)].tolist()
    found = {one.finding_id: one for one in query.findings(scope).filter(finding_id__in=numbers)}
    return [found[number] for number in numbers if number in found]


def failing_resources(scope: Scope, rows: EncodedRows) -> dict[str, int]:
    """Return the number of resources with some findings, by type."""
    if not len(rows):
        return {}
    failing = query.findings(scope).filter(finding_id__in=rows.number.tolist()).order_by()
    return dict(failing.values_list("resource_type").annotate(n=Count("resource_id", distinct=True)))


def headline(row: AccountStatus, found: ScoreAttribution) -> str:
    """Return the heading: name, score and critical findings, or why it is not swept."""
    if not row.is_swept:
        return f"{row.name}: {row.state_words.lower()}, not swept"
    if row.last_swept is None:
        return f"{row.name} has not been swept"
    if row.is_refused:
        return f"{row.name} could not be read at the last sweep"
    if row.band is None:
        return f"{row.name} has no score yet"
    critical = f"{figure(row.critical)} critical" if row.critical else "nothing critical"
    regained = found.part(Cause.VISIBILITY).low
    seen = " can be seen again" if regained >= 1 else " can be seen less" if regained <= -1 else ""
    return f"{row.name}{seen}: {row.band}, {critical}"


def attention(scope: Scope, row: AccountStatus, failing: EncodedRows) -> Attention:
    """Return what to fix first, by severity and then by points."""
    fixes = sorted(query.rank_fixes(scope, FIXES), key=attrgetter("severity", "gain"), reverse=True)
    gain = sum(one.gain for one in fixes)
    missing = 100 - row.band.low if row.band else 0.0
    title = f"{NUMBERS[len(fixes)]} {'fix brings' if len(fixes) == 1 else 'fixes bring'} {gain:.1f}"
    title += f" of the {missing:.0f} points missing"
    counts = failing.words["severity"], failing.codes["severity"]
    numbers = dict.fromkeys(Severity, 0)
    for cell, number in enumerate(failing.by_cell().tolist() if len(failing) else ()):
        numbers[Severity(int(counts[0][counts[1][cell]]))] += number
    rest = joined(
        [f"{figure(numbers[one])} {one.label.lower()}" for one in sorted(numbers, reverse=True) if numbers[one]]
    )
    words = [(one, problem_of(one.check_id), f"{plural(one.resources, 'resource')}{_exposed(one)}") for one in fixes]
    return Attention(title if fixes else "Nothing to fix first", words, f"{rest} open" if rest else "")


def _exposed(one: Fix) -> str:
    exposed = " · publicly accessible" if one.exposes else ""
    return f"{exposed} · {figure(one.sensitive)} with sensitive data" if one.sensitive else exposed


def practices(scope: Scope) -> list[AccountPractice]:
    """Return the practices in use, the worst first."""
    titles = {control.id: control.title for control in all_frameworks()["practices"].controls}
    used = [one for one in query.summarize_practices(scope) if one.band is not None]
    made = [AccountPractice(titles.get(one.practice_id, one.practice_id), one) for one in used]
    return sorted(made, key=lambda one: (one.score.band.low if one.score.band else 0.0, one.title))


def kinds(scope: Scope) -> list[CountedType]:
    """Return resource types, those with most resources first."""
    named = all_collectors()
    made = [
        CountedType(named[one.type].plural if one.type in named else one.type, one)
        for one in query.count_types(scope)
        if one.count or one.change
    ]
    return sorted(made, key=lambda kind: (-kind.counted.count, kind.title))


def last_sweeps(scope: Scope) -> list[AccountSweep]:
    """Return the account's last sweeps up to the page's date, newest first."""
    parts = AccountSweep.objects.filter(account_id__in=scope.account_pks, snapshot__as_of__lte=scope.now)
    return list(parts.select_related("snapshot").order_by("-snapshot__as_of", "-pk")[:SWEEPS])


def history(scope: Scope, account: AwsAccount) -> list[AccountHistoryEntry]:
    """Return the account's events, newest first, with units by name."""
    events = list(
        AccountEvent.objects.filter(account_id__in=scope.account_pks, at__lte=scope.now).order_by("-at", "-pk")
    )
    paths = {path for event in events for path in (event.before, event.after)}
    names = dict(account.organization.units.filter(path__in=paths).values_list("path", "name"))
    return [AccountHistoryEntry(event.at, event.get_kind_display(), _detail(event, names)) for event in events]


def _detail(event: AccountEvent, names: dict[str, str]) -> str:
    states = dict(AwsAccount.State.choices)
    before, after = (states.get(end) or names.get(end) or end for end in (event.before, event.after))
    if before and after:
        return f"from {before} to {after}"
    return f"into {after}" if after else f"out of {before}" if before else ""
