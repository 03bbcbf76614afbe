"""Writes resources: identities, current versions, closed versions, and what is out of sight since when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from posture.core.values import plain
from posture.history import codec
from posture.history.canonical import canonical
from posture.history.ingest.bulk import clean, columns, copy, execute, fetch, numbers, own
from posture.history.ingest.resource_diff import Fate, Known, Present, unsettled
from posture.history.ingest.swept_state import Mark, Seen, Sighting, Uid
from posture.history.ingest.visibility import Memory, last_known

IDENTITY = ("id", "account_id", "uid", "type", "region", "arn", "name", "first_seen")
VERSION = (
    "resource_id", "version_id", "account_id", "type", "name", "valid_from",
    "hash", "known_hash", "config", "known", "tags", "classification",
)  # fmt: skip


GONE, FOLDED = "deleted", "folded"
"""Why the last version of a resource that is gone closes, and of one that is kept as a member of a population."""

_LEFT = {Fate.GONE: GONE, Fate.FOLDED: FOLDED}


@dataclass(slots=True)
class Written:
    """Resource ids after a result, and which of them are news."""

    ids: dict[Uid, int]
    """Of what was seen, but for what was seen as it stood."""
    marks: dict[Mark, int]
    """Ids of everything that was seen."""
    added: set[int] = field(default_factory=set)
    """Here for the first time, or back again."""
    regained: set[int] = field(default_factory=set)
    """In sight again."""
    gone: set[int] = field(default_factory=set)
    folded: set[str] = field(default_factory=set)
    """Types of which some are kept as members of a population that stood on their own before."""
    folding: set[int] = field(default_factory=set)
    """The populations that took them in."""
    unsettled: list[Known] = field(default_factory=list)
    """Of what was known, all that is not simply there as it was before."""


def write(account_pk: int, at: datetime, present: Present, sighting: Sighting, *, same_rules: bool = False) -> Written:
    """Bring the stored resources to what was seen; what is known of them carries the fates.

    By the same rules as before, what did not change is classified as it was, unless the rules changed while it
    could not be seen.
    """
    known, seen = present.known, present.seen
    fresh = [each for uid, each in seen.items() if uid not in known]
    returned = {each.uid: present.identities[each.uid] for each in fresh if each.uid in present.identities}
    written = Written({uid: each.id for uid, each in known.items() if uid in seen} | returned, {})
    brand_new = [each for each in fresh if each.uid not in returned]
    changed = [seen[uid] for uid, each in known.items() if uid in seen and seen[uid].hash != each.hash]
    wanted = {own("history_resource"): len(brand_new), "history_version_ids": len(fresh) + len(changed)}
    numbered, versions = numbers(wanted)
    written.ids |= dict(zip((each.uid for each in brand_new), numbered, strict=True))
    written.marks = present.still | {seen[uid].mark: number for uid, number in written.ids.items()}
    written.added = {written.ids[each.uid] for each in fresh}
    written.unsettled = unsettled(known.values())
    leaving = {each.id: _LEFT[each.fate] for each in written.unsettled if not each.present}
    written.gone = set(leaving)
    folded = [each for each in written.unsettled if each.fate is Fate.FOLDED]
    written.folded = {each.type for each in folded}
    written.folding = {written.marks[sighting.folded[each.type, each.arn]] for each in folded}
    written.regained = {each.id for each in written.unsettled if each.fate is Fate.SEEN and each.unseen_since}

    _introduce(account_pk, at, brand_new, written.ids)
    _welcome_back([each for each in fresh if each.uid in returned], returned)
    memories = _memories([written.ids[each.uid] for each in changed if _marked(each)])
    close(at, dict.fromkeys((written.ids[each.uid] for each in changed), "changed") | leaving)
    _forget(at, written.gone)
    _lay_down(account_pk, at, dict(zip(versions, [*fresh, *changed], strict=True)), written.ids, memories)
    _rename(changed, known, written.ids)
    if not same_rules:
        _reclassify(known, seen)
    elif _reclassify({uid: each for uid, each in known.items() if each.unseen_since}, seen):
        # Nothing else tells readers that what stood before is rated otherwise now.
        execute("UPDATE history_accountstate SET rerated_at = %s WHERE account_id = %s", [at, account_pk])
    _observe(account_pk, known, [*seen.values()], written.ids)
    _keep_sight(at, written.unsettled)
    return written


def close(at: datetime, reasons: Mapping[int, str]) -> None:
    """Move current versions to the closed ones, each for a reason; the bytes are copied inside the database."""
    if reasons:
        execute(
            """
            WITH ended AS (
                DELETE FROM history_version v USING unnest(%s::bigint[], %s::text[]) n (id, close_reason)
                WHERE v.resource_id = n.id RETURNING v.*, n.close_reason
            )
            INSERT INTO history_version_closed
                (valid_to, version_id, resource_id, account_id, type, name, valid_from,
                 hash, known_hash, config, known, tags, classification, close_reason)
            SELECT %s, version_id, resource_id, account_id, type, name, valid_from,
                   hash, known_hash, config, known, tags, classification, close_reason
            FROM ended
            """,
            [list(reasons), list(reasons.values()), at],
        )


def leave(at: datetime, ids: Iterable[int], reason: str) -> None:
    """Close resources as gone; their identity stays, for they may come back."""
    gone = list(ids)
    close(at, dict.fromkeys(gone, reason))
    _forget(at, gone)


def _forget(at: datetime, ids: Iterable[int]) -> None:
    """Mark resources as gone, with what was observed of them."""
    gone = list(ids)
    if gone:
        execute(
            f"""
            WITH forgotten AS (DELETE FROM history_observed WHERE resource_id = ANY(%s))
            UPDATE history_resource SET gone_at = %s, {_IN_SIGHT} WHERE id = ANY(%s)
            """,  # noqa: S608 - constants
            [gone, at, at, gone],
        )


def _introduce(account_pk: int, at: datetime, brand_new: Sequence[Seen], ids: dict[Uid, int]) -> None:
    copy(
        "history_resource",
        IDENTITY,
        (
            (ids[e.uid], account_pk, e.uid, e.resource.type, e.resource.region, clean(e.resource.arn),
             clean(e.resource.name), at)
            for e in brand_new
        ),
    )  # fmt: skip


def _welcome_back(back: Sequence[Seen], ids: Mapping[Uid, int]) -> None:
    if back:
        execute(
            f"UPDATE history_resource r SET gone_at = NULL, missed_at = NULL, {_NAMED}",  # noqa: S608 - constants
            columns([(ids[each.uid], clean(each.resource.name)) for each in back]),
        )


def _marked(each: Seen) -> bool:
    return codec.MARKED in canonical([each.resource.raw_config, each.resource.raw_tags])


def _memories(ids: Sequence[int]) -> dict[int, Memory]:
    """Return what was last known of resources of which something is unknown now."""
    if not ids:
        return {}
    rows = fetch(
        "SELECT resource_id, name, config, tags::text, known FROM history_version WHERE resource_id = ANY(%s)", [ids]
    )
    return {
        number: codec.unpack(known) if known else [name, codec.unpack(config), json.loads(tags)]
        for number, name, config, tags, known in rows
    }


def _lay_down(
    account_pk: int, at: datetime, each_new: Mapping[int, Seen], ids: dict[Uid, int], memories: dict[int, Memory]
) -> None:
    rows = []
    for version, each in each_new.items():
        number, resource = ids[each.uid], each.resource
        known = last_known(resource, memories.get(number))
        rows.append((
            number, version, account_pk, resource.type, clean(resource.name), at,
            each.hash, known.hash if known else None, codec.pack(resource.raw_config), known.packed if known else None,
            _json(resource.raw_tags), each.classification,
        ))  # fmt: skip
    copy("history_version", VERSION, rows)


def _json(value: object) -> str:
    # jsonb refuses NUL, which canonical JSON writes as an escape.
    return json.dumps(plain(value)).replace("\\u0000", "\\ufffd")


def _rename(changed: Sequence[Seen], known: dict[Uid, Known], ids: dict[Uid, int]) -> None:
    renamed = [
        (ids[each.uid], clean(each.resource.name))
        for each in changed
        if clean(each.resource.name) != known[each.uid].name
    ]
    if renamed:
        execute(f"UPDATE history_resource r SET {_NAMED}", columns(renamed))  # noqa: S608 - constants


def _reclassify(known: dict[Uid, Known], seen: dict[Uid, Seen]) -> bool:
    """Follow the organization's changed keys, which change no resource; tell whether any is at another level."""
    moved = [
        (each.id, seen[uid].classification)
        for uid, each in known.items()
        if uid in seen and seen[uid].hash == each.hash and seen[uid].classification != each.classification
    ]
    if moved:
        execute(
            "UPDATE history_version v SET classification = n.level FROM unnest(%s::bigint[], %s::text[]) n (id, level)"
            " WHERE v.resource_id = n.id",
            columns(moved),
        )
    return bool(moved)


def _observe(account_pk: int, known: dict[Uid, Known], seen: Sequence[Seen], ids: dict[Uid, int]) -> None:
    moved = [each for each in seen if each.observed != (known[each.uid].observed if each.uid in known else b"")]
    if moved:
        execute("DELETE FROM history_observed WHERE resource_id = ANY(%s)", [[ids[each.uid] for each in moved]])
        copy(
            "history_observed",
            ("resource_id", "account_id", "digest", "observed", "members"),
            (
                (ids[each.uid], account_pk, each.observed, codec.pack(each.resource.raw_observed), _members(each))
                for each in moved
                if each.observed
            ),
        )


def _members(each: Seen) -> int | None:
    return each.resource.raw_observed.get("Count") if each.resource.is_population else None


def _keep_sight(at: datetime, known: Sequence[Known]) -> None:
    """Mark what fell out of sight, and clear what is in sight again; `known` are unsettled."""
    lost = [each.id for each in known if each.out_of_sight and each.unseen_since is None]
    missed = [each.id for each in known if each.fate is Fate.MISSED]
    back = [each.id for each in known if each.fate is Fate.SEEN]
    if lost or missed:
        execute(
            """
            UPDATE history_resource
            SET unseen_since = coalesce(unseen_since, %s),
                missed_at = CASE WHEN id = ANY(%s::bigint[]) THEN %s ELSE missed_at END
            WHERE id = ANY(%s)
            """,
            [at, missed, at, lost + missed],
        )
    if back:
        execute(f"UPDATE history_resource SET {_IN_SIGHT} WHERE id = ANY(%s)", [at, back])  # noqa: S608 - constants


_IN_SIGHT = """
    unseen_periods = CASE WHEN unseen_since IS NULL THEN unseen_periods
        ELSE coalesce(unseen_periods, '{}') + tstzmultirange(tstzrange(unseen_since, %s)) END,
    unseen_since = NULL, missed_at = NULL
"""
"""Ends a running period out of sight at an instant, and the waiting for a second miss."""

# What it was called before is kept, each name once: by it a search of the past finds the resource.
_NAMED = """name = n.name, names_before = CASE
    WHEN r.name IN (n.name, '') OR r.name = ANY(string_to_array(r.names_before, chr(10))) THEN r.names_before
    ELSE concat_ws(chr(10), nullif(r.names_before, ''), r.name) END
FROM unnest(%s::bigint[], %s::text[]) n (id, name) WHERE r.id = n.id
"""
