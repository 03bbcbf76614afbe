"""A failed read is classified by what AWS says, and never says more than AWS did."""

from __future__ import annotations

import time

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from posture.core.gap import GapReason
from posture.sweep.errors import classify

USER = "User: arn:aws:sts::111122223333:assumed-role/audit/s is not authorized to perform: ec2:DescribeVpcs"


def aws_error(code: str, message: str = "", status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "Anything",
    )


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("because no identity-based policy allows the ec2:DescribeVpcs action", GapReason.ROLE_POLICY),
        ("with an explicit deny in an identity-based policy", GapReason.ROLE_POLICY),
        ("because no permissions boundary allows the ec2:DescribeVpcs action", GapReason.PERMISSIONS_BOUNDARY),
        ("with an explicit deny in a permissions boundary", GapReason.PERMISSIONS_BOUNDARY),
        ("because no session policy allows the ec2:DescribeVpcs action", GapReason.SESSION_POLICY),
        ("because no service control policy allows the ec2:DescribeVpcs action", GapReason.SERVICE_CONTROL_POLICY),
        ("with an explicit deny in a service control policy", GapReason.SERVICE_CONTROL_POLICY),
        ("with an explicit deny in a resource control policy", GapReason.RESOURCE_CONTROL_POLICY),
        ("because no resource-based policy allows the ec2:DescribeVpcs action", GapReason.RESOURCE_POLICY),
        ("with an explicit deny", GapReason.DENIED),
        ("", GapReason.DENIED),
    ],
)
def test_the_policy_that_refused_is_the_one_that_aws_names(words: str, reason: GapReason) -> None:
    failure = classify(aws_error("UnauthorizedOperation", f"{USER} {words}"), "ec2:DescribeVpcs")

    assert failure.reason is reason
    assert "ec2:DescribeVpcs" in failure.remedy


@pytest.mark.parametrize(
    ("action", "code", "message", "reason"),
    [
        ("macie2:GetMacieSession", "AccessDeniedException", "Macie is not enabled.", GapReason.SERVICE_NOT_ENABLED),
        ("macie2:GetMacieSession", "AccessDeniedException", f"{USER}", GapReason.DENIED),
        (
            "securityhub:DescribeHub",
            "InvalidAccessException",
            "Account 1 is not subscribed to AWS Security Hub",
            GapReason.SERVICE_NOT_ENABLED,
        ),
        (
            "organizations:DescribeOrganization",
            "AWSOrganizationsNotInUseException",
            "Your account is not a member of an organization.",
            GapReason.SERVICE_NOT_ENABLED,
        ),
        (
            "support:DescribeTrustedAdvisorChecks",
            "SubscriptionRequiredException",
            "Amazon Web Services Premium Support Subscription is required to use this service.",
            GapReason.PLAN_MISSING,
        ),
        ("ec2:DescribeVpcs", "RequestLimitExceeded", "Request limit exceeded.", GapReason.THROTTLED),
        ("ec2:DescribeVpcs", "AuthFailure", "AWS was not able to validate", GapReason.CREDENTIALS_EXPIRED),
        ("kms:ListKeys", "ExpiredTokenException", "expired", GapReason.CREDENTIALS_EXPIRED),
        ("sso:ListInstances", "UnauthorizedException", "Session token has expired", GapReason.DENIED),
        ("es:ListDomainNames", "ExpiredTokenFault", "The token is no longer good.", GapReason.CREDENTIALS_EXPIRED),
        (
            "logs:DescribeLogGroups",
            "InvalidTokenException",
            "The security token included in the request is expired",
            GapReason.CREDENTIALS_EXPIRED,
        ),
        ("logs:DescribeLogGroups", "InvalidRequest", "The certificate is expired", GapReason.SERVICE_ERROR),
        ("kms:ListKeys", "KMSInternalException", "oh", GapReason.SERVICE_ERROR),
        ("s3:GetBucketPolicy", "SomethingNew", "…", GapReason.SERVICE_ERROR),
    ],
)
def test_what_is_off_or_not_paid_for_is_distinguished_from_what_is_refused(
    action: str, code: str, message: str, reason: GapReason
) -> None:
    assert classify(aws_error(code, message), action).reason is reason


def test_a_support_refusal_for_want_of_permission_is_no_missing_plan() -> None:
    message = f"{USER.rsplit(' ', 1)[0]} support:Describe because no identity-based policy allows the support:Describe"

    failure = classify(aws_error("AccessDeniedException", message), "support:DescribeTrustedAdvisorChecks")

    assert failure.reason is GapReason.ROLE_POLICY
    assert failure.reason.blinds


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ReadTimeoutError(endpoint_url="https://x"), GapReason.TIMED_OUT),
        (EndpointConnectionError(endpoint_url="https://x"), GapReason.UNREACHABLE),
        (NoCredentialsError(), GapReason.CREDENTIALS_EXPIRED),
        (UnauthorizedSSOTokenError(), GapReason.CREDENTIALS_EXPIRED),
        (TokenRetrievalError(provider="sso", error_msg="expired"), GapReason.CREDENTIALS_EXPIRED),
        (KeyError("ours"), GapReason.BAD_ANSWER),
    ],
)
def test_a_call_without_an_answer_is_classified_by_what_broke(error: Exception, reason: GapReason) -> None:
    failure = classify(error, "ec2:DescribeVpcs")

    assert failure.reason is reason
    assert failure.ours == isinstance(error, KeyError)


def test_a_proxys_page_is_a_bad_answer_and_is_not_quoted() -> None:
    failure = classify(aws_error("", "<html><body>blocked by proxy</body></html>", 403), "kms:ListKeys")

    assert failure.reason is GapReason.BAD_ANSWER
    assert failure.error == "HTTP403"
    assert "<" not in failure.message


def test_a_clock_that_is_wrong_is_named() -> None:
    failure = classify(aws_error("RequestExpired", "Request has expired."), "ec2:DescribeVpcs")

    assert "NTP" in failure.remedy


@pytest.mark.parametrize(
    "message",
    [
        "Access Denied (Service: S3, Status Code: 403, Request ID: 7GAZC2ZJ8QJ1, Extended Request ID: abc/def=)",
        "Access Denied (RequestId: 3f0ad4f1-8a38-4f0e-8a3b-4f0e8a3b4f0e)",
        "Access Denied Encoded authorization failure message: 4GkNhf0dYr6",
    ],
)
def test_what_differs_from_call_to_call_is_taken_out_of_the_message(message: str) -> None:
    assert classify(aws_error("AccessDenied", message), "s3:GetBucketPolicy").message == "Access Denied"


@pytest.mark.parametrize(
    "unit", [" ", "(Service: ", "because no ", "Request ID:", "arn:aws:organizations::111122223333:policy/"]
)
def test_a_hostile_message_takes_no_longer_than_its_length(unit: str) -> None:
    message = unit * (200_000 // len(unit))
    began = time.thread_time()

    failure = classify(aws_error("AccessDenied", message), "s3:ListAllMyBuckets")

    assert time.thread_time() - began < 2
    assert len(failure.message) <= 1000
