"""AWS's own security tools, account by account and region by region."""

from __future__ import annotations

from typing import Any

from devtools.simulator.builder import Builder, made_up
from devtools.simulator.declared import GLOBAL, Name
from devtools.simulator.kinds import kind, removal

FEATURES = (
    "CLOUD_TRAIL",
    "DNS_LOGS",
    "FLOW_LOGS",
    "S3_DATA_EVENTS",
    "EKS_AUDIT_LOGS",
    "EBS_MALWARE_PROTECTION",
    "RDS_LOGIN_EVENTS",
    "LAMBDA_NETWORK_LOGS",
    "RUNTIME_MONITORING",
)
BASIC_FEATURES = frozenset(FEATURES[:3])

STANDARDS = {
    "fsbp": "standards/aws-foundational-security-best-practices/v/1.0.0",
    "cis": "standards/cis-aws-foundations-benchmark/v/3.0.0",
    "pci": "standards/pci-dss/v/4.0.1",
}


@kind("guardduty", 60)
def make_guardduty(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Switch GuardDuty `on` or off, with `plans` besides the basic sources.

    `suspended` keeps it, silent.
    """
    service = (name.account, name.region, "guardduty")
    if not now["on"]:
        builder.put(*service, detector=None, member=True, updated=builder.stamp())
        return
    updated = builder.stamp()
    created = builder.on_shelf(*service).get("detector", {}).get("CreatedAt") if before.get("on") else None
    on = BASIC_FEATURES | set(now.get("plans", []))
    detector = {
        "DetectorId": made_up("", *service, length=32),
        "CreatedAt": created or (updated if before else builder.stamp(200)),
        "UpdatedAt": updated,
        "FindingPublishingFrequency": now.get("frequency", "FIFTEEN_MINUTES"),
        "ServiceRole": service_role(name.account, "guardduty", "AmazonGuardDuty"),
        "Status": "DISABLED" if now.get("suspended") else "ENABLED",
        "Features": [
            {"Name": f, "Status": "ENABLED" if f in on else "DISABLED", "UpdatedAt": created or updated}
            for f in FEATURES
        ],
        "Tags": {},
    }
    organization = {
        "AutoEnable": now.get("auto_enable", "ALL") != "NONE",
        "AutoEnableOrganizationMembers": now.get("auto_enable", "ALL"),
        "MemberAccountLimitReached": False,
        "Features": [{"Name": f, "AutoEnable": "ALL" if f in on else "NONE"} for f in FEATURES[3:]],
    }
    builder.put(*service, detector=detector, member=now.get("member", True), organization=organization)


@kind("guardduty-finding", 62)
def make_guardduty_finding(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Let GuardDuty have found something: the name is its type.

    `severity`, `title`, `resource`, `archived`.
    """
    seen = builder.stamp(now.get("days", 1))
    finding_id = made_up("", *_words(name), length=32)
    detector = made_up("", name.account, name.region, "guardduty", length=32)
    finding = {
        "Id": finding_id,
        "AccountId": name.account,
        "Region": name.region,
        "Partition": "aws",
        "Arn": f"arn:aws:guardduty:{name.region}:{name.account}:detector/{detector}/finding/{finding_id}",
        "SchemaVersion": "2.0",
        "Type": name.name,
        "Severity": float(now["severity"]),
        "Title": now["title"],
        "Description": now.get("description", now["title"]),
        "Resource": {"ResourceType": now["resource"]},
        "CreatedAt": seen,
        "UpdatedAt": seen,
        "Service": {
            "Archived": now.get("archived", False),
            "Count": now.get("count", 1),
            "DetectorId": detector,
            "EventFirstSeen": seen,
            "EventLastSeen": seen,
            "ServiceName": "guardduty",
        },
    }
    builder.append(name.account, name.region, "guardduty", "findings", finding, by="Id")


def _words(name: Name) -> tuple[str, str, str, str]:
    return name.kind, name.account, name.region, name.name


@kind("security-hub", 64)
def make_security_hub(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Switch Security Hub `on` with `standards`, or off."""
    service = (name.account, name.region, "securityhub")
    if not now["on"]:
        builder.put(*service, hub=None, standards=[], findings=[])
        return
    arn = f"arn:aws:securityhub:{name.region}:{name.account}"
    standards = [
        {
            "StandardsSubscriptionArn": f"{arn}:subscription/{STANDARDS[s].removeprefix('standards/')}",
            "StandardsArn": f"arn:aws:securityhub:{name.region}::{STANDARDS[s]}",
            "StandardsInput": {},
            "StandardsStatus": "READY",
            "StandardsControlsUpdatable": "READY_FOR_UPDATES",
        }
        for s in now.get("standards", ["fsbp"])
    ]
    hub = {
        "HubArn": f"{arn}:hub/default",
        "SubscribedAt": builder.stamp(200),
        "AutoEnableControls": True,
        "ControlFindingGenerator": "SECURITY_CONTROL",
    }
    builder.put(*service, hub=hub, standards=standards)


@kind("recorder", 66)
def make_recorder(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Record configurations with AWS Config.

    `on`, `all` types or some, delivered to the log archive.
    """
    config = builder.client("config", name.region)
    if now["on"] and not builder.recall(name):
        home = name.region == builder.declared.regions[0]
        group: dict[str, Any] = {"allSupported": now.get("all", True), "includeGlobalResourceTypes": home}
        if not now.get("all", True):
            group = {"allSupported": False, "resourceTypes": ["AWS::EC2::Instance", "AWS::S3::Bucket"]}
        role = service_role(name.account, "config", "Config")
        config.put_configuration_recorder(
            ConfigurationRecorder={"name": "default", "roleARN": role, "recordingGroup": group}
        )
        bucket = builder.declared.organization["config_bucket"]
        config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": bucket})
        builder.remember(name, recorder="default")
    if now["on"] and not before.get("on"):
        config.start_configuration_recorder(ConfigurationRecorderName="default")
    elif before.get("on") and not now["on"]:
        config.stop_configuration_recorder(ConfigurationRecorderName="default")


@kind("config-aggregator", 67)
def make_config_aggregator(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Aggregate the organization's configurations."""
    builder.client("config", name.region).put_configuration_aggregator(
        ConfigurationAggregatorName=name.name,
        OrganizationAggregationSource={
            "RoleArn": f"arn:aws:iam::{name.account}:role/config-aggregator",
            "AllAwsRegions": True,
        },
    )


@kind("trail", 60)
def make_trail(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a trail into `bucket`.

    `validation`, `organization`, `multi_region`, `key`, `logging`, `data_events`.
    """
    cloudtrail = builder.client("cloudtrail", name.region)
    settings = {
        "Name": name.name,
        "S3BucketName": now["bucket"],
        "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": now.get("multi_region", True),
        "EnableLogFileValidation": now.get("validation", True),
        "IsOrganizationTrail": now.get("organization", False),
        **({"KmsKeyId": now["key"]} if now.get("key") else {}),
    }
    if not builder.recall(name):
        cloudtrail.create_trail(**settings)
        builder.remember(name, trail=name.name)
    elif now != before:
        cloudtrail.update_trail(**settings)
    logging = now.get("logging", True)
    if logging != before.get("logging", False):
        (cloudtrail.start_logging if logging else cloudtrail.stop_logging)(Name=name.name)
    if now.get("data_events") and not before.get("data_events"):
        resource = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}
        selector = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [resource]}
        cloudtrail.put_event_selectors(TrailName=name.name, EventSelectors=[selector])


@removal("trail")
def remove_trail(builder: Builder, name: Name, before: dict[str, Any]) -> None:
    builder.client("cloudtrail", name.region).delete_trail(Name=name.name)
    builder.forget(name)


@kind("macie", 68)
def make_macie(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Switch Macie `on`, with automated `discovery`, or off."""
    service = (name.account, name.region, "macie2")
    if not now["on"]:
        builder.put(*service, session=None)
        return
    stamp = builder.stamp(0 if before else 200)
    session = {
        "status": "ENABLED",
        "findingPublishingFrequency": "FIFTEEN_MINUTES",
        "createdAt": stamp,
        "updatedAt": stamp,
        "serviceRole": service_role(name.account, "macie", "AmazonMacie"),
    }
    discovery = {"status": "ENABLED" if now.get("discovery") else "DISABLED", "autoEnableOrganizationMembers": "NEW"}
    builder.put(*service, session=session, discovery=discovery)


@kind("inspector", 68)
def make_inspector(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Let Inspector scan some of ec2, ecr, lambda, lambdaCode."""
    builder.put(name.account, name.region, "inspector2", scans=now.get("scans", []))


@kind("access-analyzer", 68)
def make_access_analyzer(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make an analyzer of a `type` (ACCOUNT or ORGANIZATION) if it is `on`."""
    service = (name.account, name.region, "accessanalyzer")
    if not now.get("on", True):
        builder.put(*service, analyzers=[], findings=[])
        return
    analyzer = {
        "arn": f"arn:aws:access-analyzer:{name.region}:{name.account}:analyzer/{name.name}",
        "name": name.name,
        "type": now.get("type", "ACCOUNT"),
        "createdAt": builder.stamp(0 if before else 200),
        "status": "ACTIVE",
        "tags": {},
    }
    builder.put(*service, analyzers=[analyzer])


@kind("detective", 69)
def make_detective(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Have a behaviour graph."""
    graph = {
        "Arn": made_up(f"arn:aws:detective:{name.region}:{name.account}:graph:", *_words(name), length=32),
        "CreatedTime": builder.stamp(200),
    }
    builder.put(name.account, name.region, "detective", graphs=[graph])


@kind("support", 69)
def make_support(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Have a support `plan`: basic and developer see nothing of Trusted Advisor."""
    builder.put(name.account, GLOBAL, "support", plan=now["plan"])


def service_role(account: str, service: str, name: str) -> str:
    """Return the ARN of a service-linked role."""
    return f"arn:aws:iam::{account}:role/aws-service-role/{service}.amazonaws.com/AWSServiceRoleFor{name}"
