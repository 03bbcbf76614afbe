"""`account__among=pks`: one array as a parameter, where `__in` makes a parameter of each of a thousand accounts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import copy
from functools import cached_property
from typing import Any

from django.db.models import BigIntegerField, ForeignObject, Lookup, QuerySet


class Keys:
    """Keys as one value: a list Django goes through three times, to see whether any of them is an expression."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self.numbers = [int(each) for each in numbers]

    @cached_property
    def text(self) -> str:
        """The keys as PostgreSQL reads an array of them."""
        return array(self.numbers)


@BigIntegerField.register_lookup
@ForeignObject.register_lookup
class Among(Lookup):
    """Whether a key is one of some."""

    lookup_name = "among"

    def get_prep_lookup(self) -> Any:
        return self.rhs if isinstance(self.rhs, Keys) else Keys(self.rhs)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # a list will do
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s::bigint[])", [*parameters, self.rhs.text]


def array(numbers: Iterable[int]) -> str:
    """Return numbers as PostgreSQL reads an array of them: as such psycopg would dump a thousand one by one."""
    return f"{{{','.join(map(str, numbers))}}}"


def of_accounts(rows: QuerySet[Any], account_pks: Collection[int]) -> QuerySet[Any]:
    """Return those rows that are of some accounts besides, for reading few of them.

    Their own condition on accounts is narrowed instead of joined by another: to plan for an array, PostgreSQL weighs
    each of its elements in each partition, which for a thousand accounts takes longer than to read a page. Rows
    without such a condition get one.
    """
    narrowed = rows.all()
    query = narrowed.query
    before = query.where.children
    query.where.children = [_narrowed(each, query.get_initial_alias(), account_pks) for each in before]
    if all(made is each for made, each in zip(query.where.children, before, strict=True)):
        return rows.filter(account__among=account_pks)
    return narrowed


def _narrowed(condition: Any, table: str | None, account_pks: Collection[int]) -> Any:
    if not isinstance(condition, Among) or (condition.lhs.alias, condition.lhs.target.name) != (table, "account"):
        return condition
    made = copy(condition)
    made.rhs = Keys(pk for pk in condition.rhs.numbers if pk in account_pks)
    return made
