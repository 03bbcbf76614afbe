"""What AWS's own tools would say of what is declared.

Security Hub, Trusted Advisor, Access Analyzer.

They judge the same things as the product does, so that the demonstration never contradicts itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from devtools.simulator.advice import CHECKS, advice
from devtools.simulator.builder import Builder, made_up
from devtools.simulator.declared import GLOBAL, Name, Plan

Settings = dict[str, Any]

WORLD = ("0.0.0.0/0", "::/0")
RISKY_PORTS = ("20-21", "22", "1433", "3306", "3389", "5432", "9200", "27017")


def open_ports(settings: Settings) -> list[str]:
    """Return the risky ports that a security group opens to the world."""
    ports = []
    for rule in settings.get("ingress", []):
        words = rule.split()
        port = "all" if words[0] == "all" else words[1]
        if words[-1] in WORLD and port in {*RISKY_PORTS, "all"}:
            ports.append(port)
    return ports


@dataclass(frozen=True)
class Control:
    """A Security Hub control over one kind of declared thing.

    `holds` judges its settings.
    """

    id: str
    kind: str
    title: str
    severity: str
    resource: str
    holds: Callable[[Settings], bool]


def _is(key: str, default: Any, *, wanted: Any = True) -> Callable[[Settings], bool]:
    return lambda settings: bool(settings.get(key, default) == wanted)


def _any(key: str) -> Callable[[Settings], bool]:
    return lambda settings: bool(settings.get(key))


CONTROLS = (
    Control("S3.1", "account-block", "S3 general purpose buckets should have block public access settings enabled",
            "MEDIUM", "AwsAccount", _any("on")),
    Control("S3.5", "bucket", "S3 general purpose buckets should require requests to use SSL",
            "MEDIUM", "AwsS3Bucket", _is("tls_only", True)),
    Control("S3.8", "bucket", "S3 general purpose buckets should block public access",
            "HIGH", "AwsS3Bucket", lambda s: bool(s.get("block", True) and not s.get("public"))),
    Control("S3.14", "bucket", "S3 general purpose buckets should have versioning enabled",
            "LOW", "AwsS3Bucket", _any("versioning")),
    Control("RDS.2", "database", "RDS DB instances should prohibit public access",
            "CRITICAL", "AwsRdsDbInstance", _is("public", False, wanted=False)),
    Control("RDS.3", "database", "RDS DB instances should have encryption at-rest enabled",
            "MEDIUM", "AwsRdsDbInstance", _is("encrypted", True)),
    Control("RDS.5", "database", "RDS DB instances should be configured with multiple Availability Zones",
            "MEDIUM", "AwsRdsDbInstance", _is("multi_az", True)),
    Control("RDS.8", "database", "RDS DB instances should have deletion protection enabled",
            "LOW", "AwsRdsDbInstance", _is("protected", True)),
    Control("DynamoDB.2", "table", "DynamoDB tables should have point-in-time recovery enabled",
            "MEDIUM", "AwsDynamoDbTable", _is("recovery", True)),
    Control("EFS.1", "file-system", "Elastic File System should be configured to encrypt file data at-rest",
            "MEDIUM", "AwsEfsFileSystem", _is("encrypted", True)),
    Control("EC2.1", "snapshot", "Amazon EBS snapshots should not be publicly restorable",
            "CRITICAL", "AwsEc2Snapshot", lambda s: s.get("shared") != "all"),
    Control("EC2.3", "volume", "Attached Amazon EBS volumes should be encrypted at-rest",
            "MEDIUM", "AwsEc2Volume", _is("encrypted", True)),
    Control("EC2.6", "vpc", "VPC flow logging should be enabled in all VPCs",
            "MEDIUM", "AwsEc2Vpc", _any("flow_logs")),
    Control("EC2.7", "ec2-defaults", "EBS default encryption should be enabled",
            "MEDIUM", "AwsAccount", _any("encrypted")),
    Control("EC2.8", "instance", "EC2 instances should use Instance Metadata Service Version 2 (IMDSv2)",
            "HIGH", "AwsEc2Instance", _is("imdsv2", True)),
    Control("EC2.13", "security-group", "Security groups should not allow ingress from 0.0.0.0/0 or ::/0 to port 22",
            "HIGH", "AwsEc2SecurityGroup", lambda s: "22" not in open_ports(s)),
    Control("EC2.19", "security-group", "Security groups should not allow unrestricted access to ports with high risk",
            "CRITICAL", "AwsEc2SecurityGroup", lambda s: not open_ports(s)),
    Control("SecretsManager.1", "secret", "Secrets Manager secrets should have automatic rotation enabled",
            "MEDIUM", "AwsSecretsManagerSecret", _any("rotation")),
    Control("KMS.4", "key", "AWS KMS key rotation should be enabled",
            "MEDIUM", "AwsKmsKey", _is("rotation", True)),
    Control("IAM.4", "iam", "IAM root user access key should not exist",
            "CRITICAL", "AwsAccount", lambda s: not s["root"].get("access_keys")),
    Control("IAM.9", "iam", "MFA should be enabled for the root user",
            "CRITICAL", "AwsAccount", lambda s: bool(s["root"].get("mfa"))),
    Control("CloudTrail.4", "trail", "CloudTrail log file validation should be enabled",
            "LOW", "AwsCloudTrailTrail", _is("validation", True)),
    Control("GuardDuty.1", "guardduty", "GuardDuty should be enabled",
            "HIGH", "AwsAccount", _any("on")),
)  # fmt: skip


def publish_findings(builder: Builder, plan: Plan, accounts: set[str]) -> None:
    """Renew what the tools say of these accounts."""
    by_account: dict[str, Plan] = {}
    for name, settings in plan.items():
        by_account.setdefault(name.account, {})[name] = settings
    for account in sorted(accounts & by_account.keys()):
        own = by_account[account]
        _security_hub(builder, account, own)
        _access_analyzer(builder, account, own)
        if any(n.kind == "support" and s["plan"] not in {"basic", "developer"} for n, s in own.items()):
            checks = {c.id: {"description": c.description(), "result": advice(builder, c, own)} for c in CHECKS}
            builder.put(account, GLOBAL, "support", checks=checks)


def arn_of(builder: Builder, name: Name) -> str:
    """Return the ARN of a declared resource, with AWS's ids where it needs them."""
    ids = builder.recall(name)
    here = f"{name.region}:{name.account}"
    by_kind: dict[str, Callable[[], str]] = {
        "bucket": lambda: f"arn:aws:s3:::{name.name}",
        "database": lambda: f"arn:aws:rds:{here}:db:{name.name}",
        "table": lambda: f"arn:aws:dynamodb:{here}:table/{name.name}",
        "file-system": lambda: f"arn:aws:elasticfilesystem:{here}:file-system/{ids['system']}",
        "snapshot": lambda: f"arn:aws:ec2:{name.region}::snapshot/{ids['snapshot']}",
        "volume": lambda: f"arn:aws:ec2:{here}:volume/{ids['volume']}",
        "vpc": lambda: f"arn:aws:ec2:{here}:vpc/{ids['vpc']}",
        "instance": lambda: f"arn:aws:ec2:{here}:instance/{ids['instances'][0]}",
        "security-group": lambda: f"arn:aws:ec2:{here}:security-group/{ids['group']}",
        "secret": lambda: str(ids["secret"]),
        "key": lambda: f"arn:aws:kms:{here}:key/{ids['key']}",
        "trail": lambda: f"arn:aws:cloudtrail:{here}:trail/{name.name}",
    }
    return by_kind[name.kind]() if name.kind in by_kind else f"AWS::::Account:{name.account}"


def _security_hub(builder: Builder, account: str, own: Plan) -> None:
    """Put the findings of every region with a hub on its shelf.

    Global things are judged in the first region.
    """
    on = {n.region for n, s in own.items() if n.kind == "security-hub" and s["on"]}
    for region in sorted(on):
        there = {
            n: s
            for n, s in own.items()
            if n.region == region or (n.region == GLOBAL and region == builder.declared.regions[0])
        }
        known = {f["Id"]: f for f in builder.on_shelf(account, region, "securityhub").get("findings", [])}
        findings = [
            _finding(builder, control, name, settings, region, known)
            for control in CONTROLS
            for name, settings in sorted(there.items())
            if name.kind == control.kind
        ]
        findings += list(_imported(builder, account, region))
        builder.put(account, region, "securityhub", findings=findings)


def _finding(
    builder: Builder, control: Control, name: Name, settings: Settings, region: str, known: dict[str, Any]
) -> dict[str, Any]:
    resource = arn_of(builder, name)
    passed = control.holds(settings)
    status = "PASSED" if passed else "FAILED"
    root = f"arn:aws:securityhub:{region}:{name.account}:security-control/{control.id}/finding/"
    finding_id = made_up(root, control.id, *_words(name), length=32)
    former = known.get(finding_id)
    changed = builder.stamp() if former is None or former["Compliance"]["Status"] != status else former["UpdatedAt"]
    return {
        "SchemaVersion": "2018-10-08",
        "Id": finding_id,
        "ProductArn": f"arn:aws:securityhub:{region}::product/aws/securityhub",
        "ProductName": "Security Hub",
        "CompanyName": "AWS",
        "Region": region,
        "GeneratorId": f"security-control/{control.id}",
        "AwsAccountId": name.account,
        "Types": ["Software and Configuration Checks/Industry and Regulatory Standards"],
        "FirstObservedAt": former["FirstObservedAt"] if former else changed,
        "LastObservedAt": builder.stamp(),
        "CreatedAt": former["CreatedAt"] if former else changed,
        "UpdatedAt": changed,
        "Severity": {"Label": "INFORMATIONAL" if passed else control.severity, "Original": control.severity},
        "Title": control.title,
        "Description": f"{control.title}.",
        "Remediation": {
            "Recommendation": {
                "Text": "To correct this issue, consult the AWS Security Hub controls documentation.",
                "Url": f"https://docs.aws.amazon.com/console/securityhub/{control.id}/remediation",
            }
        },
        "Resources": [{"Type": control.resource, "Id": resource, "Partition": "aws", "Region": region}],
        "Compliance": {
            "Status": status,
            "SecurityControlId": control.id,
            "AssociatedStandards": [{"StandardsId": "standards/aws-foundational-security-best-practices/v/1.0.0"}],
        },
        "WorkflowState": "NEW",
        "Workflow": {"Status": "RESOLVED" if passed else "NEW"},
        "RecordState": "ACTIVE",
    }


def _words(name: Name) -> tuple[str, str, str, str]:
    return name.kind, name.account, name.region, name.name


def _imported(builder: Builder, account: str, region: str) -> Iterator[dict[str, Any]]:
    """Take in what GuardDuty found, as Security Hub does."""
    for found in builder.on_shelf(account, region, "guardduty").get("findings", []):
        label = "HIGH" if found["Severity"] >= 7 else "MEDIUM" if found["Severity"] >= 4 else "LOW"  # noqa: PLR2004
        archived = found["Service"]["Archived"]
        yield {
            "SchemaVersion": "2018-10-08",
            "Id": found["Arn"],
            "ProductArn": f"arn:aws:securityhub:{region}::product/aws/guardduty",
            "ProductName": "GuardDuty",
            "CompanyName": "Amazon",
            "Region": region,
            "GeneratorId": f"arn:aws:guardduty:{region}:{account}:detector/{found['Service']['DetectorId']}",
            "AwsAccountId": account,
            "Types": [f"TTPs/{found['Type'].replace(':', '/').replace('/', '-', 1)}"],
            "FirstObservedAt": found["Service"]["EventFirstSeen"],
            "LastObservedAt": found["Service"]["EventLastSeen"],
            "CreatedAt": found["CreatedAt"],
            "UpdatedAt": found["UpdatedAt"],
            "Severity": {"Label": label, "Normalized": int(found["Severity"] * 10)},
            "Title": found["Title"],
            "Description": found["Description"],
            "Resources": [{"Type": "Other", "Id": f"AWS::::Account:{account}", "Partition": "aws", "Region": region}],
            "WorkflowState": "NEW",
            "Workflow": {"Status": "RESOLVED" if archived else "NEW"},
            "RecordState": "ARCHIVED" if archived else "ACTIVE",
        }


def _access_analyzer(builder: Builder, account: str, own: Plan) -> None:
    """Report public buckets and snapshots where an analyzer looks."""
    for analyzer, settings in own.items():
        if analyzer.kind != "access-analyzer" or not settings.get("on", True):
            continue
        known = {f["id"]: f for f in builder.on_shelf(account, analyzer.region, "accessanalyzer").get("findings", [])}
        findings = [
            _external(builder, name, known) for name, s in sorted(own.items()) if _is_external(analyzer, name, s)
        ]
        open_ones = {f["id"] for f in findings}
        over = [{**f, "status": "RESOLVED"} for f in known.values() if f["id"] not in open_ones]
        builder.put(account, analyzer.region, "accessanalyzer", findings=findings + over)


def _is_external(analyzer: Name, name: Name, settings: Settings) -> bool:
    if name.region != analyzer.region:
        return False
    return (name.kind == "bucket" and bool(settings.get("public"))) or (
        name.kind == "snapshot" and settings.get("shared") == "all"
    )


def _external(builder: Builder, name: Name, known: dict[str, Any]) -> dict[str, Any]:
    finding_id = made_up("", "external", *_words(name), length=36)
    found = known.get(finding_id)
    since = found["createdAt"] if found and found["status"] == "ACTIVE" else builder.stamp()
    return {
        "id": finding_id,
        "analyzedAt": builder.stamp(),
        "createdAt": since,
        "updatedAt": since,
        "resource": arn_of(builder, name),
        "resourceType": "AWS::S3::Bucket" if name.kind == "bucket" else "AWS::EC2::Snapshot",
        "resourceOwnerAccount": name.account,
        "status": "ACTIVE",
        "findingType": "ExternalAccess",
    }
