"""Triage of findings: decide, assign, comment, undo.

Each function takes the person and a finding that was read in their scope, and checks both. Admins may triage
everything, owners what they own; executives only read. What is set aside leaves the score at once: the figures of the
account's last sweep are corrected in place.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404

from accounts.access import accounts_seen_by
from accounts.models import Role, User
from posture.history.ingest.account import lock
from posture.history.ingest.decisions import correct
from posture.history.models import FindingNote, FindingRecord, Triage
from posture.history.scope import present
from posture.history.upkeep.finish import refresh_scopes

ACCEPTANCE_DAYS_MAX = 366
"""Days for which a risk may be accepted before it must be looked at again."""


def may_triage(user: User, finding: FindingRecord) -> bool:
    """Return True if a person may decide on a finding."""
    if not user.is_active or user.role not in {Role.ADMIN, Role.OWNER}:
        return False
    return user.is_admin or accounts_seen_by(user).filter(pk=finding.account_id).exists()


def accept_risk(user: User, finding: FindingRecord, reason: str, until: datetime) -> Triage:
    """Accept the risk until a date, after which the finding counts again by itself.

    Raises ValidationError where the reason is empty, the date is past or over a year ahead, or the finding does not
    fail.
    """
    today = present(finding.account.organization)
    if finding.status != "fail" or finding.closed_at is not None:
        raise ValidationError({"state": "Only a finding that fails can be accepted; this one does not fail now."})
    if until <= today:
        raise ValidationError({"expires_at": f"Choose a date after today, {today:%Y-%m-%d}."})
    if (until - today).days > ACCEPTANCE_DAYS_MAX:
        raise ValidationError({"expires_at": "Choose a date within a year: an accepted risk has to be reviewed."})
    return _decide(user, finding, Triage.State.ACCEPTED, _require_reason(reason), until)


def call_false_positive(user: User, finding: FindingRecord, reason: str) -> Triage:
    """Mark a finding as a false positive.

    It leaves the score until somebody reopens it.
    """
    return _decide(user, finding, Triage.State.FALSE_POSITIVE, _require_reason(reason))


def start_work(user: User, finding: FindingRecord, reason: str = "") -> Triage:
    """Mark a finding as in progress; it still counts."""
    return _decide(user, finding, Triage.State.IN_PROGRESS, reason.strip())


def reopen(user: User, finding: FindingRecord, reason: str = "") -> Triage:
    """Withdraw a decision."""
    return _decide(user, finding, Triage.State.OPEN, reason.strip())


def assign(user: User, finding: FindingRecord, assignee: User | None) -> Triage:
    """Assign a finding to a person who may see its account, or to nobody."""
    _check_permission(user, finding)
    if assignee is not None and not accounts_seen_by(assignee).filter(pk=finding.account_id).exists():
        raise ValidationError(
            {"assignee": f"{assignee} may not see this account: choose one of its owners or an admin."}
        )
    now = present(finding.account.organization)
    with transaction.atomic():
        triage, _ = Triage.objects.update_or_create(
            finding_id=finding.finding_id,
            defaults={"assignee": assignee},
            create_defaults={"account_id": finding.account_id, "assignee": assignee, "decided_at": now},
        )
        text = f"Assigned to {assignee}." if assignee else "Assigned to nobody."
        _note(user, finding, FindingNote.Kind.ASSIGNED, text)
    return triage


CapturedDecision = dict[str, Any]
"""A decision as JSON values; empty where nobody had decided anything."""
CAPTURED_FIELDS = ("state", "reason", "assignee_id", "decided_by_id", "expires_at", "decided_at")


def capture(finding_ids: Collection[int]) -> dict[int, CapturedDecision]:
    """Return the decisions on findings, for `undo`."""
    found: dict[int, CapturedDecision] = {finding_id: {} for finding_id in finding_ids}
    for one in Triage.objects.filter(pk__in=finding_ids):
        values = {name: getattr(one, name) for name in CAPTURED_FIELDS}
        found[one.pk] = {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
        }
    return found


def undo(user: User, finding: FindingRecord, before: CapturedDecision, after: CapturedDecision) -> None:
    """Restore an earlier decision.

    Raises ValidationError where the current one is not `after`.
    """
    _check_permission(user, finding)
    with transaction.atomic():
        lock(finding.account_id)
        if capture([finding.finding_id])[finding.finding_id] != after:
            raise ValidationError({"state": "Somebody has changed the decision since."})
        if before:
            Triage.objects.update_or_create(
                finding_id=finding.finding_id, defaults={"account_id": finding.account_id, **_restore_values(before)}
            )
        else:
            Triage.objects.filter(pk=finding.finding_id).delete()
        state = Triage.State(before.get("state", Triage.State.OPEN))
        _note(user, finding, FindingNote.Kind.STATE, f"The last decision was undone: {state.label.lower()} again.")
        correct(finding.account_id, finding.check_id)
        unit = finding.account.unit
        refresh_scopes(finding.account.organization, {unit.path if unit else ""})


def _restore_values(captured: CapturedDecision) -> CapturedDecision:
    """Return a captured decision as values of the model.

    People who were removed since are left out.
    """
    dates = {name: datetime.fromisoformat(captured[name]) for name in ("expires_at", "decided_at") if captured[name]}
    people = {name: captured[name] for name in ("assignee_id", "decided_by_id")}
    known = set(User.objects.filter(pk__in=[each for each in people.values() if each]).values_list("pk", flat=True))
    return {**captured, **dates, **{name: each if each in known else None for name, each in people.items()}}


def comment(user: User, finding: FindingRecord, text: str) -> FindingNote:
    """Add a comment; raises ValidationError for an empty one."""
    _check_permission(user, finding)
    if not text.strip():
        raise ValidationError({"text": "Write a comment first."})
    return _note(user, finding, FindingNote.Kind.COMMENT, text.strip())


def _decide(
    user: User, finding: FindingRecord, state: Triage.State, reason: str, until: datetime | None = None
) -> Triage:
    _check_permission(user, finding)
    values = {
        "account_id": finding.account_id,
        "state": state,
        "reason": reason,
        "expires_at": until,
        "decided_by": user,
        "decided_at": present(finding.account.organization),
    }
    with transaction.atomic():
        lock(finding.account_id)
        triage, _ = Triage.objects.update_or_create(finding_id=finding.finding_id, defaults=values)
        ends = f" until {until:%Y-%m-%d}" if until else ""
        _note(user, finding, FindingNote.Kind.STATE, f"{state.label}{ends}. {reason}".strip())
        correct(finding.account_id, finding.check_id)
        unit = finding.account.unit
        refresh_scopes(finding.account.organization, {unit.path if unit else ""})
    return triage


def _check_permission(user: User, finding: FindingRecord) -> None:
    if not accounts_seen_by(user).filter(pk=finding.account_id).exists():
        raise Http404("No such finding.")
    if not may_triage(user, finding):
        raise PermissionDenied("Executives read findings; their owners and admins decide on them.")


def _require_reason(reason: str) -> str:
    if not reason.strip():
        raise ValidationError({"reason": "Write a reason for those who review the decision."})
    return reason.strip()


def _note(user: User, finding: FindingRecord, kind: FindingNote.Kind, text: str) -> FindingNote:
    return FindingNote.objects.create(
        finding_id=finding.finding_id,
        account_id=finding.account_id,
        at=present(finding.account.organization),
        by=user,
        kind=kind,
        text=text,
    )
