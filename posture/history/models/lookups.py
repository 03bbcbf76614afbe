"""The lookup `account__among=pks`, which passes one array.

`__in` passes a thousand parameters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import copy
from functools import cached_property
from typing import Any

from django.db.models import BigIntegerField, ForeignObject, Lookup, QuerySet


class Keys:
    """Keys as one value: Django would search a list three times for expressions."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self.numbers = [int(each) for each in numbers]

    @cached_property
    def text(self) -> str:
        """The keys as the text of a PostgreSQL array."""
        return array(self.numbers)


@BigIntegerField.register_lookup
@ForeignObject.register_lookup
class Among(Lookup):
    """The lookup `= ANY(array)`."""

    lookup_name = "among"

    def get_prep_lookup(self) -> Any:
        return self.rhs if isinstance(self.rhs, Keys) else Keys(self.rhs)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # a list will do
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s::bigint[])", [*parameters, self.rhs.text]


def array(numbers: Iterable[int]) -> str:
    """Return numbers as the text of a PostgreSQL array.

    psycopg would dump a list element by element.
    """
    return f"{{{','.join(map(str, numbers))}}}"


def of_accounts(rows: QuerySet[Any], account_pks: Collection[int]) -> QuerySet[Any]:
    """Return those rows that are also of some accounts.

    Their own condition on accounts is narrowed, and no second one added: to plan for an array, PostgreSQL weighs each
    element in each partition, which for a thousand accounts takes longer than to read a page. Rows without such a
    condition get one.
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
