"""Unreadable fields are counted by resource, and by member of a population."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from posture.core.gap import GapReason
from posture.core.resource import Resource
from posture.core.unread import blinds, unknowns, unread
from posture.core.values import Unknown

DENIED = Unknown("s3:GetBucketPolicy", "AccessDenied", GapReason.DENIED)
SLOW = Unknown("s3:GetBucketAcl", "SlowDown", GapReason.THROTTLED)


def resource(config: dict[str, Any], tags: Any = None, **observed: Any) -> Resource:
    return Resource(
        "AWS::S3::Bucket",
        "arn:aws:s3:::b",
        "",
        "eu-central-1",
        "b",
        config,
        raw_tags={} if tags is None else tags,
        raw_observed=observed,
    )


def test_a_resource_counts_once_for_each_reason_wherever_it_is_unknown() -> None:
    deep = {"Policy": DENIED, "Rules": [{"Acl": SLOW}, {"Acl": SLOW}], "Known": [1, None, "x"]}
    assert unread(resource(deep)) == Counter({DENIED: 1, SLOW: 1})
    assert unread(resource({}, DENIED, Acl=SLOW)) == Counter({DENIED: 1, SLOW: 1})
    assert not unread(resource({"Policy": None, "$unknown": "a name that AWS chose"}))


def test_members_of_a_population_count_each() -> None:
    alike = {"Population": "asg/web", "Policy": DENIED}
    members = [{"Arn": f"m-{number}", "Configuration": 0, "Own": {}} for number in range(3)]
    assert unread(resource(alike, Count=40, Counts=[40], Members=members)) == Counter({DENIED: 40})

    differing = {"Population": "asg/web", "Configurations": [{"Policy": DENIED}, {"Acl": None}]}
    own = [
        {"Arn": "m-0", "Configuration": 0, "Own": {"Acl": SLOW, "Policy": DENIED}},
        {"Arn": "m-1", "Configuration": 1, "Own": {"Policy": DENIED}},
    ]
    counted = unread(resource(differing, Count=40, Counts=[38, 2], Members=own))
    assert counted == Counter({DENIED: 39, SLOW: 1}), "38 by configuration, one by itself, and none of them twice"


values = st.recursive(
    st.sampled_from([1, "a", None, DENIED, SLOW]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abc"), inner),
)


@given(values)
def test_every_unknown_value_is_found(value: Any) -> None:
    assert len(list(unknowns(value))) == repr(value).count("Unknown(")


def test_what_was_never_there_blinds_nothing() -> None:
    assert blinds(GapReason.DENIED)
    assert not blinds(GapReason.SERVICE_NOT_ENABLED)
    assert blinds("a reason of another version")
