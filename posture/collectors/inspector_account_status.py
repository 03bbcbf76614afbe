"""Asks whether Inspector scans in each region, kind by kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.collectors.enablement import unless_off
from posture.core.collector import Ask, Cadence, Column, Family, collector
from posture.core.gap import GapReason
from posture.core.resource import Resource
from posture.core.values import Unknown, UnknownFieldError


@collector(
    resource_type="AWS::InspectorV2::AccountStatus",
    title="Inspector status",
    plural="Inspector statuses",
    service="inspector2",
    family=Family.SECURITY,
    cadence=Cadence.DAILY,
    actions=("inspector2:BatchGetAccountStatus", "inspector2:GetDelegatedAdminAccount"),
    columns=(
        Column("state.status", "Status"),
        Column("resourceState.ec2.status", "Instances"),
        Column("resourceState.ecr.status", "Images"),
        Column("resourceState.lambda.status", "Functions"),
        Column("delegatedAdmin.accountId", "Administrator"),
    ),
    observed=("state.errorCode", "state.errorMessage", "resourceState.*.errorCode", "resourceState.*.errorMessage"),
)
def statuses(ask: Ask) -> Iterator[Resource]:
    """Inspector looks for known vulnerabilities in instances, images and functions, each turned on by itself."""
    answer = unless_off(ask.call("inspector2", "batch_get_account_status", accountIds=[ask.account_id]))
    if answer is None:
        return
    status = _own(ask, answer)
    yield ask.resource(
        {**status, "delegatedAdmin": _administrator(ask)},
        arn=ask.arn("inspector2", "account-status"),
        name=f"Inspector in {ask.region}",
    )


def _own(ask: Ask, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the account's own status.

    Inspector may refuse one account inside an answer that succeeded.
    """
    for status in answer.get("accounts") or ():
        if status["accountId"] == ask.account_id:
            return dict(status)
    refused: Mapping[str, Any] = next(iter(answer.get("failedAccounts") or ()), {})
    error = str(refused.get("errorCode") or "NoAnswer")
    reason = GapReason.DENIED if "ACCESS_DENIED" in error else GapReason.BAD_ANSWER
    raise UnknownFieldError(Unknown("inspector2:BatchGetAccountStatus", error, reason))


def _administrator(ask: Ask) -> Any:
    return ask.field(
        "inspector2", "get_delegated_admin_account", "delegatedAdmin", absent=("ResourceNotFoundException",)
    )
