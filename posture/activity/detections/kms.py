"""Keys that are withdrawn or handed out."""

from __future__ import annotations

from posture.activity.detection import detection
from posture.activity.events import Event
from posture.activity.policies import foreign_account
from posture.core.outcome import Severity

KEY = {"keyId": "1234"}


@detection(
    id="kms_key_withdrawn",
    title="Key disabled or scheduled for deletion",
    severity=Severity.HIGH,
    attack=("T1485", "T1486"),
    events=("kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DeleteImportedKeyMaterial"),
    fires=({"event": "kms:ScheduleKeyDeletion", "requestParameters": {**KEY, "pendingWindowInDays": 7}},),
    quiet=({"event": "kms:CancelKeyDeletion", "requestParameters": KEY},),
)
def key_withdrawn(event: Event) -> str | None:
    """Return a sentence where what a key encrypts can be read no more."""
    return f"{event.name}: key {event.parameter('keyId')}."


@detection(
    id="kms_grant_to_other_account",
    title="Key granted to another account",
    severity=Severity.HIGH,
    attack=("T1098",),
    events=("kms:CreateGrant",),
    fires=({"event": "kms:CreateGrant", "requestParameters": {
        **KEY, "granteePrincipal": "arn:aws:iam::999999999999:role/x",
    }},),
    quiet=(
        {"event": "kms:CreateGrant", "requestParameters": {
            **KEY, "granteePrincipal": "arn:aws:iam::111111111111:role/x",
        }},
        {"event": "kms:CreateGrant", "requestParameters": {**KEY, "granteePrincipal": "rds.amazonaws.com"}},
    ),
)  # fmt: skip
def foreign_grant(event: Event) -> str | None:
    """Return a sentence for grantees of other accounts."""
    account = foreign_account(event, event.parameter("granteePrincipal"))
    return f"Granted key {event.parameter('keyId')} to account {account}." if account else None
