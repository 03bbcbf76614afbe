"""Reads back resources as they stand in the history: as AWS told them last, and as they were last known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from posture.core.resource import Resource
from posture.core.values import revive
from posture.history import codec
from posture.history.ingest.bulk import fetch
from posture.history.ingest.resource_diff import Known


@dataclass(frozen=True, slots=True)
class Stored:
    """A resource as it stands in the history; the two are one where nothing of it was unknown."""

    told: Resource
    """As it was told last, with what could not be read unknown: so it was judged while it was in sight."""
    known: Resource
    """Each unknown field as it was when last known: so it is taken to be while it is out of sight."""


def stored_resources(account_id: str, wanted: Sequence[Known]) -> dict[int, Stored]:
    """Return resources by id."""
    if not wanted:
        return {}
    found = {each.id: _stored(account_id, each, *each.content) for each in wanted if each.content}
    by_id = {each.id: each for each in wanted if not each.content}
    if not by_id:
        return found
    rows = fetch(
        """
        SELECT v.resource_id, v.name, v.config, v.tags::text, v.known, o.observed
        FROM history_version v LEFT JOIN history_observed o ON o.resource_id = v.resource_id
        WHERE v.resource_id = ANY(%s)
        """,
        [list(by_id)],
    )
    return found | {row[0]: _stored(account_id, by_id[row[0]], *row[1:]) for row in rows}


def last_known_resources(account_id: str, carried: Sequence[Known]) -> dict[int, Resource]:
    """Return resources by id, each unknown field as it was when last known."""
    return {number: each.known for number, each in stored_resources(account_id, carried).items()}


def _stored(
    account_id: str, each: Known, name: str, config: bytes, tags: str, known: bytes | None, observed: bytes | None
) -> Stored:
    told = Resource(
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
        return Stored(told, told)
    last_name, last_config, last_tags = codec.unpack(known)
    return Stored(told, replace(told, name=last_name, raw_config=last_config, raw_tags=last_tags))
