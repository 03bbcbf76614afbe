"""Accounts by the thousand: every page reads all those that its reader may see.

Django takes twenty microseconds to make one, of which a third goes into each instant. Here they come as numbers, and
accounts are made without `__init__`, as nothing hangs on its signals.
"""

from __future__ import annotations

from collections.abc import Mapping
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


def load_accounts(seen: QuerySet[AwsAccount], organization: Organization | None = None) -> list[AwsAccount]:
    """Return the accounts of a query with their units and organizations.

    Each unit and organization is one object; three queries at most.

    `organization` is that of all of them, where it is known. What is JSON is read when it is asked for.
    """
    plain, instants = _columns()
    numbers = {f"{name}_micros": _Micros(name) for name in instants}
    rows = seen.annotate(**numbers).values_list(*plain, *numbers)
    # Taken from the rows: of an account, what refers to another model is asked for by a descriptor in Python.
    unit_at, organization_at = plain.index("unit_id"), plain.index("organization_id")
    units = OrganizationalUnit.objects.in_bulk({row[unit_at] for row in rows} - {None})
    known = {organization.pk: organization} if organization else {}
    if organization is None:
        known = Organization.objects.in_bulk({row[organization_at] for row in rows})
    database, moments, made = rows.db, dict[int | None, datetime | None]({None: None}), list[AwsAccount]()
    for row in rows:
        one = AwsAccount.__new__(AwsAccount)
        values = one.__dict__
        values.update(zip(plain, row, strict=False))
        for name, micros in zip(instants, row[len(plain) :], strict=True):
            if micros not in moments:
                moments[micros] = EPOCH + timedelta(microseconds=micros)
            values[name] = moments[micros]
        one._state = _state(database, known.get(row[organization_at]), row[unit_at], units)  # noqa: SLF001 - as Django leaves it
        made.append(one)
    return made


def _state(
    database: str, organization: Organization | None, unit_id: int | None, units: Mapping[int, OrganizationalUnit]
) -> ModelState:
    """Return what Django keeps of an account.

    What has gone in between is not among it, and asked for.
    """
    state, related = ModelState(), dict[str, Any]()
    if organization is not None:
        related["organization"] = organization
    if unit_id is None or unit_id in units:
        related["unit"] = units.get(unit_id) if unit_id else None
    state.adding, state.db, state.fields_cache = False, database, related
    return state


@cache
def _columns() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns that are read as they are, and those that are instants."""
    fields = AwsAccount._meta.concrete_fields  # noqa: SLF001 - Django's documented Model _meta API
    instants = tuple(field.attname for field in fields if isinstance(field, DateTimeField))
    plain = (field.attname for field in fields if not isinstance(field, DateTimeField | JSONField))
    return tuple(plain), instants
