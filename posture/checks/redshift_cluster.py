"""Judges Redshift clusters."""

from __future__ import annotations

from typing import Any

from posture.checks.stores import (
    SENSITIVE,
    classification_known,
    classification_path,
    classified,
    sensitive,
)
from posture.core.check import Example, Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.parameters import days
from posture.core.resource import Resource

CLUSTER = "AWS::Redshift::Cluster"
DESCRIBE = "redshift:DescribeClusters"
DESCRIBE_PARAMETERS = "redshift:DescribeClusterParameters"
MODIFY = "aws redshift modify-cluster --region {region} --cluster-identifier {name} "
SNAPSHOT_DAYS = days(
    "redshift_snapshot_days",
    "Snapshots of Redshift",
    "Automated snapshots of Redshift clusters have to be kept for so many days.",
    default=7,
    maximum=35,
    source="Redshift.3",
)
"""Security Hub's default for Redshift.3."""

_CONSOLE = "Redshift → Clusters → {name} → "
_DEFAULT_ADMIN = "awsuser"
_OLD_NODES = ("dc1.", "dc2.", "ds1.", "ds2.")
"""Generations before RA3, which AWS no longer offers for new clusters."""


def _flag_examples(key: str, *, good: bool = True) -> tuple[Example, ...]:
    return (
        passes({key: good}),
        fails({key: not good}),
        is_unknown({key: denied(DESCRIBE)}),
        is_unknown({}, "the answer leaves it out"),
    )


def _judge_flag(cluster: Resource, key: str, good: str, bad: str) -> Outcome:
    return passed(good, key) if cluster.config[key] else failed(bad, key)


@check(
    resource_type=CLUSTER,
    title="Redshift cluster has no public address",
    problem="Redshift cluster has a public address",
    severity=Severity.CRITICAL,
    exposes=True,
    controls=("practices:data", "practices:vpc", "aws_fsbp:Redshift.1"),
    aliases=("securityhub:Redshift.1",),
    remediation=Remediation(
        console=_CONSOLE + "Actions → Modify publicly accessible setting → off.",
        cli=MODIFY + "--no-publicly-accessible",
        terraform='resource "aws_redshift_cluster" "this" {\n  publicly_accessible = false\n}',
    ),
    examples=_flag_examples("PubliclyAccessible", good=False),
)
def redshift_cluster_not_public(cluster: Resource) -> Outcome:
    """With a public address a security group and a password are all that keeps strangers from the whole warehouse."""
    if cluster.config["PubliclyAccessible"]:
        return failed("It has a public address.", "PubliclyAccessible")
    return passed("It has private addresses alone.", "PubliclyAccessible")


def _ssl(value: str | None) -> dict[str, Any]:
    return {"Parameters": {"require_ssl": value, "enable_user_activity_logging": "false"}}


@check(
    resource_type=CLUSTER,
    title="Redshift cluster accepts only TLS",
    problem="Redshift cluster accepts connections without TLS",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:Redshift.2"),
    aliases=("securityhub:Redshift.2", "prowler:redshift_cluster_in_transit_encryption_enabled"),
    remediation=Remediation(
        console="Redshift → Configurations → Workload management: a parameter group of your own with require_ssl = "
        "true, then {name} → Properties → Edit parameter group, and reboot.",
        cli="aws redshift modify-cluster-parameter-group --region {region} --parameter-group-name <group> "
        "--parameters ParameterName=require_ssl,ParameterValue=true",
        terraform='resource "aws_redshift_parameter_group" "this" {\n  parameter {\n    name  = "require_ssl"\n'
        '    value = "true"\n  }\n}',
    ),
    examples=(
        passes(_ssl("true")),
        fails(_ssl("false")),
        is_unknown({"Parameters": denied(DESCRIBE_PARAMETERS)}),
        is_unknown({"Parameters": {}}, "the answer leaves it out"),
        is_unknown({"Parameters": None}, "the group was deleted meanwhile"),
    ),
)
def redshift_cluster_requires_tls(cluster: Resource) -> Outcome:
    """A client that was never set to TLS sends password and results in the clear, and nobody notices."""
    return _judge_parameter(cluster, "require_ssl", "TLS is required.", "Connections without TLS are accepted.")


def _judge_parameter(cluster: Resource, name: str, good: str, bad: str) -> Outcome:
    parameters = cluster.config["Parameters"]
    if parameters is None:
        return unknown("AWS shows no parameter group of this cluster.", "Parameters")
    path = f"Parameters.{name}"
    return passed(good, path) if str(parameters[name]).lower() == "true" else failed(bad, path)


@check(
    resource_type=CLUSTER,
    title="Redshift cluster keeps automated snapshots long enough",
    problem="Redshift cluster keeps automated snapshots too short",
    severity=Severity.MEDIUM,
    controls=("practices:data", "aws_fsbp:Redshift.3"),
    aliases=("securityhub:Redshift.3",),
    remediation=Remediation(
        console=_CONSOLE + "Maintenance → Backup details → Edit: retention of 7 days or more.",
        cli=MODIFY + "--automated-snapshot-retention-period 7",
        terraform='resource "aws_redshift_cluster" "this" {\n  automated_snapshot_retention_period = 7\n}',
    ),
    examples=(
        passes({"AutomatedSnapshotRetentionPeriod": 7}),
        fails({"AutomatedSnapshotRetentionPeriod": 1}, "AWS's default"),
        fails({"AutomatedSnapshotRetentionPeriod": 0}, "off"),
        passes({"AutomatedSnapshotRetentionPeriod": 1}, "where a day suffices", parameters={SNAPSHOT_DAYS.name: 1}),
        is_unknown({"AutomatedSnapshotRetentionPeriod": denied(DESCRIBE)}),
    ),
)
def redshift_cluster_snapshots_kept(cluster: Resource) -> Outcome:
    """A load that overwrote a table is often noticed at the month's end, and one day of snapshots is gone by then."""
    kept_days, limit = cluster.config["AutomatedSnapshotRetentionPeriod"], SNAPSHOT_DAYS.value
    if kept_days == 0:
        return failed("Automated snapshots are off.", "AutomatedSnapshotRetentionPeriod")
    kept = f"Automated snapshots are kept for {kept_days} day{'' if kept_days == 1 else 's'}"
    if kept_days < limit:
        return failed(f"{kept}, less than {limit}.", "AutomatedSnapshotRetentionPeriod")
    return passed(f"{kept}.", "AutomatedSnapshotRetentionPeriod")


@check(
    resource_type=CLUSTER,
    title="Redshift cluster keeps audit logs",
    problem="Redshift cluster keeps no audit logs",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:Redshift.4"),
    aliases=("securityhub:Redshift.4", "prowler:redshift_cluster_audit_logging"),
    remediation=Remediation(
        console=_CONSOLE + "Properties → Database configurations → Edit → Edit audit logging → on.",
        cli="aws redshift enable-logging --region {region} --cluster-identifier {name} --log-destination-type "
        "cloudwatch --log-exports connectionlog userlog useractivitylog",
        terraform='resource "aws_redshift_logging" "this" {\n'
        "  cluster_identifier   = aws_redshift_cluster.this.id\n"
        '  log_destination_type = "cloudwatch"\n  log_exports          = ["connectionlog", "userlog"]\n}',
    ),
    examples=(
        passes({"Logging": {"LoggingEnabled": True}}),
        fails({"Logging": {"LoggingEnabled": False}}),
        is_unknown({"Logging": denied("redshift:DescribeLoggingStatus")}),
        is_unknown({"Logging": None}, "the cluster was deleted meanwhile"),
    ),
)
def redshift_cluster_logs(cluster: Resource) -> Outcome:
    """Who logged in, and from where, is kept inside for a few days only; after a leak it is asked for months back."""
    logging = cluster.config["Logging"]
    if logging is None:
        return unknown("AWS shows no logging of this cluster.", "Logging")
    if logging["LoggingEnabled"]:
        return passed("Audit logs are kept.", "Logging.LoggingEnabled")
    return failed("No audit logs are kept.", "Logging.LoggingEnabled")


@check(
    resource_type=CLUSTER,
    title="Redshift cluster takes new versions by itself",
    problem="Redshift cluster does not take new versions",
    severity=Severity.MEDIUM,
    controls=("practices:legacy", "aws_fsbp:Redshift.6"),
    aliases=("securityhub:Redshift.6", "prowler:redshift_cluster_automatic_upgrades"),
    remediation=Remediation(
        console=_CONSOLE + "Maintenance → Edit: allow version upgrade.",
        cli=MODIFY + "--allow-version-upgrade",
        terraform='resource "aws_redshift_cluster" "this" {\n  allow_version_upgrade = true\n}',
    ),
    examples=_flag_examples("AllowVersionUpgrade"),
)
def redshift_cluster_upgrades(cluster: Resource) -> Outcome:
    """New versions bring fixes of the engine in the maintenance window; without leave for them nobody installs any."""
    return _judge_flag(
        cluster, "AllowVersionUpgrade", "New versions are installed in the window.", "New versions are held back."
    )


@check(
    resource_type=CLUSTER,
    title="Redshift cluster loads and unloads through the VPC",
    problem="Redshift cluster loads and unloads past the VPC",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "aws_fsbp:Redshift.7"),
    aliases=("securityhub:Redshift.7", "prowler:redshift_cluster_enhanced_vpc_routing"),
    remediation=Remediation(
        console=_CONSOLE + "Properties → Network and security → Edit → Enhanced VPC routing, once the VPC has an "
        "endpoint for S3.",
        cli=MODIFY + "--enhanced-vpc-routing",
        terraform='resource "aws_redshift_cluster" "this" {\n  enhanced_vpc_routing = true\n}',
    ),
    examples=_flag_examples("EnhancedVpcRouting"),
)
def redshift_cluster_enhanced_routing(cluster: Resource) -> Outcome:
    """Otherwise COPY and UNLOAD go where no endpoint policy, flow log or firewall sees them: a way out for data."""
    return _judge_flag(
        cluster, "EnhancedVpcRouting", "COPY and UNLOAD go through the VPC.", "COPY and UNLOAD go past the VPC."
    )


@check(
    resource_type=CLUSTER,
    title="Redshift cluster's administrator has a name of its own",
    problem="Redshift cluster's administrator has the default name",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "aws_fsbp:Redshift.8"),
    aliases=("securityhub:Redshift.8", "prowler:redshift_cluster_non_default_username"),
    remediation=Remediation(
        console="The name is for good: restore a snapshot of {name} into a new cluster with another administrator.",
        terraform='resource "aws_redshift_cluster" "this" {\n  master_username = "warehouse_owner"\n}',
    ),
    examples=(
        passes({"MasterUsername": "warehouse_owner"}),
        fails({"MasterUsername": "awsuser"}),
        is_unknown({"MasterUsername": denied(DESCRIBE)}),
    ),
)
def redshift_cluster_own_admin_name(cluster: Resource) -> Outcome:
    """Who guesses passwords tries “awsuser” first; another name makes two secrets of one."""
    name = cluster.config["MasterUsername"]
    if name == _DEFAULT_ADMIN:
        return failed(f"The administrator has the default name “{name}”.", "MasterUsername")
    return passed("The administrator has a name of its own.", "MasterUsername")


@check(
    resource_type=CLUSTER,
    title="Redshift cluster is encrypted at rest",
    problem="Redshift cluster is not encrypted at rest",
    severity=Severity.HIGH,
    controls=("practices:encryption", "aws_fsbp:Redshift.10"),
    aliases=("securityhub:Redshift.10", "prowler:redshift_cluster_encrypted_at_rest"),
    remediation=Remediation(
        console=_CONSOLE + "Properties → Database configurations → Edit → Edit encryption → a KMS key.",
        cli=MODIFY + "--encrypted --kms-key-id <key>",
        terraform='resource "aws_redshift_cluster" "this" {\n  encrypted  = true\n'
        "  kms_key_id = aws_kms_key.this.arn\n}",
    ),
    examples=_flag_examples("Encrypted"),
)
def redshift_cluster_encrypted(cluster: Resource) -> Outcome:
    """Blocks, backups and snapshots are on disks. It can be turned on in place, while the cluster only reads."""
    return _judge_flag(
        cluster, "Encrypted", "Blocks and snapshots are encrypted.", "Blocks and snapshots are in the clear."
    )


@check(
    resource_type=CLUSTER,
    title="Redshift cluster logs every query",
    problem="Redshift cluster does not log queries",
    severity=Severity.LOW,
    controls=("practices:activity",),
    remediation=Remediation(
        console="Redshift → Configurations → Workload management: a parameter group of your own with "
        "enable_user_activity_logging = true, then {name} → Properties → Edit parameter group, and reboot.",
        cli="aws redshift modify-cluster-parameter-group --region {region} --parameter-group-name <group> "
        "--parameters ParameterName=enable_user_activity_logging,ParameterValue=true",
        terraform='resource "aws_redshift_parameter_group" "this" {\n  parameter {\n'
        '    name  = "enable_user_activity_logging"\n    value = "true"\n  }\n}',
    ),
    examples=(
        passes({"Parameters": {"enable_user_activity_logging": "true"}}),
        fails({"Parameters": {"enable_user_activity_logging": "false"}}),
        is_unknown({"Parameters": denied(DESCRIBE_PARAMETERS)}),
        is_unknown({"Parameters": {}}, "the answer leaves it out"),
    ),
)
def redshift_cluster_logs_queries(cluster: Resource) -> Outcome:
    """Audit logging alone keeps who came, and not what they read; this parameter adds the queries."""
    return _judge_parameter(
        cluster, "enable_user_activity_logging", "Queries are logged.", "Queries are left out of the logs."
    )


@check(
    resource_type=CLUSTER,
    title="Redshift cluster runs on current nodes",
    problem="Redshift cluster runs on nodes of an old generation",
    severity=Severity.LOW,
    controls=("practices:legacy",),
    remediation=Remediation(
        console=_CONSOLE + "Actions → Resize → Elastic resize, to a node type of RA3 or later.",
        cli="aws redshift resize-cluster --region {region} --cluster-identifier {name} --node-type ra3.large "
        "--number-of-nodes <count>",
        terraform='resource "aws_redshift_cluster" "this" {\n  node_type = "ra3.large"\n}',
    ),
    examples=(
        passes({"NodeType": "ra3.xlplus"}),
        fails({"NodeType": "dc2.large"}),
        fails({"NodeType": "ds2.xlarge"}),
        is_unknown({"NodeType": denied(DESCRIBE)}),
    ),
)
def redshift_cluster_current_nodes(cluster: Resource) -> Outcome:
    """Old nodes are taken out of service in the end, and lack copies in a second zone and shared data till then."""
    node = cluster.config["NodeType"]
    judge = failed if node.lower().startswith(_OLD_NODES) else passed
    return judge(f"Its nodes are of type {node}.", "NodeType")


@check(
    resource_type=CLUSTER,
    title="Redshift cluster with sensitive data is private and encrypted",
    problem="Redshift cluster with sensitive data is public or not encrypted",
    severity=Severity.CRITICAL,
    controls=("practices:data",),
    remediation=Remediation(
        console=_CONSOLE + "Actions → Modify publicly accessible setting → off, at once; then Properties → Edit "
        "encryption.",
        cli=MODIFY + "--no-publicly-accessible",
    ),
    examples=(
        passes({"PubliclyAccessible": False, "Encrypted": True}, tags=SENSITIVE),
        fails({"PubliclyAccessible": True, "Encrypted": True}, "public", tags=SENSITIVE),
        fails({"PubliclyAccessible": False, "Encrypted": False}, "unencrypted", tags=SENSITIVE),
        is_unknown({"PubliclyAccessible": denied(DESCRIBE), "Encrypted": True}, tags=SENSITIVE),
        does_not_apply({"PubliclyAccessible": True, "Encrypted": True}, "not classified as sensitive"),
    ),
)
def redshift_cluster_sensitive_protected(cluster: Resource) -> Outcome:
    """The organization itself has tagged this data as sensitive, and it can be reached or read all the same."""
    level = sensitive(cluster)
    if level is None:
        return not_applicable("No tag calls the cluster's data sensitive.")
    wrong = {
        "is publicly accessible": ("PubliclyAccessible", cluster.config["PubliclyAccessible"]),
        "is not encrypted": ("Encrypted", not cluster.config["Encrypted"]),
    }
    found = {words: path for words, (path, bad) in wrong.items() if bad}
    tag = classification_path(cluster)
    if found:
        return failed(f"Data classified as {level.name} {' and '.join(found)}.", tag, *found.values())
    return passed(f"Data classified as {level.name} is private and encrypted.", tag)


@classified(
    CLUSTER,
    "Redshift cluster",
    cli="aws redshift create-tags --region {region} --resource-name {arn} --tags "
    "Key=data-classification,Value=internal",
)
def redshift_cluster_classified(cluster: Resource) -> Outcome:
    """A warehouse joins what was harmless apart; the tag says what the sum of it is worth."""
    return classification_known(cluster)
