"""Judges what Trusted Advisor's security checks say."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import GLOBAL, Resource

CHECK = "AWS::Support::TrustedAdvisorCheck"
OK = {"category": "security", "status": "ok"}
RED = {"category": "security", "status": "error"}
YELLOW = {"category": "security", "status": "warning"}
ONE = {"resourcesSummary": {"resourcesFlagged": 1}}
REMEDIATION = Remediation(
    console="Trusted Advisor → Security → {name}: mend what it lists, or exclude what is meant to be so. It looks "
    "again within a day.",
    cli="aws support describe-trusted-advisor-check-result --check-id <check-id> --language en --region us-east-1",
)


def _not_judged(advice: Resource) -> Outcome | None:
    if advice.config["category"] != "security":
        return not_applicable("This check is not about security.", "category")
    if advice.config["status"] == "not_available":
        return not_applicable("Trusted Advisor has not looked yet.", "status")
    return None


def _flagged(advice: Resource) -> str:
    count = advice.observed["resourcesSummary"].get("resourcesFlagged") or 0
    return f"{count} resource{'' if count == 1 else 's'}"


@check(
    resource_type=CHECK,
    title="Trusted Advisor's security check is not red",
    problem="Trusted Advisor's security check is red",
    severity=Severity.MEDIUM,
    controls=("practices:native",),
    aliases=("prowler:trustedadvisor_errors_and_warnings",),
    remediation=REMEDIATION,
    examples=(
        passes(OK, region=GLOBAL, observed=ONE),
        fails(RED, region=GLOBAL, observed=ONE),
        passes(YELLOW, "Yellow is judged apart", region=GLOBAL, observed=ONE),
        does_not_apply({"category": "service_limits", "status": "error"}, region=GLOBAL),
        does_not_apply({"category": "security", "status": "not_available"}, "Not looked at yet", region=GLOBAL),
        is_unknown({**RED, "status": denied("support:DescribeTrustedAdvisorCheckSummaries")}, region=GLOBAL),
    ),
    reads_observed=True,
)
def trustedadvisor_check_not_red(advice: Resource) -> Outcome:
    """Red is where AWS itself recommends to act: ports open to the world, exposed keys, public snapshots."""
    not_judged = _not_judged(advice)
    if not_judged:
        return not_judged
    if advice.config["status"] == "error":
        reason = f"Trusted Advisor recommends action on {_flagged(advice)}."
        return failed(reason, "status", "observed.resourcesSummary")
    return passed("Trusted Advisor recommends no action.", "status")


@check(
    resource_type=CHECK,
    title="Trusted Advisor's security check is not yellow",
    problem="Trusted Advisor's security check is yellow",
    severity=Severity.LOW,
    controls=("practices:native",),
    remediation=REMEDIATION,
    examples=(
        passes(OK, region=GLOBAL, observed=ONE),
        fails(YELLOW, region=GLOBAL, observed=ONE),
        does_not_apply(RED, "Red is judged apart", region=GLOBAL, observed=ONE),
        does_not_apply({"category": "cost_optimizing", "status": "warning"}, region=GLOBAL),
        is_unknown({**YELLOW, "status": denied("support:DescribeTrustedAdvisorCheckSummaries")}, region=GLOBAL),
    ),
    reads_observed=True,
)
def trustedadvisor_check_not_yellow(advice: Resource) -> Outcome:
    """Yellow is where AWS recommends a look: what it lists may be meant so, and then should be excluded by name."""
    not_judged = _not_judged(advice)
    if not_judged:
        return not_judged
    status = advice.config["status"]
    if status == "error":
        return not_applicable("It is red, which is judged apart.", "status")
    if status == "warning":
        reason = f"Trusted Advisor recommends a look at {_flagged(advice)}."
        return failed(reason, "status", "observed.resourcesSummary")
    return passed("Trusted Advisor recommends nothing.", "status")
