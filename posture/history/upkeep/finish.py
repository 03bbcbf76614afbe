"""Finishes a snapshot: roll-ups, event log, vacuum."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Q, Sum
from django.utils import timezone
from psycopg.sql import SQL, Identifier

from accounts.models import AwsAccount, Organization, OrganizationalUnit
from posture.core.score import mean
from posture.history.columnar import api as columnar
from posture.history.models import (
    AccountPoint,
    AccountSweep,
    CheckCountsRecord,
    CheckPoint,
    ScopePoint,
    ScopePracticePoint,
    Snapshot,
    TypePoint,
)
from posture.history.models.lookups import array
from posture.history.partitions import ensure_month, next_month, partitions_of
from posture.history.query.counts import count_by_type_lately
from posture.history.query.practice_scores import PRACTICE_PARTS
from posture.history.query.resources import narrow_to_instant
from posture.history.query.scores import list_served_practices, load_latest_points, make_band
from posture.history.query.series import SUMMED, compute_blind_mean
from posture.history.statements import load_statement
from posture.history.tuning import tuning

VACUUMED = (
    "history_accountstate", "history_resource", "history_version", "history_observed", "history_finding",
    "history_tally",
)  # fmt: skip
_WRITE_PRACTICE_POINTS = load_statement(__file__, "write_practice_points", **PRACTICE_PARTS)
"""Rolls up the last points of each unit's accounts, by practice."""


def finish_snapshot(snapshot: Snapshot) -> bool:
    """Write the roll-ups of a snapshot and mark it complete.

    Return True if it was running. Idempotent.

    Call it when no part of the snapshot is waiting or running any more. One that was cancelled or has failed keeps its
    state.
    """
    with transaction.atomic():
        locked = Snapshot.objects.select_for_update().get(pk=snapshot.pk)
        # No account may move from unit to unit between here and the commit: it would be counted in both, or in none.
        Organization.objects.select_for_update(no_key=True).get(pk=locked.organization_id)
        roll_up(locked)
        if completed := locked.state == Snapshot.State.RUNNING:
            locked.state, locked.ended_at = Snapshot.State.COMPLETE, timezone.now()
            locked.save(update_fields=["state", "ended_at"])
    snapshot.state, snapshot.ended_at = locked.state, locked.ended_at
    ensure_month(next_month(locked.as_of))
    accounts = list(AwsAccount.objects.filter(organization=locked.organization_id).values_list("pk", flat=True))
    columnar.extend(accounts)
    return completed


def roll_up(snapshot: Snapshot) -> None:
    """Write, or rewrite, all roll-ups of a snapshot."""
    accounts = _accounts(snapshot.organization_id)
    units = OrganizationalUnit.objects.filter(organization=snapshot.organization_id, gone_at=None)
    _roll_up_scopes(snapshot, accounts, [None, *units])
    _check_points(snapshot, list(accounts))
    _type_points(snapshot, list(accounts))


def refresh_scopes(organization: Organization, paths: Collection[str]) -> None:
    """Rewrite the last roll-up of an organization and of the units above `paths`.

    After an account's figures were corrected, or after it moved: then with the paths of both units.
    """
    last = ScopePoint.objects.filter(organization=organization, unit=None).order_by("-at").first()
    if last is None or not paths:
        return
    # A unit may have gone with the account that moved out of it.
    units = OrganizationalUnit.objects.filter(organization=organization)
    above = [unit for unit in units if any(path.startswith(unit.path) for path in paths)]
    snapshot = Snapshot(organization=organization, as_of=last.at)
    _roll_up_scopes(snapshot, _accounts(organization.pk), [None, *above])


def _accounts(organization_pk: int) -> dict[int, AwsAccount]:
    mine = AwsAccount.objects.filter(organization=organization_pk).select_related("unit")
    return {account.pk: account for account in mine}


def _roll_up_scopes(
    snapshot: Snapshot, accounts: dict[int, AwsAccount], units: Iterable[OrganizationalUnit | None]
) -> None:
    points = load_latest_points(list(accounts), snapshot.as_of)
    movements = _movements(snapshot, list(accounts))
    inside = {unit: {pk: each for pk, each in accounts.items() if unit is None or _is_in(each, unit)} for unit in units}
    _save_scopes([_scope_point(snapshot, unit, mine, points, movements) for unit, mine in inside.items()])
    _write_practices(snapshot, inside, [*accounts.values()])


def _save_scopes(scopes: Sequence[ScopePoint]) -> None:
    """Replace the points of scopes that an earlier run wrote for the same snapshot."""
    ScopePoint.objects.bulk_create(
        scopes,
        update_conflicts=True,
        unique_fields=["organization", "unit", "at"],
        update_fields=[*SUMMED, *MOVEMENTS, "low", "high", "weight", "accounts", "blind_share"],
    )


def _is_in(account: AwsAccount, unit: OrganizationalUnit) -> bool:
    return account.unit is not None and account.unit.path.startswith(unit.path)


def _scope_point(
    snapshot: Snapshot,
    unit: OrganizationalUnit | None,
    accounts: Mapping[int, AwsAccount],
    of_all: Mapping[int, AccountPoint],
    movements: Mapping[int, tuple[int, int]],
) -> ScopePoint:
    points = [of_all[pk] for pk in accounts if pk in of_all]
    band = mean((make_band(point.low, point.high), accounts[point.account_id].weight) for point in points)
    scored = [point for point in points if point.low is not None]
    moved = [movements[pk] for pk in accounts if pk in movements]
    return ScopePoint(
        organization_id=snapshot.organization_id,
        unit=unit,
        at=snapshot.as_of,
        low=band.low if band else None,
        high=band.high if band else None,
        weight=sum(accounts[point.account_id].weight for point in scored),
        accounts=len(scored),
        blind_share=compute_blind_mean(points, accounts),
        **{name: sum(getattr(point, name) for point in points) for name in SUMMED},
        **{name: sum(each[place] for each in moved) for place, name in enumerate(MOVEMENTS)},
    )


MOVEMENTS = ("opened", "resolved")


def _movements(snapshot: Snapshot, account_pks: list[int]) -> dict[int, tuple[int, int]]:
    """Return how many findings opened and closed in each account.

    They are counted since the organization's last point.

    The last point of its unit would not do: a new unit has none.
    """
    before = ScopePoint.objects.filter(organization=snapshot.organization_id, unit=None, at__lt=snapshot.as_of)
    last = before.order_by("-at").values_list("at", flat=True).first()
    news = AccountPoint.objects.filter(account_id__in=account_pks, at__lte=snapshot.as_of)
    if last is not None:
        news = news.filter(at__gt=last)
    sums = news.order_by().values_list("account_id").annotate(Sum("opened"), Sum("resolved"))
    return {pk: (opened, resolved) for pk, opened, resolved in sums}


def _write_practices(
    snapshot: Snapshot,
    inside: Mapping[OrganizationalUnit | None, Mapping[int, AwsAccount]],
    accounts: Sequence[AwsAccount],
) -> None:
    """Replace the points of practices that an earlier run wrote for the same snapshot."""
    written = ScopePracticePoint.objects.filter(organization=snapshot.organization_id, at=snapshot.as_of)
    written.filter(Q(unit=None) | Q(unit__in=[unit.pk for unit in inside if unit])).delete()
    pairs = [(pk, unit.pk if unit else None) for unit, mine in inside.items() for pk in mine]
    asked: dict[str, Any] = {
        "organization": snapshot.organization_id, "at": snapshot.as_of, "served": sorted(list_served_practices()),
        "accounts": array(each.pk for each in accounts), "weights": [each.weight for each in accounts],
        "of": [pk for pk, _ in pairs], "units": [unit for _, unit in pairs],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_PRACTICE_POINTS, asked)


def _check_points(snapshot: Snapshot, account_pks: list[int]) -> None:
    current = narrow_to_instant(
        CheckCountsRecord.objects.filter(account_id__in=account_pks), snapshot.as_of, "valid_from", "valid_to"
    )
    rows = current.values("check_id").annotate(
        sum_passed=Sum("passed"),
        sum_failed=Sum(F("failed") + F("stale")),
        sum_unknown=Sum(F("unknown") + F("gap_units")),
        sum_accepted=Sum("accepted"),
        failing=Count("account_id", filter=Q(failed__gt=0) | Q(stale__gt=0)),
    )
    where = {"organization_id": snapshot.organization_id, "at": snapshot.as_of}
    CheckPoint.objects.filter(**where).delete()
    CheckPoint.objects.bulk_create(
        CheckPoint(
            **where,
            check_id=row["check_id"],
            passed=row["sum_passed"],
            failed=row["sum_failed"],
            unknown=row["sum_unknown"],
            accepted=row["sum_accepted"],
            accounts=row["failing"],
        )
        for row in rows
    )


def _type_points(snapshot: Snapshot, account_pks: list[int]) -> None:
    where = {"organization_id": snapshot.organization_id, "at": snapshot.as_of}
    TypePoint.objects.filter(**where).delete()
    TypePoint.objects.bulk_create(
        TypePoint(**where, type=kind, count=count, unseen=unseen)
        for kind, (count, unseen) in count_by_type_lately(account_pks, snapshot.as_of).items()
    )


def is_large(snapshot: Snapshot) -> bool:
    """Return True if the tables are to be vacuumed after a snapshot.

    A small one is left to autovacuum.
    """
    touched = AccountSweep.objects.filter(snapshot=snapshot).aggregate(total=Sum("resource_count"))["total"] or 0
    return bool(touched >= tuning.vacuum_min_resources)


def vacuum(snapshot: Snapshot) -> None:
    """Vacuum the tables in which rows changed; call it outside a transaction.

    Nobody waits for it: until it is done, reads return the same, and some of them take longer.
    """
    with connection.cursor() as cursor:
        tables = [*VACUUMED, *partitions_of(snapshot.as_of).values()]
        cursor.execute(
            "SELECT relname, n_mod_since_analyze > %s * greatest(n_live_tup, 1) FROM pg_stat_user_tables"
            " WHERE relname = ANY(%s) AND n_dead_tup + n_ins_since_vacuum > 0",
            [tuning.analyze_min_modified_share, tables],
        )
        for table, much in cursor.fetchall():
            cursor.execute(
                SQL("VACUUM {how} {table}").format(how=SQL("(ANALYZE)" if much else ""), table=Identifier(table))
            )
