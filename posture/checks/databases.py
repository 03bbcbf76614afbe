"""What database instances and clusters are judged by alike. Declares no check.

The dates are AWS's ends of *standard* support, read in November 2026 from the release calendars of RDS, Aurora
and Neptune, and Microsoft's and Oracle's own. After them a version costs extra or is upgraded by force.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from posture.core.check import Example, denied, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, failed, not_applicable, passed
from posture.core.parameters import days
from posture.core.resource import Resource

CERTIFICATE_DAYS = days(
    "database_certificate_days",
    "Renewal of databases' certificates",
    "A database instance whose certificate ends within so many days has to get a newer one.",
    default=90,
    maximum=3650,
)
BACKUP_DAYS = days(
    "database_backup_days",
    "Backups of databases",
    "Automated backups of database instances and clusters have to be kept for so many days.",
    default=7,
    maximum=35,
    source="RDS.11",
)

_SUPPORT_ENDS: dict[str, dict[str, date]] = {
    "mysql": {
        "5.6": date(2022, 3, 1),
        "5.7": date(2024, 2, 29),
        "8.0": date(2026, 7, 31),
        "8.4": date(2029, 7, 31),
    },
    "mariadb": {
        "10.2": date(2022, 10, 15),
        "10.3": date(2023, 10, 23),
        "10.4": date(2024, 7, 31),
        "10.5": date(2025, 6, 30),
        "10.6": date(2026, 8, 31),
        "10.11": date(2028, 2, 28),
        "11.4": date(2029, 5, 31),
        "11.8": date(2028, 6, 30),
    },
    "postgres": {
        "9": date(2022, 4, 30),
        "10": date(2023, 4, 17),
        "11": date(2024, 2, 29),
        "12": date(2025, 2, 28),
        "13": date(2026, 2, 28),
        "14": date(2027, 2, 28),
        "15": date(2028, 2, 29),
        "16": date(2029, 2, 28),
        "17": date(2030, 2, 28),
        "18": date(2031, 2, 28),
    },
    "aurora-mysql": {"5.6": date(2023, 2, 28), "5.7": date(2024, 10, 31), "8.0": date(2028, 4, 30)},
    "oracle": {
        "11": date(2020, 12, 31),
        "12": date(2022, 7, 31),
        "18": date(2021, 6, 30),
    },
    "sqlserver": {
        "11": date(2022, 7, 12),
        "12": date(2024, 7, 9),
        "13": date(2026, 7, 14),
        "14": date(2027, 10, 12),
        "15": date(2030, 1, 8),
        "16": date(2033, 1, 11),
    },
    # Neptune's user guide, "Engine releases": the first that fits counts.
    "neptune": {
        "1.0": date(2023, 1, 30),
        "1.1": date(2024, 10, 31),
        "1.2": date(2026, 3, 6),
        "1.3": date(2027, 3, 6),
        "1.4.6.2": date(2027, 6, 3),
        "1.4.6.3": date(2027, 6, 3),
        "1.4.7": date(2027, 6, 3),
        "1.4": date(2027, 3, 6),
    },
}
_SUPPORT_ENDS["aurora-postgresql"] = _SUPPORT_ENDS["postgres"]

_PORTS = {"mysql": 3306, "mariadb": 3306, "aurora-mysql": 3306, "postgres": 5432, "aurora-postgresql": 5432}
_PORTS |= {"oracle": 1521, "sqlserver": 1433, "db2": 50000}

_LOGS = {
    "mysql": ("audit", "error", "general", "slowquery"),
    "mariadb": ("audit", "error", "general", "slowquery"),
    "aurora-mysql": ("audit", "error", "general", "slowquery"),
    "postgres": ("postgresql", "upgrade"),
    "aurora-postgresql": ("postgresql",),
    "oracle": ("alert", "audit", "listener", "trace"),
    "sqlserver": ("agent", "error"),
    "sqlserver-ex": ("error",),
    "db2": ("diag.log", "notify.log"),
}
"""By engine, or by edition where one has fewer: SQL Server Express runs no agent. RDS.9 wants all that there are."""
_CLUSTER_LOGS = {"mysql": ("error", "general", "slowquery")}
"""Of Multi-AZ clusters, where they differ from instances: without option groups MySQL writes no audit log."""
_IAM_LOGIN = {"mysql", "mariadb", "postgres", "aurora-mysql", "aurora-postgresql"}
_DEFAULT_ADMINS = {"admin", "administrator", "postgres", "root", "sa", "sys", "system"}


def family(database: Resource) -> str:
    """Return the engine without its edition: `oracle` for `oracle-ee`, `oracle-se2`."""
    engine = str(database.config["Engine"]).removeprefix("custom-")
    if engine == "aurora":
        return "aurora-mysql"
    return engine.split("-")[0] if engine.startswith(("db2", "oracle", "sqlserver")) else engine


def flag_examples(key: str, action: str, **rest: Any) -> tuple[Example, ...]:
    """Return the examples of a check of one flag; `rest` is in each configuration."""
    return (passes({key: True, **rest}), fails({key: False, **rest}), is_unknown({key: denied(action), **rest}))


def judge_flag(database: Resource, key: str, good: str, bad: str) -> Outcome:
    """Judge one flag that is good when it is on."""
    return passed(good, key) if database.config.get(key) else failed(bad, key)


def judge_backups(database: Resource) -> Outcome:
    """Judge for how many days automated backups are kept."""
    kept_days, limit = database.config["BackupRetentionPeriod"], BACKUP_DAYS.value
    if kept_days == 0:
        return failed("Automated backups are off.", "BackupRetentionPeriod")
    kept = f"Automated backups are kept for {kept_days} day{'' if kept_days == 1 else 's'}"
    if kept_days < limit:
        return failed(f"{kept}, less than {limit}.", "BackupRetentionPeriod")
    return passed(f"{kept}.", "BackupRetentionPeriod")


def judge_logs(database: Resource, *, is_cluster: bool = False) -> Outcome:
    """Judge whether the engine's logs go to CloudWatch Logs."""
    engine, group = str(database.config["Engine"]), family(database)
    wanted = (_CLUSTER_LOGS.get(group) if is_cluster else None) or _LOGS.get(engine) or _LOGS.get(group)
    if wanted is None or engine.startswith("custom-"):
        return not_applicable(f"RDS exports no logs of {engine}.", "Engine")
    exported = database.config.items_of("EnabledCloudwatchLogsExports")
    missing = [log for log in wanted if log not in exported]
    if missing:
        return failed(f"Not exported to CloudWatch Logs: {', '.join(missing)}.", "EnabledCloudwatchLogsExports")
    return passed(f"Exported to CloudWatch Logs: {', '.join(wanted)}.", "EnabledCloudwatchLogsExports")


def judge_iam_login(database: Resource) -> Outcome:
    """Judge whether people and programs can log in by IAM instead of by password."""
    if family(database) not in _IAM_LOGIN:
        return not_applicable(f"{database.config['Engine']} has no IAM authentication.", "Engine")
    return judge_flag(
        database,
        "IAMDatabaseAuthenticationEnabled",
        "IAM authentication is on.",
        "IAM authentication is off: every login is by password.",
    )


def judge_admin_name(database: Resource) -> Outcome:
    """Judge whether the administrator's name is one that is tried first."""
    name = database.config.get("MasterUsername")
    if not name:
        return not_applicable("The engine has no administrator with a name of its own.", "Engine")
    if name.lower() in _DEFAULT_ADMINS:
        return failed(f"The administrator has the common name “{name}”.", "MasterUsername")
    return passed("The administrator has a name of its own.", "MasterUsername")


def judge_port(database: Resource, port: int | None, path: str) -> Outcome:
    """Judge whether the database listens on its engine's default port."""
    default = _PORTS.get(family(database))
    if default is None or port is None:
        return not_applicable("No default port is known, or the database has no endpoint yet.", "Engine")
    if port == default:
        return failed(f"The database listens on {port}, the default port of {database.config['Engine']}.", path)
    return passed(f"The database listens on {port}, not on the default {default}.", path)


def judge_support(database: Resource, clock: Clock) -> Outcome:
    """Judge whether the engine's version still has standard support."""
    version = str(database.config["EngineVersion"])
    engine = f"{database.config['Engine']} {version}"
    ends = next(_ends(family(database), version), None)
    if ends is None:
        return not_applicable(f"No end of standard support is known for {engine}.", "EngineVersion")
    if clock.has_come(datetime(ends.year, ends.month, ends.day, tzinfo=UTC)):
        return failed(f"Standard support of {engine} ended on {ends}.", "EngineVersion", "Engine")
    return passed(f"{engine} has standard support until {ends}.", "EngineVersion", "Engine")


def _ends(engine: str, version: str) -> Iterator[date]:
    for major, ends in _SUPPORT_ENDS.get(engine, {}).items():
        if version == major or version.startswith(f"{major}."):
            yield ends


def judge_certificate(instance: Resource, clock: Clock) -> Outcome:
    """Judge whether an instance's certificate stays valid for a while."""
    until = instance.config.at("CertificateDetails", "ValidTill")
    if until is None:
        return not_applicable("The engine shows no certificate.")
    end = datetime.fromisoformat(until)
    path, limit = "CertificateDetails.ValidTill", CERTIFICATE_DAYS.value
    if clock.is_past(end):
        return failed(f"The certificate ended on {end:%Y-%m-%d}.", path)
    if clock.is_past(end, -timedelta(days=limit)):
        within = f"in less than {limit} day{'' if limit == 1 else 's'}"
        return failed(f"The certificate ends on {end:%Y-%m-%d}, {within}.", path)
    return passed(f"The certificate ends on {end:%Y-%m-%d}.", path)


def judge_log_exported(cluster: Resource, log: str) -> Outcome:
    """Judge whether one of a cluster's logs goes to CloudWatch Logs."""
    if log in cluster.config.items_of("EnabledCloudwatchLogsExports"):
        return passed(f"The {log} log goes to CloudWatch Logs.", "EnabledCloudwatchLogsExports")
    return failed(f"The {log} log does not go to CloudWatch Logs.", "EnabledCloudwatchLogsExports")
