"""Judges endpoints of the Database Migration Service."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

ENDPOINT = "AWS::DMS::Endpoint"
NO_SSL_MODE = frozenset(
    [
        "dynamodb",
        "elasticsearch",
        "iceberg",
        "kafka",
        "kinesis",
        "neptune",
        "opensearch",
        "redis",
        "redshift-serverless",
        "s3",
        "timestream",
    ]
)
"""Engines without the setting: AWS's own services, which DMS asks by HTTPS, and those with one of their own."""
_DENIED = denied("dms:DescribeEndpoints")
_MODIFY = "aws dms modify-endpoint --region {region} --endpoint-arn {arn} "


def _of(engine: str, **settings: Any) -> dict[str, Any]:
    return {"EngineName": engine, **settings}


@check(
    resource_type=ENDPOINT,
    title="DMS endpoint is reached by TLS",
    problem="DMS endpoint is reached in plain text",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:DMS.9"),
    aliases=("securityhub:DMS.9", "prowler:dms_endpoint_ssl_enabled"),
    remediation=Remediation(
        console="DMS → Endpoints → {name} → Modify → Secure Socket Layer (SSL) mode: verify-full, with the "
        "server's CA.",
        cli=_MODIFY + "--ssl-mode verify-full --certificate-arn <certificate>",
        terraform='resource "aws_dms_endpoint" "this" {\n  ssl_mode = "verify-full"\n}',
    ),
    examples=(
        passes(_of("postgres", SslMode="require")),
        fails(_of("postgres", SslMode="none")),
        does_not_apply(_of("s3", SslMode="none"), "AWS's own service"),
        is_unknown(_of("postgres", SslMode=_DENIED)),
    ),
)
def dms_endpoint_encrypted(endpoint: Resource) -> Outcome:
    """Whole databases pass between the endpoint and the replication instance, often over the internet or a VPN."""
    engine = endpoint.config["EngineName"]
    if engine in NO_SSL_MODE:
        return not_applicable(f"Endpoints of {engine} have no such setting.", "EngineName")
    mode = endpoint.config["SslMode"]
    if mode == "none":
        return failed("It is reached without TLS.", "SslMode")
    return passed(f"It is reached by TLS, in the mode {mode}.", "SslMode")


@check(
    resource_type=ENDPOINT,
    title="DMS endpoint of Neptune authenticates by IAM",
    problem="DMS endpoint of Neptune does not authenticate by IAM",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "aws_fsbp:DMS.10"),
    aliases=("securityhub:DMS.10", "prowler:dms_endpoint_neptune_iam_authorization_enabled"),
    remediation=Remediation(
        console="DMS → Endpoints → {name} → Modify → Endpoint settings: IamAuthEnabled true; turn it on in "
        "Neptune too.",
        cli=_MODIFY + "--neptune-settings IamAuthEnabled=true,ServiceAccessRoleArn=<role>,S3BucketName=<bucket>,"
        "S3BucketFolder=<folder>",
    ),
    examples=(
        passes(_of("neptune", NeptuneSettings={"IamAuthEnabled": True})),
        fails(_of("neptune", NeptuneSettings={"IamAuthEnabled": None})),
        does_not_apply(_of("postgres"), "another engine"),
        is_unknown(_of("neptune", NeptuneSettings=_DENIED)),
    ),
)
def dms_endpoint_neptune_by_iam(endpoint: Resource) -> Outcome:
    """Without IAM, the graph takes whatever reaches it over the network."""
    if endpoint.config["EngineName"] != "neptune":
        return not_applicable("It is no endpoint of Neptune.", "EngineName")
    if endpoint.config.at("NeptuneSettings", "IamAuthEnabled"):
        return passed("It authenticates by IAM.", "NeptuneSettings.IamAuthEnabled")
    return failed("It does not authenticate.", "NeptuneSettings.IamAuthEnabled")


@check(
    resource_type=ENDPOINT,
    title="DMS endpoint of MongoDB authenticates",
    problem="DMS endpoint of MongoDB does not authenticate",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "aws_fsbp:DMS.11"),
    aliases=("securityhub:DMS.11", "prowler:dms_endpoint_mongodb_authentication_enabled"),
    remediation=Remediation(
        console="DMS → Endpoints → {name} → Modify → Authentication mode: password, from Secrets Manager.",
        cli=_MODIFY + "--mongo-db-settings AuthType=password,SecretsManagerAccessRoleArn=<role>,"
        "SecretsManagerSecretId=<secret>",
    ),
    examples=(
        passes(_of("mongodb", MongoDbSettings={"AuthType": "password"})),
        fails(_of("mongodb", MongoDbSettings={"AuthType": "no"})),
        does_not_apply(_of("postgres"), "another engine"),
        is_unknown(_of("mongodb", MongoDbSettings=_DENIED)),
    ),
)
def dms_endpoint_mongodb_authenticated(endpoint: Resource) -> Outcome:
    """A database that DMS reads without a password is read so by everybody who reaches it."""
    if endpoint.config["EngineName"] != "mongodb":
        return not_applicable("It is no endpoint of MongoDB.", "EngineName")
    if endpoint.config["MongoDbSettings"]["AuthType"] == "password":
        return passed("It authenticates by a password.", "MongoDbSettings.AuthType")
    return failed("It does not authenticate.", "MongoDbSettings.AuthType")


@check(
    resource_type=ENDPOINT,
    title="DMS endpoint of Redis is reached by TLS",
    problem="DMS endpoint of Redis is reached in plain text",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:DMS.12"),
    aliases=("securityhub:DMS.12", "prowler:dms_endpoint_redis_in_transit_encryption_enabled"),
    remediation=Remediation(
        console="DMS → Endpoints → {name} → Modify → Endpoint settings: SslSecurityProtocol ssl-encryption.",
        cli=_MODIFY + "--redis-settings ServerName=<server>,Port=6379,SslSecurityProtocol=ssl-encryption",
    ),
    examples=(
        passes(_of("redis", RedisSettings={"SslSecurityProtocol": "ssl-encryption"})),
        fails(_of("redis", RedisSettings={"SslSecurityProtocol": "plaintext"})),
        does_not_apply(_of("postgres"), "another engine"),
        is_unknown(_of("redis", RedisSettings=_DENIED)),
    ),
)
def dms_endpoint_redis_encrypted(endpoint: Resource) -> Outcome:
    """All that is copied, and the password with it, passes in plain text."""
    if endpoint.config["EngineName"] != "redis":
        return not_applicable("It is no endpoint of Redis.", "EngineName")
    protocol = endpoint.config["RedisSettings"]["SslSecurityProtocol"]
    if protocol == "ssl-encryption":
        return passed("It is reached by TLS.", "RedisSettings.SslSecurityProtocol")
    return failed("It is reached without TLS.", "RedisSettings.SslSecurityProtocol")
