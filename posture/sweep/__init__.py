"""The sweep engine: from roles to resources, gaps and outcomes.

Knows no Django and no database.

import boto3
from posture.sweep import sweep

result = sweep(boto3.Session(), role_arn="arn:aws:iam::111122223333:role/PlumblineReadOnly", regions=["eu-west-1"])
for gap in result.gaps: ...
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from posture import permissions
from posture.core.arn import Arn
from posture.core.parameters import NO_VALUES, Values
from posture.core.sweep import AccountResult
from posture.sweep.credentials import SweepRole, caller
from posture.sweep.run import Engine, Target, sweep_account

if TYPE_CHECKING:
    import boto3

__all__ = ["Engine", "SweepRole", "Target", "sweep", "sweep_account"]


def sweep(
    session: boto3.Session,
    *,
    role_arn: str = "",
    external_id: str = "",
    regions: Sequence[str] = (),
    organization: bool = False,
    endpoint_url: str | None = None,
    values: Values = NO_VALUES,
    **options: Any,
) -> AccountResult:
    """Sweep one account and return what it answered, judged.

    Without `role_arn` the session's own account is swept as the session's identity. `organization` also
    asks for what belongs to the Organization. `values` are those of the checks' parameters that differ from their
    defaults. `options` are those of `sweep_account`. Raises `AskError`
    only where there is no account to name: no role, and an identity that AWS does not know.
    `endpoint_url` (or AWS_ENDPOINT_URL) is where another than AWS answers, as the simulated Organization.
    """
    engine = Engine(session, endpoint_url=endpoint_url or os.environ.get("AWS_ENDPOINT_URL") or None)
    try:
        if role_arn:
            parsed = Arn.parse(role_arn)
            # Whose role it is nobody has said: so it is narrowed by nothing but what must never be read.
            policy = permissions.session_policy(parsed.partition, allows_rest=True)
            role = SweepRole(role_arn, external_id, policy=policy)
        else:
            parsed, role = _own_account(engine, session), None
        target = Target(parsed.account_id, role, regions, organization, parsed.partition, values=values)
        return sweep_account(engine, target, **options)
    finally:
        engine.pool.close()


def _own_account(engine: Engine, session: boto3.Session) -> Arn:
    return caller(engine.own(), session.region_name or "us-east-1")
