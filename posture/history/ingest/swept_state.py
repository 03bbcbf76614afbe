"""A sweep result prepared for comparison.

Each resource is encoded and hashed once, before the account is locked.

An unchanged account is recognized by one digest, and an unchanged resource by one fingerprint; nothing else is
computed for them.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any

import orjson

from accounts.models import AwsAccount, Organization
from accounts.parameters import load_values
from posture import checks
from posture.core.check import Check
from posture.core.classification import Scheme, classification, own_scheme, using
from posture.core.clock import Clock
from posture.core.gap import GapReason
from posture.core.parameters import Values
from posture.core.parameters import using as using_values
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
Fingerprint = bytes
"""16-byte hash of all that a result holds of a resource: identity, region, configuration, tags and observed fields."""


def uid_of(resource_type: str, arn: str) -> Uid:
    """Return the 16 bytes that identify a resource through all its absences."""
    return digest([resource_type, arn])


def scheme_of(organization: Organization) -> Scheme:
    """Return the scheme by which an organization classifies data."""
    return own_scheme(organization.classification_keys, organization.sensitive_values)


def values_of(account: AwsAccount) -> Values:
    """Return the values by which an account is judged, without the defaults."""
    return checks.own_values(load_values(account))


@dataclass(slots=True)
class SweptResource:
    """One resource of the result."""

    resource: Resource
    uid: Uid
    fingerprint: Fingerprint
    hash: bytes
    """Digest of name, configuration and tags."""
    observed: bytes
    """Digest of the observed fields; empty where there are none."""
    scheme: Scheme

    @property
    def classification(self) -> str:
        """The level that its tags give by the organization's scheme.

        Empty where they give none.
        """
        tags = self.resource.raw_tags
        return "" if isinstance(tags, Unknown) else classification(tags, self.scheme) or ""


@dataclass(frozen=True)
class _Encoded:
    """The resources of a result by fingerprint, in their order.

    And those that need more than that.
    """

    by_fingerprint: dict[Fingerprint, Resource]
    populations: dict[Fingerprint, Resource]
    partly_read: list[Resource]


@dataclass(frozen=True)
class SweptState:
    """Everything that one result says about an account."""

    result: AccountResult
    scheme: Scheme
    values: Values = field(default_factory=dict)
    """Of the checks' parameters, those that differ from the defaults."""

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Judge by the account's scheme and values inside the block."""
        with using(self.scheme), using_values(self.values):
            yield

    @cached_property
    def resources(self) -> Sequence[Resource]:
        """The resources of the result, each once; of two with the same identity, the last."""
        listed = self.result.resources
        if len({each.arn for each in listed}) == len(listed):
            return listed
        return list({(each.type, each.arn): each for each in listed}.values())

    @property
    def by_fingerprint(self) -> dict[Fingerprint, Resource]:
        """The resources by fingerprint, in the order of the result."""
        return self._encoded.by_fingerprint

    @property
    def populations(self) -> dict[Fingerprint, Resource]:
        """Those of the resources that have members."""
        return self._encoded.populations

    @cached_property
    def partly_read(self) -> list[tuple[Resource, Counter[Unknown]]]:
        """Resources that lack a field, with the number of members that lack each field."""
        found = ((one, unread(one)) for one in self._encoded.partly_read)
        return [(one, lacking) for one, lacking in found if lacking]

    @cached_property
    def population_of(self) -> dict[tuple[str, str], Fingerprint]:
        """Fingerprints of populations by type and ARN of their members."""
        return {(member.type, member.arn): key for key, each in self.populations.items() for member in each.members}

    @cached_property
    def _encoded(self) -> _Encoded:
        found, populations, partly_read = dict[Fingerprint, Resource](), dict[Fingerprint, Resource](), list[Resource]()
        unusual = list[object]()

        def encode(value: object) -> object:
            unusual.append(value)
            return plain(value)

        # In memory order, each encoded and hashed at once, which halves the time. Processors have instructions for
        # SHA-256, and none for BLAKE2.
        for one in self.resources:
            whole = (
                one.type, one.arn, one.region, one.name, one.raw_config, one.raw_tags, one.raw_observed,
            )  # fmt: skip
            try:  # `canonical`, inlined: every resource of every sweep comes here
                text = orjson.dumps(whole, default=encode, option=OPTIONS)
            except TypeError:
                one, text = _encode_slowly(one)  # noqa: PLW2901 - the readable part of it
                unusual.append(one)
            if unusual:  # rare, and cheaper than a search of every text
                unusual.clear()
                if MARKED in text:
                    partly_read.append(one)
            if one.members:
                text += _unnamed_members(one)
                populations[hashlib.sha256(text).digest()[:16]] = one
            found[hashlib.sha256(text).digest()[:16]] = one
        return _Encoded(found, populations, partly_read)

    def details(self, fingerprints: Iterable[Fingerprint]) -> dict[Uid, SweptResource]:
        """Return resources by uid, sorted by type and ARN."""
        chosen = sorted(fingerprints, key=lambda key: (self.by_fingerprint[key].type, self.by_fingerprint[key].arn))
        return {(made := self._detail(key, self.by_fingerprint[key])).uid: made for key in chosen}

    def _detail(self, fingerprint: Fingerprint, one: Resource) -> SweptResource:
        hashed, uid = digest([one.name, one.raw_config, one.raw_tags]), uid_of(one.type, one.arn)
        observed = digest(one.raw_observed) if one.raw_observed else b""
        return SweptResource(one, uid, fingerprint, hashed, observed, self.scheme)

    def digest(self, rules: bytes) -> bytes:
        """Return 16 bytes that are equal where two results say the same.

        They say the same only by the same rules.

        Outcomes follow from resources, gaps and rules while `outcomes_hold`; those that the sweep judged by the clock
        are part of the digest.
        """
        hasher = hashlib.blake2b(rules, digest_size=16)
        if self.result.is_judged:
            hasher.update(self._outcomes_by_clock())
        hasher.update(b"".join(sorted(self.by_fingerprint)))
        hasher.update(digest([sorted(map(repr, self.result.gaps)), sorted(self.result.confirmed_gone)]))
        return hasher.digest()

    def _outcomes_by_clock(self) -> bytes:
        """Return what the sweep judged by the clock."""
        by_clock = {check.id for check in checks.all_checks().values() if check.reads_clock}
        outcomes = [
            (each.check_id, each.resource.type, each.resource.arn, each.outcome)
            for each in self.result.judgements
            if each.check_id in by_clock
        ]
        return repr(sorted(outcomes, key=itemgetter(0, 1, 2))).encode()

    @cached_property
    def clock(self) -> Clock:
        """The clock by which everything is judged here.

        It remembers until when outcomes hold.
        """
        return Clock(self.result.now)

    def outcomes_hold(self, until: datetime | None) -> bool:
        """Return True if outcomes that are known to hold `until` then still hold."""
        return until is not None and self.result.now < until

    def is_identified_by_digest(self, until: datetime | None) -> bool:
        """Return True if an equal digest means equal outcomes.

        Those by the clock are included.
        """
        return self.result.is_judged or self.outcomes_hold(until)

    def next_turn(self, before: datetime | None) -> datetime | None:
        """Return until when all outcomes hold, earlier ones `before`.

        None where the sweep judged and it is unknown.
        """
        if self.result.is_judged:
            return None
        if before is not None and self.outcomes_hold(before):
            return min(before, self.clock.until)
        return self.clock.until

    def judge_all(self) -> list[Judgement]:
        """Return the outcomes of all checks on all resources."""
        return self._judge(lambda _: True)

    def judge_changes(self, changed: Iterable[Resource], stable_checks: AbstractSet[str]) -> list[Judgement]:
        """Return outcomes on changed resources, and of unstable checks on all."""
        again = self._judge(lambda check: check.id not in stable_checks)
        return again + self._judge(lambda check: check.id in stable_checks, list(changed))

    def neighbourhood(self) -> Neighbourhood:
        """Return all resources and gaps, for checks that read related resources."""
        return self._neighbourhood

    @cached_property
    def _neighbourhood(self) -> Neighbourhood:
        return Neighbourhood(self.resources, self.result.gaps)

    def _judge(self, only: Callable[[Check], bool], of: Sequence[Resource] | None = None) -> list[Judgement]:
        """Return outcomes as the sweep judged, or judge here where it did not."""
        result = self.result
        if not result.is_judged:
            chosen = self.resources if of is None else of
            return checks.judge(
                chosen,
                result.gaps,
                self.clock,
                self.scheme,
                values=self.values,
                only=only,
                around=self.neighbourhood,
            )
        names = {check.id for check in checks.all_checks().values() if only(check)}
        wanted = None if of is None else {(each.type, each.arn) for each in of}
        return [
            each
            for each in result.judgements
            if each.check_id in names and (wanted is None or (each.resource.type, each.resource.arn) in wanted)
        ]


def _unnamed_members(population: Resource) -> bytes:
    """Return the encoded members that a population with very many does not name."""
    unnamed = population.members[len(population.raw_observed["Members"]) :]
    rows = [[each.arn, each.name, each.raw_config, each.raw_tags, each.raw_observed] for each in unnamed]
    return canonical(rows) if rows else b""


def _encode_slowly(one: Resource) -> tuple[Resource, bytes]:
    """Return a resource and its text.

    Values that cannot be encoded become unknown, so that they hide no others.
    """
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
