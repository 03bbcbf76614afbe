"""Ranks fixes by points of score, and by exposure, sensitive data and use."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from posture.checks import all_checks
from posture.core.classification import DEFAULT, own_scheme
from posture.core.gap import ANY
from posture.core.outcome import Severity
from posture.core.resource import GLOBAL
from posture.history.columnar.api import FAILING, EncodedRows, FilteredRows, load_open_findings, load_resources
from posture.history.models import Triage
from posture.history.query.resources import gaps
from posture.history.scope import Scope

DOUBLED = 2.0
"""Factor of what strangers can reach, and of what holds sensitive data."""
IDLE = 0.05
"""Factor of what would protect nothing that is there."""
Location = tuple[int, str]
"""An account's primary key and a region."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix of one check on `resources` in `accounts`; it gains `gain` points.

    Points are of the lower end.

    `exposes` says that strangers can reach what fails; `sensitive` of the resources hold sensitive data, and around
    `idle` of them there is nothing of what the check protects.
    """

    check_id: str
    severity: Severity
    resources: int
    accounts: int
    gain: float
    exposes: bool = False
    sensitive: int = 0
    idle: int = 0

    @property
    def rank(self) -> float:
        """The gain, weighed by exposure, classification and use; larger comes first."""
        exposed = DOUBLED if self.exposes else 1.0
        sensitive = 1.0 + (DOUBLED - 1.0) * self._share(self.sensitive)
        in_use = 1.0 - (1.0 - IDLE) * self._share(self.idle)
        return self.gain * exposed * sensitive * in_use

    def _share(self, number: int) -> float:
        return min(1.0, number / self.resources) if self.resources else 0.0


def rank(scope: Scope, fixes: Sequence[Fix]) -> list[Fix]:
    """Return fixes, those first that matter most.

    A fix ranks by

        points of score it wins * exposed * sensitive * in use

    - exposed: 2 where failing means that strangers can reach the resource or read what it holds (`exposes` of the
      check), else 1;
    - sensitive: 2 where all failing resources are classified at a sensitive level, 1 where none is, between by share;
    - in use: 1 where what the check protects (`protects`) exists in the account and region of each failing resource,
      0.05 where it exists nowhere, between by share. A check that names nothing counts as in use; so does a
      location whose listing could not be read, since there may be something.

    Equal ranks are ordered by gain, then by id. The score itself knows nothing of this.
    """
    if not fixes:
        return []
    rows, checks = load_open_findings(scope), all_checks()
    failing = {"sight": rows.having("sight", FAILING), "triage": ~rows.having("triage", Triage.SET_ASIDE)}
    sensitive = {"data": rows.having("classification", _sensitive_levels(scope))}
    by_check = FilteredRows(rows, failing | sensitive, {}).by("check")
    locations = {
        check_id: _locations(rows.select(FilteredRows(rows, failing | _of(rows, check_id), {}).mask()))
        for check_id in {one.check_id for one in fixes}
        if check_id in checks and checks[check_id].protects
    }
    types = {each for check_id in locations for each in checks[check_id].protects}
    used = _TypeLocations.of(scope, types) if types else None
    found = []
    for one in fixes:
        check, idle = checks.get(one.check_id), 0
        if used is not None and check is not None and check.protects:
            idle = sum(not used.has(place, check.protects) for place in locations[one.check_id])
        exposes = check is not None and check.exposes
        found.append(replace(one, exposes=exposes, sensitive=by_check.get(one.check_id, 0), idle=idle))
    return sorted(found, key=lambda each: (-each.rank, -each.gain, each.check_id))


def _of(rows: EncodedRows, check_id: str) -> dict[str, np.ndarray]:
    return {"check": rows.having("check", {check_id})}


def _sensitive_levels(scope: Scope) -> set[str]:
    one = scope.organization
    scheme = own_scheme(one.classification_keys, one.sensitive_values) if one else DEFAULT
    return {level.name for level in scheme.levels if level.sensitive}


def _locations(rows: EncodedRows) -> list[Location]:
    """Return account and region of each row."""
    regions = rows.words["region"]
    codes = rows.codes["region"][rows.cell].tolist()
    return [(pk, regions[code]) for pk, code in zip(rows.account.tolist(), codes, strict=True)]


@dataclass(frozen=True, slots=True)
class _TypeLocations:
    """Where resources of some types are, or may be."""

    places: dict[str, set[Location]]

    @classmethod
    def of(cls, scope: Scope, types: Collection[str]) -> _TypeLocations:
        rows = load_resources(scope)
        places: dict[str, set[Location]] = {
            kind: set(_locations(rows.select(rows.having("type", {kind})[rows.cell]))) for kind in types
        }
        unread = gaps(scope).filter(blinds=True, resource_type__in=[ANY, *types])
        for account_pk, region, kind in unread.values_list("account_id", "region", "resource_type"):
            for each in types if kind == ANY else (kind,):
                places[each].add((account_pk, region))
        for found in places.values():
            found |= {(account_pk, GLOBAL) for account_pk, _ in found}
        return cls(places)

    def has(self, place: Location, types: Iterable[str]) -> bool:
        """Return True where a location has, or may have, a resource of any of the types."""
        return any(place in self.places[kind] or (place[0], ANY) in self.places[kind] for kind in types)
