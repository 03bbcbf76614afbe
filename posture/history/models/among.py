"""`account__among=pks`: one array as a parameter, where `__in` makes a parameter of each of a thousand accounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import BigIntegerField, ForeignObject, Lookup


@BigIntegerField.register_lookup
@ForeignObject.register_lookup
class Among(Lookup):
    """Whether a key is one of some."""

    lookup_name = "among"

    def get_prep_lookup(self) -> Any:
        return [int(each) for each in self.rhs]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # a list will do
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s::bigint[])", [*parameters, array(self.rhs)]


def array(numbers: Iterable[int]) -> str:
    """Return numbers as PostgreSQL reads an array of them: as such psycopg would dump a thousand one by one."""
    return f"{{{','.join(map(str, numbers))}}}"
