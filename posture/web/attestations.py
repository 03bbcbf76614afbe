"""What people can attest, and what is attested in a scope.

An area names its subjects in a module `attestable.py`:

    @subjects
    def _duties() -> Iterator[Subject]:
        yield Subject("outposts:power", "Power, cooling and fire", …)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from accounts.attestations import NOTHING, AttestedState, group_by_subject, list_latest
from posture.history.scope import Scope
from posture.web.check_parameters import organization_of


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that no API reports, and that a person can attest."""

    reference: str
    """By which it is stored: `cis_aws_7:2.1.4`."""
    title: str
    look_at: str
    """What a person has to look at, or to confirm."""
    of: str
    """Whose demand it is: a framework, or Outposts."""
    page: str
    """The page that shows it."""
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    fragment: str = ""


SubjectSource = Callable[[], Iterable[Subject]]
_sources: list[SubjectSource] = []


def subjects(source: SubjectSource) -> SubjectSource:
    """Register a function that yields the subjects of an area."""
    _sources.append(source)
    return source


@cache
def all_subjects() -> dict[str, Subject]:
    """Return every subject by its reference, in the order of its area."""
    autodiscover_modules("attestable")
    found = [one for source in _sources for one in source()]
    return {one.reference: one for one in sorted(found, key=lambda one: one.of)}


def instant_of(scope: Scope) -> datetime:
    """Return the date of the read.

    People attest now, also in a simulated organization, whose present is its last snapshot.
    """
    return scope.as_of or timezone.now()


def load_states(scope: Scope) -> Mapping[str, AttestedState]:
    """Return what is attested in a scope, by subject; by one query."""
    organization = organization_of(scope)
    if organization is None:
        return {}
    at = instant_of(scope)
    return group_by_subject(list_latest(organization, at), current_accounts(scope), at)


def current_accounts(scope: Scope) -> list[int]:
    """Return the accounts of a scope that have not left."""
    return [account.pk for account in scope.accounts if account.left_at is None]


def state_of(states: Mapping[str, AttestedState], reference: str) -> AttestedState:
    """Return what is attested of a subject, which may be nothing."""
    return states.get(reference, NOTHING)
