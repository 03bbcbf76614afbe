"""Facts made of many of an account's resources, cached for its state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.db.models import Q

from posture.history import codec
from posture.history.account_versions import account_versions
from posture.history.models.lookups import of_accounts
from posture.history.query.cache import get_or_compute_shards
from posture.history.query.resources import resources
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
    packed_observed: bytes | None
    unseen_since: datetime | None

    @property
    def config(self) -> dict[str, Any]:
        """The configuration in AWS's key names, `Unknown` where AWS refused a field."""
        config: dict[str, Any] = codec.unpack(self.packed_config)
        return config

    @property
    def observed(self) -> dict[str, Any] | None:
        """The latest observed fields; None for versions that are no longer current."""
        return codec.unpack(self.packed_observed) if self.packed_observed else None


Work = Callable[[int, Sequence[FactRecord], datetime], Facts]
"""Makes facts of an account's primary key, its resources by type and name, and the date of which they are."""


def load_account_facts(scope: Scope, name: str, which: Q, work: Work[Facts], *more: object) -> Mapping[int, Facts]:
    """Return facts of each account of a scope that was ever recorded, by key.

    They are made of those of its resources that a condition holds for.

    They are worked out where an account was recorded since, and else come from the cache: what reads thousands of
    configurations is not done for each page. They are as of the account's last record, which is also the date that
    `work` is given; of a past date, as of that. `more` is what else they depend on, compared by its text.
    """
    recorded = {pk: last for pk, (last, *_) in account_versions(scope).items() if last is not None}
    read_at = {pk: last if scope.as_of is None else min(last, scope.as_of) for pk, last in recorded.items()}

    def compute(pks: list[int]) -> Mapping[int, Facts]:
        found: dict[int, Facts] = {}
        for first in range(0, len(pks), tuning.snapshot_read_accounts):
            some = pks[first : first + tuning.snapshot_read_accounts]
            found |= {pk: work(pk, records, read_at[pk]) for pk, records in _read(scope, which, some).items()}
        return found

    version = (name, scope.as_of, *more)
    versions = {pk: (read_at[pk], recorded[pk]) if scope.as_of is None else read_at[pk] for pk in read_at}
    return get_or_compute_shards("facts", read_at, versions, compute, *version)


def _read(scope: Scope, which: Q, account_pks: Sequence[int]) -> dict[int, list[FactRecord]]:
    found: dict[int, list[FactRecord]] = {pk: [] for pk in account_pks}
    listed = of_accounts(resources(scope).filter(which), set(account_pks)).select_related(None)
    for values in listed.order_by("account_id", "type", "name", "resource_id").values_list(*FactRecord._fields):
        record = FactRecord(*values)
        found[record.account_id].append(record)
    return found
