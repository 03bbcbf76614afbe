"""What looks narrow in an IAM policy and is not, and what is narrow."""

from __future__ import annotations

from typing import Any

import pytest

from posture.checks.iam_grants import statement
from posture.checks.iam_managed_policy import (
    iam_policy_names_roles,
    iam_policy_no_decryption_by_every_key,
    iam_policy_no_whole_service,
    iam_policy_not_everything,
)
from posture.checks.iam_role import (
    iam_role_external_trust_has_external_id,
    iam_role_not_assumable_by_anyone,
    iam_role_web_identity_pinned,
)
from posture.checks.iam_trust import trust
from posture.checks.sharing import shared_with
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW, Check, Example
from posture.core.clock import Clock
from posture.core.outcome import Status
from posture.core.related import Neighbourhood
from posture.core.resource import GLOBAL

PARTNER = "444455556666"
GITHUB = "token.actions.githubusercontent.com"
COGNITO, FACEBOOK = "cognito-identity.amazonaws.com", "graph.facebook.com"
CLUSTER = "oidc.eks.eu-central-1.amazonaws.com/id/A1"


def status(check: Check, config: dict[str, Any]) -> Status:
    example = Example(Status.PASS, config, region=GLOBAL)
    resource = example.resource(check.resource_type)
    around = Neighbourhood.of_example([resource], (), EXAMPLE_ACCOUNT, ())
    return check.judge(resource, around, Clock(EXAMPLE_NOW)).status


def by_partner(condition: dict[str, Any]) -> Status:
    config = trust(
        {"Principal": {"AWS": [f"arn:aws:iam::{PARTNER}:root"]}, "Condition": condition},
        SharedAccounts=shared_with(PARTNER, inside=False),
    )
    return status(iam_role_external_trust_has_external_id, config)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringLike": {"sts:ExternalId": ["*"]}},
        {"StringLike": {"sts:ExternalId": ["??*"]}},
        {"StringLike": {"sts:ExternalId": ["ops-7", "*"]}},
        {"StringLike": {"STS:EXTERNALID": ["*"]}},
        {"StringEquals": {"sts:ExternalId": ["${aws:PrincipalTag/id}"]}},
        {"StringEqualsIfExists": {"sts:ExternalId": ["ops-7"]}},
        {"ForAllValues:StringEquals": {"sts:ExternalId": ["ops-7"]}},
        {"StringNotEquals": {"sts:ExternalId": ["ops-7"]}},
        {"StringNotLike": {"sts:ExternalId": ["ops-7"]}},
        {"Null": {"sts:ExternalId": ["false"]}},
        {"StringEquals": {"sts:ExternalId": []}},
        {"StringEquals": {"sts:ExternalId": [""]}},
    ],
)
def test_no_external_id_is_asked_for(condition: dict[str, Any]) -> None:
    assert by_partner(condition) is Status.FAIL


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"sts:ExternalId": ["ops-7"]}},
        {"stringequals": {"STS:externalid": ["ops-7", "ops-8"]}},
        {"StringLike": {"sts:ExternalId": ["ops-7*"]}},
        {"StringLike": {"sts:ExternalId": ["*"]}, "StringEquals": {"sts:ExternalId": ["ops-7"]}},
        {"ForAnyValue:StringEqualsIgnoreCase": {"sts:ExternalId": ["ops-7"]}},
    ],
)
def test_an_external_id_is_asked_for(condition: dict[str, Any]) -> None:
    assert by_partner(condition) is Status.PASS


def by_provider(issuer: str, condition: dict[str, Any]) -> Status:
    is_own = issuer in {COGNITO, FACEBOOK}
    provider = issuer if is_own else f"arn:aws:iam::{EXAMPLE_ACCOUNT}:oidc-provider/{issuer}"
    action = ["sts:AssumeRoleWithWebIdentity"]
    config = trust({"Principal": {"Federated": [provider]}, "Action": action, "Condition": condition})
    return status(iam_role_web_identity_pinned, config)


def subject(pattern: str, issuer: str = GITHUB, operator: str = "StringLike") -> dict[str, Any]:
    return {"StringEquals": {f"{issuer}:aud": ["sts.amazonaws.com"]}, operator: {f"{issuer}:sub": [pattern]}}


@pytest.mark.parametrize(
    "pattern",
    [
        *("*", "?*", "r*", "repo*", "repo:*", "repo:?*", "repo:a*", "repo:*/*", "repo:*/shop:ref:refs/heads/main"),
        *("repo:alder*/shop:*", "organization:*", "organization:ald*:project:x", "system:*", "system:serviceaccount:*"),
        *("project_path:*", "project_path:a*:ref_type:branch:ref:main"),
    ],
)
def test_a_subject_of_many_names_nobody(pattern: str) -> None:
    assert by_provider(GITHUB, subject(pattern)) is Status.FAIL


@pytest.mark.parametrize("operator", ["StringLikeIfExists", "ForAllValues:StringLike", "StringNotLike"])
def test_a_subject_that_may_be_missing_or_is_excluded_names_nobody(operator: str) -> None:
    assert by_provider(GITHUB, subject("repo:alderfinch/shop:*", operator=operator)) is Status.FAIL


def test_a_subject_that_means_itself_names_nobody() -> None:
    itself = subject(f"${{{GITHUB}:sub}}", operator="StringEquals")
    assert by_provider(GITHUB, itself) is Status.FAIL


@pytest.mark.parametrize(
    ("issuer", "condition"),
    [
        (GITHUB, subject("repo:alderfinch/*")),
        (GITHUB, {"StringEquals": {f"{GITHUB}:aud": ["sts.amazonaws.com"], f"{GITHUB}:sub": ["repo:a/b:ref:c"]}}),
        (CLUSTER, subject("system:serviceaccount:shop-*:web", CLUSTER)),
        (GITHUB, subject("repo:alderfinch/shop:*") | {"StringLikeIfExists": {f"{GITHUB}:sub": ["*"]}}),
        (GITHUB, subject("repo:*") | {"StringEqualsIgnoreCase": {f"{GITHUB}:sub": ["repo:alderfinch/shop:x"]}}),
        (CLUSTER, subject("system:serviceaccount:shop:*", CLUSTER)),
        (COGNITO, {"StringEquals": {f"{COGNITO}:aud": ["eu-central-1:1f2e"]}}),
        (FACEBOOK, {"StringEquals": {f"{FACEBOOK}:app_id": ["123456"]}}),
    ],
)  # fmt: skip
def test_one_owner_is_named(issuer: str, condition: dict[str, Any]) -> None:
    assert by_provider(issuer, condition) is Status.PASS


@pytest.mark.parametrize(
    ("issuer", "key", "value"),
    [
        (COGNITO, "aud", "eu-central-1:*"),
        (COGNITO, "aud", "*"),
        (FACEBOOK, "app_id", "1*"),
        (GITHUB, "aud", "*"),
    ],
)
def test_a_pattern_of_audiences_is_anybodys(issuer: str, key: str, value: str) -> None:
    named = {"StringEquals": {f"{issuer}:sub": ["repo:alderfinch/shop:x"]}} if issuer == GITHUB else {}
    assert by_provider(issuer, {**named, "StringLike": {f"{issuer}:{key}": [value]}}) is Status.FAIL


@pytest.mark.parametrize(
    "parts",
    [
        {"NotPrincipal": {"AWS": [f"arn:aws:iam::{PARTNER}:root"]}},
        {"Principal": "*", "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5"]}}},
        {"Principal": "*", "Condition": {"StringLike": {"aws:PrincipalOrgID": ["*"]}}},
        {"Principal": "*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5"]}}},
        {"Principal": "*", "Condition": {"StringLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/ops"]}}},
        {"Principal": {"AWS": "*"}, "Condition": {"ForAllValues:StringEquals": {"aws:PrincipalAccount": [PARTNER]}}},
        {"Principal": {"AWS": "*"}, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": ["true"]}}},
    ],
)
def test_anyone_is_let_in(parts: dict[str, Any]) -> None:
    assert status(iam_role_not_assumable_by_anyone, trust(parts)) is Status.FAIL


def managed(**parts: Any) -> dict[str, Any]:
    return {"Owner": "customer", "AttachmentCount": 1, "PolicyDocument": statement(**parts)}


@pytest.mark.parametrize(
    ("check", "parts"),
    [
        (iam_policy_not_everything, {"Action": ["*:*"]}),
        (iam_policy_not_everything, {"Action": ["**"]}),
        (iam_policy_not_everything, {"Action": ["*"], "Resource": ["**"]}),
        (iam_policy_not_everything, {"Action": ["*"], "Resource": ["arn:aws:*"]}),
        (iam_policy_not_everything, {"Action": ["*"], "Resource": ["arn:*:*:*:*:*"]}),
        (iam_policy_not_everything, {"Action": ["*"], "Resource": ["arn:aws:s3:::a", "*"]}),
        (iam_policy_no_whole_service, {"Action": ["s3:**"]}),
        (iam_policy_no_whole_service, {"Action": ["s3:?*"]}),
        (iam_policy_no_whole_service, {"Action": ["*:*"]}),
        (iam_policy_no_decryption_by_every_key, {"Action": ["kms:Decrypt"], "Resource": ["**"]}),
        (iam_policy_no_decryption_by_every_key, {"Action": ["kms:Decrypt"], "Resource": ["arn:aws:kms:*:*:*"]}),
        (iam_policy_no_decryption_by_every_key, {"Action": ["kms:Decrypt"], "Resource": ["arn:aws:kms:*"]}),
        (iam_policy_no_decryption_by_every_key, {"Action": ["kms:Decrypt"], "Resource": ["arn:aws:*:*:*:key/*"]}),
        (
            iam_policy_no_decryption_by_every_key,
            {"Action": ["kms:Decrypt"], "Resource": [f"arn:aws:kms:eu-central-1:{EXAMPLE_ACCOUNT}:*"]},
        ),
        (iam_policy_names_roles, {"Action": ["iam:PassRole"], "Resource": [f"arn:aws:iam::{EXAMPLE_ACCOUNT}:*"]}),
        (iam_policy_names_roles, {"Action": ["iam:PassRole"], "Resource": ["arn:aws:iam::*"]}),
        (iam_policy_names_roles, {"Action": ["iam:Pass*"], "Resource": ["arn:aws:iam::*:role*"]}),
        (
            iam_policy_names_roles,
            {"Action": ["iam:PassRole"], "Resource": [], "NotResource": ["arn:aws:iam::111122223333:role/admin"]},
        ),
        *(
            (iam_policy_names_roles, {"Action": ["iam:PassRole"], "Condition": {operator: {key: values}}})
            for operator, key, values in (
                ("StringLike", "iam:PassedToService", ["*"]),
                ("StringLike", "iam:passedtoservice", ["*.amazonaws.com"]),
                ("StringNotEquals", "iam:PassedToService", ["ec2.amazonaws.com"]),
                ("ForAllValues:StringEquals", "iam:PassedToService", ["ec2.amazonaws.com"]),
                ("Null", "iam:PassedToService", ["false"]),
            )
        ),
    ],
)
def test_a_wide_statement_is_wide_however_it_is_written(check: Check, parts: dict[str, Any]) -> None:
    assert status(check, managed(**parts)) is Status.FAIL


@pytest.mark.parametrize(
    ("check", "parts"),
    [
        (iam_policy_not_everything, {"Action": ["*"], "Resource": ["arn:aws:s3:::*"]}),
        (iam_policy_no_whole_service, {"Action": ["s3:Get*"]}),
        (iam_policy_no_decryption_by_every_key, {"Action": ["kms:Decrypt"], "Resource": ["arn:aws:kms:*:*:alias/*"]}),
        (iam_policy_no_decryption_by_every_key, {"Action": ["kms:Decrypt"], "Resource": ["arn:aws:kms:*:*:key/mrk-*"]}),
        (iam_policy_names_roles, {"Action": ["iam:PassRole"], "Resource": ["arn:aws:iam::*:role/web-*"]}),
        (iam_policy_names_roles, {"Action": ["iam:PassRole"], "Resource": ["arn:aws:iam::*:user/*"]}),
        (
            iam_policy_names_roles,
            {"Action": ["iam:*"], "Resource": [], "NotResource": ["arn:aws:iam::*:role/*"]},
        ),
        (
            iam_policy_names_roles,
            {"Action": ["iam:PassRole"], "Condition": {"StringLike": {"iam:PassedToService": ["ecs*.amazonaws.com"]}}},
        ),
    ],
)
def test_a_narrow_statement_is_narrow_however_it_is_written(check: Check, parts: dict[str, Any]) -> None:
    assert status(check, managed(**parts)) is Status.PASS
