"""The engine: bursts, first seen values, what is not judged or not watched."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from posture.activity.detection import Count, Detection, Example, FirstSeen, Needs, all_detections, detection, times
from posture.activity.events import Event
from posture.activity.signals import detect, group
from posture.core.outcome import Severity
from tests.activity.example_events import events_of

CREATE = {"event": "iam:CreateUser"}


def address(event: Event) -> str:
    return event.address


def done(event: Event) -> str:
    return "Done."


def declare(judge: Any = None, **more: Any) -> Detection:
    arguments: dict[str, Any] = {"events": ("iam:CreateUser",), **more}
    declared = detection(
        id="x", title="X", severity=Severity.LOW, attack=("T1",), fires=(CREATE,), quiet=(CREATE,), **arguments
    )
    return declared(judge or done)


def fire(example: Example, one: Detection) -> list[int]:
    """Return the minutes at which a detection fires."""
    return [signal.event.time.minute for signal in detect(events_of(example), [one]).signals]


def test_refused_calls_are_left_out_unless_asked_for() -> None:
    refused = {**CREATE, "errorCode": "AccessDenied"}
    assert fire(refused, declare()) == []
    assert fire(refused, declare(includes_failed=True)) == [0]


def test_other_events_reach_only_detections_of_all_events() -> None:
    other = {"event": "iam:DeleteUser"}
    assert fire(other, declare()) == []
    assert fire(other, declare(events=())) == [0]


def test_a_burst_is_one_signal_and_the_next_needs_as_many_again() -> None:
    burst = declare(form=Count(3, timedelta(minutes=5)))
    assert fire(times(2, CREATE), burst) == []
    assert fire(times(7, CREATE), burst) == [2, 5]
    assert fire(times(7, CREATE, minutes=3), burst) == []


def test_bursts_are_counted_for_each_key_and_value() -> None:
    others = [{**one, "sourceIPAddress": f"10.0.0.{at % 2}"} for at, one in enumerate(times(4, CREATE))]
    assert fire(others, declare(form=Count(4, timedelta(minutes=9)))) == [3]
    assert fire(others, declare(form=Count(4, timedelta(minutes=9), by=address))) == []
    assert fire(others, declare(form=Count(3, timedelta(minutes=9), distinct=address))) == []


def test_a_new_value_is_a_signal_once_and_after_a_while() -> None:
    first_seen = declare(form=FirstSeen(address, timedelta(minutes=10)))
    later = [{**CREATE, "minute": minute, "sourceIPAddress": "10.0.0.9"} for minute in (20, 21)]
    assert fire([CREATE, *later], first_seen) == [20]
    assert fire([CREATE, {**later[0], "minute": 5}, later[1]], first_seen) == []


def test_what_a_detection_cannot_judge_is_shown_and_ends_nothing() -> None:
    def judge(event: Event) -> str | None:
        raise KeyError(event.id)

    report = detect(events_of(CREATE), [declare(judge), declare()])
    assert [one.reason for one in report.unjudged] == ["KeyError: 'example-0'"]
    assert len(report.signals) == 1


def test_requests_that_were_left_out_for_their_size_are_not_judged() -> None:
    omitted = {**CREATE, "requestParameters": {"omitted": True, "originalSize": 300_000}}
    report = detect(events_of(omitted), [declare()])
    assert not report.signals
    assert "size" in report.unjudged[0].reason


def test_kinds_of_events_that_are_not_there_are_not_watched() -> None:
    def not_watched(*examples: Any) -> set[Needs]:
        return {one.needs for one in detect(events_of(examples)).not_watched}

    read = {"event": "iam:ListUsers", "readOnly": True}
    data = {"event": "s3:GetObject", "readOnly": True, "eventCategory": "Data"}
    login = {"event": "signin:ConsoleLogin", "readOnly": True}
    assert not_watched(CREATE) == {Needs.READ, Needs.DATA}
    assert not_watched(CREATE, login) == {Needs.READ, Needs.DATA}
    assert not_watched(CREATE, read) == {Needs.DATA}
    assert not_watched(CREATE, data) == {Needs.READ}
    assert not_watched(read, data) == set()


def test_signals_are_grouped_by_detection_and_actor_and_the_most_severe_come_first() -> None:
    stop = {"event": "cloudtrail:StopLogging", "requestParameters": {"name": "t"}}
    key = {"event": "iam:CreateAccessKey", "requestParameters": {"userName": "bob"}}
    other = {"type": "IAMUser", "userName": "carol", "accountId": "111111111111"}
    example: Example = [key, {**key, "minute": 1}, {**key, "minute": 2, "userIdentity": other}, {**stop, "minute": 3}]
    groups = group(detect(events_of(example)).signals)
    assert [(one.detection.id, one.actor.name, len(one.signals)) for one in groups] == [
        ("cloudtrail_logging_stopped", "alice", 1),
        ("iam_access_key_created_for_another_user", "carol", 1),
        ("iam_access_key_created_for_another_user", "alice", 2),
    ]


def test_hostile_requests_break_no_detection() -> None:
    names = {name for one in all_detections().values() for name in one.events}
    values: list[Any] = [None, "x", [], [None, "x"], {}, {"items": None}, {"items": [None, 3]}, 3, True]
    keys = ("launchPermission", "ipPermissions", "valuesToAdd", "filters", "eventSelectors", "kubernetesGroups",
            "LifecycleConfiguration", "advancedEventSelectors", "ReplicationConfiguration", "layers", "x-amz-acl",
            "AccessControlPolicy", "PublicAccessBlockConfiguration", "userName", "attributes")  # fmt: skip
    for name in sorted(names):
        requests: list[Any] = [*values, *(dict.fromkeys(keys, value) for value in values)]
        report = detect(events_of([{"event": name, "requestParameters": one} for one in requests]))
        assert not report.unjudged, report.unjudged
