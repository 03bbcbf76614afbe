"""Machines that are entered through Systems Manager."""

from __future__ import annotations

from posture.activity.actors import calling_service
from posture.activity.detection import detection
from posture.activity.events import Event
from posture.core.outcome import Severity

SHELLS = ("AWS-RunShellScript", "AWS-RunPowerShellScript", "AWS-RunRemoteScript")


@detection(
    id="ssm_session_started",
    title="Shell opened on an instance",
    severity=Severity.LOW,
    attack=("T1021.007", "T1651"),
    events=("ssm:StartSession",),
    fires=({"event": "ssm:StartSession", "requestParameters": {"target": "i-1"}},),
    quiet=({"event": "ssm:TerminateSession", "requestParameters": {"sessionId": "s"}},),
)
def session_started(event: Event) -> str | None:
    """Return a sentence for each session."""
    return f"Opened a session on {event.parameter('target')}."


@detection(
    id="ssm_command_sent",
    title="Shell command sent to instances",
    severity=Severity.MEDIUM,
    attack=("T1651",),
    events=("ssm:SendCommand",),
    fires=({"event": "ssm:SendCommand", "requestParameters": {"documentName": SHELLS[0], "instanceIds": ["i-1"]}},),
    quiet=(
        {"event": "ssm:SendCommand", "requestParameters": {"documentName": "AWS-RunPatchBaseline"}},
        {"event": "ssm:SendCommand", "requestParameters": {"documentName": SHELLS[0]},
         "userIdentity": {"type": "AWSService", "invokedBy": "ssm.amazonaws.com"}},
    ),
)  # fmt: skip
def command_sent(event: Event) -> str | None:
    """Return a sentence for scripts that somebody wrote, maintenance aside."""
    is_direct = not calling_service(event)
    is_shell = event.parameter("documentName").rpartition("/")[2] in SHELLS
    targets = ", ".join(str(one) for one in event.items("instanceIds")) or "instances"
    return f"Sent a script to {targets}." if is_shell and is_direct else None


@detection(
    id="ssm_document_shared",
    title="Systems Manager document shared",
    severity=Severity.MEDIUM,
    attack=("T1537",),
    events=("ssm:ModifyDocumentPermission",),
    fires=({"event": "ssm:ModifyDocumentPermission", "requestParameters": {"name": "d", "accountIdsToAdd": ["all"]}},),
    quiet=({"event": "ssm:ModifyDocumentPermission", "requestParameters": {"name": "d", "accountIdsToAdd": []}},),
)
def document_shared(event: Event) -> str | None:
    """Return a sentence for accounts that may read a document."""
    who = ", ".join("everyone" if one == "all" else str(one) for one in event.items("accountIdsToAdd"))
    return f"Shared document {event.parameter('name')} with {who}." if who else None
