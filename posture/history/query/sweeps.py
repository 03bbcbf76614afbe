"""Reads the passes over organizations, and each account's part of them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import AwsAccount
from posture.history.models import AccountSweep, Snapshot
from posture.history.scope import Scope


def snapshots(scope: Scope) -> QuerySet[Snapshot]:
    """Return the snapshots of the scope's organizations, newest first."""
    return Snapshot.objects.filter(organization_id__in=scope.seen_organizations)


def get_comparison_start(scope: Scope) -> datetime:
    """Return `compare_to`, or the first sweep where that is later."""
    first = get_first_snapshot(scope)
    return max(scope.compare_to, first.as_of) if first else scope.compare_to


def get_snapshot(scope: Scope, pk: int) -> Snapshot:
    """Return one snapshot; 404 if out of scope."""
    found = snapshots(scope).select_related("organization", "requested_by").filter(pk=pk).first()
    if found is None:
        raise Http404("No such sweep.")
    return found


def get_first_snapshot(scope: Scope) -> Snapshot | None:
    """Return the snapshot that the history begins with.

    Asked for once, as it stays the first.
    """
    known: Snapshot | None = scope.__dict__.get("first_snapshot")
    if known is None:
        complete = snapshots(scope).filter(state=Snapshot.State.COMPLETE)
        known = scope.__dict__["first_snapshot"] = complete.order_by("as_of").first()
    return known


def get_running_and_last(scope: Scope) -> tuple[Snapshot | None, Snapshot | None]:
    """Return the sweep that runs and the last complete one, whatever the scope's date."""
    mine = snapshots(scope)
    # A subquery that looks at nothing outside of itself is run once, and not once for each snapshot.
    last = mine.filter(state=Snapshot.State.COMPLETE).order_by("-as_of").values("pk")[:1]
    found = mine.filter(Q(state=Snapshot.State.RUNNING) | Q(pk__in=last)).order_by("as_of")
    by_state = {one.state: one for one in found}
    return by_state.get(Snapshot.State.RUNNING), by_state.get(Snapshot.State.COMPLETE)


def account_sweeps(scope: Scope, snapshot: Snapshot) -> QuerySet[AccountSweep]:
    """Return the parts of a snapshot whose accounts are in scope."""
    parts = AccountSweep.objects.filter(snapshot=snapshot, account__among=scope.among)
    return parts.select_related("account__unit")


def list_unswept_accounts(scope: Scope, since: datetime, until: datetime) -> list[AwsAccount] | None:
    """Return the accounts that no complete sweep in a period has asked.

    The period is from `since` up to `until`; None where there was no complete sweep.

    One whose role was refused was asked: it has gaps.
    """
    complete = snapshots(scope).filter(state=Snapshot.State.COMPLETE, as_of__gte=since, as_of__lt=until)
    pks = list(complete.order_by().values_list("pk", flat=True))
    if not pks:
        return None
    asked = AccountSweep.objects.filter(
        snapshot__in=pks, state__in=[AccountSweep.State.DONE, AccountSweep.State.REFUSED]
    )
    known = set(asked.order_by().values_list("account_id", flat=True).distinct())
    there = (one for one in scope.accounts if one.is_swept and one.joined_at < until)
    return [one for one in there if one.pk not in known]
