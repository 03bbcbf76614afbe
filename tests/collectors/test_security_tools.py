"""Collectors of AWS's security tools wait, stop, and distinguish off from refused."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from posture.collectors import (
    all_collectors,
    credential_report,
    guardduty_finding,
    iam_authorization,
    securityhub_finding,
)
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW, EXAMPLE_REGION
from posture.core.gap import GapReason
from posture.core.resource import Resource
from posture.core.values import Unknown, UnknownFieldError
from posture.sweep.ask import AccountAsk, Location, Perform
from posture.sweep.errors import AskError

REPORT = (
    "user,arn,password_enabled,password_last_used,mfa_active\n"
    "<root_account>,arn:aws:iam::111122223333:root,not_supported,no_information,true\n"
    "anna,arn:aws:iam::111122223333:user/anna,true,2026-05-29T06:41:00+00:00,false\n"
)


def gather(resource_type: str, perform: Perform) -> list[Resource]:
    collector = all_collectors()[resource_type]
    location = Location(EXAMPLE_ACCOUNT, EXAMPLE_REGION, "aws", EXAMPLE_NOW, b"key of tests")
    return list(collector.gather(AccountAsk(collector, location, perform)))


def refusal(code: str, message: str) -> Perform:
    def perform(service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": code, "Message": message}}, operation)

    return perform


@pytest.mark.parametrize(
    ("resource_type", "code", "message"),
    [
        ("AWS::Macie::Session", "AccessDeniedException", "Macie is not enabled."),
        ("AWS::SecurityHub::Hub", "InvalidAccessException", "Account 1 is not subscribed to AWS Security Hub"),
        ("AWS::SecurityHub::Finding", "InvalidAccessException", "Account 1 is not subscribed to AWS Security Hub"),
        ("AWS::Organizations::Organization", "AWSOrganizationsNotInUseException", "Your account is not a member."),
        ("AWS::Support::TrustedAdvisorCheck", "SubscriptionRequiredException", "A subscription is required."),
    ],
)
def test_a_tool_that_is_off_has_nothing_to_show(resource_type: str, code: str, message: str) -> None:
    assert gather(resource_type, refusal(code, message)) == []


@pytest.mark.parametrize(
    "resource_type",
    [
        "AWS::Macie::Session",
        "AWS::SecurityHub::Hub",
        "AWS::SecurityHub::Finding",
        "AWS::Organizations::Organization",
        "AWS::Support::TrustedAdvisor",
        "AWS::Support::TrustedAdvisorCheck",
        "AWS::InspectorV2::AccountStatus",
        "AWS::IAM::AccountSummary",
        "AWS::IAM::AccountPasswordPolicy",
        "AWS::IAM::User",
        "AWS::GuardDuty::Detector",
    ],
)
def test_a_refusal_is_a_gap_and_never_an_empty_list(resource_type: str) -> None:
    denied = refusal("AccessDeniedException", "User is not authorized to perform this")

    with pytest.raises((AskError, UnknownFieldError)):
        gather(resource_type, denied)


def test_an_account_without_a_support_plan_says_so() -> None:
    (advisor,) = gather("AWS::Support::TrustedAdvisor", refusal("SubscriptionRequiredException", "Buy a plan."))

    assert (advisor.config["Available"], advisor.config["Reason"]) == (False, "PLAN_MISSING")


def test_a_region_is_there_even_where_every_setting_is_refused() -> None:
    (region,) = gather("AWS::Account::Region", refusal("UnauthorizedOperation", "You are not authorized"))

    assert region.name == EXAMPLE_REGION
    assert not region.config.known("EbsEncryptionByDefault")


class Iam:
    """Makes a credential report in as many steps as are asked for."""

    def __init__(self, *states: str) -> None:
        self.states = list(states)
        self.asked: list[str] = []

    def __call__(self, service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append(operation)
        if operation == "get_account_authorization_details":
            return {"UserDetailList": []}
        if operation == "generate_credential_report":
            return {"State": self.states.pop(0)}
        return {"Content": base64.b64encode(REPORT.encode()).decode()}


def test_the_credential_report_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    iam = Iam("STARTED", "INPROGRESS", "COMPLETE")

    (user,) = gather("AWS::IAM::User", iam)

    report = ["generate_credential_report"] * 3 + ["get_credential_report"]
    assert iam.asked == ["get_account_authorization_details", *report]
    assert waited == [0.5, 1.0]
    assert (user.name, user.config["password_enabled"], user.config["mfa_active"]) == ("anna", True, False)
    assert user.observed["password_last_used"] == "2026-05-29T06:41:00Z"


def test_a_credential_report_that_never_comes_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)

    with pytest.raises(UnknownFieldError) as raised:
        gather("AWS::IAM::User", Iam(*["INPROGRESS"] * len(credential_report.WAITS)))

    assert raised.value.unknown.error == "ReportInProgress"


class GuardDuty:
    """Holds more findings than are read."""

    def __init__(self, count: int) -> None:
        self.ids = [str(number) for number in range(count)]
        self.read = 0

    def __call__(self, service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "list_detectors":
            return {"DetectorIds": ["d"]}
        if operation == "list_findings":
            return {"FindingIds": self.ids}
        assert len(params["FindingIds"]) <= guardduty_finding.AT_ONCE
        self.read += len(params["FindingIds"])
        return {"Findings": [self.finding(one) for one in params["FindingIds"]]}

    @staticmethod
    def finding(one: str) -> dict[str, Any]:
        arn = f"arn:aws:guardduty:eu-central-1:{EXAMPLE_ACCOUNT}:detector/d/finding/{one}"
        return {"AccountId": EXAMPLE_ACCOUNT, "Arn": arn, "Id": one, "Type": "Recon:EC2/Portscan", "Severity": 2.0}


@pytest.mark.parametrize("more", [0, 1, 70])
def test_what_is_beyond_the_limit_is_said_to_be_there(more: int) -> None:
    guardduty = GuardDuty(guardduty_finding.MAX_FINDINGS + more)

    found = gather("AWS::GuardDuty::Finding", guardduty)

    assert guardduty.read == guardduty_finding.MAX_FINDINGS
    assert len(found) == guardduty_finding.MAX_FINDINGS + bool(more)
    assert isinstance(found[-1].raw_config["Severity"], Unknown) is bool(more)


def test_findings_of_security_hub_beyond_the_limit_are_said_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(securityhub_finding, "MAX_FINDINGS", 3)

    def perform(service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "describe_hub":
            return {"HubArn": "arn:aws:securityhub:eu-central-1:111122223333:hub/default"}
        own = "ComplianceStatus" in params["Filters"]
        return {"Findings": [hub_finding(number) for number in range(5 if own else 2)]}

    found = gather("AWS::SecurityHub::Finding", perform)

    assert [one.name for one in found] == ["0", "1", "2", "Further findings of failed controls, beyond 3"]


def hub_finding(number: int, **rest: Any) -> dict[str, Any]:
    compliance = {"Compliance": {"Status": "FAILED"}}
    return {
        "Id": f"f-{number}",
        "AwsAccountId": EXAMPLE_ACCOUNT,
        "Title": str(number),
        "Resources": [],
        **compliance,
        **rest,
    }


@pytest.mark.parametrize(
    "other",
    [
        {"AwsAccountId": "999988887777"},
        {"Region": "us-east-1"},
        {"RecordState": "ARCHIVED"},
        {"Workflow": {"Status": "SUPPRESSED"}},
        {"Compliance": {"Status": "PASSED"}},
    ],
)
def test_findings_that_are_not_open_here_are_left_out(other: dict[str, Any]) -> None:
    def perform(service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "describe_hub":
            return {"HubArn": "arn:aws:securityhub:eu-central-1:111122223333:hub/default"}
        return {"Findings": [hub_finding(1), hub_finding(2, **other)]}

    assert [one.name for one in gather("AWS::SecurityHub::Finding", perform)] == ["1"]


def test_a_policy_that_the_answer_leaves_out_is_unknown() -> None:
    found = iam_authorization.policy(None)
    assert isinstance(found, Unknown)
    assert found.reason is GapReason.BAD_ANSWER
    assert iam_authorization.policy("%7B%22Statement%22%3A%5B%5D%7D") == {"Statement": []}
