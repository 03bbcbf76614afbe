"""Writes resources: identities, current and closed versions, visibility."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from psycopg.sql import SQL

from posture.core.values import plain
from posture.history import codec
from posture.history.ingest.bulk import clean, columns, copy, execute, numbers, own
from posture.history.ingest.diff import Diff
from posture.history.ingest.stored_state import (
    Fate,
    KnownFields,
    KnownResource,
    has_unknown_fields,
    last_known,
    load_known_fields,
)
from posture.history.ingest.swept_state import SweptResource, Uid

IDENTITY_COLUMNS = ("id", "account_id", "uid", "type", "region", "arn", "name", "first_seen")
VERSION_COLUMNS = (
    "resource_id", "version_id", "account_id", "type", "name", "valid_from",
    "hash", "known_hash", "config", "known", "tags", "classification",
)  # fmt: skip


def write(account_pk: int, at: datetime, diff: Diff, *, same_rules: bool = False) -> None:
    """Bring the stored resources to what was swept.

    New resources get their ids in `diff.ids`.

    By the same rules, what did not change keeps its classification, unless the rules changed while it was unseen.
    """
    new, changed, removed = diff.new, diff.changed, diff.removed
    returned = [each for each in new if each.uid in diff.ids]
    introduced = [each for each in new if each.uid not in diff.ids]
    wanted = {own("history_resource"): len(introduced), "history_version_ids": len(new) + len(changed)}
    resource_ids, version_ids = numbers(wanted)
    diff.ids |= dict(zip((each.uid for each in introduced), resource_ids, strict=True))

    _introduce(account_pk, at, introduced, diff.ids)
    _reintroduce(returned, diff.ids)
    known_fields = load_known_fields([diff.ids[each.uid] for each in changed if has_unknown_fields(each.resource)])
    close(at, dict.fromkeys((diff.ids[each.uid] for each in changed), "changed") | removed)
    _mark_gone(at, [*removed])
    _insert_versions(account_pk, at, dict(zip(version_ids, [*new, *changed], strict=True)), diff.ids, known_fields)
    _rename(changed, diff)
    if not same_rules:
        _reclassify(diff.known, diff)
    elif _reclassify({uid: each for uid, each in diff.known.items() if each.unseen_since}, diff):
        # Readers of past dates see nothing else that says: rows from before this result have another level now.
        execute("UPDATE history_accountstate SET rerated_at = %s WHERE account_id = %s", [at, account_pk])
    _write_observed(account_pk, diff)
    _write_visibility(at, diff.unsettled)


def close(at: datetime, reasons: Mapping[int, str]) -> None:
    """Move current versions to the closed ones, each with its reason.

    Content is copied inside the database.
    """
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


def remove(at: datetime, ids: Iterable[int], reason: str) -> None:
    """Close resources as gone; their identities stay, for they may come back."""
    gone = list(ids)
    close(at, dict.fromkeys(gone, reason))
    _mark_gone(at, gone)


# Ends a running period unseen at an instant, and the waiting for a second miss.
_VISIBLE = SQL("""
    unseen_periods = CASE WHEN unseen_since IS NULL THEN unseen_periods
        ELSE coalesce(unseen_periods, '{{}}') + tstzmultirange(tstzrange(unseen_since, %s)) END,
    unseen_since = NULL, missed_at = NULL
""").format()
_MARK_GONE = (
    SQL("""
WITH forgotten AS (DELETE FROM history_observed WHERE resource_id = ANY(%s))
UPDATE history_resource SET gone_at = %s, {visible} WHERE id = ANY(%s)
""")
    .format(visible=_VISIBLE)
    .as_string()
)
_MARK_VISIBLE = SQL("UPDATE history_resource SET {visible} WHERE id = ANY(%s)").format(visible=_VISIBLE).as_string()
_MARK_UNSEEN = """
UPDATE history_resource
SET unseen_since = coalesce(unseen_since, %s),
    missed_at = CASE WHEN id = ANY(%s::bigint[]) THEN %s ELSE missed_at END
WHERE id = ANY(%s)
"""
# Earlier names are kept, each once: a search of the past finds a resource by them.
_NAMED = SQL("""name = n.name, names_before = CASE
    WHEN r.name IN (n.name, '') OR r.name = ANY(string_to_array(r.names_before, chr(10))) THEN r.names_before
    ELSE concat_ws(chr(10), nullif(r.names_before, ''), r.name) END
FROM unnest(%s::bigint[], %s::text[]) n (id, name) WHERE r.id = n.id
""")
_RENAME = SQL("UPDATE history_resource r SET {named}").format(named=_NAMED).as_string()
_REINTRODUCE = (
    SQL("UPDATE history_resource r SET gone_at = NULL, missed_at = NULL, {named}").format(named=_NAMED).as_string()
)


def _mark_gone(at: datetime, gone: Sequence[int]) -> None:
    """Mark resources as gone, and delete their observed fields."""
    if gone:
        execute(_MARK_GONE, [list(gone), at, at, list(gone)])


def _introduce(account_pk: int, at: datetime, introduced: Sequence[SweptResource], ids: Mapping[Uid, int]) -> None:
    rows = (
        (ids[e.uid], account_pk, e.uid, e.resource.type, e.resource.region, clean(e.resource.arn),
         clean(e.resource.name), at)
        for e in introduced
    )  # fmt: skip
    copy("history_resource", IDENTITY_COLUMNS, rows)


def _reintroduce(returned: Sequence[SweptResource], ids: Mapping[Uid, int]) -> None:
    if returned:
        execute(_REINTRODUCE, columns([(ids[each.uid], clean(each.resource.name)) for each in returned]))


def _insert_versions(
    account_pk: int,
    at: datetime,
    by_version: Mapping[int, SweptResource],
    ids: Mapping[Uid, int],
    known_fields: Mapping[int, KnownFields],
) -> None:
    rows = []
    for version, each in by_version.items():
        number, resource = ids[each.uid], each.resource
        known = last_known(resource, known_fields.get(number))
        rows.append((
            number, version, account_pk, resource.type, clean(resource.name), at,
            each.hash, known.hash if known else None, codec.pack(resource.raw_config), known.packed if known else None,
            _json(resource.raw_tags), each.classification,
        ))  # fmt: skip
    copy("history_version", VERSION_COLUMNS, rows)


def _json(value: object) -> str:
    # jsonb refuses NUL, which canonical JSON writes as an escape.
    return json.dumps(plain(value)).replace("\\u0000", "\\ufffd")


def _rename(changed: Sequence[SweptResource], diff: Diff) -> None:
    names = {each.uid: clean(each.resource.name) for each in changed}
    renamed = [(diff.ids[uid], name) for uid, name in names.items() if name != diff.known[uid].name]
    if renamed:
        execute(_RENAME, columns(renamed))


def _reclassify(known: Mapping[Uid, KnownResource], diff: Diff) -> bool:
    """Follow other classification keys, which change no resource.

    Return True if any has another level now.
    """
    moved = [
        (each.id, diff.swept[uid].classification)
        for uid, each in known.items()
        if uid in diff.swept
        and diff.swept[uid].hash == each.hash
        and diff.swept[uid].classification != each.classification
    ]
    if moved:
        execute(
            "UPDATE history_version v SET classification = n.level FROM unnest(%s::bigint[], %s::text[]) n (id, level)"
            " WHERE v.resource_id = n.id",
            columns(moved),
        )
    return bool(moved)


def _write_observed(account_pk: int, diff: Diff) -> None:
    known = diff.known
    moved = [
        each for uid, each in diff.swept.items() if each.observed != (known[uid].observed if uid in known else b"")
    ]
    if moved:
        execute("DELETE FROM history_observed WHERE resource_id = ANY(%s)", [[diff.ids[each.uid] for each in moved]])
        rows = (
            (diff.ids[each.uid], account_pk, each.observed, codec.pack(each.resource.raw_observed), _members(each))
            for each in moved
            if each.observed
        )
        copy("history_observed", ("resource_id", "account_id", "digest", "observed", "members"), rows)


def _members(each: SweptResource) -> int | None:
    return each.resource.raw_observed.get("Count") if each.resource.is_population else None


def _write_visibility(at: datetime, unsettled: Sequence[KnownResource]) -> None:
    """Mark what is unseen from now on, and clear what is visible again."""
    lost = [each.id for each in unsettled if each.is_unseen and each.unseen_since is None]
    missed = [each.id for each in unsettled if each.fate is Fate.MISSED]
    visible = [each.id for each in unsettled if each.fate is Fate.SEEN]
    if lost or missed:
        execute(_MARK_UNSEEN, [at, missed, at, lost + missed])
    if visible:
        execute(_MARK_VISIBLE, [at, visible])
