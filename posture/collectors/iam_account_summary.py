"""IAM's summary of an account: what root has, and counts of everything."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.enablement import unless_off
from posture.core.collector import Ask, Column, Family, ListingScope, collector
from posture.core.resource import GLOBAL, Resource

SETTINGS = (
    "AccountMFAEnabled",
    "AccountAccessKeysPresent",
    "AccountPasswordPresent",
    "AccountSigningCertificatesPresent",
)
"""Zero or one, and about the root user; everything else in the summary counts, and moves without meaning."""


@collector(
    resource_type="AWS::IAM::AccountSummary",
    title="IAM summary",
    plural="IAM summaries",
    service="iam",
    family=Family.IDENTITY,
    scope=ListingScope.GLOBAL,
    actions=("iam:GetAccountSummary",),
    columns=(
        Column("AccountMFAEnabled", "Root MFA"),
        Column("AccountAccessKeysPresent", "Root keys"),
        Column("AccountPasswordPresent", "Root password"),
        Column("observed.Counters.Users", "Users"),
        Column("observed.Counters.Roles", "Roles"),
    ),
    observed=("Counters",),
)
def summaries(ask: Ask) -> Iterator[Resource]:
    """The summary is always fresh, where the credential report may be four hours old."""
    answer = unless_off(ask.call("iam", "get_account_summary"))
    summary = (answer or {}).get("SummaryMap") or {}
    yield ask.resource(
        {
            **{key: summary.get(key) for key in SETTINGS},
            "Counters": {key: value for key, value in summary.items() if key not in SETTINGS},
        },
        arn=ask.arn("iam", "account-summary", region=""),
        name="IAM summary",
        region=GLOBAL,
    )
