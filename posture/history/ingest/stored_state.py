"""What the store holds of an account, read as far as a diff needs it.

One packed value in the account's state, its fingerprint, answers for nearly every resource the one question a
sweep has: is it as it was? Only the rows of the others are read. The value names the result that it was made with;
where that is not the account's last one, or a row that it names is missing, it is discarded and all rows are read.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from itertools import chain
from struct import Struct, calcsize, pack_into, unpack_from
from typing import Any

from posture.core.resource import Resource
from posture.core.values import Unknown, revive
from posture.history import codec
from posture.history.canonical import canonical, digest
from posture.history.ingest.bulk import fetch, fetch_each
from posture.history.ingest.pipeline import Statement
from posture.history.ingest.swept_state import Fingerprint, Uid

FORMAT = b"\x04"
"""First byte of a packed state fingerprint; a value of another format is discarded."""
_HEADER = Struct("<c16sIII")
"""Format, digest of the result, and how many unchanged resources, other resources and finding digests follow."""
_FINGERPRINT = Struct("<16s")

TextDigest = int
"""Eight bytes that identify the status, reason and evidence of a finding."""
FindingDigests = Mapping[int, tuple[TextDigest, int]]
"""Text digest and id of open findings, by `findings.digest_key`: of checks that may judge unchanged resources again."""


@dataclass(frozen=True, slots=True)
class StateFingerprint:
    """What an account holds after a result, in some 40 bytes a resource."""

    ids: Mapping[Fingerprint, int]
    """Resource ids of what the result contained."""
    other_ids: Sequence[int]
    """Resource ids of what it did not contain and is still present: unseen, or not asked about."""
    findings: FindingDigests

    def pack(self, result_digest: bytes) -> bytes:
        """Return the value to store with the rows of the result of this digest."""
        packed = bytearray(_HEADER.pack(FORMAT, result_digest, len(self.ids), len(self.other_ids), len(self.findings)))
        packed += b"".join(self.ids)
        start = len(packed)
        numbers = _numbers(len(self.ids) + len(self.other_ids) + 3 * len(self.findings))
        packed += bytes(calcsize(numbers))
        values = chain.from_iterable(self.findings.values())
        pack_into(numbers, packed, start, *self.ids.values(), *self.other_ids, *self.findings, *values)
        return bytes(packed)

    @classmethod
    def unpack(cls, packed: bytes, result_digest: bytes) -> StateFingerprint | None:
        """Return the stored value.

        None where it has another format, or was made with another result.
        """
        if len(packed) < _HEADER.size:
            return None
        form, of, resources, others, findings = _HEADER.unpack_from(packed)
        if form != FORMAT or of != result_digest:
            return None
        start = _HEADER.size + resources * _FINGERPRINT.size
        numbers = unpack_from(_numbers(resources + others + 3 * findings), packed, start)
        fingerprints = (each for (each,) in _FINGERPRINT.iter_unpack(packed[_HEADER.size : start]))
        keys = resources + others
        values = zip(numbers[keys + findings :: 2], numbers[keys + findings + 1 :: 2], strict=True)
        return cls(
            dict(zip(fingerprints, numbers, strict=False)),
            numbers[resources:keys],
            dict(zip(numbers[keys : keys + findings], values, strict=True)),
        )


def _numbers(count: int) -> str:
    return f"<{count}q"


class Fate(Enum):
    """What a result means for a resource that the store holds as present."""

    SEEN = auto()
    BLIND = auto()
    """Inside a gap."""
    MISSED = auto()
    """Absent from a complete listing for the first time."""
    GONE = auto()
    FOLDED = auto()
    """Seen as a member of a population, with which it is kept from now on."""
    UNASKED = auto()
    """Its region or type was not part of the sweep."""


@dataclass(slots=True)
class KnownResource:
    """A resource that the store holds as present."""

    id: int
    uid: Uid
    type: str
    region: str
    arn: str
    name: str
    hash: bytes
    observed: bytes
    """Digest of the observed fields."""
    classification: str
    missed_at: datetime | None
    unseen_since: datetime | None
    members: int | None = None
    """Of a population."""
    content: Sequence[Any] = ()
    """Name, configuration, tags, last known values and observed fields as stored; empty where they were not read."""
    fate: Fate = Fate.UNASKED

    @property
    def is_unseen(self) -> bool:
        """Return True if it could not be seen when it was last asked about."""
        fate = self.fate
        return fate is Fate.BLIND or fate is Fate.MISSED or (fate is Fate.UNASKED and self.unseen_since is not None)

    @property
    def is_hidden(self) -> bool:
        """Return True if a gap hides it; a first miss is no loss of visibility."""
        return self.is_unseen and self.fate is not Fate.MISSED and self.missed_at is None

    @property
    def is_present(self) -> bool:
        """Return True if it is still taken to exist after the result."""
        return self.fate is not Fate.GONE and self.fate is not Fate.FOLDED

    @property
    def is_unsettled(self) -> bool:
        """Return True unless it was seen now and before: unseen, gone, or visible again."""
        return self.fate is not Fate.SEEN or self.unseen_since is not None or self.missed_at is not None


def state_query(account_pk: int) -> Statement:
    """Return the query for the packed state fingerprint of an account."""
    return "SELECT fingerprint FROM history_accountstate WHERE account_id = %s", [account_pk]


def load_resources(
    account_pk: int, ids: Sequence[int] | None = None, uids: Collection[Uid] = ()
) -> tuple[dict[Uid, KnownResource], dict[Uid, int]]:
    """Return the present resources of an account by uid.

    With `ids`, only those, together with their content.

    The second value holds the ids of those `uids` that were ever known.
    """
    queries = [_resources_query(account_pk, ids)] if ids is None or ids else []
    queries += [_ids_query(account_pk, uids)] if uids else []
    answers = iter(fetch_each(*queries) if queries else [])
    known = _as_known(next(answers)) if ids is None or ids else {}
    return known, dict(next(answers, []))


def load_resources_of(account_pk: int, types: Sequence[str]) -> list[KnownResource]:
    """Return the present resources of some types of an account, with their content."""
    return list(_as_known(fetch(_RESOURCES_OF_TYPES, [account_pk, list(types)])).values())


def load_ids(account_pk: int, uids: Collection[Uid]) -> dict[Uid, int]:
    """Return the ids of those uids that are, or ever were, known."""
    return dict(fetch(*_ids_query(account_pk, uids))) if uids else {}


def _ids_query(account_pk: int, uids: Iterable[Uid]) -> Statement:
    return (
        "SELECT uid, id FROM history_resource WHERE account_id = %s AND uid = ANY(%s::bytea[])",
        [account_pk, list(uids)],
    )


_RESOURCES = """
SELECT r.id, r.uid, r.type, r.region, r.arn, r.name, v.hash, coalesce(o.digest, ''::bytea), v.classification,
       r.missed_at, r.unseen_since, o.members
FROM history_version v
JOIN history_resource r ON r.id = v.resource_id
LEFT JOIN history_observed o ON o.resource_id = v.resource_id
WHERE v.account_id = %s
"""
_CONTENT = """
SELECT r.id, r.uid, r.type, r.region, r.arn, r.name, v.hash, coalesce(o.digest, ''::bytea), v.classification,
       r.missed_at, r.unseen_since, o.members, v.name, v.config, v.tags::text, v.known, o.observed
FROM history_version v
JOIN history_resource r ON r.id = v.resource_id
LEFT JOIN history_observed o ON o.resource_id = v.resource_id
"""
_RESOURCES_WITH_CONTENT = _CONTENT + "WHERE v.resource_id = ANY(%s::bigint[])"
_RESOURCES_OF_TYPES = _CONTENT + "WHERE v.account_id = %s AND v.type = ANY(%s::text[])"


def _resources_query(account_pk: int, ids: Sequence[int] | None) -> Statement:
    return (_RESOURCES, [account_pk]) if ids is None else (_RESOURCES_WITH_CONTENT, [list(ids)])


def _as_known(rows: Sequence[tuple[Any, ...]]) -> dict[Uid, KnownResource]:
    known = {row[1]: KnownResource(*row[:12]) for row in rows}
    for row in rows:
        known[row[1]].content = row[12:]
    return known


@dataclass(frozen=True, slots=True)
class ResourceContent:
    """A resource as stored, in two readings.

    They are one object where nothing of it is unknown.
    """

    last_seen: Resource
    """As AWS last returned it, fields that it refused being unknown: so it was judged while it was visible."""
    last_known: Resource
    """With each unknown field as it was when last known: so it is taken to be while it is unseen."""


def load_contents(account_id: str, wanted: Sequence[KnownResource]) -> dict[int, ResourceContent]:
    """Return the content of resources by id.

    What was read along with them is not read again.
    """
    found = {each.id: _content(account_id, each, *each.content) for each in wanted if each.content}
    unread = {each.id: each for each in wanted if not each.content}
    if not unread:
        return found
    rows = fetch(
        """
        SELECT v.resource_id, v.name, v.config, v.tags::text, v.known, o.observed
        FROM history_version v LEFT JOIN history_observed o ON o.resource_id = v.resource_id
        WHERE v.resource_id = ANY(%s)
        """,
        [list(unread)],
    )
    return found | {row[0]: _content(account_id, unread[row[0]], *row[1:]) for row in rows}


def _content(
    account_id: str,
    each: KnownResource,
    name: str,
    config: bytes,
    tags: str,
    known: bytes | None,
    observed: bytes | None,
) -> ResourceContent:
    last_seen = Resource(
        type=each.type,
        arn=each.arn,
        account_id=account_id,
        region=each.region,
        name=name,
        raw_config=codec.unpack(config),
        raw_observed=codec.unpack(observed) if observed else {},
        raw_tags=revive(json.loads(tags)),
    )
    if not known:
        return ResourceContent(last_seen, last_seen)
    name_then, config_then, tags_then = codec.unpack(known)
    return ResourceContent(last_seen, replace(last_seen, name=name_then, raw_config=config_then, raw_tags=tags_then))


KnownFields = list[Any]
"""Name, configuration and tags of a resource, each unknown field as it was when last known."""
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class LastKnown:
    """What is stored with a version that has unknown fields.

    Versions of equal hash differ in visibility alone.
    """

    hash: bytes
    packed: bytes


def load_known_fields(ids: Sequence[int]) -> dict[int, KnownFields]:
    """Return the last known fields of current versions, by resource id."""
    if not ids:
        return {}
    rows = fetch(
        "SELECT resource_id, name, config, tags::text, known FROM history_version WHERE resource_id = ANY(%s)",
        [list(ids)],
    )
    return {
        number: codec.unpack(known) if known else [name, codec.unpack(config), json.loads(tags)]
        for number, name, config, tags, known in rows
    }


def has_unknown_fields(resource: Resource) -> bool:
    """Return True if AWS refused any field of the configuration or the tags."""
    return codec.MARKED in canonical([resource.raw_config, resource.raw_tags])


def last_known(resource: Resource, before: KnownFields | None) -> LastKnown | None:
    """Return the last known values of a resource; None where nothing of it is unknown."""
    if not has_unknown_fields(resource):
        return None
    now = [resource.name, resource.raw_config, resource.raw_tags]
    filled = fill(now, revive(before)) if before is not None else now
    return LastKnown(digest(filled), codec.pack(filled))


def fill(now: Any, before: Any = _NOTHING) -> Any:
    """Return `now` with each unknown value replaced by what it was before, if known."""
    if isinstance(now, Unknown):
        return now if before is _NOTHING else before
    if isinstance(now, Mapping):
        old = before if isinstance(before, Mapping) else {}
        return {key: fill(value, old.get(key, _NOTHING)) for key, value in now.items()}
    if isinstance(now, list | tuple):
        olds = before if isinstance(before, list | tuple) and len(before) == len(now) else [_NOTHING] * len(now)
        return [fill(value, old) for value, old in zip(now, olds, strict=True)]
    return now
