"""Asks whether the account's support plan includes Trusted Advisor's checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from posture.collectors.enablement import is_off
from posture.core.collector import Ask, Column, Family, ListingScope, collector
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Unknown, UnknownFieldError


@collector(
    resource_type="AWS::Support::TrustedAdvisor",
    title="Trusted Advisor",
    plural="Trusted Advisors",
    service="support",
    family=Family.SECURITY,
    scope=ListingScope.GLOBAL,
    actions=("support:DescribeTrustedAdvisorChecks",),
    columns=(
        Column("Available", "Available"),
        Column("Reason", "Why not"),
        Column("ChecksByCategory.security", "Security checks"),
    ),
)
def advisors(ask: Ask) -> Iterator[Resource]:
    """Trusted Advisor's checks are sold with a support plan; without one the API refuses, which is an answer."""
    checks: Any = ask.listing("support", "describe_trusted_advisor_checks", "checks", language="en")
    if isinstance(checks, Unknown) and not is_off(checks):
        raise UnknownFieldError(checks)
    available = isinstance(checks, list)
    categories = Counter(check["category"] for check in checks) if available else {}
    yield ask.resource(
        {
            "Available": available,
            "Reason": None if available else "PLAN_MISSING",
            "ChecksByCategory": dict(sorted(categories.items())),
        },
        arn=ask.arn("support", "trusted-advisor", region=""),
        name="Trusted Advisor",
        region=GLOBAL,
    )
