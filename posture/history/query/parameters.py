"""Changes of what checks judge by: parameters, and the classification of data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from posture.checks import all_parameters
from posture.core.classification import CLASSIFICATION
from posture.history.models import AccountParameters, ParameterVersion
from posture.history.scope import Scope


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """A change of a parameter, from the sweep on that first judged by it."""

    at: datetime
    title: str
    words: str
    name: str = CLASSIFICATION
    accounts: int = 0
    """How many accounts are judged by the new value; 0 for what holds in the whole organization."""


def list_parameter_changes(scope: Scope, since: datetime, until: datetime) -> list[ParameterChange]:
    """Return the changes of checks' parameters, oldest first.

    An organization's first parameters are not among them, nor those of an account's first sweep.
    """
    found = [*_scheme_changes(scope, since, until), *_value_changes(scope, since, until)]
    return sorted(found, key=lambda one: (one.at, one.title, one.words))


def _scheme_changes(scope: Scope, since: datetime, until: datetime) -> list[ParameterChange]:
    versions = ParameterVersion.objects.filter(organization_id__in=scope.seen_organizations)
    first: dict[int, datetime] = {}
    return [
        ParameterChange(version.first_seen, "Data classification", version.words)
        for version in versions.filter(first_seen__lte=until).order_by("first_seen")
        if first.setdefault(version.organization_id, version.first_seen) < version.first_seen
        and version.first_seen > since
    ]


def _value_changes(scope: Scope, since: datetime, until: datetime) -> Iterator[ParameterChange]:
    """Yield the changed values of parameters.

    What changed alike in several accounts is one change.
    """
    rows = AccountParameters.objects.filter(
        account__among=scope.among, first_seen__gt=since, first_seen__lte=until, before__isnull=False
    )
    counted: Counter[tuple[datetime, str, str, str]] = Counter()
    before: dict[str, Any]
    for at, before, after in rows.values_list("first_seen", "before", "values"):  # type: ignore[assignment]  # not null
        for parameter in all_parameters().values():
            was, now = (parameter.describe(one.get(parameter.name, parameter.default)) for one in (before, after))
            if was != now:
                counted[at, parameter.name, was, now] += 1
    for (at, name, was, now), accounts in counted.items():
        where = f"{accounts:,} account{'' if accounts == 1 else 's'}"
        yield ParameterChange(at, all_parameters()[name].title, f"from {was} to {now}, in {where}.", name, accounts)
