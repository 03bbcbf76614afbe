"""Judges whether Trusted Advisor can say anything at all."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import GLOBAL, Resource


@check(
    resource_type="AWS::Support::TrustedAdvisor",
    title="Trusted Advisor's checks are available",
    problem="Trusted Advisor's checks are not available",
    severity=Severity.LOW,
    controls=("practices:native",),
    aliases=("prowler:trustedadvisor_premium_support_plan_subscribed",),
    remediation=Remediation(
        console="AWS Support → Support plan → Change plan: Business Support+ or higher. In an Organization, plans are "
        "chosen account by account, or for all by an Enterprise agreement.",
    ),
    examples=(
        passes({"Available": True, "ChecksByCategory": {"security": 24}}, region=GLOBAL),
        fails({"Available": False, "Reason": "PLAN_MISSING"}, region=GLOBAL),
        is_unknown({"Available": denied("support:DescribeTrustedAdvisorChecks")}, region=GLOBAL),
    ),
)
def trustedadvisor_account_available(advisor: Resource) -> Outcome:
    """Without a support plan nobody at AWS picks up when a key has leaked, and Trusted Advisor is all but off.

    Not every account needs a plan; those that run production mostly do.
    """
    if advisor.config["Available"]:
        return passed("The account's support plan includes Trusted Advisor's checks.", "Available")
    return failed("The account has no support plan that includes Trusted Advisor's checks.", "Available", "Reason")
