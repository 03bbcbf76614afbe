"""Secrets Manager, with the dates at which secrets were read and rotated."""

from __future__ import annotations

import datetime as dt
from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call


@answers("secretsmanager")
def list_secrets(call: Call) -> dict[str, Any]:
    answer = call.beneath()
    for secret in answer["SecretList"]:
        _live(call, secret)
    return answer


@answers("secretsmanager")
def describe_secret(call: Call) -> dict[str, Any]:
    answer = call.beneath()
    _live(call, answer)
    return answer


def _live(call: Call, secret: dict[str, Any]) -> None:
    """Set the dates of last read and rotation.

    Read today unless the shelf has it as `unused`; rotated within its period.
    """
    today = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if secret["Name"] not in call.shelf().get("unused", {}):
        secret["LastAccessedDate"] = today
    days = (secret.get("RotationRules") or {}).get("AutomaticallyAfterDays")
    if secret.get("RotationEnabled") and days:
        secret["RotationLambdaARN"] = f"arn:aws:lambda:{call.region}:{call.account}:function:rotate-secrets"
        secret["LastRotatedDate"] = today - dt.timedelta(days=days // 3)
        secret["NextRotationDate"] = secret["LastRotatedDate"] + dt.timedelta(days=days)
