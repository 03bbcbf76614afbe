"""Whole events from the examples of detections."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from posture.activity.detection import Example
from posture.activity.events import Event, parse_event

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
ACCOUNT = "111111111111"


def events_of(example: Example) -> list[Event]:
    """Return an example's events.

    `event` names service and operation, `minute` the time; the rest overrides what a common event has.
    """
    parts = [example] if isinstance(example, Mapping) else example
    return [_whole(part, number) for number, part in enumerate(parts)]


def _whole(part: Mapping[str, Any], number: int) -> Event:
    source, _, name = str(part["event"]).partition(":")
    written = {key: value for key, value in part.items() if key not in {"event", "minute"}}
    return parse_event({
        "eventID": f"example-{number}",
        "eventTime": (START + timedelta(minutes=part.get("minute", 0))).isoformat(),
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-central-1",
        "recipientAccountId": ACCOUNT,
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.31",
        "userIdentity": {"type": "IAMUser", "userName": "alice", "accountId": ACCOUNT,
                         "arn": f"arn:aws:iam::{ACCOUNT}:user/alice", "accessKeyId": "AKIAEXAMPLE"},
        **written,
    })  # fmt: skip
