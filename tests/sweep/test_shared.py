"""An administrator answers for its members only where its answers are theirs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from posture import permissions
from posture.collectors import all_collectors
from posture.core.sweep import AccountResult
from posture.sweep import Engine, Target, sweep_account
from posture.sweep.service_models import operation_model, service_model
from posture.sweep.sharing import all_sharings
from tests.sweep.conftest import role_in
from tests.sweep.fake_aws import Call, FakeAws, Reply, error

ADMINISTRATOR = "999900000000"
MEMBERS = [f"11110000000{number}" for number in range(3)]
ALL = frozenset({ADMINISTRATOR, *MEMBERS})
NOW = datetime(2026, 11, 24, tzinfo=UTC)
KINDS = (
    "AWS::GuardDuty::Detector",
    "AWS::GuardDuty::Finding",
    "AWS::InspectorV2::AccountStatus",
    "AWS::Macie::Session",
    "AWS::SecurityHub::Hub",
)
Sweep = Callable[..., AccountResult]


def detector_of(account_id: str) -> str:
    return f"d{account_id}"


def member_row(account_id: str) -> dict[str, str]:
    return {
        "accountId": account_id,
        "detectorId": detector_of(account_id),
        "administratorId": ADMINISTRATOR,
        "relationshipStatus": "Enabled",
        "invitedAt": "2025-01-01T00:00:00Z",
    }


def own_administrator(account_id: str) -> dict[str, Any]:
    if account_id == ADMINISTRATOR:
        return {}
    administrator = {
        "accountId": ADMINISTRATOR,
        "invitationId": "i-1",
        "relationshipStatus": "Enabled",
        "invitedAt": "2025",
    }
    return {"administrator": administrator}


def status_of(account_id: str) -> dict[str, Any]:
    on = {"status": "ENABLED", "errorCode": "ALL_ACCOUNTS", "errorMessage": ""}
    return {"accountId": account_id, "state": on, "resourceState": {"ec2": on, "ecr": on}}


class Services:
    """GuardDuty, Inspector, Macie and Security Hub, as one organization has them."""

    def __init__(self) -> None:
        self.rows = [member_row(account_id) for account_id in MEMBERS]

    def answer(self, call: Call) -> Any:
        """Answer what is asked over paths; None where that is nothing of these."""
        path = call.operation.split("?")[0].rstrip("/")
        for service, pattern, answer in self.paths():
            found = re.fullmatch(pattern, path)
            if found and service == call.service:
                return answer(call)
        return None

    def paths(self) -> list[tuple[str, str, Callable[[Call], Any]]]:
        """Return the services' paths and what answers them."""
        nothing: dict[str, Any] = {}
        detector = {"status": "ENABLED", "findingPublishingFrequency": "SIX_HOURS"}
        return [
            ("guardduty", "/detector", lambda call: {"detectorIds": [detector_of(call.account_id)]}),
            ("guardduty", "/detector/[^/]+", lambda _: detector),
            ("guardduty", "/detector/[^/]+/administrator", lambda call: own_administrator(call.account_id)),
            ("guardduty", "/detector/[^/]+/member", lambda _: {"members": self.rows}),
            ("guardduty", "/detector/[^/]+/findings", lambda _: {"findingIds": []}),
            ("guardduty", "/detector/[^/]+/admin", lambda _: {"autoEnableOrganizationMembers": "ALL"}),
            ("inspector2", "/status/batch/get", lambda call: {"accounts": [status_of(i) for i in asked_ids(call)]}),
            ("inspector2", "/delegatedadminaccounts/get", lambda _: {"delegatedAdmin": {"accountId": ADMINISTRATOR}}),
            ("inspector2", "/members/list", lambda _: {"members": self.rows}),
            ("macie2", "/macie", lambda _: {"status": "ENABLED"}),
            ("macie2", "/automated-discovery/configuration", lambda _: {"status": "ENABLED"}),
            ("macie2", "/administrator", lambda call: own_administrator(call.account_id)),
            ("macie2", "/members", lambda _: {"members": [macie_row(row) for row in self.rows]}),
            ("securityhub", "/accounts", hub),
            ("securityhub", "/administrator", lambda call: hub_administrator(call.account_id)),
            ("securityhub", "/standards/get", lambda _: {"StandardsSubscriptions": []}),
            ("securityhub", "/organization/configuration", lambda _: nothing),
            ("securityhub", "/members", lambda _: {"Members": [hub_row(row) for row in self.rows]}),
        ]  # fmt: skip


def hub(call: Call) -> dict[str, str]:
    return {"HubArn": f"arn:aws:securityhub:{call.region}:{call.account_id}:hub/default"}


def macie_row(row: dict[str, str]) -> dict[str, str]:
    return {**row, "administratorAccountId": row["administratorId"]}


def hub_administrator(account_id: str) -> dict[str, Any]:
    administrator = {"AccountId": ADMINISTRATOR, "InvitationId": "i-1", "MemberStatus": "ENABLED"}
    return {} if account_id == ADMINISTRATOR else {"Administrator": administrator}


def hub_row(row: dict[str, str]) -> dict[str, str]:
    status = "ENABLED" if row["relationshipStatus"] == "Enabled" else "Removed"
    return {"AccountId": row["accountId"], "AdministratorId": ADMINISTRATOR, "MemberStatus": status}


def asked_ids(call: Call) -> list[str]:
    return list(call.params.get("accountIds", ()))


@pytest.fixture
def services(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Services:
    services = Services()
    known = aws._known

    def answered(call: Call) -> Reply:
        answer = services.answer(call)
        return known(call) if answer is None else Reply(json.dumps(answer), 200, "application/json")

    monkeypatch.setattr(aws, "_known", answered)
    return services


@pytest.fixture
def sweep(engine: Engine) -> Sweep:
    """Sweep one account with the collectors of these services, at `now`."""

    def one(account_id: str, *, now: datetime = NOW, colleagues: frozenset[str] = ALL) -> AccountResult:
        chosen = {kind: all_collectors()[kind] for kind in KINDS}
        target = Target(account_id, role_in(account_id), colleagues=colleagues)
        return sweep_account(engine, target, collectors=chosen, now=now)

    return one


def hashes(result: AccountResult) -> dict[str, bytes]:
    assert not result.gaps
    return {resource.arn: resource.hash for resource in result.resources}


SPARED = {
    "guardduty:list_detectors": 1,
    "guardduty:get_administrator_account": 1,
    "inspector2:batch_get_account_status": 1,
    "macie2:get_administrator_account": 1,
    "securityhub:get_administrator_account": 1,
}


def test_later_members_are_spared_and_found_as_they_would_be_without(services: Services, sweep: Sweep) -> None:
    alone = sweep(MEMBERS[1], colleagues=frozenset())
    sweep(MEMBERS[0])
    second = sweep(MEMBERS[1])

    assert not alone.saved
    assert second.saved == SPARED
    assert sum(second.calls.values()) + sum(second.saved.values()) == sum(alone.calls.values())
    assert hashes(second) == hashes(alone)
    assert len(hashes(second)) == 4


def test_the_administrator_is_asked_once_in_a_sweep_and_again_in_the_next(
    aws: FakeAws, services: Services, sweep: Sweep
) -> None:
    for account_id in (*MEMBERS, ADMINISTRATOR):
        sweep(account_id)
    asked = [call for call in aws.calls if call.service == "macie2" and call.operation.startswith("/members")]
    assert [call.account_id for call in asked] == [ADMINISTRATOR]

    sweep(MEMBERS[0], now=datetime(2026, 11, 25, tzinfo=UTC))

    asked = [call for call in aws.calls if call.service == "macie2" and call.operation.startswith("/members")]
    assert len(asked) == 2


def test_an_administrator_that_says_otherwise_does_not_speak_for_anybody(
    services: Services, sweep: Sweep, caplog: pytest.LogCaptureFixture
) -> None:
    for row in services.rows:
        row["detectorId"] = f"old-{row['detectorId']}"

    sweep(MEMBERS[0])
    second = sweep(MEMBERS[1])

    assert "guardduty:list_detectors" not in second.saved
    assert [arn for arn in hashes(second) if ":guardduty:" in arn] == [
        f"arn:aws:guardduty:eu-central-1:{MEMBERS[1]}:detector/{detector_of(MEMBERS[1])}"
    ]
    assert "differs between the administrator and" in caplog.text


@pytest.mark.parametrize("change", [{"relationshipStatus": "Removed"}, {"accountId": "000000000000"}])
def test_who_is_no_member_or_not_any_more_is_asked_itself(
    services: Services, sweep: Sweep, change: dict[str, str]
) -> None:
    services.rows[1] |= change

    sweep(MEMBERS[0])
    second = sweep(MEMBERS[1])
    third = sweep(MEMBERS[2])

    assert not {name for name in second.saved if not name.startswith("inspector2")}
    assert third.saved == SPARED


def test_where_the_administrator_refuses_each_account_is_asked_itself(
    aws: FakeAws, services: Services, sweep: Sweep
) -> None:
    aws.on["macie2:/members?onlyAssociated=true"] = error("AccessDeniedException", "no", 403)

    first = sweep(MEMBERS[0])
    second = sweep(MEMBERS[1])

    assert not first.gaps
    assert second.saved == {name: count for name, count in SPARED.items() if not name.startswith("macie2")}
    assert len(hashes(second)) == 4


def test_an_administrator_outside_of_the_organization_is_not_entered(
    aws: FakeAws, services: Services, sweep: Sweep
) -> None:
    results = [sweep(account_id, colleagues=frozenset(MEMBERS)) for account_id in MEMBERS]

    assert not any(result.saved for result in results)
    assert not [call for call in aws.made("sts:AssumeRole") if ADMINISTRATOR in call.params["RoleArn"]]


def test_the_roles_allow_what_administrators_are_asked() -> None:
    needed = {action for sharing in all_sharings().values() for action in sharing.actions}

    assert needed
    assert needed <= set(permissions.ENGINE_ACTIONS)
    assert needed <= set(permissions.member_actions())


def test_of_config_and_access_analyzer_nothing_is_asked_that_one_account_could_answer() -> None:
    """If a collector asks for more, reconsider the reasons in `posture.sweep.sharing`."""
    asked = {action for each in all_collectors().values() for action in each.actions}

    assert {action for action in asked if action.startswith(("config:", "access-analyzer:"))} == {
        "access-analyzer:ListAnalyzers",
        "access-analyzer:ListFindings",
        "config:DescribeConfigurationAggregators",
        "config:DescribeConfigurationRecorderStatus",
        "config:DescribeConfigurationRecorders",
        "config:DescribeDeliveryChannelStatus",
        "config:DescribeDeliveryChannels",
    }
    kinds: Any = service_model("config").shape_for("ResourceType")
    listing: Any = operation_model("accessanalyzer", "list_analyzers").input_shape
    unrecorded = ("ConfigurationRecorder", "DeliveryChannel", "ConfigurationAggregator")
    assert not {f"AWS::Config::{name}" for name in unrecorded} & set(kinds.enum)
    assert set(listing.members) == {"nextToken", "maxResults", "type"}
