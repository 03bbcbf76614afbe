"""Rules of AWS's that no acceptance vector states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from posture.core.iam import Answer, Context, Decision, Doubt, Request, decide
from posture.core.iam.rcp import covered_services
from posture.core.iam.vectors import request_of
from tests.core.iam.test_properties import ACCOUNT, ALICE, APP, ROOT, STRANGER, UNREAD

ROLE = {"type": "role", "arn": APP["role_arn"], "account": ACCOUNT}
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k1"
S3_ALLOWED = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
EC2_ALONE = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}
ALL_USERS = {
    "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"},
    "Permission": "READ",
}


def document(*statements: Mapping[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    """Return a policy."""
    return {"Version": version, "Statement": list(statements)}


def request(
    *,
    principal: Mapping[str, Any] = ALICE,
    action: str = "s3:GetObject",
    arn: str = "arn:aws:s3:::b/k",
    target: Mapping[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    **policies: Any,
) -> Request:
    """Return a request of alice for an object, with changes."""
    return request_of(
        {
            "principal": principal,
            "action": action,
            "resource": {"arn": arn, "account": ACCOUNT, **(target or {})},
            "context": context or {},
            "facts": facts or {},
            "policies": policies,
        }
    )


def ask(**changes: Any) -> Decision:
    """Return the decision on a request with changes."""
    return decide(request(**changes))


def granting(principal: Any = "*", **statement: Any) -> dict[str, Any]:
    """Return a resource policy of one Allow statement."""
    return document({"Effect": "Allow", "Principal": principal, "Action": "*", "Resource": "*", **statement})


def allowing(**statement: Any) -> list[dict[str, Any]]:
    """Return identity policies of one Allow statement."""
    return [document({**S3_ALLOWED, **statement})]


DENY_ALL = document({"Effect": "Deny", "Action": "*", "Resource": "*"})


def test_who_one_is_may_be_asked_whatever_is_denied() -> None:
    assert ask(action="sts:GetCallerIdentity", arn="*", identity=[DENY_ALL]).value is Answer.ALLOWED
    anonymous = {"type": "anonymous"}
    assert ask(action="sts:GetCallerIdentity", arn="*", principal=anonymous).value is Answer.DENIED


def test_root_is_bound_by_denies_and_by_key_and_trust_policies() -> None:
    assert ask(principal=ROOT, scp=[[DENY_ALL]]).by == ("scp[0][0].Statement[0]",)
    assert ask(principal={**ROOT, "management": True}, scp=[[DENY_ALL]]).value is Answer.ALLOWED
    trust = granting({"AWS": ACCOUNT})
    assert ask(principal=ROOT, action="kms:Decrypt", arn=KEY).value is Answer.DENIED
    assert ask(principal=ROOT, action="kms:Decrypt", arn=KEY, resource=trust).value is Answer.ALLOWED
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    assert ask(principal=ROOT, action="sts:AssumeRole", arn=role, resource=trust).value is Answer.DENIED


def test_a_deny_with_notprincipal_hits_whoever_has_a_boundary() -> None:
    spared = {"Effect": "Deny", "NotPrincipal": {"AWS": [ALICE["arn"], ACCOUNT]}, "Action": "*", "Resource": "*"}
    asked = {"identity": allowing(), "resource": document(spared)}
    assert ask(**asked).value is Answer.ALLOWED
    assert ask(**asked, boundary=document(S3_ALLOWED)).by == ("resource.Statement[0]",)


def test_notprincipal_that_lists_a_part_of_a_session_is_not_known() -> None:
    listed = {"Effect": "Deny", "NotPrincipal": {"AWS": [APP["role_arn"], ACCOUNT]}, "Action": "*", "Resource": "*"}
    assert ask(principal=APP, identity=allowing(), resource=document(listed)).value is Answer.UNKNOWN
    assert ask(principal=ALICE, identity=allowing(), resource=document(listed)).value is Answer.DENIED


@pytest.mark.parametrize(
    ("principal", "named", "expected"),
    [
        (ALICE, {"AWS": ALICE["arn"]}, Answer.ALLOWED),
        (ALICE, "*", Answer.ALLOWED),
        (APP, {"AWS": APP["role_arn"]}, Answer.DENIED),
        (APP, {"AWS": APP["arn"]}, Answer.ALLOWED),
        (ROLE, {"AWS": APP["role_arn"]}, Answer.DENIED),
        (ROLE, {"AWS": APP["arn"]}, Answer.UNKNOWN),
        (ALICE, {"AWS": ALICE["arn"].replace("alice", "Alice")}, Answer.DENIED),
    ],
)
def test_a_boundary_limits_grants_to_roles_not_to_users_or_sessions(
    principal: Mapping[str, Any], named: Any, expected: Answer
) -> None:
    """`Alice` is nobody: names are case-sensitive."""
    asked = ask(principal=principal, boundary=document(EC2_ALONE), resource=granting(named))
    assert asked.value is expected


def test_a_federated_user_has_what_its_session_policy_allows() -> None:
    caller = {
        "type": "federated-user",
        "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/al",
        "user_arn": ALICE["arn"],
        "account": ACCOUNT,
    }
    assert ask(principal=caller, identity=allowing()).by == ("session",)
    assert ask(principal=caller, identity=allowing(), session=document(S3_ALLOWED)).value is Answer.ALLOWED
    assert ask(principal=caller, resource=granting({"AWS": caller["arn"]})).value is Answer.ALLOWED


def test_a_variable_without_a_value_makes_its_whole_statement_void() -> None:
    either = ["arn:aws:s3:::b/*", "arn:aws:s3:::${aws:username}/*"]
    assert ask(identity=allowing(Resource=either)).value is Answer.DENIED
    assert ask(identity=allowing(Resource=either), context={"aws:username": "x"}).value is Answer.ALLOWED
    condition = {"StringEquals": {"aws:PrincipalTag/team": ["red", "${aws:PrincipalTag/old}"]}}
    tagged = {"aws:PrincipalTag/team": "red"}
    assert ask(identity=allowing(Condition=condition), context=tagged).value is Answer.DENIED
    assert ask(identity=allowing(Resource=either), context={"aws:username": {"$unknown": "presence"}}).value is (
        Answer.UNKNOWN
    )


@pytest.mark.parametrize(
    ("pattern", "arn", "is_allowed"),
    [
        ("arn:aws:s3:::b/${aws:PrincipalTag/team, 'common'}/*", "arn:aws:s3:::b/common/x", True),
        ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", True),
        ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x", False),
        ("arn:aws:s3:::b/${?}*", "arn:aws:s3:::b/?x", True),
        ("arn:aws:s3:::b/${$}", "arn:aws:s3:::b/$", True),
        ("arn:aws:s3:::b/${aws:userid}", "arn:aws:s3:::b/x", False),
        ("arn:aws:s3:::b/${aws:userid}", "arn:aws:s3:::b/*", True),
    ],
)
def test_variables_have_defaults_and_literal_characters(pattern: str, arn: str, *, is_allowed: bool) -> None:
    """The value of a variable has no wildcards, whatever characters it has."""
    decision = ask(identity=allowing(Resource=pattern), arn=arn, context={"aws:userid": "*"})
    assert (decision.value is Answer.ALLOWED) is is_allowed


def test_a_value_that_is_not_known_matches_what_its_pattern_may() -> None:
    unknown = {"aws:username": {"$unknown": "value"}}
    home = allowing(Resource="arn:aws:s3:::home/${aws:username}/*")
    assert ask(identity=home, arn="arn:aws:s3:::home/alice/x", context=unknown).value is Answer.UNKNOWN
    assert ask(identity=home, arn="arn:aws:s3:::other/alice/x", context=unknown).value is Answer.DENIED
    equal = allowing(Condition={"StringEquals": {"aws:PrincipalTag/owner": "u-${aws:username}"}})
    tagged = {**unknown, "aws:PrincipalTag/owner": "team"}
    assert ask(identity=equal, context=tagged).value is Answer.DENIED
    assert ask(identity=equal, context={**unknown, "aws:PrincipalTag/owner": "u-x"}).value is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        ({"ForAllValues:StringEquals": {"aws:TagKeys": "env"}}, {}, Answer.ALLOWED),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": "env"}}, {"aws:TagKeys": [""]}, Answer.ALLOWED),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": "env"}}, {"aws:TagKeys": ["x"]}, Answer.DENIED),
        ({"ForAnyValue:StringNotEquals": {"aws:TagKeys": "env"}}, {}, Answer.DENIED),
        ({"ForAnyValue:StringNotEquals": {"aws:TagKeys": "env"}}, {"aws:TagKeys": ["env", "x"]}, Answer.ALLOWED),
        (
            {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
            {"aws:CurrentTime": "2025-12-31"},
            Answer.ALLOWED,
        ),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01"}}, {"aws:CurrentTime": "1764547200"}, Answer.DENIED),
        ({"NumericNotEquals": {"s3:max-keys": "10"}}, {"s3:max-keys": "10.0"}, Answer.DENIED),
        ({"NumericEquals": {"s3:max-keys": "ten"}}, {"s3:max-keys": "10"}, Answer.DENIED),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.7"}}, {"aws:SourceIp": "203.0.113.7"}, Answer.ALLOWED),
        ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {"aws:SourceIp": "203.0.113.7"}, Answer.DENIED),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:1:*"}}, {"aws:SourceArn": "arn:aws:sns:a:2:1:x"}, Answer.DENIED),
        ({"ArnNotLike": {"aws:SourceArn": "arn:aws:sns:*"}}, {"aws:SourceArn": "arn:aws:sns:a:2:x"}, Answer.DENIED),
        ({"StringEqualsIgnoreCase": {"aws:userid": "ME"}}, {"aws:userid": "me"}, Answer.ALLOWED),
        ({"BinaryEquals": {"aws:userid": "QQ=="}}, {"aws:userid": "QQ=="}, Answer.ALLOWED),
        ({"StringEquals": {"AWS:PRINCIPALTAG/Team": "red"}}, {"aws:PrincipalTag/team": "red"}, Answer.ALLOWED),
        ({"Null": {"aws:userid": "false"}}, {}, Answer.DENIED),
        ({"StringNotARealOperator": {"aws:userid": "me"}}, {"aws:userid": "me"}, Answer.UNKNOWN),
        (
            {"IpAddress": {"aws:SourceIp": ["0.0.0.0/0", "::/0"]}},
            {"aws:SourceIp": {"$unknown": "value"}},
            Answer.ALLOWED,
        ),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, {"aws:SourceIp": {"$unknown": "value"}}, Answer.UNKNOWN),
    ],
)
def test_a_condition_is_met(condition: Mapping[str, Any], context: Mapping[str, Any], expected: Answer) -> None:
    assert ask(identity=allowing(Condition=condition), context=context).value is expected


def test_what_the_caller_chooses_is_no_fence() -> None:
    """An Allow is met, and a Deny is escaped, if any value does it."""
    chosen = Context({"aws:UserAgent": Doubt.CHOSEN})
    only = {"StringEquals": {"aws:UserAgent": "ours"}}
    asked = request(identity=allowing(Condition=only))
    as_attacker = Request(asked.caller, asked.action, asked.resource, asked.policies, chosen)
    assert decide(as_attacker).value is Answer.ALLOWED
    deny = document({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": only})
    asked = request(identity=[*allowing(), deny])
    escaping = Request(asked.caller, asked.action, asked.resource, asked.policies, chosen)
    assert decide(escaping).value is Answer.ALLOWED
    none = allowing(Condition={"StringEquals": {"aws:UserAgent": []}})
    asked = request(identity=none)
    assert decide(Request(asked.caller, asked.action, asked.resource, asked.policies, chosen)).value is Answer.DENIED


def test_an_rcp_that_would_deny_a_service_not_covered_is_said() -> None:
    rcp = [[document({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"})]]
    asked = {"identity": [document({"Effect": "Allow", "Action": "*", "Resource": "*"})], "rcp": rcp}
    assert len(covered_services().prefixes) == 62
    decision = ask(**asked, action="glue:GetTable", arn=f"arn:aws:glue:eu-west-1:{ACCOUNT}:table/d/t")
    assert decision.value is Answer.ALLOWED
    assert decision.unless == ("unless resource control policies cover glue since 26 September 2026",)
    assert ask(**asked).by == ("rcp[0][0].Statement[0]",)


@pytest.mark.parametrize(
    ("action", "arn", "expected"),
    [
        ("iam:PutRolePolicy", "role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", Answer.DENIED),
        ("iam:UpdateRoleDescription", "role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", Answer.ALLOWED),
        ("iam:TagRole", "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_1", Answer.DENIED),
        ("iam:GetRole", "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_1", Answer.ALLOWED),
        ("iam:PutRolePolicy", "role/app", Answer.ALLOWED),
    ],
)
def test_roles_that_services_made_are_protected(action: str, arn: str, expected: Answer) -> None:
    everything = [document({"Effect": "Allow", "Action": "iam:*", "Resource": "*"})]
    assert ask(action=action, arn=f"arn:aws:iam::{ACCOUNT}:{arn}", identity=everything).value is expected


def test_what_was_not_read_besides_policies_is_not_known() -> None:
    listing = {"principal": {"type": "anonymous"}, "action": "s3:ListBucket", "arn": "arn:aws:s3:::b"}
    assert ask(**listing, facts={"s3": {"acl": [ALL_USERS]}}).by == ("s3.acl[0]",)
    assert ask(**listing, facts={"s3": {"acl": UNREAD}}).value is Answer.UNKNOWN
    doubtful = {"acl": [ALL_USERS], "ignore_public_acls": {"$unknown": "value"}}
    assert ask(**listing, facts={"s3": doubtful}).value is Answer.UNKNOWN
    key = {"principal": APP, "action": "kms:Decrypt", "arn": KEY, "resource": granting({"AWS": ACCOUNT})}
    assert ask(**key, facts={"kms_grants": UNREAD}).blind == (
        "kms_grants (iam:GetPolicyVersion failed with AccessDenied)",
    )
    member = {**ALICE, "management": {"$unknown": "value"}}
    assert ask(principal=member, identity=allowing(), scp=[[DENY_ALL]]).value is Answer.UNKNOWN


def test_a_grant_holds_within_its_constraints() -> None:
    grant = {
        "grantee": APP["role_arn"],
        "operations": ["Decrypt"],
        "constraints": {"EncryptionContextSubset": {"dept": "it"}},
    }
    key = {"principal": APP, "action": "kms:Decrypt", "arn": KEY, "facts": {"kms_grants": [grant]}}
    assert ask(**key, context={"kms:EncryptionContext:dept": "it"}).value is Answer.ALLOWED
    assert ask(**key, context={"kms:EncryptionContext:dept": "hr"}).value is Answer.DENIED
    assert ask(**key).value is Answer.DENIED


def test_a_canonical_user_is_an_account_that_may_not_be_known() -> None:
    by_id = granting({"CanonicalUser": "a1"})
    assert ask(principal=STRANGER, identity=allowing(), resource=by_id).value is Answer.UNKNOWN
    known = {**STRANGER, "canonical_user": "a1"}
    assert ask(principal=known, identity=allowing(), resource=by_id).value is Answer.ALLOWED
    assert ask(principal={**known, "canonical_user": "b2"}, identity=allowing(), resource=by_id).value is Answer.DENIED
