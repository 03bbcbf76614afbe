"""Pages are walked as botocore's paginator walks them, by the same calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.paginate import Paginator
from hypothesis import given
from hypothesis import strategies as st

from posture.sweep import paging, service_models

OPERATIONS = (
    ("ec2", "describe_snapshots"),
    ("iam", "list_users"),
    ("route53", "list_resource_record_sets"),
    ("s3", "list_objects"),
    ("kms", "list_keys"),
    ("rds", "describe_db_instances"),
)
TOKENS = st.sampled_from([None, "", "a", "b", "c"])
MORE = st.sampled_from([None, True, False])
NAMES = ("NextToken", "Marker", "NextMarker", "NextRecordName", "NextRecordType", "NextRecordIdentifier")
PAGES = st.lists(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(NAMES, TOKENS) | dict.fromkeys(("IsTruncated", "Truncated"), MORE)
    ),
    min_size=1,
    max_size=4,
)


class Answers:
    """Answers with the pages given, then with an empty one."""

    def __init__(self, pages: list[dict[str, Any]]) -> None:
        self.pages, self.asked = [*pages], list[Mapping[str, Any]]()

    def __call__(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append(dict(asked))
        page = self.pages.pop(0) if self.pages else {}
        return {name: value for name, value in page.items() if value is not None}


@given(st.sampled_from(OPERATIONS), PAGES)
def test_pages_are_those_of_botocores_paginator(operation: tuple[str, str], pages: list[dict[str, Any]]) -> None:
    ours, botocores = Answers(pages), Answers(pages)
    config: Any = service_models.paging(*operation)
    made: Any = Paginator
    paginator = made(lambda **asked: botocores(asked), config, service_models.operation_model(*operation))

    try:
        expected = list(paginator.paginate(MaxResults=5))
    except Exception:  # noqa: BLE001 - whatever it says of a token that comes twice
        with pytest.raises(paging.TokenLoopError):
            list(paging.pages(*operation, {"MaxResults": 5}, ours))
        return
    try:
        found = list(paging.pages(*operation, {"MaxResults": 5}, ours))
    except paging.TokenLoopError:
        assert len({repr(sorted(asked.items())) for asked in botocores.asked}) < len(botocores.asked)
        return
    assert found == expected
    assert ours.asked == botocores.asked
