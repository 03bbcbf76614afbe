"""Judges whether database instances refuse connections without TLS."""

from __future__ import annotations

from posture.checks.databases import family
from posture.checks.rds_db_instance import INSTANCE, at_cluster
from posture.core.check import Remediation, check, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.related import Related
from posture.core.resource import Resource

GROUP = "AWS::RDS::DBParameterGroup"
REQUIRED = frozenset({"1", "on", "true"})
"""Values that require TLS, in lower case: some engines say 1, others ON."""
PARAMETERS = {
    "aurora-mysql": "require_secure_transport",
    "aurora-postgresql": "rds.force_ssl",
    "mariadb": "require_secure_transport",
    "mysql": "require_secure_transport",
    "postgres": "rds.force_ssl",
    "sqlserver": "rds.force_ssl",
}
"""The parameter that requires TLS, by engine; Oracle and Db2 use options and ports instead."""
_SINCE_MARIADB = (10, 5)
"""Earlier versions of MariaDB cannot require TLS for all connections (RDS user guide)."""


def _instance(engine: str, version: str = "16.4", group: str = "crm") -> dict[str, object]:
    return {"Engine": engine, "EngineVersion": version, "DBParameterGroups": [{"DBParameterGroupName": group}]}


def _group(name: str, **parameters: str | None) -> Resource:
    named = {key.replace("__", "."): value for key, value in parameters.items()}
    return neighbour(GROUP, {"DBParameterGroupName": name, "Parameters": named}, name=name)


@check(
    resource_type=INSTANCE,
    needs=(GROUP,),
    title="Database instance requires TLS",
    problem="Database instance accepts connections without TLS",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:RDS.38", "aws_fsbp:RDS.39", "aws_fsbp:RDS.41", "aws_fsbp:RDS.44"),
    aliases=(
        "prowler:rds_instance_transport_encrypted",
        "securityhub:RDS.38",
        "securityhub:RDS.39",
        "securityhub:RDS.41",
        "securityhub:RDS.44",
    ),
    remediation=Remediation(
        console="RDS → Parameter groups → the instance's group (a copy, if it is a default one) → rds.force_ssl or "
        "require_secure_transport: 1. SQL Server needs a reboot. Look first which clients connect without TLS.",
        cli="aws rds modify-db-parameter-group --region {region} --db-parameter-group-name GROUP "
        '--parameters "ParameterName=rds.force_ssl,ParameterValue=1,ApplyMethod=pending-reboot"',
        terraform='resource "aws_db_parameter_group" "this" {\n  family = "postgres16"\n\n  parameter {\n'
        '    name  = "rds.force_ssl"\n    value = "1"\n  }\n}',
    ),
    examples=(
        passes(_instance("postgres"), related=(_group("crm", rds__force_ssl="1"),)),
        passes(_instance("mariadb", "11.4.3"), related=(_group("crm", require_secure_transport="ON"),)),
        fails(_instance("postgres"), related=(_group("crm", rds__force_ssl="0"), _group("x", rds__force_ssl="1"))),
        fails(_instance("sqlserver-se", "15.00"), related=(_group("crm", rds__force_ssl="0"),)),
        fails(
            _instance("mysql", "8.0.39"),
            "the parameter is not set, which is off",
            related=(_group("crm", require_secure_transport=None),),
        ),
        is_unknown(_instance("postgres"), gaps=(GROUP,)),
        is_unknown(_instance("postgres"), "its group was not listed"),
        does_not_apply(_instance("oracle-ee", "19.0.0.0.ru-2024-04"), "Oracle requires TLS by an option"),
        does_not_apply(_instance("mariadb", "10.4.34"), "a version that cannot require it"),
        does_not_apply({**_instance("aurora-mysql"), "DBClusterIdentifier": "orders"}, "a cluster's member"),
    ),
)
def rds_instance_tls_required(instance: Resource, related: Related) -> Outcome:
    """Without TLS, passwords and rows cross the network as they are, for whoever listens in the VPC or on a link to it.

    Drivers fall back to plain connections without a word, so only a database that refuses them makes sure.
    """
    member = at_cluster(instance)
    if member:
        return member
    parameter = PARAMETERS.get(family(instance))
    if parameter is None or _cannot(instance):
        return not_applicable("No parameter of this engine requires TLS.", "Engine")
    for index, used in enumerate(instance.config["DBParameterGroups"]):
        name = used["DBParameterGroupName"]
        for group in related.here_by(GROUP, group_names, name):
            return judge_parameter(group, parameter, f"DBParameterGroups[{index}].DBParameterGroupName")
    return unknown("Its parameter group was not listed.", "DBParameterGroups")


def group_names(group: Resource) -> tuple[str, ...]:
    """Return what instances call a parameter group."""
    return (group.config["DBParameterGroupName"],)


def judge_parameter(group: Resource, parameter: str, path: str) -> Outcome:
    """Judge whether a group's parameter requires TLS; `path` names the group in the database's configuration."""
    value = group.config["Parameters"][parameter]
    if str(value).lower() in REQUIRED:
        return passed(f"The parameter group {group.name} requires TLS.", path)
    return failed(f"The parameter group {group.name} has {parameter} {value or 'unset'}: TLS is not required.", path)


def _cannot(instance: Resource) -> bool:
    if family(instance) != "mariadb":
        return False
    numbers = instance.config["EngineVersion"].split(".")[:2]
    return tuple(int(number) for number in numbers if number.isdigit()) < _SINCE_MARIADB
