"""What the root user does."""

from __future__ import annotations

from posture.activity.actors import calling_service
from posture.activity.detection import detection
from posture.activity.events import Event
from posture.core.outcome import Severity

ROOT = {"type": "Root", "accountId": "111111111111", "arn": "arn:aws:iam::111111111111:root"}

ROLE_OF_SERVICE = "CreateServiceLinkedRole"
"""Made by the console on its own at the first visit of a service."""


@detection(
    id="root_user_activity",
    title="Root user was used",
    severity=Severity.HIGH,
    attack=("T1078.004",),
    events=(),
    fires=(
        {"event": "s3:PutBucketVersioning", "userIdentity": ROOT},
        {"event": "iam:CreateUser", "userIdentity": {**ROOT, "invokedBy": "signin.amazonaws.com"}},
    ),
    quiet=(
        {"event": "s3:PutBucketVersioning"},
        {"event": "s3:GetBucketAcl", "userIdentity": ROOT, "readOnly": True},
        {"event": "iam:CreateUser", "userIdentity": {**ROOT, "invokedBy": "rds.amazonaws.com"}},
        {"event": "iam:CreateServiceLinkedRole", "userIdentity": ROOT},
        {"event": "signin:ConsoleLogin", "userIdentity": ROOT, "responseElements": {"ConsoleLogin": "Success"}},
        {"event": "health:AwsHealthEvent", "userIdentity": ROOT, "eventType": "AwsServiceEvent"},
    ),
)
def root_activity(event: Event) -> str | None:
    """Return a sentence for a change by root itself, sign-ins aside."""
    is_root = event.text("userIdentity.type") == "Root" and not calling_service(event)
    is_call = event.text("eventType") != "AwsServiceEvent" and event.source != "signin"
    is_call = is_call and event.name != ROLE_OF_SERVICE
    return f"Root called {event.key}." if is_root and is_call and not event.is_read else None


@detection(
    id="root_user_console_login",
    title="Root user signed in to the console",
    severity=Severity.HIGH,
    attack=("T1078.004",),
    events=("signin:ConsoleLogin",),
    fires=({"event": "signin:ConsoleLogin", "userIdentity": ROOT, "responseElements": {"ConsoleLogin": "Success"}},),
    quiet=(
        {"event": "signin:ConsoleLogin", "userIdentity": ROOT, "responseElements": {"ConsoleLogin": "Failure"}},
        {"event": "signin:ConsoleLogin", "responseElements": {"ConsoleLogin": "Success"}},
    ),
)
def root_login(event: Event) -> str | None:
    """Return a sentence for each sign-in of root that succeeded."""
    is_root = event.text("userIdentity.type") == "Root" and event.text("responseElements.ConsoleLogin") == "Success"
    return "Root signed in to the console." if is_root else None
