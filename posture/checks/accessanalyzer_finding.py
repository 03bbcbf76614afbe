"""Judge Access Analyzer's findings: public access, and how long others wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.parameters import days
from posture.core.resource import Resource

FINDING = "AWS::AccessAnalyzer::Finding"
LIST = "access-analyzer:ListFindings"
EXTERNAL = "ExternalAccess"
REVIEW_DAYS = days(
    "access_review_days",
    "Review of Access Analyzer's findings",
    "Access that Access Analyzer finds has to be taken away, or archived as meant, within so many days.",
    default=30,
)
_OPEN = "IAM → Access Analyzer → the finding: "
_ARCHIVE = "aws accessanalyzer update-findings --region {region} --analyzer-arn <analyzer> --ids {id} --status ARCHIVED"
_ROLE = "arn:aws:iam::111122223333:role/partner"


def _finding(kind: str = EXTERNAL, created: Any = "2026-05-20T08:00:00Z", **rest: Any) -> dict[str, Any]:
    return {"findingType": kind, "resource": _ROLE, "isPublic": False, "createdAt": created, **rest}


@check(
    resource_type=FINDING,
    title="Access Analyzer finds no public access",
    problem="Access Analyzer finds public access",
    severity=Severity.HIGH,
    controls=("practices:native", "practices:iam", "cis_aws_7:2.21"),
    remediation=Remediation(
        console=_OPEN + "follow it to the resource and name in its policy who is meant. If the whole world is, archive "
        "the finding, by a rule that says which resources.",
        cli=_ARCHIVE,
    ),
    exposes=True,
    examples=(
        passes(_finding(), "one account"),
        fails(_finding(isPublic=True, principal={"AWS": "*"})),
        is_unknown(_finding(isPublic=denied(LIST))),
        does_not_apply(_finding("UnusedIAMRole"), "unused access"),
    ),
)
def accessanalyzer_finding_not_public(finding: Resource) -> Outcome:
    """AWS has proved from the policies that anyone in the world gets in, and nobody has said that it is meant.

    It reads policies as AWS evaluates them, so this is no guess.
    """
    if finding.config["findingType"] != EXTERNAL:
        return not_applicable("It is not about access from outside.", "findingType")
    if finding.config["isPublic"]:
        return failed(f"Anyone has access to {finding.config['resource']}.", "isPublic", "resource")
    return passed("The access is not public.", "isPublic")


@check(
    resource_type=FINDING,
    title="Access from outside is reviewed in time",
    problem="Access from outside has waited for its review for too long",
    severity=Severity.MEDIUM,
    controls=("practices:native", "practices:iam", "practices:accounts"),
    remediation=Remediation(
        console=_OPEN + "take the access away from its resource's policy, or archive it with a rule for what is meant.",
        cli=_ARCHIVE,
    ),
    examples=(
        passes(_finding(), "twelve days old"),
        fails(_finding(created="2026-03-01T08:00:00Z", principal={"AWS": "444455556666"})),
        fails(_finding(), "with a limit of 7 days", parameters={REVIEW_DAYS.name: 7}),
        is_unknown(_finding(created=denied(LIST))),
        does_not_apply(_finding("UnusedPermission", "2026-03-01T08:00:00Z"), "unused access"),
    ),
)
def accessanalyzer_finding_reviewed(finding: Resource, clock: Clock) -> Outcome:
    """Somebody outside gets in, and nobody has said that they should.

    A list that nobody works through hides the one entry that matters among those that are meant.
    """
    if finding.config["findingType"] != EXTERNAL:
        return not_applicable("It is not about access from outside.", "findingType")
    return _judge_age(finding, clock)


@check(
    resource_type=FINDING,
    title="Unused access is removed in time",
    problem="Unused access was found long ago and is still there",
    severity=Severity.LOW,
    controls=("practices:native", "practices:iam", "practices:legacy"),
    remediation=Remediation(
        console=_OPEN + "delete the role, key or password, or take the recommended policy in place of the wider one.",
        cli="aws accessanalyzer get-finding-v2 --region {region} --analyzer-arn <analyzer> --id {id}",
    ),
    examples=(
        passes(_finding("UnusedIAMRole"), "twelve days old"),
        fails(_finding("UnusedIAMUserAccessKey", "2026-03-01T08:00:00Z")),
        fails(_finding("UnusedIAMRole"), "with a limit of 7 days", parameters={REVIEW_DAYS.name: 7}),
        is_unknown(_finding("UnusedPermission", created=denied(LIST))),
        does_not_apply(_finding(created="2026-03-01T08:00:00Z"), "access from outside"),
    ),
)
def accessanalyzer_finding_unused_access_removed(finding: Resource, clock: Clock) -> Outcome:
    """Access that nobody has used for months is missed by nobody when it goes.

    Until then it is one more way in, and one more thing to look at after an incident.
    """
    if not str(finding.config["findingType"]).startswith("Unused"):
        return not_applicable("It is not about unused access.", "findingType")
    return _judge_age(finding, clock)


def _judge_age(finding: Resource, clock: Clock) -> Outcome:
    since = datetime.fromisoformat(finding.config["createdAt"])
    found, limit, resource = f"Found on {since:%Y-%m-%d}", REVIEW_DAYS.value, finding.config["resource"]
    if clock.is_past(since, timedelta(days=limit)):
        ago = f"more than {limit} day{'' if limit == 1 else 's'} ago"
        return failed(f"{found}, {ago}: {resource}.", "createdAt", "resource")
    return passed(f"{found}: {resource}.", "createdAt", "resource")
