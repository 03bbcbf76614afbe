"""A result made ready to be compared: every resource hashed once, before the account is locked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from accounts.models import Organization
from posture.checks import all_checks
from posture.core.classification import Scheme, classification, own_scheme
from posture.core.outcome import Outcome
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.core.values import Unknown, digest

Uid = bytes


def uid_of(resource_type: str, arn: str) -> Uid:
    """Return the 16 bytes that a resource is known by, through all its absences."""
    return digest([resource_type, arn])


def scheme_of(organization: Organization) -> Scheme:
    """Return how an organization classifies data: its own tag keys and sensitive values, else the default."""
    return own_scheme(organization.classification_keys, organization.sensitive_values)


@dataclass(frozen=True, slots=True)
class Seen:
    """One resource of the result."""

    resource: Resource
    uid: Uid
    hash: bytes
    observed: bytes
    """Digest of the observed fields; empty where there are none."""
    classification: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """All that one result says."""

    result: AccountResult
    seen: dict[Uid, Seen]
    outcomes: dict[tuple[Uid, str], Outcome] = field(default_factory=dict)

    @classmethod
    def of(cls, result: AccountResult, scheme: Scheme) -> Sighting:
        """Hash a result's resources and file its outcomes by resource and check."""
        seen = {each.uid: each for each in (_seen(resource, scheme) for resource in result.resources)}
        uids = {(each.resource.type, each.resource.arn): uid for uid, each in seen.items()}
        outcomes = {
            (uids[judgement.resource.type, judgement.resource.arn], judgement.check_id): judgement.outcome
            for judgement in result.judgements
        }
        return cls(result, seen, outcomes)

    def digest(self) -> bytes:
        """Return 16 bytes that are equal exactly where two results say the same by the same rules."""
        said = hashlib.blake2b(digest_size=16)
        for uid in sorted(self.seen):
            each = self.seen[uid]
            said.update(b"".join((uid, each.hash, each.observed, each.classification.encode())))
        for (uid, check_id), outcome in sorted(self.outcomes.items(), key=lambda item: item[0]):
            said.update(b"\x00".join((uid, check_id.encode(), repr(outcome).encode())))
        said.update(digest([sorted(map(repr, self.result.gaps)), *_asked(self.result), _rules()]))
        return said.digest()


def _seen(resource: Resource, scheme: Scheme) -> Seen:
    tags = resource.raw_tags
    level = None if isinstance(tags, Unknown) else classification(tags, scheme)
    observed = digest(resource.raw_observed) if resource.raw_observed else b""
    return Seen(resource, uid_of(resource.type, resource.arn), resource.hash, observed, level or "")


def _asked(result: AccountResult) -> list[Sequence[str]]:
    return [
        sorted(result.regions),
        sorted(result.swept_types),
        sorted(result.global_types),
        sorted(result.confirmed_gone),
    ]


def _rules() -> list[tuple[str, int, int]]:
    return sorted((check.id, check.version, int(check.severity)) for check in all_checks().values())
