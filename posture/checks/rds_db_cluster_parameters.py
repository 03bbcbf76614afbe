"""Judges database clusters by their parameter groups: TLS, and the audit log."""

from __future__ import annotations

from posture.checks.databases import family
from posture.checks.rds_db_cluster import CLUSTER
from posture.checks.rds_db_instance_tls import PARAMETERS, judge_parameter
from posture.core.check import Remediation, check, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.related import Related
from posture.core.resource import Resource

GROUP = "AWS::RDS::DBClusterParameterGroup"
_UNLISTED = "Its parameter group was not listed."
_PATH = "DBClusterParameterGroup"


def _cluster(engine: str, group: str = "orders") -> dict[str, object]:
    return {"Engine": engine, "DBClusterParameterGroup": group}


def _group(name: str = "orders", **parameters: str | None) -> Resource:
    named = {key.replace("__", "."): value for key, value in parameters.items()}
    return neighbour(GROUP, {"DBClusterParameterGroupName": name, "Parameters": named}, name=name)


@check(
    resource_type=CLUSTER,
    needs=(GROUP,),
    title="Database cluster requires TLS",
    problem="Database cluster accepts connections without TLS",
    severity=Severity.MEDIUM,
    controls=("practices:encryption",),
    aliases=("prowler:rds_instance_transport_encrypted",),
    remediation=Remediation(
        console="RDS → Parameter groups → the cluster's group (a copy, if it is a default one) → rds.force_ssl: 1, or "
        "require_secure_transport: ON. Look first which clients connect without TLS.",
        cli="aws rds modify-db-cluster-parameter-group --region {region} --db-cluster-parameter-group-name GROUP "
        '--parameters "ParameterName=rds.force_ssl,ParameterValue=1,ApplyMethod=immediate"',
        terraform='resource "aws_rds_cluster_parameter_group" "this" {\n  family = "aurora-postgresql16"\n\n'
        '  parameter {\n    name  = "rds.force_ssl"\n    value = "1"\n  }\n}',
    ),
    examples=(
        passes(_cluster("aurora-postgresql"), related=(_group(rds__force_ssl="1"),)),
        passes(_cluster("aurora-mysql"), related=(_group(require_secure_transport="ON"),)),
        fails(_cluster("aurora-postgresql"), related=(_group(rds__force_ssl="0"), _group("x", rds__force_ssl="1"))),
        fails(_cluster("aurora-mysql"), related=(_group(require_secure_transport="OFF"),)),
        is_unknown(_cluster("aurora-postgresql"), gaps=(GROUP,)),
        is_unknown(_cluster("aurora-postgresql"), "its group was not listed"),
        does_not_apply(_cluster("custom-engine"), "an engine without such a parameter"),
    ),
)
def rds_cluster_tls_required(cluster: Resource, related: Related) -> Outcome:
    """Without TLS, passwords and rows cross the network as they are, for whoever listens in the VPC or on a link to it.

    Drivers fall back to plain connections without a word, so only a database that refuses them makes sure.
    """
    parameter = PARAMETERS.get(family(cluster))
    if parameter is None:
        return not_applicable("No parameter of this engine requires TLS.", "Engine")
    for group in related.here_by(GROUP, group_names, cluster.config[_PATH]):
        return judge_parameter(group, parameter, _PATH)
    return unknown(_UNLISTED, _PATH)


@check(
    resource_type=CLUSTER,
    needs=(GROUP,),
    title="Aurora MySQL cluster writes an audit log",
    problem="Aurora MySQL cluster writes no audit log",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:RDS.45"),
    aliases=("securityhub:RDS.45",),
    remediation=Remediation(
        console="RDS → Parameter groups → the cluster's group (a copy, if it is a default one) → server_audit_logging: "
        "1, server_audit_events: CONNECT,QUERY_DCL,QUERY_DDL; then export the audit log in the cluster's settings.",
        cli="aws rds modify-db-cluster-parameter-group --region {region} --db-cluster-parameter-group-name GROUP "
        '--parameters "ParameterName=server_audit_logging,ParameterValue=1,ApplyMethod=immediate"',
    ),
    examples=(
        passes(_cluster("aurora-mysql"), related=(_group(server_audit_logging="1", server_audit_events="CONNECT"),)),
        fails(_cluster("aurora-mysql"), related=(_group(server_audit_logging="0", server_audit_events="CONNECT"),)),
        fails(
            _cluster("aurora-mysql"),
            "on, but no event is written",
            related=(_group(server_audit_logging="1", server_audit_events=None),),
        ),
        is_unknown(_cluster("aurora-mysql"), gaps=(GROUP,)),
        is_unknown(_cluster("aurora-mysql"), "its group was not listed"),
        does_not_apply(_cluster("aurora-postgresql"), "another engine"),
    ),
)
def rds_cluster_audit_log_written(cluster: Resource, related: Related) -> Outcome:
    """The audit log says who connected and what they changed; nothing else of the database does so afterwards."""
    if family(cluster) != "aurora-mysql":
        return not_applicable("Only Aurora MySQL has these parameters.", "Engine")
    for group in related.here_by(GROUP, group_names, cluster.config[_PATH]):
        parameters = group.config["Parameters"]
        if str(parameters["server_audit_logging"]).lower() not in {"1", "on"}:
            return failed(f"The parameter group {group.name} has server_audit_logging off.", _PATH)
        events = parameters["server_audit_events"]
        if not events:
            return failed(f"The parameter group {group.name} names no server_audit_events.", _PATH)
        return passed(f"The audit log holds {events}.", _PATH)
    return unknown(_UNLISTED, _PATH)


def group_names(group: Resource) -> tuple[str, ...]:
    """Return what clusters call a parameter group."""
    return (group.config["DBClusterParameterGroupName"],)
