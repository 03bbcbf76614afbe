"""Policies made to keep us busy end soon; what is beyond the bounds is unknown."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.core import policy
from posture.core.gap import GapReason
from posture.core.iam.outside import OutsideAccess, public_access
from posture.core.policy import Policy, Statement, canonical, document, parse
from posture.core.values import Unknown
from posture.core.wildcards import covers

READ = "s3:GetBucketPolicy"
SECONDS = 5.0
"""Processor time, for what takes milliseconds here and took minutes or for ever."""


def long(text: str, size: int) -> str:
    return (text * (size // len(text) + 1))[:size]


def statement(effect: str, **elements: Any) -> dict[str, Any]:
    return {"Effect": effect, "Principal": "*", "Action": "s3:GetObject", "Resource": "*", **elements}


def refused(tree: Any) -> str:
    """Return the error of a document that is not read."""
    read = document(json.dumps(tree), READ)
    assert isinstance(read, Unknown), "a document beyond the bounds was read"
    assert (read.action, read.reason) == (READ, GapReason.BAD_ANSWER)
    return read.error


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("*a" * 2000, long("a", 4000) + "b"),
        ("*" * 2000 + "b", long("a", 4000)),
        ("*?a" * 1000, long("a", 4000) + "b"),
        ("*" + "a?" * 1000 + "c*", long("a", 4000)),
        ("*" + long("a", 2000) + "b*", long("a", 4000)),
    ],
)
def test_wildcards_take_one_step_per_character(pattern: str, text: str) -> None:
    began = time.thread_time()

    assert not covers(pattern, text)

    assert time.thread_time() - began < SECONDS


@given(st.text("ab:*?", max_size=8), st.text("ab:*", max_size=8))
def test_wildcards_match_as_an_expression_would(pattern: str, text: str) -> None:
    # A star in the text stands for anything, so that "?" alone does not cover it.
    expression = "".join({"*": ".*", "?": "[^*]"}.get(letter, re.escape(letter)) for letter in pattern)

    assert covers(pattern, text) is (re.fullmatch(expression, text, re.DOTALL) is not None)


ACTIONS = st.lists(st.sampled_from(["s3:*", "*", "s3:Get*", "s3:GetObject", "s3:?etObject", "s3:Put*", "S3:*ject"]))
RESOURCES = st.lists(st.sampled_from(["*", "arn:a/*", "arn:a/b", "arn:a/?", "arn:*/b", "arn:a"]), max_size=3)
ELEMENTS = st.fixed_dictionaries(
    {},
    optional={"Action": ACTIONS, "NotAction": ACTIONS, "Resource": RESOURCES, "NotResource": RESOURCES},
)
CONDITIONS = st.sampled_from([{}, {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}])
STATEMENTS = st.builds(
    lambda effect, elements, condition: {"Effect": effect, "Principal": "*", "Condition": condition, **elements},
    st.sampled_from(["Allow", "Deny"]),
    ELEMENTS,
    CONDITIONS,
)


def shut_by_pairs(read: Policy, allow: Statement) -> bool:
    """Compare each action and resource of an Allow with each Deny, by their own words."""
    denies = list(read.denies)
    is_open = bool(allow.not_actions or allow.not_resources)
    actions = ("*",) if is_open else allow.actions
    resources = ("*",) if is_open else allow.resources
    return bool(denies) and all(
        any(deny.does(action) and (resource is None or deny.on(resource)) for deny in denies)
        for action in actions
        for resource in resources or (None,)
    )


@settings(max_examples=200)
@given(st.lists(STATEMENTS, max_size=6))
def test_denies_shut_what_they_cover_pair_by_pair(statements: list[dict[str, Any]]) -> None:
    read = parse(canonical({"Statement": statements}))
    access = OutsideAccess(read)

    assert [access.is_unguarded(allow) for allow in read.allows] == [
        not shut_by_pairs(read, allow) for allow in read.allows
    ]


def test_very_many_pairs_are_not_compared_one_by_one() -> None:
    """Beyond a bound one Deny has to cover them all, so that the time stays short."""
    names = [f"{number:04}" for number in range(2_000)]
    outsiders = {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}
    denies = [
        statement("Deny", Action=[f"s3:{name}*" for name in names[start::400]], Resource="*", Condition=outsiders)
        for start in range(400)
    ]
    denies += [
        statement("Deny", Resource=[f"{name}*" for name in names[start::400]], Condition=outsiders)
        for start in range(400)
    ]
    allow = statement("Allow", Action=[f"s3:{name}" for name in names], Resource=names)
    read = parse({"Statement": [allow, *denies]})
    began = time.thread_time()

    assert len(public_access(read)) == 1

    assert time.thread_time() - began < SECONDS


@pytest.mark.parametrize("pattern", ["arn:aws:s3:::{}/*", "arn:*:{}", "arn:aws:s3:::?{}"])
def test_five_hundred_allows_and_denies_are_compared_at_once(pattern: str) -> None:
    stranger = {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}
    allows = [statement("Allow", Resource=f"arn:aws:s3:::a{number}") for number in range(policy.MAX_STATEMENTS // 2)]
    denies = [
        statement("Deny", Resource=pattern.format(f"b{number}"), Condition=stranger)
        for number in range(policy.MAX_STATEMENTS // 2)
    ]
    read = parse({"Statement": [*allows, *denies]})
    began = time.thread_time()

    assert len(public_access(read)) == len(allows)

    assert time.thread_time() - began < SECONDS


def test_what_is_larger_than_any_real_policy_is_unknown() -> None:
    many = [statement("Allow", Sid=str(number)) for number in range(policy.MAX_STATEMENTS + 1)]
    patterns = [f"*{number}*" for number in range(2000)]

    assert refused({"Statement": statement("Allow", Sid=long("a", policy.MAX_CHARACTERS))}) == "PolicyTooLarge"
    assert refused({"Statement": many}) == "PolicyTooLarge"
    assert refused({"Statement": statement("Allow", Action=["1"] * (policy.MAX_VALUES + 1))}) == "PolicyTooLarge"
    assert refused({"Statement": statement("Deny", Resource=long("*a", 600))}) == "PolicyTooComplex"
    assert refused({"Statement": statement("Deny", Resource=f"*{long('a', 5000)}")}) == "PolicyTooComplex"
    assert (
        refused(
            {
                "Statement": [
                    statement("Allow", Resource=[f"a-rather-long-name-{number}" for number in range(1000)]),
                    statement("Deny", Resource=patterns),
                ]
            }
        )
        == "PolicyTooComplex"
    )


@pytest.mark.parametrize("depth", [policy.MAX_DEPTH + 1, 900, 2_000, 40_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_a_policy_that_is_nested_too_deeply_is_unknown(depth: int, opening: str, closing: str) -> None:
    text = f'{{"Statement": [{{"Condition": {opening * depth}1{closing * depth}}}]}}'

    read = document(text, READ)

    assert isinstance(read, Unknown)
    assert read.error in {"PolicyTooDeep", "PolicyTooLarge"}


def test_the_largest_policies_that_aws_takes_are_read() -> None:
    """An Organization's resource policy has 40,000 characters, more than any other."""
    named = [f"arn:aws:s3:::a-bucket-of-a-partner-{number:05}/*" for number in range(400)]
    tree = {
        "Version": "2012-10-17",
        "Statement": [statement("Allow", Resource=named), statement("Deny", Action="s3:PutObject", Resource=named)],
    }
    text = json.dumps(tree)
    assert 35_000 < len(text) < 40_000

    read = document(text, READ)

    assert isinstance(read, dict)
    assert len(public_access(parse(read))) == 1


@pytest.mark.parametrize("value", [1, True, [], [[]], "\ud800", "\x00", 10**400, float("nan"), None, {"a": {"b": 1}}])
@pytest.mark.parametrize("place", ["Statement", "Action", "Principal", "Condition", "Effect", "Sid", "Resource"])
def test_odd_values_are_read_or_refused(place: str, value: Any) -> None:
    tree = {"Statement": value} if place == "Statement" else {"Statement": statement("Allow", **{place: value})}

    read = document(json.dumps(tree), READ)

    if isinstance(read, dict):
        public_access(parse(read))
        json.dumps(read).encode()
    else:
        assert isinstance(read, Unknown)
