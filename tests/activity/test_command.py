"""`plumbline activity` and `manage.py activity`."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from posture.sweep.command import plumbline
from tests.activity.example_events import events_of

STOP = {"event": "cloudtrail:StopLogging", "requestParameters": {"name": "trail\x1b[2J"}}
LIST = {"event": "iam:ListUsers", "readOnly": True, "minute": 5}
BOB = {"type": "IAMUser", "userName": "bob", "accountId": "111111111111", "accessKeyId": "AKIABOB"}
OTHER = {"event": "iam:CreateUser", "minute": 90, "userIdentity": BOB, "sourceIPAddress": "203.0.113.9"}


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    records = [dict(event.raw) for event in events_of([STOP, LIST, OTHER])]
    (tmp_path / "trail.json").write_text(json.dumps({"Records": records}))
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str, str]:
    code = plumbline(["activity", "--from-files", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


def test_signals_are_printed_with_who_when_and_where(trail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, trail)
    assert (code, err) == (0, "")
    assert "Critical: Trail stopped [cloudtrail_logging_stopped]" in out
    assert "alice, IAM user of 111111111111" in out
    assert "once, 2026-11-02 09:00:00 UTC, from 198.51.100.7, by CLI" in out
    assert "3 events of 1 files, 2026-11-02 09:00 to 2026-11-02 10:30 UTC: 1 critical." in out
    assert "Not watched, since there are no data events: s3_object_" in out
    assert "\x1b" not in out


@pytest.mark.parametrize(("severity", "code"), [("critical", 1), ("low", 1)])
def test_the_exit_code_says_what_fired(
    trail: Path, capsys: pytest.CaptureFixture[str], severity: str, code: int
) -> None:
    assert run(capsys, trail, "--fail-on", severity)[0] == code
    assert run(capsys, trail, "--fail-on", severity, "--principal", "bob")[0] == 0


def test_what_cannot_be_read_is_printed_and_is_no_success(trail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (trail / "broken.json").write_text("[1]")
    code, _, err = run(capsys, trail, "--fail-on", "critical", "--principal", "bob")
    assert (code, err) == (1, "broken.json, record 1: not read: it is no JSON object\n")


def test_paths_without_events_end_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, tmp_path)[0] == 2
    assert run(capsys, tmp_path / "missing.json")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "events"),
    [
        (["--principal", "ALICE"], ["cloudtrail:StopLogging", "iam:ListUsers"]),
        (["--address", "203.0.113.9"], ["iam:CreateUser"]),
        (["--key", "AKIABOB"], ["iam:CreateUser"]),
        (["--since", "2026-11-02T09:05"], ["iam:ListUsers", "iam:CreateUser"]),
        (["--until", "2026-11-02T09:05"], ["cloudtrail:StopLogging"]),
        (["--until", "2026-11-02"], ["cloudtrail:StopLogging", "iam:ListUsers", "iam:CreateUser"]),
        (["--since", "2026-11-02T10:05+01:00", "--principal", "alice"], ["iam:ListUsers"]),
        (["--principal", "nobody"], []),
    ],
)
def test_an_investigation_shows_the_timeline_of_what_matches(
    trail: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], events: list[str]
) -> None:
    found = json.loads(run(capsys, trail, "--json", *arguments)[1])
    assert [one["event"] for one in found["timeline"]] == events
    assert [one["detection"] for one in found["signals"]] == ["cloudtrail_logging_stopped"] * (
        "cloudtrail:StopLogging" in events
    )
    text = run(capsys, trail, *arguments)[1]
    assert f"Timeline of {len(events)} events:" in text
    assert all(event in text for event in events)


def test_the_key_of_a_session_shows_where_it_began(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    handed = {"credentials": {"accessKeyId": "ASIA1"}}
    role = {"type": "AssumedRole", "arn": "arn:aws:sts::111111111111:assumed-role/r/x", "accessKeyId": "ASIA1"}
    example: list[dict[str, Any]] = [
        {"event": "sts:AssumeRole", "responseElements": handed},
        {"event": "iam:CreateUser", "minute": 1, "userIdentity": role},
    ]
    (tmp_path / "a.json").write_text(json.dumps([dict(event.raw) for event in events_of(example)]))
    found = json.loads(run(capsys, tmp_path, "--json", "--key", "ASIA1")[1])
    assert [(one["event"], one["actor"]["name"]) for one in found["timeline"]] == [
        ("sts:AssumeRole", "alice"),
        ("iam:CreateUser", "alice"),
    ]


def test_the_sites_command_is_the_same(trail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("activity", "--from-files", str(trail), stdout=io.StringIO())
    assert "Trail stopped" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="1"):
        call_command("activity", "--from-files", str(trail), "--fail-on", "high")


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01"])
def test_times_that_cannot_be_read_are_refused(trail: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(capsys, trail, "--since", text)
    assert "2026-11-02" in capsys.readouterr().err
