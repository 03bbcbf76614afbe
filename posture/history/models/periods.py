"""Sets of half-open periods in one column: PostgreSQL's `tstzmultirange`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Func
from django.db.models.functions import Coalesce

if TYPE_CHECKING:
    Field = models.Field[Any, Any]
else:
    Field = models.Field


class PeriodsField(Field):
    """A set of periods; read as psycopg's `Multirange`, and written only in SQL."""

    description = "Set of periods"

    def db_type(self, connection: Any) -> str:
        return "tstzmultirange"


class Since(Func):
    """The start of the period that holds an instant, or null.

    As `Since("stale_periods", instant)`.
    """

    function = "history_since"
    arity = 2
    output_field = models.DateTimeField()


def since(open_since: str, periods: str, at: Any) -> Any:
    """Return an expression for the start of the period that holds `at`.

    The one that starts at `open_since` may still run.
    """
    running = models.Case(models.When(**{f"{open_since}__lte": at}, then=models.F(open_since)))
    return Coalesce(Since(periods, models.Value(at, models.DateTimeField())), running)
