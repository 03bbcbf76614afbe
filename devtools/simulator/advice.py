"""Trusted Advisor's checks over what is declared; ids and names are AWS's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from devtools.simulator.builder import Builder, made_up
from devtools.simulator.declared import GLOBAL, Name, Plan

Settings = dict[str, Any]
Judge = Callable[[Settings], str]
"""Returns ok, warning or error."""


@dataclass(frozen=True)
class Check:
    """A Trusted Advisor check over one kind of declared thing.

    `columns` are the columns of a flagged resource.
    """

    id: str
    name: str
    category: str
    kind: str
    judge: Judge
    columns: tuple[str, ...] = ("Region", "Status", "Resource")

    def description(self) -> dict[str, Any]:
        """Return what DescribeTrustedAdvisorChecks says of the check."""
        return {
            "id": self.id,
            "name": self.name,
            "description": f"{self.name}: see the AWS Trusted Advisor check reference.",
            "category": self.category,
            "metadata": list(self.columns),
        }


def _bucket(settings: Settings) -> str:
    return "error" if settings.get("public") else "ok" if settings.get("block", True) else "warning"


def _ports(settings: Settings) -> str:
    world = [r for r in settings.get("ingress", []) if r.split()[-1] in {"0.0.0.0/0", "::/0"}]
    ports = {r.split()[1] for r in world}
    if ports & {"20-21", "1433", "3306", "3389", "5432", "9200", "27017"}:
        return "error"
    return "warning" if ports - {"80", "443"} else "ok"


def _old_key(settings: Settings) -> str:
    ages = [u["key_age"] for u in settings.get("users", []) if "key_age" in u]
    return "error" if any(age > 730 for age in ages) else "warning" if any(age > 90 for age in ages) else "ok"  # noqa: PLR2004


CHECKS = (
    Check("HCP4007jGY", "Security Groups - Specific Ports Unrestricted", "security", "security-group", _ports),
    Check("Pfx0RwqBli", "Amazon S3 Bucket Permissions", "security", "bucket", _bucket),
    Check("7DAFEmoDos", "MFA on Root Account", "security", "iam", lambda s: "ok" if s["root"].get("mfa") else "error"),
    Check("DqdJqYeRm5", "IAM Access Key Rotation", "security", "iam", _old_key),
    Check(
        "Yw2K9puPzl",
        "IAM Password Policy",
        "security",
        "iam",
        lambda s: {"strong": "ok", "weak": "warning"}.get(s.get("password_policy", ""), "error"),
    ),
    Check(
        "ePs02jT06w",
        "Amazon EBS Public Snapshots",
        "security",
        "snapshot",
        lambda s: "error" if s.get("shared") == "all" else "ok",
    ),
    Check(
        "opQPADkZvH",
        "Amazon RDS Backups",
        "fault_tolerance",
        "database",
        lambda s: "ok" if s.get("backups", 14) else "error",
    ),
    Check(
        "f2iK5R6Dep",
        "Amazon RDS Multi-AZ",
        "fault_tolerance",
        "database",
        lambda s: "ok" if s.get("multi_az", True) else "warning",
    ),
    Check(
        "R365s2Qddf",
        "Amazon S3 Bucket Versioning",
        "fault_tolerance",
        "bucket",
        lambda s: "ok" if s.get("versioning") else "warning",
    ),
)

WORST = {"ok": 0, "warning": 1, "error": 2}


def advice(builder: Builder, check: Check, own: Plan) -> dict[str, Any]:
    """Return the result of a check on one account's declared things."""
    judged = [(name, check.judge(settings)) for name, settings in sorted(own.items()) if name.kind == check.kind]
    flagged = list(_flagged(builder, check, judged))
    return {
        "checkId": check.id,
        "timestamp": builder.stamp(),
        "status": max((status for _, status in judged), key=WORST.__getitem__, default="ok"),
        "resourcesSummary": {
            "resourcesProcessed": len(judged),
            "resourcesFlagged": len(flagged),
            "resourcesIgnored": 0,
            "resourcesSuppressed": 0,
        },
        "categorySpecificSummary": {
            "costOptimizing": {"estimatedMonthlySavings": 0.0, "estimatedPercentMonthlySavings": 0.0}
        },
        "flaggedResources": flagged,
    }


def _flagged(builder: Builder, check: Check, judged: list[tuple[Name, str]]) -> Iterator[dict[str, Any]]:
    for name, status in judged:
        if status == "ok":
            continue
        region = builder.declared.regions[0] if name.region == GLOBAL else name.region
        label = "account" if name.region == GLOBAL else name.name
        yield {
            "status": status,
            "region": region,
            "resourceId": made_up("", check.id, name.account, name.region, name.name, length=40),
            "isSuppressed": False,
            "metadata": [region, "Red" if status == "error" else "Yellow", label],
        }
