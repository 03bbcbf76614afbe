"""What resource policies let whom do, read off their text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from posture.core.conditions import Condition, fault, narrow_range
from posture.core.gap import GapReason
from posture.core.iam.outside import OutsideAccess, public_access
from posture.core.policy import Policy, PolicyError, canonical, document, parse
from posture.core.values import Unknown

BUCKET = "arn:aws:s3:::records"
OBJECTS = f"{BUCKET}/*"
OWN = "111122223333"
PARTNER = "arn:aws:iam::444455556666:root"


def allow(**element: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": OBJECTS, **element}


def deny(**element: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET, OBJECTS], **element}


def policy(*statements: dict[str, Any]) -> Policy:
    return parse(canonical({"Version": "2012-10-17", "Statement": list(statements)}))


def public(*statements: dict[str, Any]) -> list[int]:
    return [statement.index for statement in public_access(policy(*statements))]


def when(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {"Condition": {operator: {key: list(values)}}}


def test_spellings_of_one_policy_have_one_form() -> None:
    short = {"Statement": allow(Action="s3:GetObject", Condition={"Bool": {"aws:SecureTransport": True}})}
    long = {
        "Statement": [
            allow(
                Principal={"AWS": ["*"]},
                Action=["s3:GetObject"],
                Resource=[OBJECTS],
                Condition={"Bool": {"aws:SecureTransport": ["true"]}},
            )
        ]
    }

    assert canonical(json.dumps(short)) == canonical(long)


def test_elements_are_sorted_and_statements_keep_their_order() -> None:
    tree = canonical({"Statement": [deny(Action=["s3:Put*", "s3:Get*"]), allow()]})

    assert tree["Statement"][0]["Action"] == ["s3:Get*", "s3:Put*"]
    assert [statement["Effect"] for statement in tree["Statement"]] == ["Deny", "Allow"]


def test_the_one_form_is_stable() -> None:
    once = canonical({"Id": "p", "Statement": [allow(**when("StringLike", "aws:PrincipalArn", "b", "a"))]})

    assert canonical(once) == once
    assert canonical(json.dumps(once)) == once


@pytest.mark.parametrize("text", ["", "{", "[]", '"*"', '{"Statement": ["x"]}', '{"Statement": {"Condition": "x"}}'])
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        canonical(text)


def test_a_policy_that_cannot_be_read_is_unknown_and_an_absent_one_absent() -> None:
    refused = Unknown("s3:GetBucketPolicy", "AccessDenied", GapReason.DENIED)

    assert document(None, "s3:GetBucketPolicy") is None
    assert document(refused, "s3:GetBucketPolicy") is refused
    assert document("nonsense", "s3:GetBucketPolicy") == Unknown(
        "s3:GetBucketPolicy", "MalformedPolicyDocument", GapReason.BAD_ANSWER
    )


def test_a_condition_that_is_no_mapping_of_keys_is_refused() -> None:
    with pytest.raises(PolicyError):
        canonical({"Statement": [{"Condition": {"Bool": "x"}}]})


def test_anyone_is_public_whatever_the_spelling() -> None:
    assert public(allow()) == [0]
    assert public(allow(Principal={"AWS": "*"})) == [0]
    assert public(allow(Principal={"AWS": [PARTNER, "*"]})) == [0]
    assert public({"Effect": "Allow", "NotPrincipal": {"AWS": PARTNER}, "Action": "*", "Resource": "*"}) == [0]


def test_named_principals_and_services_are_not_public() -> None:
    assert public(allow(Principal={"AWS": PARTNER})) == []
    assert public(allow(Principal={"Service": "cloudtrail.amazonaws.com"})) == []
    assert public(deny()) == []


@pytest.mark.parametrize(
    "condition",
    [
        when("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"),
        when("StringEquals", "AWS:sourcevpce", "vpce-0123"),
        when("StringEquals", "aws:SourceAccount", OWN),
        when("StringEquals", "aws:PrincipalAccount", "${aws:ResourceAccount}"),
        when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN}:role/app-*"),
        when("ArnLike", "aws:SourceArn", f"arn:aws:sns:*:{OWN}:*") | when("StringEquals", "kms:CallerAccount", OWN),
        when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/r-ab12/*"),
        when("IpAddress", "aws:SourceIp", "203.0.113.0/24", "2001:db8::/32"),
        when("Bool", "elasticfilesystem:AccessedViaMountTarget", "true"),
    ],
)
def test_conditions_on_known_ones_narrow(condition: dict[str, Any]) -> None:
    assert public(allow(**condition)) == []


@pytest.mark.parametrize(
    "condition",
    [
        when("StringLike", "aws:PrincipalOrgID", "*"),
        when("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:role/app"),
        when("StringEquals", "aws:PrincipalAccount", "${aws:PrincipalAccount}"),
        when("StringEqualsIfExists", "aws:SourceVpce", "vpce-0123"),
        when("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"),
        when("StringNotEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"),
        when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"),
        when("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
        when("IpAddress", "aws:SourceIp", "203.0.113.0/24", "::/0"),
        when("IpAddress", "aws:SourceIp", "16.0.0.0/4"),
        when("Bool", "aws:SecureTransport", "true"),
        when("StringEquals", "aws:PrincipalTag/team", "crm"),
    ],
)
def test_conditions_that_anyone_can_meet_do_not_narrow(condition: dict[str, Any]) -> None:
    assert public(allow(**condition)) == [0]


def test_a_deny_for_strangers_takes_the_publicity() -> None:
    org = when("StringNotEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")
    services = {"Condition": {**org["Condition"], "BoolIfExists": {"aws:PrincipalIsAWSService": ["false"]}}}

    assert public(allow(), deny(**org)) == []
    assert public(allow(), deny(**services)) == []
    assert (
        public(allow(), deny(Action="*", Resource="*", **when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"))) == []
    )
    assert public(allow(), {**deny(), "Principal": None, "NotPrincipal": {"AWS": PARTNER}}) == []


def test_a_deny_that_covers_less_leaves_it_public() -> None:
    org = when("StringNotEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")

    assert public(allow(), deny(Action="s3:PutObject", **org)) == [0]
    assert public(allow(), deny(Resource=f"{BUCKET}/private/*", **org)) == [0]
    assert public(allow(), deny(Principal={"AWS": PARTNER}, **org)) == [0]
    assert public(allow(), deny(**when("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"))) == [0]
    assert public(allow(), deny(**when("Bool", "aws:SecureTransport", "false"))) == [0]
    assert public(allow(Action="s3:Get*"), {**deny(**org), "Action": None, "NotAction": "s3:GetObject"}) == [0]
    assert public({**allow(), "Action": None, "NotAction": "s3:PutObject"}, deny(**org)) == [0]


def test_a_deny_on_a_broken_range_does_not_count_as_closed() -> None:
    assert public(allow(), deny(**when("NotIpAddress", "aws:SourceIp", ""))) == [0]
    assert public(allow(), deny(**when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", "office"))) == [0]


def test_other_accounts_are_named_and_aws_own_are_not() -> None:
    statement = policy(
        allow(
            Principal={
                "AWS": [
                    PARTNER,
                    "777788889999",
                    f"arn:aws:iam::{OWN}:role/app",
                    "arn:aws:sts::999900001111:assumed-role/a/b",
                    "arn:aws:iam::127311923021:root",
                    "AROAEXAMPLEDELETEDROLE",
                    "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE",
                ],
                "Service": "ec2.amazonaws.com",
            }
        )
    ).statements[0]

    assert statement.strangers(OWN) == ("account 444455556666", "account 777788889999", "account 999900001111")


@pytest.mark.parametrize(
    ("principal", "stranger"),
    [
        ({"CanonicalUser": "b2" * 32}, f"canonical user {'b2' * 32}"),
        ({"CanonicalUser": "a1" * 32}, None),
        ({"Federated": "cognito-identity.amazonaws.com"}, "users of cognito-identity.amazonaws.com"),
        ({"Federated": "arn:aws:iam::444455556666:saml-provider/okta"}, "account 444455556666"),
        ({"Federated": f"arn:aws:iam::{OWN}:oidc-provider/login.example"}, None),
        ({"AWS": "somebody"}, "principal somebody"),
        ({"AWS": "AIDAEXAMPLEDELETEDUSER"}, None),
        ({"Service": "cloudtrail.amazonaws.com"}, None),
    ],
)
def test_a_principal_that_names_no_account_is_a_stranger_unless_known(
    principal: dict[str, str], stranger: str | None
) -> None:
    (found,) = policy(allow(Principal=principal)).statements

    assert found.strangers(OWN, "a1" * 32) == ((stranger,) if stranger else ())


@pytest.mark.parametrize("kind", ["AWS", "CanonicalUser", "Federated", "Service"])
def test_a_wildcard_of_any_kind_is_everyone(kind: str) -> None:
    assert public(allow(Principal={kind: "*"})) == [0]


def test_statements_to_others_are_those_for_outsiders() -> None:
    mixed = policy(
        allow(), allow(Principal={"AWS": PARTNER}), allow(Principal={"AWS": f"arn:aws:iam::{OWN}:root"}), deny()
    )

    assert [statement.index for statement in OutsideAccess(mixed).to_others(OWN)] == [0, 1]


def test_plain_http_is_denied_only_where_everything_is() -> None:
    insecure = when("Bool", "aws:SecureTransport", "false")

    assert policy(deny(**insecure)).denies_plain_http([BUCKET, OBJECTS]) == {BUCKET, OBJECTS}
    assert policy(deny(Resource=OBJECTS, **insecure)).denies_plain_http([BUCKET, OBJECTS]) == {OBJECTS}
    assert policy(deny(Action="*", Resource="*", **insecure)).denies_plain_http([BUCKET]) == {BUCKET}


@pytest.mark.parametrize(
    "statement",
    [
        deny(Action="s3:GetObject", **when("Bool", "aws:SecureTransport", "false")),
        deny(Principal={"AWS": PARTNER}, **when("Bool", "aws:SecureTransport", "false")),
        deny(**when("Bool", "aws:SecureTransport", "true")),
        deny(Condition={"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}}),
        deny(),
        allow(Action="s3:*", Resource="*", **when("Bool", "aws:SecureTransport", "true")),
        {**deny(**when("Bool", "aws:SecureTransport", "false")), "Action": None, "NotAction": "s3:PutObject"},
        {
            **deny(**when("Bool", "aws:SecureTransport", "false")),
            "Principal": None,
            "NotPrincipal": {"AWS": PARTNER},
        },
    ],
)
def test_plain_http_stays_open_where_the_deny_has_a_hole(statement: dict[str, Any]) -> None:
    assert policy(statement).denies_plain_http([OBJECTS]) == set()


def test_actions_match_without_regard_to_case_and_resources_with_it() -> None:
    statement = policy(allow(Action=["S3:get*"], Resource=[f"{BUCKET}/Logs/?.txt"])).statements[0]

    assert statement.does("s3:GetObject")
    assert not statement.does("s3:PutObject")
    assert statement.on(f"{BUCKET}/Logs/1.txt")
    assert not statement.on(f"{BUCKET}/logs/1.txt")
    assert statement.touches(["s3:PutObject", "s3:GetObjectAcl"]) == ("s3:GetObjectAcl",)


def test_negated_elements_speak_of_the_rest() -> None:
    statement = policy(
        {"Effect": "Allow", "Principal": "*", "NotAction": ["s3:Delete*"], "NotResource": [f"{BUCKET}/private/*"]}
    ).statements[0]

    assert statement.does("s3:PutBucketPolicy")
    assert not statement.does("s3:DeleteObject")
    assert not statement.does("s3:*"), "a part of these actions is spared"
    assert statement.on(f"{BUCKET}/open")
    assert not statement.on(OBJECTS)


def test_evidence_paths_and_names() -> None:
    first, second = policy(allow(Sid="ReadAll"), deny()).statements

    assert first.path("Principal") == "Policy.Statement[0].Principal"
    assert second.path(root="ResourcePolicy") == "ResourcePolicy.Statement[1]"
    assert (first.label, second.label) == ("“ReadAll”", "number 2")
    assert Condition("Bool", "aws:SecureTransport", ("false",)).path == "Condition.Bool.aws:SecureTransport"


@pytest.mark.parametrize(
    ("operator", "values", "words"),
    [
        ("NotIpAddress", ("",), "has no value"),
        ("NotIpAddress", (), "has no value"),
        ("StringEquals", (" ",), "has no value"),
        ("NotIpAddress", ("203.0.113.0/240",), "is no address range"),
        ("IpAddressIfExists", ("office",), "is no address range"),
        ("NotIpAddress", ("203.0.113.0/24", ""), "is no address range"),
        ("NotIpAddress", ("0.0.0.0/0",), "every address"),
        ("NotIpAddress", ("::/0",), "every address"),
    ],
)
def test_conditions_that_cannot_work_are_called_out(operator: str, values: tuple[str, ...], words: str) -> None:
    assert words in (fault(Condition(operator, "aws:SourceIp", values)) or "")


@pytest.mark.parametrize("value", ["203.0.113.0/24", "203.0.113.7", "10.0.0.1/8", "2001:db8::/48", "${aws:SourceIp}"])
def test_conditions_that_can_work_are_left_alone(value: str) -> None:
    assert fault(Condition("NotIpAddress", "aws:SourceIp", (value,))) is None


def test_ranges_as_wide_as_amazon_s3_calls_public() -> None:
    assert narrow_range("10.0.0.0/8")
    assert not narrow_range("10.0.0.0/7")
    assert narrow_range("2001:db8::/32")
    assert not narrow_range("2001::/16")


def test_a_condition_without_values_lets_in_nobody() -> None:
    """Each value is one way to meet a condition; without any it is never met."""
    assert public(allow(**when("StringEquals", "aws:PrincipalOrgID"))) == []
    assert public(allow(**when("StringNotEquals", "aws:PrincipalOrgID"))) == [0]


def test_a_deny_for_everyone_closes_what_it_covers() -> None:
    assert public(allow(), deny()) == []
    assert public(allow(), deny(Action="s3:PutObject")) == [0]


def test_denies_close_an_allow_together() -> None:
    """Each action is denied for strangers, if by different statements."""
    outsiders = when("StringNotEquals", "aws:PrincipalOrgID", "o-1")
    both = allow(Action=["s3:GetObject", "s3:PutObject"])
    get, put = deny(Action="s3:GetObject", **outsiders), deny(Action="s3:Put*", **outsiders)
    assert public(both, get, put) == []
    assert public(both, get) == [0]
