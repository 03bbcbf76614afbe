"""Facts made of many of an account's resources, cached for its state."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.db.models import Count, Max, Q, Sum

from posture.history import codec
from posture.history.account_versions import account_versions
from posture.history.models.lookups import of_accounts
from posture.history.query.cache import get_or_compute_shards
from posture.history.query.resources import resources
from posture.history.result_cache import make_key, read_cached, write_cached
from posture.history.scope import Scope
from posture.history.tuning import tuning

Facts = TypeVar("Facts")


class FactRecord(NamedTuple):
    """A resource as facts are made of it.

    It has a third of the columns of a record, at a fraction of its cost.
    """

    account_id: int
    resource_id: int
    type: str
    arn: str
    name: str
    packed_config: bytes
    unseen_since: datetime | None

    @property
    def config(self) -> dict[str, Any]:
        """The configuration in AWS's key names, `Unknown` where AWS refused a field."""
        config: dict[str, Any] = codec.unpack(self.packed_config)
        return config


class ObservedRecord(NamedTuple):
    """The observed fields of a resource."""

    account_id: int
    resource_id: int
    packed_observed: bytes | None

    @property
    def observed(self) -> dict[str, Any] | None:
        """The latest observed fields; None for versions that are no longer current."""
        return codec.unpack(self.packed_observed) if self.packed_observed else None


Work = Callable[[int, Sequence[FactRecord]], Facts]
"""Makes facts of an account's primary key and its resources by type and name."""
ObservedWork = Callable[[Sequence[ObservedRecord], datetime], Facts]
"""Makes facts of an account's observed fields, and the date of which they are."""


def load_account_facts(scope: Scope, name: str, which: Q, work: Work[Facts], *more: object) -> Mapping[int, Facts]:
    """Return facts of each account of a scope that was ever recorded, by key.

    They are made of the configurations of those of its resources that a condition holds for, and of whether these
    are seen. They come from the cache while none of these has changed, however often the account is swept: what
    reads thousands of policies is done once for each state of an account. `more` is what else they depend on,
    compared by its text.
    """
    states = _states(scope, which)
    keys = {pk: make_key("facts", name, more, pk, states.get(pk)) for pk in _recorded(scope)}
    known = read_cached(keys.values())
    missing = [pk for pk, key in keys.items() if key not in known]
    found = {pk: known[key] for pk, key in keys.items() if key in known}
    for some in _in_groups(missing):
        made = {pk: work(pk, records) for pk, records in _read(scope, which, some).items()}
        write_cached({keys[pk]: facts for pk, facts in made.items()}, tuning.cache_seconds)
        found |= made
    return found


def load_observed_facts(scope: Scope, name: str, which: Q, work: ObservedWork[Facts]) -> Mapping[int, Facts]:
    """Return facts of observed fields of each account that was ever recorded, by key.

    Observed fields change with each sweep, so they are read again for each; they are as of the account's last record,
    which is also the date that `work` is given; of a past date, as of that.
    """
    recorded = _recorded(scope)
    read_at = {pk: last if scope.as_of is None else min(last, scope.as_of) for pk, last in recorded.items()}

    def compute(pks: list[int]) -> Mapping[int, Facts]:
        found: dict[int, Facts] = {}
        for some in _in_groups(pks):
            by_account: dict[int, list[ObservedRecord]] = {pk: [] for pk in some}
            listed = of_accounts(resources(scope).filter(which), set(some)).select_related(None).order_by()
            for values in listed.values_list(*ObservedRecord._fields):
                by_account[values[0]].append(ObservedRecord(*values))
            found |= {pk: work(records, read_at[pk]) for pk, records in by_account.items()}
        return found

    versions = {pk: (read_at[pk], recorded[pk]) if scope.as_of is None else read_at[pk] for pk in read_at}
    return get_or_compute_shards("observed-facts", read_at, versions, compute, name, scope.as_of)


def _recorded(scope: Scope) -> dict[int, datetime]:
    """Return when each account was recorded last, of those that ever were."""
    return {pk: last for pk, (last, *_) in account_versions(scope).items() if last is not None}


def _states(scope: Scope, which: Q) -> dict[int, tuple[Any, ...]]:
    """Return what changes with a version of the resources, or whether one is seen."""
    rows = resources(scope).filter(which).select_related(None).order_by().values("account_id")
    unseen = Sum("resource_id", filter=Q(unseen_since__isnull=False))
    states = rows.annotate(number=Count("id"), ids=Sum("id"), last=Max("id"), unseen=unseen)
    return {pk: tuple(state) for pk, *state in states.values_list("account_id", "number", "ids", "last", "unseen")}


def _in_groups(pks: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(pks), tuning.snapshot_read_accounts):
        yield pks[first : first + tuning.snapshot_read_accounts]


def _read(scope: Scope, which: Q, account_pks: Collection[int]) -> dict[int, list[FactRecord]]:
    found: dict[int, list[FactRecord]] = {pk: [] for pk in account_pks}
    listed = of_accounts(resources(scope).filter(which), set(account_pks)).select_related(None)
    for values in listed.order_by("account_id", "type", "name", "resource_id").values_list(*FactRecord._fields):
        record = FactRecord(*values)
        found[record.account_id].append(record)
    return found
