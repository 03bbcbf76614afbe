"""Filter patterns are compared by what they match, and hostile ones end soon."""

from __future__ import annotations

import time

import pytest

from posture.checks.account_account_alarms import CLOUDTRAIL, KMS, NO_MFA, ROOT, UNAUTHORIZED, Events, wanted
from posture.core.filter_patterns import MAX_CHARACTERS, PatternError, matches_all, parse

CIS_ROOT = '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'
CIS_KMS = "{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }"
CIS_UNAUTHORIZED = (
    '{ ($.errorCode ="*UnauthorizedOperation") || ($.errorCode ="AccessDenied*") && '
    '($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket") }'
)


def matches(pattern: str, events: Events) -> bool:
    """Whether a pattern matches all of the events."""
    return all(matches_all(parse(pattern), facts) for facts in wanted(events))


@pytest.mark.parametrize(
    ("pattern", "events"),
    [
        (CIS_ROOT, ROOT),
        ('{$.userIdentity.type="Root"}', ROOT),
        ('{ (($.eventType != "AwsServiceEvent") && ((($.userIdentity.type = Ro*)))) }', ROOT),
        (CIS_KMS, KMS),
        ("{ ($.eventName = ScheduleKeyDeletion) || ($.eventName = DisableKey) }", KMS),
        ("{ $.eventName = %^(Disable|ScheduleKey)% || $.eventSource = kms.* }", KMS),
        ("{ $.eventName = %Key% && $.eventSource != s3* }", KMS),
        (CIS_UNAUTHORIZED, UNAUTHORIZED),
        ('{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }', UNAUTHORIZED),
        ("{ $.errorCode EXISTS }", UNAUTHORIZED),
        ('{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") }', NO_MFA),
        ("{ ($.additionalEventData.MFAUsed = No) && ($.eventName = ConsoleLogin) }", NO_MFA),
    ],
)
def test_a_pattern_of_the_same_or_of_more_events_matches(pattern: str, events: Events) -> None:
    assert matches(pattern, events)


@pytest.mark.parametrize(
    ("pattern", "events"),
    [
        ('{ $.userIdentity.type = "root" }', ROOT),
        (CIS_ROOT[:-1] + "&& $.awsRegion = us-east-1 }", ROOT),
        (CIS_ROOT.replace("!=", "="), ROOT),
        (CIS_ROOT.replace("NOT EXISTS", "EXISTS"), ROOT),
        (CIS_KMS.replace("||", "&&"), KMS),
        (CIS_KMS.replace("kms", "s3"), KMS),
        ("{ $.eventName = DisableKey }", KMS),
        (CIS_KMS[:-1] + '&& ($.userIdentity.arn != "*deployer") }', KMS),
        ("{ $.eventName = %^Key% }", KMS),
        ('{ $.errorCode = "AccessDenied" }', UNAUTHORIZED),
        ('{ $.additionalEventData.MFAUsed = "Yes" }', NO_MFA),
        ("{ $.eventName = Create?rail }", CLOUDTRAIL),
    ],
)
def test_a_pattern_of_other_or_fewer_events_does_not(pattern: str, events: Events) -> None:
    assert not matches(pattern, events)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "ERROR",
        "{",
        "{ }",
        "{ $.eventName }",
        "{ $.eventName = }",
        "{ $.eventName = a b }",
        "{ ($.eventName = a }",
        "{ $.eventName = a) }",
        '{ $.eventName = "a }',
        "{ $.eventName IS EXISTS }",
        "{ && }",
        "[ip, user, status = 4*]",
        "{" + "(" * 2_000 + "$.a = b" + ")" * 2_000 + "}",
        "{" + "(" * MAX_CHARACTERS + "}",
    ],
)
def test_what_is_no_pattern_for_json_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        parse(pattern)


@pytest.mark.parametrize("regex", ["(", "a*a*a*a*a*a*a*a*a*b", "[", "(?P<"])
def test_a_regular_expression_that_is_none_or_takes_long_is_refused(regex: str) -> None:
    began = time.process_time()
    with pytest.raises(PatternError):
        matches(f"{{ $.eventName = %{regex}% }}", KMS)
    assert time.process_time() - began < 1


def test_a_regular_expression_says_nothing_of_values_that_are_half_known() -> None:
    with pytest.raises(PatternError):
        matches("{ $.errorCode = %^AccessDenied$% }", UNAUTHORIZED)
