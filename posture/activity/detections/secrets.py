"""Secrets that are read in bulk, and keys that are tried out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from posture.activity.detection import Count, Needs, detection
from posture.activity.events import Event, pick
from posture.core.outcome import Severity


def _secret(event: Event) -> str:
    return event.parameter("secretId") or event.parameter("name") or event.id


def _reads(number: int, name: str = "secretsmanager:GetSecretValue", *, minutes: float = 0.1) -> list[dict[str, Any]]:
    return [
        {"event": name, "readOnly": True, "minute": at * minutes, "requestParameters": {"secretId": f"s{at}"}}
        for at in range(number)
    ]


@detection(
    id="secretsmanager_many_secrets_read",
    title="Many secrets read",
    severity=Severity.HIGH,
    attack=("T1555.006",),
    events=("secretsmanager:GetSecretValue",),
    needs=Needs.READ,
    includes_failed=True,
    form=Count(10, timedelta(minutes=5), distinct=_secret),
    fires=(_reads(10),),
    quiet=(_reads(9), _reads(12, minutes=2), [_reads(1)[0]] * 12),
)
def secrets_read(event: Event) -> str | None:
    """Return a sentence; only different secrets count, since programs poll theirs."""
    return "Read ten different secrets within five minutes."


@detection(
    id="secretsmanager_all_secrets_read",
    title="All secrets read by a filter that matches everything",
    severity=Severity.HIGH,
    attack=("T1555.006",),
    events=("secretsmanager:BatchGetSecretValue",),
    needs=Needs.READ,
    fires=({"event": "secretsmanager:BatchGetSecretValue", "requestParameters": {
        "filters": [{"key": "tag-key", "values": ["!nowhere"]}],
    }},),
    quiet=({"event": "secretsmanager:BatchGetSecretValue", "requestParameters": {
        "filters": [{"key": "tag-key", "values": ["!nowhere"]}, {"key": "tag-key", "values": ["team"]}],
    }},),
)  # fmt: skip
def all_secrets_read(event: Event) -> str | None:
    """Return a sentence where every filter only excludes."""
    filters = event.items("filters")
    values = [str(value) for one in filters for value in pick(one, "values") or ()]
    is_all = bool(values) and all(value.startswith("!") for value in values)
    return "Read all secrets that a filter does not exclude." if is_all else None


@detection(
    id="sts_leaked_key_tried",
    title="Access key tried out by a scanner of leaked secrets",
    severity=Severity.HIGH,
    attack=("T1078.004", "T1552.001"),
    events=("sts:GetCallerIdentity",),
    needs=Needs.READ,
    fires=({"event": "sts:GetCallerIdentity", "userAgent": "TruffleHog"},),
    quiet=({"event": "sts:GetCallerIdentity"},),
)
def key_tried(event: Event) -> str | None:
    """Return a sentence for tools that search published code for keys."""
    is_scanner = "trufflehog" in event.text("userAgent").lower()
    return "The key was found by TruffleHog and works." if is_scanner else None
