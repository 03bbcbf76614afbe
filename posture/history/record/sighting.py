"""A result made ready to be compared: every resource encoded once, before the account is locked.

An account that says the same as before is told by one digest; nothing else of it is worked out then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from accounts.models import Organization
from posture import checks
from posture.core.check import Check
from posture.core.classification import Scheme, classification, own_scheme
from posture.core.outcome import Outcome
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.sweep import AccountResult, Judgement
from posture.core.values import Unknown
from posture.history.canonical import canonical, digest, digest_of

Uid = bytes
Outcomes = dict[tuple[Uid, str], Outcome]


def uid_of(resource_type: str, arn: str) -> Uid:
    """Return the 16 bytes that a resource is known by, through all its absences."""
    return digest([resource_type, arn])


def scheme_of(organization: Organization) -> Scheme:
    """Return how an organization classifies data: its own tag keys and sensitive values, else the default."""
    return own_scheme(organization.classification_keys, organization.sensitive_values)


def stands_alone(check: Check) -> bool:
    """Tell whether a check says the same of the same resource, whatever the time and whatever is around it."""
    return not check.time_dependent and not check.needs


def _by_the_clock(check: Check) -> bool:
    return check.time_dependent


def _by_its_neighbours(check: Check) -> bool:
    return bool(check.needs) and not check.time_dependent


@dataclass(frozen=True, slots=True)
class Seen:
    """One resource of the result."""

    resource: Resource
    uid: Uid
    hash: bytes
    observed: bytes
    """Digest of the observed fields; empty where there are none."""
    scheme: Scheme

    @property
    def classification(self) -> str:
        """The level that its tags give, by the organization's own scheme; empty where they give none."""
        tags = self.resource.raw_tags
        return "" if isinstance(tags, Unknown) else classification(tags, self.scheme) or ""


@dataclass(frozen=True)
class Sighting:
    """All that one result says."""

    result: AccountResult
    scheme: Scheme
    known: dict[tuple[str, str], Uid] = field(default_factory=dict)
    """Uids by type and ARN that need not be worked out; filled before `seen` is first asked for."""

    @cached_property
    def _texts(self) -> list[tuple[Resource, bytes, bytes]]:
        """The resources in one order, each with the text of what is hashed, and of what is observed."""
        return [
            (each, canonical([each.name, each.raw_config, each.raw_tags]),
             canonical(each.raw_observed) if each.raw_observed else b"")
            for each in sorted(self.result.resources, key=lambda each: (each.type, each.arn))
        ]  # fmt: skip

    @cached_property
    def seen(self) -> dict[Uid, Seen]:
        """The resources, each hashed."""
        found = (
            Seen(each, self.known.get((each.type, each.arn)) or uid_of(each.type, each.arn), digest_of(text),
                 digest_of(observed) if observed else b"", self.scheme)
            for each, text, observed in self._texts
        )  # fmt: skip
        return {each.uid: each for each in found}

    def digest(self, rules: bytes) -> bytes:
        """Return 16 bytes that are equal exactly where two results say the same by the same rules.

        What a check says follows from the resources, the gaps and the rules, unless it reads the clock.
        """
        said = hashlib.blake2b(rules, digest_size=16)
        for each, text, observed in self._texts:
            said.update(b"\x00".join((each.type.encode(), each.arn.encode(), each.region.encode(), text, observed)))
        for judgement in sorted(self._clocked, key=lambda each: (each.resource.type, each.resource.arn, each.check_id)):
            outcome = judgement.outcome
            said.update(repr((judgement.check_id, outcome.status.value, outcome.reason, outcome.evidence)).encode())
        said.update(digest([sorted(map(repr, self.result.gaps)), sorted(self.result.confirmed_gone)]))
        return said.digest()

    @cached_property
    def _clocked(self) -> list[Judgement]:
        """What the checks that read the clock say."""
        return self._judged(_by_the_clock)

    def outcomes(self, of: Collection[Uid] | None) -> Outcomes:
        """Return what is said of the resources `of`, and of all others by checks that do not stand alone.

        None stands for all resources.
        """
        judged = [*self._clocked, *self._judged(_by_its_neighbours)]
        judged += self._judged(stands_alone, None if of is None else [self.seen[uid].resource for uid in of])
        return {(self._uids[each.resource.type, each.resource.arn], each.check_id): each.outcome for each in judged}

    @cached_property
    def _uids(self) -> dict[tuple[str, str], Uid]:
        return {(each.resource.type, each.resource.arn): uid for uid, each in self.seen.items()}

    def neighbourhood(self) -> Neighbourhood:
        """Return all resources and gaps, for checks that look around."""
        return self._neighbourhood

    @cached_property
    def _neighbourhood(self) -> Neighbourhood:
        return Neighbourhood(self.result.resources, self.result.gaps)

    def _judged(self, only: Callable[[Check], bool], of: Iterable[Resource] | None = None) -> list[Judgement]:
        """Return what some checks say of some resources: as the sweep judged, or judged here where it did not."""
        result = self.result
        if not result.is_judged:
            chosen = result.resources if of is None else list(of)
            return checks.judge(chosen, result.gaps, result.now, self.scheme, only=only, around=self.neighbourhood)
        names = {check.id for check in checks.all_checks().values() if only(check)}
        places = None if of is None else {(each.type, each.arn) for each in of}
        return [
            each
            for each in result.judgements
            if each.check_id in names and (places is None or (each.resource.type, each.resource.arn) in places)
        ]
