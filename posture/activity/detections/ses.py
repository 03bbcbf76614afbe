"""Mail that may be sent by an account."""

from __future__ import annotations

from posture.activity.detection import detection
from posture.activity.events import Event
from posture.core.outcome import Severity


@detection(
    id="ses_sending_enabled",
    title="Sending of mail enabled",
    severity=Severity.MEDIUM,
    attack=("T1566", "T1496.004"),
    events=("ses:UpdateAccountSendingEnabled", "ses:PutAccountSendingAttributes", "ses:PutAccountDetails"),
    fires=(
        {"event": "ses:UpdateAccountSendingEnabled", "requestParameters": {"enabled": True}},
        {"event": "ses:PutAccountDetails", "requestParameters": {"productionAccessEnabled": True}},
    ),
    quiet=({"event": "ses:UpdateAccountSendingEnabled", "requestParameters": {"enabled": False}},),
)
def sending_enabled(event: Event) -> str | None:
    """Return a sentence where an account may send, or leaves the sandbox."""
    keys = ("enabled", "sendingEnabled", "productionAccessEnabled")
    is_on = any(event.flag(f"requestParameters.{key}") for key in keys)
    return f"Mail may be sent in {event.region}." if is_on else None
