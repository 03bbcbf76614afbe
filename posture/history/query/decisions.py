"""Reads decisions on findings: accepted risks, false positives, and their ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import AwsAccount
from posture.history.models import FindingNote, StoredFinding, StoredResource, Triage
from posture.history.scope import Scope

DECISIONS_MAX = 500


@dataclass(frozen=True, slots=True)
class TriageDecision:
    """One decision on one finding. `by` is empty where an acceptance ended by itself."""

    at: datetime
    text: str
    by: str
    has_ended: bool
    finding_id: int
    check_id: str
    severity: int
    resource_name: str
    account: AwsAccount

    @property
    def word(self) -> str:
        """What it is, as a sentence goes on; empty for what leaves the score as it is."""
        if self.has_ended:
            return "an accepted risk ran out"
        known = {Triage.State.ACCEPTED: "risk accepted", Triage.State.FALSE_POSITIVE: "called a false positive"}
        return next((word for state, word in known.items() if self.text.startswith(state.label)), "")


def list_decisions(scope: Scope, since: datetime, until: datetime) -> list[TriageDecision]:
    """Return decisions after `since` and up to `until`, newest first; at most `MOST`."""
    kinds = [FindingNote.Kind.STATE, FindingNote.Kind.EXPIRED]
    said = FindingNote.objects.filter(
        account__among=scope.among, kind__in=kinds, at__gt=since, at__lte=until
    ).select_related("by")
    notes = list(said.order_by("-at", "-pk")[:DECISIONS_MAX])
    findings = StoredFinding.objects.in_bulk({note.finding_id for note in notes})
    resources = StoredResource.objects.in_bulk({finding.resource_id for finding in findings.values()})
    return [
        TriageDecision(
            at=note.at,
            text=note.text,
            by=str(note.by) if note.by else "",
            has_ended=note.kind == FindingNote.Kind.EXPIRED,
            finding_id=note.finding_id,
            check_id=findings[note.finding_id].check_id,
            severity=findings[note.finding_id].severity,
            resource_name=resources[findings[note.finding_id].resource_id].name,
            account=scope.by_pk[note.account_id],
        )
        for note in notes
        if note.finding_id in findings
    ]
