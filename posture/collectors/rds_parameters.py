"""Parameters of database engines that are about security. Declares no collector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from posture.core.collector import Ask
from posture.core.values import Unknown

DESCRIBE_CLUSTER_PARAMETERS = "rds:DescribeDBClusterParameters"

_GONE = ("DBParameterGroupNotFound", "DBClusterParameterGroupNotFound")
_FORCE_SSL = ("rds.force_ssl",)
_MYSQL = ("require_secure_transport",)
_AUDIT = ("server_audit_logging", "server_audit_events")
_KEPT: dict[str, tuple[str, ...]] = {
    "aurora-mysql": (*_MYSQL, *_AUDIT),
    "aurora-postgresql": _FORCE_SSL,
    "docdb": ("audit_logs", "tls"),
    "mariadb": _MYSQL,
    "mysql": _MYSQL,
    "neptune": ("neptune_enable_audit_log", "neptune_enforce_ssl"),
    "postgres": _FORCE_SSL,
    "sqlserver": _FORCE_SSL,
}
"""What is kept of the parameters of a group, by the beginning of its family: the rest is for speed."""


def kept_parameters(family: str) -> tuple[str, ...]:
    """Return which parameters are kept of a family of groups, such as `postgres16`."""
    return next((names for start, names in _KEPT.items() if family.startswith(start)), ())


def parameters_of(
    ask: Ask, names: Sequence[str], operation: str, **group: str
) -> dict[str, str | None] | Unknown | None:
    """Return the values of some parameters; None where there is no such group."""
    if not names:
        return {}
    only = [{"Name": "parameter-name", "Values": list(names)}]
    found = ask.listing("rds", operation, "Parameters", Filters=only, MaxRecords=100, absent=_GONE, **group)
    if isinstance(found, Unknown) or found is None:
        return found
    return {each["ParameterName"]: each.get("ParameterValue") for each in found if each["ParameterName"] in names}


def tags_of_groups(ask: Ask, arns: Sequence[str]) -> list[Any]:
    """Return the tags of parameter groups, in order; `Unknown` where refused."""
    get = partial(ask.field, "rds", "list_tags_for_resource", "TagList", absent=_GONE)
    return ask.each(lambda arn: get(ResourceName=arn), arns)


def cluster_parameters(ask: Ask, service: str, cluster: Mapping[str, Any]) -> dict[str, str | None] | Unknown | None:
    """Return the kept parameters of a cluster's group."""
    group = cluster["DBClusterParameterGroup"]
    names = kept_parameters(service)
    return parameters_of(ask, names, "describe_db_cluster_parameters", DBClusterParameterGroupName=group)
