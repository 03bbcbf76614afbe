"""Judges AppSync APIs: authentication, logs and caches."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

API = "AWS::AppSync::GraphQLApi"
LEVELS = {"ERROR", "ALL"}
"""Of field logs, that Security Hub asks for."""
_LIST = denied("appsync:ListGraphqlApis")
_CACHE = is_unknown({"Cache": denied("appsync:GetApiCache")})
_UPDATE = "aws appsync update-graphql-api --region {region} --api-id {id} --name {name} "
_NEW_CACHE = Remediation(
    console="AppSync → APIs → {name} → Caching: delete the cache and create it again with both kinds of encryption, "
    "which cannot be changed later.",
    cli="aws appsync delete-api-cache --region {region} --api-id {id} && aws appsync create-api-cache "
    "--region {region} --api-id {id} --ttl 60 --type SMALL --api-caching-behavior FULL_REQUEST_CACHING "
    "--at-rest-encryption-enabled --transit-encryption-enabled",
)


@check(
    resource_type=API,
    title="AppSync API wants more than an API key",
    problem="AppSync API lets in whoever has its API key",
    severity=Severity.HIGH,
    controls=("practices:iam", "aws_fsbp:AppSync.5"),
    aliases=("securityhub:AppSync.5", "prowler:appsync_graphql_api_no_api_key_authentication"),
    remediation=Remediation(
        console="AppSync → APIs → {name} → Settings: IAM, Cognito, OpenID Connect or Lambda as default authorization.",
        cli=_UPDATE + "--authentication-type AWS_IAM",
    ),
    examples=(
        passes({"authenticationType": "AWS_IAM"}),
        passes(
            {
                "authenticationType": "AWS_IAM",
                "additionalAuthenticationProviders": [{"authenticationType": "AWS_LAMBDA"}],
            }
        ),
        fails({"authenticationType": "API_KEY"}),
        fails(
            {"authenticationType": "AWS_IAM", "additionalAuthenticationProviders": [{"authenticationType": "API_KEY"}]},
            "as an additional way",
        ),
        is_unknown({"authenticationType": _LIST}),
    ),
)
def appsync_graph_ql_api_not_by_key(api: Resource) -> Outcome:
    """The key is in every copy of the application that calls the API, and anyone can read it there.

    It says nothing of who asks, so that the API must answer everybody alike.
    """
    if api.config["authenticationType"] == "API_KEY":
        return failed("An API key is enough to ask.", "authenticationType")
    for index, each in enumerate(api.config.items_of("additionalAuthenticationProviders")):
        if each["authenticationType"] == "API_KEY":
            path = f"additionalAuthenticationProviders[{index}].authenticationType"
            return failed("An API key is one way to ask.", path)
    return passed(f"Callers authenticate by {api.config['authenticationType']}.", "authenticationType")


@check(
    resource_type=API,
    title="AppSync API logs fields",
    problem="AppSync API does not log fields",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:AppSync.2"),
    aliases=("securityhub:AppSync.2", "prowler:appsync_field_level_logging_enabled"),
    remediation=Remediation(
        console="AppSync → APIs → {name} → Settings → Logging: turn on, field resolver log level Error.",
        cli=_UPDATE + "--log-config fieldLogLevel=ERROR,cloudWatchLogsRoleArn=<role ARN>",
    ),
    examples=(
        passes({"logConfig": {"fieldLogLevel": "ERROR"}}),
        fails({"logConfig": {"fieldLogLevel": "NONE"}}),
        fails({"logConfig": None}, "no logs at all"),
        is_unknown({"logConfig": _LIST}),
    ),
)
def appsync_graph_ql_api_fields_logged(api: Resource) -> Outcome:
    """One query may ask for any data: only the log of fields shows what was asked for, and what failed."""
    logs = api.config["logConfig"]
    level = logs["fieldLogLevel"] if logs else None
    if level in LEVELS:
        return passed(f"Fields are logged at level {level}.", "logConfig.fieldLogLevel")
    return failed("Fields are not logged.", "logConfig")


def _judge_cache(api: Resource, key: str, what: str) -> Outcome:
    cache = api.config["Cache"]
    if cache is None:
        return not_applicable("It has no cache.", "Cache")
    if cache[key]:
        return passed(f"Its cache is encrypted {what}.", f"Cache.{key}")
    return failed(f"Its cache is not encrypted {what}.", f"Cache.{key}")


def _cache(**settings: Any) -> dict[str, Any]:
    return {"Cache": settings}


@check(
    resource_type=API,
    title="AppSync API's cache is encrypted at rest",
    problem="AppSync API's cache is not encrypted at rest",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:AppSync.1"),
    aliases=("securityhub:AppSync.1",),
    remediation=_NEW_CACHE,
    examples=(
        passes(_cache(atRestEncryptionEnabled=True)),
        fails(_cache(atRestEncryptionEnabled=False)),
        does_not_apply({"Cache": None}, "no cache"),
        _CACHE,
    ),
)
def appsync_graph_ql_api_cache_encrypted_at_rest(api: Resource) -> Outcome:
    """The cache holds answers of all callers, whatever the data source does to protect them."""
    return _judge_cache(api, "atRestEncryptionEnabled", "at rest")


@check(
    resource_type=API,
    title="AppSync API's cache is encrypted in transit",
    problem="AppSync API's cache is not encrypted in transit",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:AppSync.6"),
    aliases=("securityhub:AppSync.6",),
    remediation=_NEW_CACHE,
    examples=(
        passes(_cache(transitEncryptionEnabled=True)),
        fails(_cache(transitEncryptionEnabled=False)),
        does_not_apply({"Cache": None}, "no cache"),
        _CACHE,
    ),
)
def appsync_graph_ql_api_cache_encrypted_in_transit(api: Resource) -> Outcome:
    """Answers of all callers pass between the API and its cache in plain text."""
    return _judge_cache(api, "transitEncryptionEnabled", "in transit")
