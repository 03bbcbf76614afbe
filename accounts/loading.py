"""Accounts by the thousand: every page reads all those that its reader may see.

Django takes twenty microseconds to make one, of which a third goes into each instant. Here they come as numbers, and
accounts are made without `__init__`, as nothing hangs on its signals.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import BigIntegerField, DateTimeField, Func, JSONField, QuerySet
from django.db.models.base import ModelState

from accounts.models import AwsAccount, Organization, OrganizationalUnit

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Micros(Func):
    """An instant as microseconds since 1970."""

    template = "(extract(epoch FROM %(expressions)s) * 1000000)::bigint"  # exact, which `date_part` is not
    output_field = BigIntegerField()


def loaded(seen: QuerySet[AwsAccount], organization: Organization | None = None) -> list[AwsAccount]:
    """Return the accounts of a query with their units and organizations, one object each; three queries at most.

    `organization` is that of all of them, where it is known. What is JSON is read when it is asked for.
    """
    plain, instants = _columns()
    numbers = {f"{name}_micros": _Micros(name) for name in instants}
    rows = seen.annotate(**numbers).values_list(*plain, *numbers)
    moments: dict[int | None, datetime | None] = {None: None}
    made = [_made(rows.db, plain, instants, row, moments) for row in rows]
    units = OrganizationalUnit.objects.in_bulk({each.unit_id for each in made if each.unit_id is not None})
    known = {organization.pk: organization} if organization else {}
    if organization is None:
        known = Organization.objects.in_bulk({each.organization_id for each in made})
    for each in made:
        # As the setters do, without their checks. What has gone in between is asked for, as Django does.
        related = each._state.fields_cache = dict[str, Any]()  # noqa: SLF001 - Django keeps no other way
        if each.organization_id in known:
            related["organization"] = known[each.organization_id]
        if each.unit_id is None or each.unit_id in units:
            related["unit"] = units.get(each.unit_id)
    return made


def _made(
    database: str,
    plain: tuple[str, ...],
    instants: tuple[str, ...],
    row: tuple[Any, ...],
    moments: dict[int | None, datetime | None],
) -> AwsAccount:
    one = AwsAccount.__new__(AwsAccount)
    one._state = ModelState()  # noqa: SLF001 - as `Model.from_db` leaves it
    one._state.adding, one._state.db = False, database  # noqa: SLF001 - the same
    values = one.__dict__
    values.update(zip(plain, row, strict=False))
    for name, micros in zip(instants, row[len(plain) :], strict=True):
        if micros not in moments:
            moments[micros] = EPOCH + timedelta(microseconds=micros)
        values[name] = moments[micros]
    return one


@cache
def _columns() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns that are read as they are, and those that are instants."""
    fields = AwsAccount._meta.concrete_fields  # noqa: SLF001 - Django's documented Model _meta API
    instants = tuple(field.attname for field in fields if isinstance(field, DateTimeField))
    plain = (field.attname for field in fields if not isinstance(field, DateTimeField | JSONField))
    return tuple(plain), instants
