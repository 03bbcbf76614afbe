"""Asks which IAM users there are and what credentials they have, by the credential report."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors import credential_report
from posture.core.collector import Ask, Column, Scope, collector
from posture.core.resource import GLOBAL, Resource


@collector(
    resource_type="AWS::IAM::User",
    title="IAM user",
    plural="IAM users",
    service="iam",
    scope=Scope.GLOBAL,
    actions=credential_report.ACTIONS,
    columns=(
        Column("password_enabled", "Password"),
        Column("mfa_active", "MFA"),
        Column("access_key_1_active", "First key"),
        Column("access_key_2_active", "Second key"),
        Column("observed.password_last_used", "Signed in"),
        Column("observed.access_key_1_last_used_date", "First key used"),
    ),
    ignored=credential_report.IGNORED,
    observed=credential_report.LAST_USED,
)
def users(ask: Ask) -> Iterator[Resource]:
    """A user has credentials that last until somebody ends them: passwords and keys that can be stolen."""
    for row in credential_report.rows(ask):
        if row["user"] != credential_report.ROOT:
            yield ask.resource(row, arn=row["arn"], name=str(row["user"]), region=GLOBAL)
