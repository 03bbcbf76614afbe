"""Judges domains of OpenSearch Service, those of Elasticsearch included."""

from __future__ import annotations

from datetime import date
from typing import Any

from posture.checks.stores import classification_known, classified, judge_policy_not_public, policy_examples
from posture.core.check import Example, Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

DOMAIN = "AWS::OpenSearchService::Domain"
DESCRIBE = "es:DescribeDomains"
UPDATE = "aws opensearch update-domain-config --region {region} --domain-name {name} "
MIN_DATA_NODES = 3
_CONSOLE = "OpenSearch Service → Domains → {name} → "
_SECURITY = _CONSOLE + "Security configuration → Edit: "

_TLS_POLICIES = {"Policy-Min-TLS-1-2-PFS-2023-10", "Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08"}
"""The newest: TLS 1.2 or later with forward secrecy; the older ones take TLS 1.0, or ciphers without it."""

_SUPPORT_ENDED = date(2025, 11, 7)
"""The end of standard support of all versions below.

Source: "Amazon OpenSearch Service announces Standard and Extended Support dates for Elasticsearch and OpenSearch
versions", AWS Big Data Blog, November 2024.
"""
_OLD = {
    "Elasticsearch": (
        *("1.5", "2.3"),
        *(f"5.{minor}" for minor in (1, 2, 3, 4, 5, 6)),
        *(f"6.{minor}" for minor in range(8)),
        *(f"7.{minor}" for minor in range(1, 9)),
    ),
    "OpenSearch": ("1.0", "1.1", "1.2", "2.3", "2.5", "2.7", "2.9"),
}


def _flag_examples(section: str, key: str = "Enabled", **rest: Any) -> tuple[Example, ...]:
    return (
        passes({section: {key: True, **rest}}),
        fails({section: {key: False, **rest}}),
        is_unknown({section: denied(DESCRIBE)}),
        is_unknown({}, "the answer leaves it out"),
    )


def _judge_flag(domain: Resource, section: str, good: str, bad: str) -> Outcome:
    path = f"{section}.Enabled"
    return passed(good, path) if domain.config[section]["Enabled"] else failed(bad, path)


@check(
    resource_type=DOMAIN,
    title="OpenSearch domain is encrypted at rest",
    problem="OpenSearch domain is not encrypted at rest",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:OpenSearch.1"),
    aliases=(
        "securityhub:Opensearch.1",
        "securityhub:ES.1",
        "prowler:opensearch_service_domains_encryption_at_rest_enabled",
    ),
    remediation=Remediation(
        console=_SECURITY + "Encryption of data at rest.",
        cli=UPDATE + "--encryption-at-rest-options Enabled=true",
        terraform='resource "aws_opensearch_domain" "this" {\n  encrypt_at_rest {\n    enabled = true\n  }\n}',
    ),
    examples=_flag_examples("EncryptionAtRestOptions"),
)
def opensearch_domain_encrypted(domain: Resource) -> Outcome:
    """Indices, swap files and snapshots are on disks; with a key, whoever gets hold of one still reads nothing."""
    return _judge_flag(
        domain, "EncryptionAtRestOptions", "Disks and snapshots are encrypted.", "Disks and snapshots are in the clear."
    )


@check(
    resource_type=DOMAIN,
    title="OpenSearch domain is in a VPC",
    problem="OpenSearch domain has a public endpoint",
    severity=Severity.CRITICAL,
    exposes=True,
    controls=("practices:vpc", "practices:data", "aws_fsbp:OpenSearch.2"),
    aliases=("securityhub:Opensearch.2", "securityhub:ES.2"),
    remediation=Remediation(
        console="A domain cannot be moved: OpenSearch Service → Create domain in a VPC, restore {name}'s snapshot into "
        "it, and move clients over.",
        terraform='resource "aws_opensearch_domain" "this" {\n  vpc_options {\n'
        "    subnet_ids         = var.private_subnets\n    security_group_ids = [aws_security_group.search.id]\n  }\n}",
    ),
    examples=(
        passes({"VPCOptions": {"VPCId": "vpc-1", "SubnetIds": ["subnet-1"]}}),
        fails({"VPCOptions": None}),
        fails({"VPCOptions": {}}, "an empty network"),
        is_unknown({"VPCOptions": denied(DESCRIBE)}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def opensearch_domain_in_vpc(domain: Resource) -> Outcome:
    """On a public endpoint one open policy, or one leaked password, is all that keeps the world from the indices."""
    network = domain.config["VPCOptions"]
    vpc = network.get("VPCId") if network else None
    return passed(f"It is in {vpc}.", "VPCOptions.VPCId") if vpc else failed("It is in no VPC.", "VPCOptions")


@check(
    resource_type=DOMAIN,
    title="OpenSearch domain encrypts between nodes",
    problem="OpenSearch domain does not encrypt between nodes",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:OpenSearch.3"),
    aliases=(
        "securityhub:Opensearch.3",
        "securityhub:ES.3",
        "prowler:opensearch_service_domains_node_to_node_encryption_enabled",
    ),
    remediation=Remediation(
        console=_SECURITY + "Node-to-node encryption.",
        cli=UPDATE + "--node-to-node-encryption-options Enabled=true",
        terraform='resource "aws_opensearch_domain" "this" {\n  node_to_node_encryption {\n    enabled = true\n  }\n}',
    ),
    examples=_flag_examples("NodeToNodeEncryptionOptions"),
)
def opensearch_domain_encrypts_between_nodes(domain: Resource) -> Outcome:
    """Nodes copy every index to each other. Users with rights of their own need this encryption first."""
    return _judge_flag(
        domain, "NodeToNodeEncryptionOptions", "Nodes speak TLS to each other.", "Nodes speak without encryption."
    )


def _log_examples(kind: str) -> tuple[Example, ...]:
    group = "arn:aws:logs:eu-central-1:111122223333:log-group:/search"
    return (
        passes({"LogPublishingOptions": {kind: {"Enabled": True, "CloudWatchLogsLogGroupArn": group}}}),
        fails({"LogPublishingOptions": {kind: {"Enabled": False}}}, "off"),
        fails({"LogPublishingOptions": {}}, "never set"),
        is_unknown({"LogPublishingOptions": denied(DESCRIBE)}),
        is_unknown({}, "the answer leaves it out"),
    )


def _judge_log(domain: Resource, kind: str, named: str) -> Outcome:
    options = domain.config["LogPublishingOptions"].get(kind)
    if options and options["Enabled"]:
        return passed(f"Its {named} goes to CloudWatch Logs.", f"LogPublishingOptions.{kind}.Enabled")
    return failed(f"Its {named} is kept nowhere.", "LogPublishingOptions")


@check(
    resource_type=DOMAIN,
    title="OpenSearch domain logs errors",
    problem="OpenSearch domain does not log errors",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:OpenSearch.4"),
    aliases=("securityhub:Opensearch.4", "securityhub:ES.4"),
    remediation=Remediation(
        console=_CONSOLE + "Logs → Error logs → Enable.",
        cli=UPDATE + "--log-publishing-options "
        "'ES_APPLICATION_LOGS={{CloudWatchLogsLogGroupArn=<log group ARN>,Enabled=true}}'",
        terraform='resource "aws_opensearch_domain" "this" {\n  log_publishing_options {\n'
        '    log_type                 = "ES_APPLICATION_LOGS"\n'
        "    cloudwatch_log_group_arn = aws_cloudwatch_log_group.search.arn\n  }\n}",
    ),
    examples=_log_examples("ES_APPLICATION_LOGS"),
)
def opensearch_domain_logs_errors(domain: Resource) -> Outcome:
    """When searches fail or a node falls over, the error log is the only place that says why."""
    return _judge_log(domain, "ES_APPLICATION_LOGS", "error log")


@check(
    resource_type=DOMAIN,
    title="OpenSearch domain logs who did what",
    problem="OpenSearch domain does not log who did what",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:OpenSearch.5"),
    aliases=(
        "securityhub:Opensearch.5",
        "securityhub:ES.5",
        "prowler:opensearch_service_domains_audit_logging_enabled",
    ),
    remediation=Remediation(
        console=_CONSOLE + "Logs → Audit logs → Enable, then turn them on in Dashboards → Security → Audit logs.",
        cli=UPDATE + "--log-publishing-options 'AUDIT_LOGS={{CloudWatchLogsLogGroupArn=<log group ARN>,Enabled=true}}'",
        terraform='resource "aws_opensearch_domain" "this" {\n  log_publishing_options {\n'
        '    log_type                 = "AUDIT_LOGS"\n'
        "    cloudwatch_log_group_arn = aws_cloudwatch_log_group.search.arn\n  }\n}",
    ),
    examples=_log_examples("AUDIT_LOGS"),
)
def opensearch_domain_logs_access(domain: Resource) -> Outcome:
    """CloudTrail shows changes to the domain, but not who searched in it: after a leak only the audit log does."""
    return _judge_log(domain, "AUDIT_LOGS", "audit log")


def _nodes(count: int, *, zones: bool) -> dict[str, Any]:
    return {"ClusterConfig": {"InstanceCount": count, "ZoneAwarenessEnabled": zones}}


@check(
    resource_type=DOMAIN,
    title="OpenSearch domain has three data nodes over several zones",
    problem="OpenSearch domain has too few data nodes, or all in one zone",
    severity=Severity.MEDIUM,
    controls=("practices:legacy", "aws_fsbp:OpenSearch.6"),
    aliases=(
        "securityhub:Opensearch.6",
        "securityhub:ES.6",
        "prowler:opensearch_service_domains_fault_tolerant_data_nodes",
    ),
    remediation=Remediation(
        console=_CONSOLE + "Cluster configuration → Edit: three zones, and a multiple of three data nodes.",
        cli=UPDATE + "--cluster-config 'InstanceCount=3,ZoneAwarenessEnabled=true,"
        "ZoneAwarenessConfig={{AvailabilityZoneCount=3}}'",
        terraform='resource "aws_opensearch_domain" "this" {\n  cluster_config {\n    instance_count         = 3\n'
        "    zone_awareness_enabled = true\n  }\n}",
    ),
    examples=(
        passes(_nodes(3, zones=True)),
        fails(_nodes(2, zones=True), "too few"),
        fails(_nodes(3, zones=False), "one zone"),
        is_unknown({"ClusterConfig": denied(DESCRIBE)}),
    ),
)
def opensearch_domain_has_three_data_nodes(domain: Resource) -> Outcome:
    """With fewer, the loss of a node or of its zone ends searching, and may take the newest records with it."""
    cluster = domain.config["ClusterConfig"]
    count = cluster["InstanceCount"]
    nodes = f"{count} data node{'' if count == 1 else 's'}"
    if count < MIN_DATA_NODES:
        return failed(f"It has {nodes}.", "ClusterConfig.InstanceCount")
    if not cluster["ZoneAwarenessEnabled"]:
        return failed(f"It has {nodes}, all in one zone.", "ClusterConfig.ZoneAwarenessEnabled")
    return passed(f"It has {nodes} over several zones.", "ClusterConfig.InstanceCount")


@check(
    resource_type=DOMAIN,
    title="OpenSearch domain has users with rights of their own",
    problem="OpenSearch domain gives everyone inside the same rights",
    severity=Severity.HIGH,
    controls=("practices:iam", "aws_fsbp:OpenSearch.7"),
    aliases=("securityhub:Opensearch.7", "prowler:opensearch_service_domains_access_control_enabled"),
    remediation=Remediation(
        console=_SECURITY + "Fine-grained access control, with an IAM role as master user.",
        cli=UPDATE + "--advanced-security-options "
        "'Enabled=true,MasterUserOptions={{MasterUserARN=<role ARN>}},AnonymousAuthEnabled=true'",
        terraform='resource "aws_opensearch_domain" "this" {\n  advanced_security_options {\n'
        "    enabled = true\n  }\n}",
    ),
    examples=_flag_examples("AdvancedSecurityOptions"),
)
def opensearch_domain_fine_grained_access(domain: Resource) -> Outcome:
    """Without it whoever may search one index reads, changes and deletes them all; there is no audit log either."""
    return _judge_flag(
        domain, "AdvancedSecurityOptions", "Fine-grained access control is on.", "Fine-grained access control is off."
    )


@check(
    resource_type=DOMAIN,
    title="OpenSearch domain accepts only modern TLS",
    problem="OpenSearch domain accepts plain HTTP or outdated TLS",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:OpenSearch.8"),
    aliases=("securityhub:Opensearch.8", "securityhub:ES.8"),
    remediation=Remediation(
        console=_SECURITY + "Require HTTPS, TLS policy: TLS 1.2 with perfect forward secrecy (PFS).",
        cli=UPDATE + "--domain-endpoint-options EnforceHTTPS=true,TLSSecurityPolicy=Policy-Min-TLS-1-2-PFS-2023-10",
        terraform='resource "aws_opensearch_domain" "this" {\n  domain_endpoint_options {\n'
        '    enforce_https       = true\n    tls_security_policy = "Policy-Min-TLS-1-2-PFS-2023-10"\n  }\n}',
    ),
    examples=(
        *_flag_examples("DomainEndpointOptions", "EnforceHTTPS", TLSSecurityPolicy="Policy-Min-TLS-1-2-PFS-2023-10"),
        fails(
            {"DomainEndpointOptions": {"EnforceHTTPS": True, "TLSSecurityPolicy": "Policy-Min-TLS-1-0-2019-07"}},
            "TLS 1.0",
        ),
        fails(
            {"DomainEndpointOptions": {"EnforceHTTPS": True, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-2019-07"}},
            "no forward secrecy",
        ),
    ),
)
def opensearch_domain_modern_tls(domain: Resource) -> Outcome:
    """What is searched for, and found, crosses the network. Old TLS can be recorded today and read later."""
    options = domain.config["DomainEndpointOptions"]
    if not options["EnforceHTTPS"]:
        return failed("Plain HTTP is accepted.", "DomainEndpointOptions.EnforceHTTPS")
    policy = options["TLSSecurityPolicy"]
    judge = passed if policy in _TLS_POLICIES else failed
    return judge(f"Its TLS policy is {policy}.", "DomainEndpointOptions.TLSSecurityPolicy")


def _software(**options: Any) -> dict[str, Any]:
    return {"ServiceSoftwareOptions": {"CurrentVersion": "OpenSearch_2_19_R20250901", **options}}


@check(
    resource_type=DOMAIN,
    title="OpenSearch domain has the newest service software",
    problem="OpenSearch domain waits for a software update",
    severity=Severity.LOW,
    controls=("practices:legacy", "aws_fsbp:OpenSearch.10"),
    aliases=(
        "securityhub:Opensearch.10",
        "prowler:opensearch_service_domains_updated_to_the_latest_service_software_version",
    ),
    remediation=Remediation(
        console=_CONSOLE + "Actions → Update, at night or in the off-peak window.",
        cli="aws opensearch start-service-software-update --region {region} --domain-name {name} "
        "--schedule-at OFF_PEAK_WINDOW",
    ),
    examples=(
        passes({}, observed=_software(UpdateAvailable=False)),
        fails({}, observed=_software(UpdateAvailable=True, NewVersion="OpenSearch_2_19_R20260401")),
        is_unknown({}, observed={"ServiceSoftwareOptions": denied(DESCRIBE)}),
        is_unknown({}, "the answer leaves it out"),
    ),
    reads_observed=True,
)
def opensearch_domain_software_updated(domain: Resource) -> Outcome:
    """Updates mend the service around the engine. After some weeks AWS installs required ones on a day of its own."""
    software = domain.observed["ServiceSoftwareOptions"]
    path = "observed.ServiceSoftwareOptions.UpdateAvailable"
    if software["UpdateAvailable"]:
        return failed(f"The update {software.get('NewVersion') or ''} is not installed.".replace("  ", " "), path)
    return passed("No update waits.", path)


@check(
    resource_type=DOMAIN,
    title="OpenSearch domain's policy lets in nobody unknown",
    problem="OpenSearch domain's policy allows public access",
    severity=Severity.HIGH,
    controls=("practices:iam", "practices:data", "cis_aws_7:2.21"),
    remediation=Remediation(
        console=_SECURITY + "Access policy: name the roles that may use the domain.",
        cli=UPDATE + "--access-policies file://policy.json",
        terraform='resource "aws_opensearch_domain_policy" "this" {\n'
        "  domain_name     = aws_opensearch_domain.this.domain_name\n"
        "  access_policies = data.aws_iam_policy_document.search.json\n}",
    ),
    examples=policy_examples("AccessPolicies", DESCRIBE),
    version=2,
)
def opensearch_domain_policy_not_public(domain: Resource) -> Outcome:
    """Whoever reaches the endpoint need not sign requests: inside a VPC any server, on a public endpoint the world."""
    return judge_policy_not_public(domain, "AccessPolicies")


@check(
    resource_type=DOMAIN,
    title="OpenSearch domain's version has standard support",
    problem="OpenSearch domain's version has lost standard support",
    severity=Severity.MEDIUM,
    controls=("practices:legacy",),
    remediation=Remediation(
        console=_CONSOLE + "Actions → Upgrade, after a check of upgrade eligibility and a snapshot.",
        cli="aws opensearch upgrade-domain --region {region} --domain-name {name} --target-version OpenSearch_2.19",
        terraform='resource "aws_opensearch_domain" "this" {\n  engine_version = "OpenSearch_2.19"\n}',
    ),
    examples=(
        passes({"EngineVersion": "OpenSearch_2.19"}),
        passes({"EngineVersion": "Elasticsearch_7.10"}, "no date has come"),
        fails({"EngineVersion": "Elasticsearch_7.1"}),
        fails({"EngineVersion": "OpenSearch_1.2"}),
        is_unknown({"EngineVersion": denied(DESCRIBE)}),
    ),
)
def opensearch_domain_supported(domain: Resource) -> Outcome:
    """Old versions cost extra for each hour that they run, and are cut off in the end."""
    named = domain.config["EngineVersion"]
    engine, _, version = named.partition("_")
    if version not in _OLD.get(engine, ()):
        return passed(f"AWS has named no end of standard support for {engine} {version}.", "EngineVersion")
    return failed(f"Standard support of {engine} {version} ended on {_SUPPORT_ENDED}.", "EngineVersion")


@classified(
    DOMAIN,
    "OpenSearch domain",
    cli="aws opensearch add-tags --region {region} --arn {arn} --tag-list Key=data-classification,Value=internal",
)
def opensearch_domain_classified(domain: Resource) -> Outcome:
    """Logs of servers and records of customers look alike from outside; the tag says which of them is searched here."""
    return classification_known(domain)
