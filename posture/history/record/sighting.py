"""A result made ready to be compared: every resource encoded once, before the account is locked.

An account that says the same as before is told by one digest; nothing else of it is worked out then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

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
_NOTHING = bytes(16)
"""In place of a digest, where nothing moves apart from the configuration."""
_SILENT: dict[str, bytes] = {}
"""Of types that no check judges by the clock."""
Outcomes = dict[tuple[Uid, str], Outcome]


def uid_of(resource_type: str, arn: str) -> Uid:
    """Return the 16 bytes that a resource is known by, through all its absences."""
    return digest([resource_type, arn])


def scheme_of(organization: Organization) -> Scheme:
    """Return how an organization classifies data: its own tag keys and sensitive values, else the default."""
    return own_scheme(organization.classification_keys, organization.sensitive_values)


@dataclass(frozen=True, slots=True)
class Touched:
    """What of a result is otherwise than the account's last one, and what that leaves as it was."""

    uids: Collection[Uid]
    """Of the resources that were seen otherwise than before."""
    standing: AbstractSet[str]
    """The checks that say of every other resource what they said before: nothing that they look at has moved."""


def _by_the_clock(check: Check) -> bool:
    return check.time_dependent


def _by_what_is_there(check: Check) -> bool:
    return not check.time_dependent


@dataclass(slots=True)
class Seen:
    """One resource of the result."""

    resource: Resource
    uid: Uid
    hash: bytes
    observed: bytes
    """Digest of the observed fields; empty where there are none."""
    apart: bytes
    """Digest of all that may move while the configuration stands: what is observed, and what checks that read the clock
    say; empty where there is neither."""
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
    def _hashed(self) -> list[tuple[Resource, bytes, bytes, bytes]]:
        """The resources in one order, each with its hash, the digest of what is observed, and what `Seen.apart` is."""
        clocks = self._clocks
        hashed = [
            (each, digest([each.name, each.raw_config, each.raw_tags]),
             observed := digest(each.raw_observed) if each.raw_observed else b"",
             digest_of(observed + said) if (said := clocks.get(each.type, _SILENT).get(each.arn)) else observed)
            for each in self.result.resources
        ]  # fmt: skip
        # Sorted after they were encoded: in the order in which they lie in memory that takes two thirds of the time.
        return sorted(hashed, key=lambda one: f"{one[0].type}\0{one[0].arn}")

    @cached_property
    def _clocks(self) -> dict[str, dict[str, bytes]]:
        """What the checks that read the clock say of each resource that they judge, by its type and then its ARN."""
        found: dict[str, dict[str, bytes]] = {}
        for each in sorted(self._clocked, key=attrgetter("check_id")):
            of_type, arn, one = found.setdefault(each.resource.type, {}), each.resource.arn, each.outcome
            said = repr((each.check_id, one.status.value, one.reason, one.evidence, one.moves_score)).encode()
            of_type[arn] = of_type.get(arn, b"") + said
        return found

    @cached_property
    def seen(self) -> dict[Uid, Seen]:
        """The resources, each hashed."""
        found = {}
        for each, hashed, observed, apart in self._hashed:
            uid = uid_of(each.type, each.arn)
            found[uid] = Seen(each, uid, hashed, observed, apart, self.scheme)
        return found

    @cached_property
    def folded(self) -> dict[tuple[str, str], Uid]:
        """Populations by type and ARN of their members."""
        return {(member.type, member.arn): uid for uid, each in self.seen.items() for member in each.resource.members}

    def digest(self, rules: bytes) -> bytes:
        """Return 16 bytes that are equal exactly where two results say the same by the same rules.

        What a check says follows from the resources, the gaps and the rules, unless it reads the clock.
        """
        said = hashlib.blake2b(rules, digest_size=16)
        said.update(canonical([(each.type, each.arn, each.region) for each, *_ in self._hashed]))
        said.update(b"".join([hashed + (apart or _NOTHING) for _, hashed, _, apart in self._hashed]))
        said.update(digest([sorted(map(repr, self.result.gaps)), sorted(self.result.confirmed_gone)]))
        return said.digest()

    @cached_property
    def _clocked(self) -> list[Judgement]:
        """What the checks that read the clock say."""
        return self._judged(_by_the_clock)

    def outcomes(self, touched: Touched | None) -> Outcomes:
        """Return what is said of what was touched, and of all else by checks that do not stand.

        None stands for everything.
        """
        if touched is None:
            judged = [*self._clocked, *self._judged(_by_what_is_there)]
        else:
            standing, moved = touched.standing, [self.seen[uid].resource for uid in touched.uids]
            places = {(each.type, each.arn) for each in moved}
            judged = [
                each
                for each in self._clocked
                if each.check_id not in standing or (each.resource.type, each.resource.arn) in places
            ]
            judged += self._judged(lambda check: not check.time_dependent and check.id not in standing)
            judged += self._judged(lambda check: not check.time_dependent and check.id in standing, moved)
        return {(uid_of(each.resource.type, each.resource.arn), each.check_id): each.outcome for each in judged}

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
