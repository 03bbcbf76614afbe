"""Reads back the last known configuration of resources that a result did not see."""

from __future__ import annotations

import json
from collections.abc import Sequence

from posture.core.resource import Resource
from posture.core.values import revive
from posture.history import codec
from posture.history.record.bulk import fetch
from posture.history.record.presence import Known


def last_known_resources(account_id: str, carried: Sequence[Known]) -> dict[int, Resource]:
    """Return resources by id, each unknown field as it was when last known."""
    if not carried:
        return {}
    by_id = {each.id: each for each in carried}
    rows = fetch(
        """
        SELECT v.resource_id, v.config, v.tags, v.known, o.observed
        FROM history_version v LEFT JOIN history_observed o ON o.resource_id = v.resource_id
        WHERE v.resource_id = ANY(%s)
        """,
        [list(by_id)],
    )
    return {row[0]: _resource(account_id, by_id[row[0]], *row[1:]) for row in rows}


def _resource(
    account_id: str, each: Known, config: bytes, tags: str, known: bytes | None, observed: bytes | None
) -> Resource:
    remembered = codec.unpack(known) if known else [each.name, codec.unpack(config), revive(json.loads(tags))]
    return Resource(
        type=each.type,
        arn=each.arn,
        account_id=account_id,
        region=each.region,
        name=each.name,
        raw_config=remembered[1],
        raw_observed=codec.unpack(observed) if observed else {},
        raw_tags=remembered[2],
    )
