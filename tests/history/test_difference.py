"""The difference of two configurations, as a reader would describe it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.core.values import Unknown
from posture.history.query.difference import ConfigChange, diff_values

DENIED = Unknown("s3:GetBucketPolicy", "AccessDenied", "denied")
PUBLIC = {"Sid": "Public", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
OWN = {"Sid": "Own", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:root"}, "Action": ["s3:*"]}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"A": 1}, {"A": 1}, []),
        ({"A": 1}, {"A": 2}, [ConfigChange("A", "changed", 1, 2)]),
        ({"A": 1}, {"A": True}, [ConfigChange("A", "changed", 1, True)]),
        ({"A": None}, {}, []),
        ({}, {"A": {"B": 1}}, [ConfigChange("A", "added", None, {"B": 1})]),
        ({"A": {"B": 1}}, {}, [ConfigChange("A", "removed", {"B": 1}, None)]),
        ({"A": {"B": 1, "C": 2}}, {"A": {"B": 1, "C": 3}}, [ConfigChange("A.C", "changed", 2, 3)]),
        ({"A": {"B": 1}}, {"A": DENIED}, [ConfigChange("A", "sight", {"B": 1}, DENIED)]),
        ({"A": DENIED}, {"A": None}, [ConfigChange("A", "sight", DENIED, None)]),
        ({"A": DENIED}, {"A": DENIED}, []),
        ({"A": [1, 2]}, {"A": [2, 3]}, [ConfigChange("A[0]", "removed", 1), ConfigChange("A[1]", "added", None, 3)]),
        ({"A": ["x", "x"]}, {"A": ["x"]}, [ConfigChange("A[1]", "removed", "x")]),
    ],
)
def test_values(before: dict[str, Any], after: dict[str, Any], expected: list[ConfigChange]) -> None:
    assert diff_values(before, after) == expected


def test_statements_are_matched_by_their_sid() -> None:
    before = {"Policy": {"Statement": [PUBLIC, OWN]}}
    after = {"Policy": {"Statement": [OWN | {"Action": ["s3:*", "kms:Decrypt"]}, PUBLIC | {"Principal": {"AWS": "x"}}]}}

    assert diff_values(before, after) == [
        ConfigChange("Policy.Statement[Sid=Public].Principal", "changed", "*", {"AWS": "x"}),
        ConfigChange("Policy.Statement[Sid=Own].Action[1]", "added", None, "kms:Decrypt"),
    ]


def test_one_action_alone_and_in_a_list_are_the_same() -> None:
    assert diff_values({"S": [PUBLIC]}, {"S": [PUBLIC | {"Action": ["s3:GetObject"]}]}) == []


def test_a_policy_kept_as_text_is_read() -> None:
    assert diff_values({"P": '{"A": 1, "B": [1]}'}, {"P": '{"A": 2, "B": [1]}'}) == [
        ConfigChange("P.A", "changed", 1, 2)
    ]
    assert diff_values({"P": "{not json"}, {"P": "{not json!"}) == [
        ConfigChange("P", "changed", "{not json", "{not json!")
    ]


def test_unnamed_items_are_matched_by_likeness() -> None:
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/8"}
    web = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}
    dns = {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "CidrIp": "10.0.0.0/8"}

    assert diff_values({"R": [ssh, web]}, {"R": [dns, web, ssh | {"CidrIp": "0.0.0.0/0"}]}) == [
        ConfigChange("R[2].CidrIp", "changed", "10.0.0.0/8", "0.0.0.0/0"),
        ConfigChange("R[0]", "added", None, dns),
    ]


json = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("abS", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["A", "B", "Sid"]), inner, max_size=3),
    max_leaves=12,
)
configs = st.dictionaries(st.sampled_from(["A", "B", "Sid", "Rules"]), json, max_size=4)


@given(configs)
def test_nothing_differs_from_itself(config: dict[str, Any]) -> None:
    assert diff_values(config, config) == []


@given(configs, configs)
def test_turned_round_what_was_added_is_removed(before: dict[str, Any], after: dict[str, Any]) -> None:
    there, back = diff_values(before, after), diff_values(after, before)

    assert sum(each.kind == "added" for each in there) == sum(each.kind == "removed" for each in back)
    assert len(there) == len(back)
