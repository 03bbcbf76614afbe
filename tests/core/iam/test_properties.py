"""What holds of every decision, whatever the policies."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from posture.core.iam import Answer, decide
from posture.core.iam.vectors import request_of

ACCOUNT, OTHER = "111122223333", "444455556666"
UNREAD = {"$unknown": {"action": "iam:GetPolicyVersion", "error": "AccessDenied", "reason": "denied"}}
ACTIONS = ("s3:GetObject", "s3:PutObject", "kms:Decrypt", "sts:AssumeRole")
ALICE = {"type": "user", "arn": f"arn:aws:iam::{ACCOUNT}:user/alice", "account": ACCOUNT}
APP = {
    "type": "role-session",
    "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/app/s1",
    "role_arn": f"arn:aws:iam::{ACCOUNT}:role/app",
    "account": ACCOUNT,
}
STRANGER = {"type": "user", "arn": f"arn:aws:iam::{OTHER}:user/bob", "account": OTHER}
ROOT = {"type": "root", "arn": f"arn:aws:iam::{ACCOUNT}:root", "account": ACCOUNT}
CALLERS = (ALICE, APP, STRANGER, ROOT, {"type": "anonymous"}, {"type": "service", "service": "sns.amazonaws.com"})
RESOURCES = ("arn:aws:s3:::b/alice", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k1", f"arn:aws:iam::{ACCOUNT}:role/r", "*")
PRINCIPALS = (
    "*",
    {"AWS": ACCOUNT},
    {"AWS": OTHER},
    {"AWS": [ALICE["arn"], APP["role_arn"]]},
    {"AWS": APP["arn"]},
    {"Service": "sns.amazonaws.com"},
)
CONDITIONS: tuple[Mapping[str, Any], ...] = (
    {},
    {},
    {"StringEquals": {"aws:PrincipalTag/team": ["red", "blue"]}},
    {"StringNotEquals": {"aws:PrincipalTag/team": "red"}},
    {"StringLikeIfExists": {"aws:PrincipalTag/team": "r*"}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["env", "owner"]}},
    {"ForAnyValue:StringNotLike": {"aws:TagKeys": "e*"}},
    {"Null": {"aws:PrincipalTag/team": "true"}},
    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    {"NumericLessThan": {"s3:max-keys": "10"}, "Bool": {"aws:SecureTransport": "true"}},
    {"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{ACCOUNT}:*"}},
    {"StringEquals": {"aws:username": "${aws:PrincipalTag/team}"}},
)
CONTEXT = {
    "aws:PrincipalTag/team": ("red", "green"),
    "aws:TagKeys": (["env"], ["env", "cost"], ["x"]),
    "aws:SourceIp": ("203.0.113.9", "198.51.100.1"),
    "s3:max-keys": ("5", "50"),
    "aws:SecureTransport": ("true", "false"),
    "aws:SourceArn": (f"arn:aws:sns:eu-west-1:{ACCOUNT}:t",),
    "aws:username": ("alice", "red"),
}


def statements(*, of_resource: bool, effects: tuple[str, ...] = ("Allow", "Allow", "Deny")) -> Any:
    """Return a strategy for one statement."""
    parts: dict[str, Any] = {
        "Effect": st.sampled_from(effects),
        "Condition": st.sampled_from(CONDITIONS),
        "Resource": st.sampled_from(["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/${aws:username}", RESOURCES[1]]),
    }
    what = st.one_of(
        st.fixed_dictionaries({"Action": st.sampled_from(["*", "s3:*", "S3:GET*", "kms:Decrypt", list(ACTIONS)])}),
        st.fixed_dictionaries({"NotAction": st.sampled_from(["kms:*", "s3:Put*"])}),
    )
    whom: Any = st.just({})
    if of_resource:
        whom = st.one_of(
            st.fixed_dictionaries({"Principal": st.sampled_from(PRINCIPALS)}),
            st.fixed_dictionaries({"NotPrincipal": st.sampled_from(PRINCIPALS[1:])}),
        )
    return st.builds(
        lambda *each: {key: value for one in each for key, value in one.items()},
        whom,
        what,
        st.fixed_dictionaries(parts),
    )


def documents(*, of_resource: bool = False) -> Any:
    """Return a strategy for one policy."""
    listed = st.lists(statements(of_resource=of_resource), min_size=1, max_size=3)
    return listed.map(lambda found: {"Version": "2012-10-17", "Statement": found})


def requests() -> Any:
    """Return a strategy for a whole request, all of it known."""
    several, of_resource = st.lists(documents(), max_size=2), documents(of_resource=True)
    policies = st.fixed_dictionaries(
        {
            "identity": several,
            "boundary": st.none() | documents(),
            "session": st.none() | documents(),
            "scp": st.lists(st.lists(documents(), min_size=1, max_size=2), max_size=2),
            "rcp": st.lists(st.lists(of_resource, max_size=1), max_size=1),
            "resource": st.none() | of_resource,
            "endpoint": st.none() | of_resource,
        }
    )
    context = {key: st.sampled_from(values) for key, values in CONTEXT.items()}
    return st.fixed_dictionaries(
        {
            "policies": policies,
            "principal": st.sampled_from(CALLERS),
            "action": st.sampled_from(ACTIONS),
            "resource": st.sampled_from(RESOURCES).map(lambda arn: {"arn": arn, "account": ACCOUNT}),
            "context": st.fixed_dictionaries({}, optional=context),
            "facts": st.fixed_dictionaries({"s3": st.fixed_dictionaries({"restrict_public_buckets": st.booleans()})}),
        }
    )


def answer(vector: Mapping[str, Any]) -> Answer:
    """Return the engine's answer alone."""
    return decide(request_of(vector)).value


def hide(vector: Mapping[str, Any], data: st.DataObject) -> dict[str, Any]:
    """Return a request with some of its parts not known."""
    found = copy.deepcopy(dict(vector))
    policies = found["policies"]
    is_hidden = st.booleans()
    for key in ("boundary", "session", "resource", "endpoint"):
        if policies[key] is not None and data.draw(is_hidden):
            policies[key] = UNREAD
    for level in (policies["identity"], *policies["scp"], *policies["rcp"]):
        level[:] = [UNREAD if data.draw(is_hidden) else policy for policy in level]
    for key in CONTEXT:
        if data.draw(is_hidden):
            kinds = ["presence", "value"] if key in found["context"] else ["presence"]
            found["context"][key] = {"$unknown": data.draw(st.sampled_from(kinds))}
    if data.draw(is_hidden):
        found["facts"] = {"s3": {"restrict_public_buckets": {"$unknown": "value"}}}
    return found


@given(requests(), st.data())
def test_what_is_not_known_never_contradicts_what_is(vector: Mapping[str, Any], data: st.DataObject) -> None:
    assert answer(vector) is not Answer.UNKNOWN
    assert answer(hide(vector, data)) in {answer(vector), Answer.UNKNOWN}


@given(requests(), statements(of_resource=False), st.data())
def test_an_allow_never_closes_and_a_deny_never_opens(
    vector: Mapping[str, Any], statement: Mapping[str, Any], data: st.DataObject
) -> None:
    hidden = hide(vector, data) if data.draw(st.booleans()) else vector
    order = [Answer.DENIED, Answer.UNKNOWN, Answer.ALLOWED]
    before = order.index(answer(hidden))
    for effect in ("Allow", "Deny"):
        changed = copy.deepcopy(dict(hidden))
        document = {"Version": "2012-10-17", "Statement": [{**statement, "Effect": effect}]}
        changed["policies"]["identity"] = [*changed["policies"]["identity"], document]
        after = order.index(answer(changed))
        assert after >= before if effect == "Allow" else after <= before


@given(requests(), st.randoms(use_true_random=False), st.data())
def test_order_and_case_of_actions_do_not_matter(vector: Mapping[str, Any], random: Any, data: st.DataObject) -> None:
    hidden = hide(vector, data)
    changed = copy.deepcopy(hidden)
    random.shuffle(changed["policies"]["identity"])
    for level in (changed["policies"]["identity"], *changed["policies"]["scp"]):
        random.shuffle(level)
        for document in level:
            random.shuffle(document.get("Statement", []))
    changed["action"] = changed["action"].swapcase()
    assert answer(changed) is answer(hidden)


def slow_allows(vector: Mapping[str, Any]) -> bool:
    """Decide for a user of the account by the rules as AWS's flow chart lists them."""
    policies = vector["policies"]
    identity = [one for document in policies["identity"] for one in document["Statement"]]
    boundary = policies["boundary"]["Statement"] if policies["boundary"] else None
    levels = [[one for document in level for one in document["Statement"]] for level in policies["scp"]]
    every = [*identity, *(boundary or ()), *(one for level in levels for one in level)]
    if slow_applies(every, "Deny", vector):
        return False
    limits = [*levels, *([boundary] if boundary is not None else [])]
    return all(slow_applies(each, "Allow", vector) for each in [identity, *limits])


def slow_applies(listed: list[Mapping[str, Any]], effect: str, vector: Mapping[str, Any]) -> bool:
    """Return whether any statement of an effect applies, conditions left out."""
    return any(
        one["Effect"] == effect
        and ("NotAction" in one)
        is not slow_matches(one.get("Action", one.get("NotAction")), vector["action"], re.IGNORECASE)
        and slow_matches(one["Resource"], vector["resource"]["arn"], 0)
        for one in listed
    )


def slow_matches(patterns: Any, text: str, flags: int) -> bool:
    """Match wildcards by regular expressions, which hostile patterns would stall."""
    listed = patterns if isinstance(patterns, list) else [patterns]
    expressions = [re.escape(one).replace(r"\*", ".*").replace(r"\?", ".") for one in listed]
    return any(re.fullmatch(one, text, flags | re.DOTALL) for one in expressions)


@given(requests())
def test_a_slow_model_agrees_on_users_of_the_account(vector: Mapping[str, Any]) -> None:
    plain = copy.deepcopy(dict(vector))
    plain |= {"principal": ALICE, "action": vector["action"].replace("sts:AssumeRole", "s3:GetObject")}
    plain["resource"] = {"arn": "arn:aws:s3:::b/alice", "account": ACCOUNT}
    plain["policies"] |= {"session": None, "resource": None, "endpoint": None, "rcp": []}
    for document in (*plain["policies"]["identity"], plain["policies"]["boundary"] or {}):
        for one in document.get("Statement", ()):
            one.update(Condition={}, Resource=one["Resource"].replace("${aws:username}", "alice"))
    for level in plain["policies"]["scp"]:
        for document in level:
            for one in document["Statement"]:
                one.update(Condition={}, Resource=one["Resource"].replace("${aws:username}", "alice"))
    plain["action"] = plain["action"].replace("kms:Decrypt", "s3:PutObject")
    assert (answer(plain) is Answer.ALLOWED) == slow_allows(plain)
