"""A result made ready to be compared: every resource encoded once, before the account is locked.

An account that says the same as before is told by one digest, and a resource by its mark; nothing else of them is
worked out then.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any

import orjson

from accounts.models import Organization
from posture import checks
from posture.core.check import Check
from posture.core.classification import Scheme, classification, own_scheme
from posture.core.clock import Clock
from posture.core.gap import GapReason
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.sweep import AccountResult, Judgement
from posture.core.unread import unread
from posture.core.values import UNREADABLE, Unknown, plain, readable
from posture.core.values import canonical as slow_canonical
from posture.history.canonical import OPTIONS, canonical, digest
from posture.history.codec import MARKED

logger = logging.getLogger(__name__)

Uid = bytes
Mark = bytes
"""16 bytes that stand for all that a result says of a resource: what it is, where, how it is configured, and what is
observed. They are equal exactly where all of that is."""


def uid_of(resource_type: str, arn: str) -> Uid:
    """Return the 16 bytes that a resource is known by, through all its absences."""
    return digest([resource_type, arn])


def _unnamed(population: Resource) -> bytes:
    """Return what members say that a population, which has very many, does not name."""
    unnamed = population.members[len(population.raw_observed["Members"]) :]
    told = [[each.arn, each.name, each.raw_config, each.raw_tags, each.raw_observed] for each in unnamed]
    return canonical(told) if told else b""


def _slowly(one: Resource) -> tuple[Resource, bytes]:
    """Return a resource and its text: what of it nobody can encode is unknown, so that it hides no other."""
    try:
        return one, slow_canonical(_whole(one))
    except (TypeError, ValueError, RecursionError):
        logger.exception("a part of %s could not be kept", one.arn)
        odd = Unknown(f"read {one.type}", UNREADABLE, GapReason.BAD_ANSWER)
        kept = replace(
            one,
            raw_config=readable(one.raw_config, odd),
            raw_observed=readable(one.raw_observed, odd),
            raw_tags=readable(one.raw_tags, odd),
        )
        return kept, slow_canonical(_whole(kept))


def _whole(one: Resource) -> tuple[Any, ...]:
    return one.type, one.arn, one.region, one.name, one.raw_config, one.raw_tags, one.raw_observed


def scheme_of(organization: Organization) -> Scheme:
    """Return how an organization classifies data: its own tag keys and sensitive values, else the default."""
    return own_scheme(organization.classification_keys, organization.sensitive_values)


@dataclass(frozen=True, slots=True)
class Touched:
    """What of a result is otherwise than the account's last one, and what that leaves as it was."""

    seen: Mapping[Uid, Seen]
    """The resources that were seen otherwise than before."""
    standing: AbstractSet[str]
    """The checks that say of every other resource what they said before: nothing that they look at has moved."""


@dataclass(slots=True)
class Seen:
    """One resource of the result."""

    resource: Resource
    uid: Uid
    mark: Mark
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

    @cached_property
    def resources(self) -> Sequence[Resource]:
        """The resources of the result, each once: of two that say that they are the same one, the last."""
        told = self.result.resources
        if len({each.arn for each in told}) == len(told):
            return told
        return list({(each.type, each.arn): each for each in told}.values())

    @property
    def marked(self) -> dict[Mark, Resource]:
        """The resources by their marks, in the order in which they were told."""
        return self._marked[0]

    @property
    def populations(self) -> dict[Mark, Resource]:
        """Those of them that have members."""
        return self._marked[1]

    @cached_property
    def partly_read(self) -> list[tuple[Resource, Counter[Unknown]]]:
        """Those of them that lack a field, with of how many members what could not be read."""
        found = ((one, unread(one)) for one in self._marked[2])
        return [(one, lacking) for one, lacking in found if lacking]

    @cached_property
    def _marked(self) -> tuple[dict[Mark, Resource], dict[Mark, Resource], list[Resource]]:
        found, populations, partly_read = dict[Mark, Resource](), dict[Mark, Resource](), list[Resource]()
        unusual = list[object]()

        def encode(value: object) -> object:
            unusual.append(value)
            return plain(value)

        # In the order in which they lie in memory, each encoded and digested at once: that takes half the time. SHA-256
        # is what processors of today have instructions for.
        for one in self.resources:
            whole = (
                one.type, one.arn, one.region, one.name, one.raw_config, one.raw_tags, one.raw_observed,
            )  # fmt: skip
            try:  # as `canonical`, without the call: every resource comes here at every sweep
                text = orjson.dumps(whole, default=encode, option=OPTIONS)
            except TypeError:
                one, text = _slowly(one)  # noqa: PLW2901 - what of it can be kept
                unusual.append(one)
            if unusual:  # few are: to search each text for a mark takes longer
                unusual.clear()
                if MARKED in text:
                    partly_read.append(one)
            if one.members:
                text += _unnamed(one)
                populations[hashlib.sha256(text).digest()[:16]] = one
            found[hashlib.sha256(text).digest()[:16]] = one
        return found, populations, partly_read

    def seen(self, marks: Iterable[Mark]) -> dict[Uid, Seen]:
        """Return the resources of some marks, by type and ARN."""
        chosen = sorted(((mark, self.marked[mark]) for mark in marks), key=lambda one: (one[1].type, one[1].arn))
        return {(made := self._seen(mark, one)).uid: made for mark, one in chosen}

    def _seen(self, mark: Mark, one: Resource) -> Seen:
        hashed, uid = digest([one.name, one.raw_config, one.raw_tags]), uid_of(one.type, one.arn)
        return Seen(one, uid, mark, hashed, digest(one.raw_observed) if one.raw_observed else b"", self.scheme)

    @cached_property
    def folded(self) -> dict[tuple[str, str], Mark]:
        """Populations by type and ARN of their members."""
        return {(member.type, member.arn): mark for mark, each in self.populations.items() for member in each.members}

    def digest(self, rules: bytes) -> bytes:
        """Return 16 bytes that are equal exactly where two results say the same by the same rules.

        What a check says follows from the resources, the gaps and the rules, for as long as it `holds`; what the sweep
        judged by the clock is among what it says.
        """
        said = hashlib.blake2b(rules, digest_size=16)
        if self.result.is_judged:
            said.update(self._clocked())
        said.update(b"".join(sorted(self.marked)))
        said.update(digest([sorted(map(repr, self.result.gaps)), sorted(self.result.confirmed_gone)]))
        return said.digest()

    @cached_property
    def clock(self) -> Clock:
        """By which everything is judged here."""
        return Clock(self.result.now)

    def _clocked(self) -> bytes:
        """Return what the sweep judged by the clock."""
        clocked = {check.id for check in checks.all_checks().values() if check.reads_clock}
        said = [
            (each.check_id, each.resource.type, each.resource.arn, each.outcome)
            for each in self.result.judgements
            if each.check_id in clocked
        ]
        return repr(sorted(said, key=itemgetter(0, 1, 2))).encode()

    def holds(self, until: datetime | None) -> bool:
        """Tell whether what was said by the clock, and is known to hold until then, holds still."""
        return until is not None and self.result.now < until

    def says_all_by_digest(self, until: datetime | None) -> bool:
        """Tell whether with the same digest checks say the same: by the clock as well, which may hold until then."""
        return self.result.is_judged or self.holds(until)

    def held(self, before: datetime | None) -> datetime | None:
        """Return until when holds what was said by the clock: before, where that still holds, and now.

        None where that is not known, since the sweep judged.
        """
        if not self.result.is_judged:
            return min(before, self.clock.until) if before is not None and self.holds(before) else self.clock.until
        return None

    def outcomes(self, touched: Touched | None) -> list[Judgement]:
        """Return what is said of what was touched, and of all else by checks that do not stand.

        None stands for everything.
        """
        if touched is None:
            return self._judged(lambda _: True)
        standing, moved = touched.standing, [each.resource for each in touched.seen.values()]
        anew = self._judged(lambda check: check.id not in standing)
        return anew + self._judged(lambda check: check.id in standing, moved)

    def neighbourhood(self) -> Neighbourhood:
        """Return all resources and gaps, for checks that look around."""
        return self._neighbourhood

    @cached_property
    def _neighbourhood(self) -> Neighbourhood:
        return Neighbourhood(self.resources, self.result.gaps)

    def _judged(self, only: Callable[[Check], bool], of: Iterable[Resource] | None = None) -> list[Judgement]:
        """Return what some checks say of some resources: as the sweep judged, or judged here where it did not."""
        result = self.result
        if not result.is_judged:
            chosen = self.resources if of is None else list(of)
            return checks.judge(chosen, result.gaps, self.clock, self.scheme, only=only, around=self.neighbourhood)
        names = {check.id for check in checks.all_checks().values() if only(check)}
        places = None if of is None else {(each.type, each.arn) for each in of}
        return [
            each
            for each in result.judgements
            if each.check_id in names and (places is None or (each.resource.type, each.resource.arn) in places)
        ]
