"""How a tool's state in one account and region follows from what the sweep found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from posture.collectors import all_collectors
from posture.core.check import denied
from posture.core.coverage import ACCOUNT, TRAIL, Cell, State, Tool, assess, covers_all, level, tools
from posture.core.gap import ANY, Gap, GapReason
from posture.core.resource import GLOBAL, Resource

HERE = "111122223333"
SECURITY = "444455556666"
TOOLS = {tool.id: tool for tool in tools()}
TRAIL_ARN = f"arn:aws:cloudtrail:eu-central-1:{HERE}:trail/own"
THEIR_TRAIL_ARN = "arn:aws:cloudtrail:eu-central-1:999988887777:trail/organization"


def seen(kind: str, config: Mapping[str, Any], account: str = HERE, **observed: Any) -> Resource:
    arn = str(config.get("TrailARN", f"arn:aws:example:eu-central-1:{account}:thing"))
    return Resource(kind, arn, account, "eu-central-1", "thing", config, observed)


def gap(kind: str, reason: GapReason, region: str = "eu-central-1") -> Gap:
    return Gap(HERE, region, kind, "example:List", reason, "AccessDenied")


def cell(tool_id: str, *configs: Mapping[str, Any], organization: tuple[Resource, ...] = ()) -> Cell:
    tool = TOOLS[tool_id]
    return level(tool, [seen(tool.resource_type, config) for config in configs], [], organization)


def plans(status: str) -> list[dict[str, str]]:
    return [{"Name": "S3_DATA_EVENTS", "Status": status}, {"Name": "FLOW_LOGS", "Status": "ENABLED"}]


@pytest.mark.parametrize("tool", tools(), ids=lambda tool: tool.id)
def test_each_tool_is_shown_by_types_that_are_collected(tool: Tool) -> None:
    assert tool.reads <= set(all_collectors())
    assert tool.leaves_out.endswith(".")


@pytest.mark.parametrize("tool", tools(), ids=lambda tool: tool.id)
def test_what_is_not_there_is_off(tool: Tool) -> None:
    assert level(tool, [], []).state is State.OFF


@pytest.mark.parametrize("tool", tools(), ids=lambda tool: tool.id)
@pytest.mark.parametrize("region", ["eu-central-1", ANY])
def test_what_could_not_be_read_is_neither_on_nor_off(tool: Tool, region: str) -> None:
    for kind in (*tool.reads, ANY):
        cell = level(tool, [], [gap(kind, GapReason.ROLE_POLICY, region)])

        assert cell.state is State.UNKNOWN
        assert "example:List" in cell.detail


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        (GapReason.NOT_OFFERED, State.NOT_OFFERED),
        (GapReason.NOT_OPTED_IN, State.NOT_OFFERED),
        (GapReason.SERVICE_NOT_ENABLED, State.OFF),
        (GapReason.PLAN_MISSING, State.OFF),
        (GapReason.THROTTLED, State.UNKNOWN),
    ],
)
def test_a_gap_says_which_kind_of_nothing_it_is(reason: GapReason, state: State) -> None:
    assert level(TOOLS["macie"], [], [gap("AWS::Macie::Session", reason)]).state is state


def test_a_gap_elsewhere_says_nothing() -> None:
    assert level(TOOLS["macie"], [], [gap("AWS::S3::Bucket", GapReason.DENIED)]).state is State.OFF


@pytest.mark.parametrize(
    ("tool_id", "config", "state", "missing"),
    [
        ("guardduty", {"Status": "ENABLED", "Features": plans("ENABLED")}, State.ON, ()),
        ("guardduty", {"Status": "ENABLED", "Features": plans("DISABLED")}, State.PARTLY, ("S3",)),
        ("guardduty", {"Status": "DISABLED", "Features": []}, State.OFF, ()),
        ("guardduty", {"Status": denied("guardduty:GetDetector")}, State.UNKNOWN, ()),
        ("securityhub", {"Standards": [{"StandardsArn": "…standards/fsbp", "StandardsStatus": "READY"}]}, State.ON, ()),
        ("securityhub", {"Standards": []}, State.PARTLY, ("standards",)),
        (
            "securityhub",
            {"Standards": [{"StandardsArn": "…standards/fsbp", "StandardsStatus": "INCOMPLETE"}]},
            State.PARTLY,
            ("fsbp (incomplete)",),
        ),
        ("config", {"recording": False}, State.OFF, ()),
        (
            "config",
            {"recording": True, "recordingGroup": {"allSupported": True}, "DeliveryChannel": {}},
            State.PARTLY,
            ("a delivery channel",),
        ),
        (
            "config",
            {"recording": True, "recordingGroup": {"allSupported": True}, "DeliveryChannel": {"name": "default"}},
            State.ON,
            (),
        ),
        ("macie", {"status": "ENABLED", "AutomatedDiscovery": {"status": "ENABLED"}}, State.ON, ()),
        ("macie", {"status": "ENABLED", "AutomatedDiscovery": {}}, State.PARTLY, ("automated discovery",)),
        ("macie", {"status": "PAUSED"}, State.OFF, ()),
        (
            "inspector",
            {"resourceState": {"ec2": {"status": "ENABLED"}, "ecr": {"status": "ENABLED"}}},
            State.PARTLY,
            ("functions",),
        ),
        ("inspector", {"resourceState": {}}, State.OFF, ()),
        ("accessanalyzer", {"type": "ACCOUNT", "status": "ACTIVE"}, State.ON, ()),
        (
            "accessanalyzer",
            {"type": "ACCOUNT_UNUSED_ACCESS", "status": "ACTIVE"},
            State.PARTLY,
            ("access from outside",),
        ),
        ("accessanalyzer", {"type": "ACCOUNT", "status": "FAILED"}, State.OFF, ()),
        ("detective", {"Status": "ENABLED"}, State.ON, ()),
        ("detective", {"Status": "INVITED"}, State.OFF, ()),
        ("trustedadvisor", {"Available": True}, State.ON, ()),
        ("trustedadvisor", {"Available": False}, State.OFF, ()),
    ],
)
def test_the_level_of_a_tool(tool_id: str, config: Mapping[str, Any], state: State, missing: tuple[str, ...]) -> None:
    shown = cell(tool_id, config)

    assert (shown.state, shown.missing) == (state, missing)
    assert shown.detail.endswith(".")
    assert all(name in shown.detail for name in missing if name != "standards")


def test_since_when_and_who_administers() -> None:
    config = {"Status": "ENABLED", "Features": [], "CreatedAt": "2025-03-11T09:14:02Z"}

    shown = cell("guardduty", {**config, "Administrator": {"AccountId": SECURITY}})

    assert (shown.since, shown.administrator) == ("2025-03-11T09:14:02Z", SECURITY)
    assert cell("guardduty", config).administrator is None


def test_a_recorder_that_cannot_deliver_is_on_in_part() -> None:
    config = {"recording": True, "recordingGroup": {"allSupported": True}, "DeliveryChannel": {"name": "default"}}
    recorder = seen("AWS::Config::ConfigurationRecorder", config, DeliveryStatus={"history": {"lastStatus": "FAILURE"}})

    assert level(TOOLS["config"], [recorder], []).missing == ("delivery",)


def trails(*shown: Mapping[str, Any]) -> Resource:
    return replace(seen(ACCOUNT, {"MultiRegionTrails": list(shown)}), region=GLOBAL)


def test_an_own_trail_records_every_region() -> None:
    shown = level(TOOLS["cloudtrail"], [trails({"TrailARN": TRAIL_ARN, "IsLogging": True})], [])

    assert (shown.state, shown.administrator) == (State.ON, None)


def test_the_organizations_trail_records_a_member_that_sees_its_state() -> None:
    seen_here = level(TOOLS["cloudtrail"], [trails({"TrailARN": THEIR_TRAIL_ARN, "IsLogging": True})], [])

    assert (seen_here.state, seen_here.administrator) == (State.ON, "999988887777")


UNSEEN = (None, denied("cloudtrail:GetTrailStatus"))


@pytest.mark.parametrize("logging", UNSEEN)
def test_a_trail_whose_state_is_not_shown_is_unknown(logging: object) -> None:
    member = trails({"TrailARN": THEIR_TRAIL_ARN, "IsLogging": logging})
    unrelated = seen(TRAIL, {"TrailARN": TRAIL_ARN, "IsOrganizationTrail": True, "IsLogging": True}, "999988887777")

    assert level(TOOLS["cloudtrail"], [member], []).state is State.UNKNOWN
    assert level(TOOLS["cloudtrail"], [member], [], [unrelated]).state is State.UNKNOWN


@pytest.mark.parametrize("logging", UNSEEN)
@pytest.mark.parametrize(
    ("at_owner", "state"),
    [(True, State.ON), (False, State.OFF), (None, State.UNKNOWN), (denied("cloudtrail:GetTrailStatus"), State.UNKNOWN)],
)
def test_the_owners_account_shows_the_state_of_the_organizations_trail(
    logging: object, at_owner: object, state: State
) -> None:
    member = trails({"TrailARN": THEIR_TRAIL_ARN, "IsLogging": logging})
    config = {"TrailARN": THEIR_TRAIL_ARN, "IsOrganizationTrail": True, "IsLogging": at_owner}
    owned = seen(TRAIL, config, "999988887777")

    # The trail is kept in its home region and records the others, too.
    for region in ("eu-central-1", "eu-west-1"):
        assert assess(TOOLS["cloudtrail"], region, [member], [], [owned]).state is state, region


def test_a_trail_that_logs_decides_next_to_one_that_is_not_seen() -> None:
    hidden = {"TrailARN": THEIR_TRAIL_ARN, "IsLogging": denied("cloudtrail:GetTrailStatus")}
    account = trails(hidden, {"TrailARN": TRAIL_ARN, "IsLogging": True})

    assert level(TOOLS["cloudtrail"], [account], []).state is State.ON
    assert level(TOOLS["cloudtrail"], [trails(hidden, {"TrailARN": TRAIL_ARN, "IsLogging": False})], []).state is (
        State.UNKNOWN
    )


@pytest.mark.parametrize(
    ("kind", "config", "expected"),
    [
        (TRAIL, {"IsOrganizationTrail": True}, True),
        (TRAIL, {"IsOrganizationTrail": False}, False),
        (TRAIL, {}, False),
        ("AWS::AccessAnalyzer::Analyzer", {"type": "ORGANIZATION"}, True),
        ("AWS::AccessAnalyzer::Analyzer", {"type": "ACCOUNT"}, False),
        (ACCOUNT, {"type": "ORGANIZATION"}, False),
    ],
)
def test_what_one_account_runs_for_all(kind: str, config: Mapping[str, Any], *, expected: bool) -> None:
    assert covers_all(seen(kind, config)) is expected


def test_a_stopped_trail_records_nothing() -> None:
    shown = level(TOOLS["cloudtrail"], [trails({"TrailARN": TRAIL_ARN, "IsLogging": False})], [])

    assert (shown.state, shown.detail) == (State.OFF, "The trail is stopped.")


def test_a_trail_that_cannot_deliver_is_on_in_part() -> None:
    account = trails({"TrailARN": TRAIL_ARN, "IsLogging": True})
    trail = seen(TRAIL, {"TrailARN": TRAIL_ARN, "IsLogging": True}, LatestDeliveryError="AccessDenied")

    assert level(TOOLS["cloudtrail"], [account, trail], []).missing == ("delivery",)


def test_a_trail_of_one_region_leaves_the_others_out() -> None:
    shown = level(TOOLS["cloudtrail"], [trails(), seen(TRAIL, {"TrailARN": TRAIL_ARN, "IsLogging": True})], [])

    assert (shown.state, shown.missing) == (State.PARTLY, ("other regions",))


def test_an_analyzer_of_the_organization_covers_its_members() -> None:
    theirs = seen(TOOLS["accessanalyzer"].resource_type, {"type": "ORGANIZATION", "status": "ACTIVE"}, SECURITY)

    shown = cell("accessanalyzer", organization=(theirs,))

    assert (shown.state, shown.administrator) == (State.ON, SECURITY)


@pytest.mark.parametrize("config", [{}, {"MultiRegionTrails": 7}], ids=["older than the field", "odd"])
def test_a_configuration_that_cannot_be_made_out_is_neither_on_nor_off(config: Mapping[str, Any]) -> None:
    shown = level(TOOLS["cloudtrail"], [seen(ACCOUNT, config)], [])
    assert shown.state is State.UNKNOWN
    assert shown.detail.startswith("Unknown:")
