"""Reads findings: as of a date, one through all its episodes, and by check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.http import Http404

from posture.core.outcome import Severity
from posture.core.score import Tally
from posture.history.ingest.finding_changes import FOUND
from posture.history.models import (
    CheckCountsRecord,
    ClosedEpisode,
    ClosedVersion,
    FindingNote,
    FindingRecord,
    StoredFinding,
)
from posture.history.models.lookups import of_accounts
from posture.history.models.periods import since
from posture.history.query.cache import get_or_compute
from posture.history.query.resources import (
    VersionStep,
    label_versions,
    list_versions,
    narrow_to_instant,
    narrow_to_resource,
)
from posture.history.scope import Scope


@dataclass(frozen=True, slots=True)
class FindingEvent:
    """One line of a finding's timeline. `by` names a person, or is empty."""

    at: datetime
    kind: str
    text: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class CheckSummary:
    """A check's result over a scope: resources by outcome, and failing accounts.

    `resources` are all of them.
    """

    check_id: str
    severity: Severity
    passed: int
    failed: int
    """Stale ones included."""
    stale: int
    unknown: int
    """Blind places without a known resource included."""
    accepted: int
    not_applicable: int
    accounts: int
    resources: int


def findings(scope: Scope) -> QuerySet[FindingRecord]:
    """Return the findings, failing and unknown, that are open as of the scope's date."""
    return _with_visibility(narrow_to_instant(_all(scope), scope.as_of, "opened_at", "closed_at"), scope.as_of)


def get_finding(scope: Scope, finding_id: int) -> FindingRecord:
    """Return a finding's episode as of the scope's date, or its last one.

    404 if out of scope.
    """
    found = list_episodes(scope, finding_id)
    if not found:
        raise Http404("No such finding.")
    return found[0]


def list_episodes(scope: Scope, finding_id: int) -> list[FindingRecord]:
    """Return the episodes of a finding up to the scope's date, newest first."""
    owner = StoredFinding.objects.filter(pk=finding_id).values_list("account_id", flat=True)
    known = of_accounts(_all(scope).filter(finding_id=finding_id), {*owner})
    if scope.as_of is not None:
        known = known.filter(opened_at__lte=scope.as_of)
    return list(_with_visibility(known, scope.as_of).order_by("-opened_at"))


def list_episodes_of_resource(scope: Scope, resource_id: int) -> list[FindingRecord]:
    """Return all episodes of findings on a resource up to the scope's date.

    Open ones first, worst first.
    """
    known = narrow_to_resource(_all(scope), resource_id)
    if scope.as_of is not None:
        known = known.filter(opened_at__lte=scope.as_of)
    found = list(_with_visibility(known, scope.as_of))
    for episode in found:
        if scope.as_of is not None and episode.closed_at is not None and episode.closed_at > scope.as_of:
            episode.closed_at, episode.close_reason = None, ""  # that lay in the future
    return sorted(found, key=lambda each: (each.closed_at is not None, -each.severity, each.opened_at))


def build_finding_timeline(
    scope: Scope, finding_id: int, known: Sequence[FindingRecord] | None = None
) -> list[FindingEvent]:
    """Return a finding's events up to the scope's date, newest first.

    404 if out of scope.

    Its episodes are read where they are not `known`.
    """
    known = list_episodes(scope, finding_id) if known is None else known
    if not known:
        raise Http404("No such finding.")
    events = [event for episode in known for event in _of_episode(episode)]
    events += _of_resource(scope, known[0].resource_id)
    events += _of_people(finding_id)
    until = scope.as_of
    return sorted(
        (each for each in events if until is None or each.at <= until), key=lambda each: each.at, reverse=True
    )


def summarize_checks(scope: Scope) -> list[CheckSummary]:
    """Return the result of every check that has met a resource, worst first.

    As of the scope's date.
    """
    return [
        CheckSummary(
            check_id=row["check_id"],
            severity=Severity(row["severity"]),
            passed=row["sum_passed"],
            failed=row["sum_failed"] + row["sum_stale"],
            stale=row["sum_stale"],
            unknown=row["sum_unknown"] + row["sum_gap_units"],
            accepted=row["sum_accepted"],
            not_applicable=row["sum_not_applicable"],
            accounts=row["accounts"],
            resources=sum(row[f"sum_{name}"] for name in _COUNTS if name != "gap_units"),
        )
        for row in _summed(scope)
    ]


def check_count_records(scope: Scope) -> QuerySet[CheckCountsRecord]:
    """Return the check counts of each account as of the scope's date."""
    mine = CheckCountsRecord.objects.filter(account__among=scope.among)
    return narrow_to_instant(mine, scope.as_of, "valid_from", "valid_to")


def sum_tallies(scope: Scope) -> list[Tally]:
    """Return the figures behind the score, by check.

    For one account `posture.core.score.terms` makes the formula's terms of them. Over several accounts
    they are summed, for orientation: the score of a scope is the mean of its accounts' scores.
    """
    return [
        Tally(row["check_id"], Severity(row["severity"]), **{name: row[f"sum_{name}"] for name in _COUNTS})
        for row in _summed(scope)
    ]


def _summed(scope: Scope) -> Iterable[dict[str, Any]]:
    """Return the tallies of a scope summed by check, most severe first."""
    return get_or_compute(scope, "summed", lambda: list(_summing(scope)))


def _summing(scope: Scope) -> Iterable[dict[str, Any]]:
    sums = {f"sum_{name}": Sum(name) for name in _COUNTS}
    failing = Count("account_id", filter=Q(failed__gt=0) | Q(stale__gt=0))
    by_check: Any = check_count_records(scope).order_by().values("check_id", "severity")
    rows: Iterable[dict[str, Any]] = by_check.annotate(**sums, accounts=failing).order_by("-severity", "check_id")
    return rows


_COUNTS = ("passed", "failed", "unknown", "stale", "accepted", "not_applicable", "gap_units")


def _all(scope: Scope) -> QuerySet[FindingRecord]:
    return FindingRecord.objects.filter(account__among=scope.among).select_related("account")


def _with_visibility(records: QuerySet[FindingRecord], at: datetime | None) -> QuerySet[FindingRecord]:
    expression = F("open_stale_since") if at is None else since("open_stale_since", "stale_periods", at)
    plain: Any = records  # the model declares the annotation, which the plugin takes for a second field
    sighted: QuerySet[FindingRecord] = plain.annotate(stale_since=expression)
    return sighted


def _of_episode(episode: FindingRecord) -> Iterator[FindingEvent]:
    word = "Unknown" if episode.status == "unknown" else "Reopened" if episode.reopened else "Opened"
    word = "Found failing" if episode.open_reason == FOUND and episode.status == "fail" else word
    why = _OPENED.get(episode.open_reason, "")
    kind = "unknown" if episode.status == "unknown" else "reopened" if episode.reopened else "opened"
    yield FindingEvent(episode.opened_at, kind, f"{word}{why}. {episode.reason}")
    for period in episode.stale_periods or ():
        yield FindingEvent(period.lower, "unseen", "Could not be seen any more; it stays as it was.")
        yield FindingEvent(period.upper, "seen", "Seen again.")
    if episode.open_stale_since:
        yield FindingEvent(episode.open_stale_since, "unseen", "Could not be seen any more; it stays as it was.")
    if episode.closed_at:
        yield FindingEvent(episode.closed_at, "resolved", _CLOSED[ClosedEpisode.Reason(episode.close_reason)])


_OPENED = {
    "found": " by the first sweep of all",
    "rule": ", because the rule changed",
    "parameter": ", because a parameter that the rule judges by changed",
    "new": ", with the resource",
    "sight": ", because it became visible or could no longer be seen",
    "folded": ", because members that had findings of their own are now kept as a group",
}
_CLOSED = {
    ClosedEpisode.Reason.CHANGED: "Resolved: the configuration was mended.",
    ClosedEpisode.Reason.DELETED: "Resolved: the resource was deleted.",
    ClosedEpisode.Reason.RULE: "Resolved: the rule changed, not the resource.",
    ClosedEpisode.Reason.PARAMETER: "Resolved: a parameter that the rule judges by changed, not the resource.",
    ClosedEpisode.Reason.SCOPE: "Resolved: the check no longer applies to the resource.",
    ClosedEpisode.Reason.DETERMINED: "The result is known again.",
    ClosedEpisode.Reason.FOLDED: "Kept with the group that the resource belongs to since.",
    ClosedEpisode.Reason.ACCOUNT_LEFT: "Resolved: the account left the organization.",
}


def _of_resource(scope: Scope, resource_id: int) -> Iterator[FindingEvent]:
    for version, _, step in label_versions(list_versions(scope, resource_id)):
        yield FindingEvent(version.valid_from, step, _STEPS[step])
        if version.gone_at:
            yield FindingEvent(version.gone_at, "gone", _GONE.get(version.close_reason, "The resource was gone."))


_STEPS: dict[VersionStep, str] = {
    VersionStep.FIRST: "The resource was seen for the first time.",
    VersionStep.CHANGED: "The resource's configuration changed.",
    VersionStep.VISIBILITY: "AWS showed less or more of the resource than before; nothing that is known of it changed.",
    VersionStep.BACK: "The resource came back.",
    VersionStep.KEPT: "The resource was as it is since; what was before is not kept any more.",
}
_GONE: dict[str, str] = {
    ClosedVersion.Reason.ACCOUNT_LEFT: "The resource left with its account.",
    ClosedVersion.Reason.FOLDED: "The resource is kept with its group since.",
}


def _of_people(finding_id: int) -> Iterator[FindingEvent]:
    for note in FindingNote.objects.filter(finding_id=finding_id).select_related("by"):
        yield FindingEvent(note.at, note.kind, note.text, str(note.by) if note.by else "")
