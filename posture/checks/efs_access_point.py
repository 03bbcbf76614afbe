"""Judges EFS access points: whether they confine who comes through."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

ACCESS_POINT = "AWS::EFS::AccessPoint"
DESCRIBE = "elasticfilesystem:DescribeAccessPoints"


@check(
    resource_type=ACCESS_POINT,
    title="EFS access point has a root directory of its own",
    problem="EFS access point shows the whole file system",
    severity=Severity.MEDIUM,
    controls=("practices:data", "practices:iam", "aws_fsbp:EFS.3"),
    aliases=("prowler:efs_access_point_enforce_root_directory", "securityhub:EFS.3"),
    remediation=Remediation(
        console="It cannot be changed: EFS → Access points → Create with a root directory path, move clients, delete "
        "this.",
        cli="aws efs create-access-point --region {region} --file-system-id FILESYSTEM --root-directory Path=/app",
        terraform='resource "aws_efs_access_point" "this" {\n  root_directory {\n    path = "/app"\n  }\n}',
    ),
    examples=(
        passes({"RootDirectory": {"Path": "/app"}}),
        fails({"RootDirectory": {"Path": "/"}}),
        is_unknown({"RootDirectory": denied(DESCRIBE)}),
    ),
)
def efs_access_point_root_confined(access_point: Resource) -> Outcome:
    """An access point on “/” shows the application every file of every other application."""
    path = access_point.config.at("RootDirectory", "Path", default="/")
    if path == "/":
        return failed("The access point shows the whole file system.", "RootDirectory")
    return passed(f"The access point shows {path} alone.", "RootDirectory.Path")


@check(
    resource_type=ACCESS_POINT,
    title="EFS access point sets the user",
    problem="EFS access point does not set a user other than root",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "aws_fsbp:EFS.4"),
    aliases=("prowler:efs_access_point_enforce_user_identity", "securityhub:EFS.4"),
    remediation=Remediation(
        console="It cannot be changed: EFS → Access points → Create with a POSIX user, move clients, delete this.",
        cli="aws efs create-access-point --region {region} --file-system-id FILESYSTEM --posix-user Uid=1001,Gid=1001",
        terraform='resource "aws_efs_access_point" "this" {\n  posix_user {\n    uid = 1001\n    gid = 1001\n  }\n}',
    ),
    examples=(
        passes({"PosixUser": {"Uid": 1001, "Gid": 1001}}),
        fails({"PosixUser": {"Uid": 0, "Gid": 0}}, "root"),
        fails({}, "whoever the client says it is"),
        is_unknown({"PosixUser": denied(DESCRIBE)}),
    ),
)
def efs_access_point_user_set(access_point: Resource) -> Outcome:
    """NFS believes the user id that a client gives. Only the access point can put a fixed one in its place."""
    uid = access_point.config.at("PosixUser", "Uid")
    if uid is None:
        return failed("The access point takes any user id that a client gives.", "PosixUser")
    if uid == 0:
        return failed("The access point makes every client root.", "PosixUser.Uid")
    return passed(f"Every client acts as user {uid}.", "PosixUser.Uid")
