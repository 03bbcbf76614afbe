"""Judge stages of REST APIs: logs, traces, caches, what is in front and behind."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.resource import Resource

STAGE = "AWS::ApiGateway::Stage"
GET = "apigateway:GET"
LOG_LEVELS = frozenset({"ERROR", "INFO"})
EVERY_METHOD = "*/*"
"""The key of the settings of methods that have none of their own."""
_EDIT = "API Gateway → APIs → the API → Stages → the stage → "
_UPDATE = (
    "aws apigateway update-stage --region {region} --rest-api-id <api> --stage-name <stage> --patch-operations "
    "op=replace,"
)


def _settings(**by_method: dict[str, Any]) -> dict[str, Any]:
    keys = {"every": EVERY_METHOD, "orders": "~1orders/GET"}
    return {"cacheClusterEnabled": True, "methodSettings": {keys[name]: each for name, each in by_method.items()}}


@check(
    resource_type=STAGE,
    title="REST API stage logs executions",
    problem="REST API stage does not log executions",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:APIGateway.1"),
    aliases=("securityhub:APIGateway.1",),
    remediation=Remediation(
        console=_EDIT + "Logs and tracing → Edit → CloudWatch logs: Error and info logs.",
        cli=_UPDATE + "path=/*/*/logging/loglevel,value=ERROR",
        terraform='resource "aws_api_gateway_method_settings" "all" {\n  method_path = "*/*"\n'
        '  settings { logging_level = "ERROR" }\n}',
    ),
    examples=(
        passes(_settings(every={"loggingLevel": "ERROR"})),
        passes(_settings(every={"loggingLevel": "INFO"}, orders={"loggingLevel": "ERROR"})),
        fails(_settings(every={"loggingLevel": "OFF"})),
        fails(_settings(), "no settings"),
        fails(_settings(every={"loggingLevel": "INFO"}, orders={"loggingLevel": "OFF"}), "one method is left out"),
        fails(_settings(every={"metricsEnabled": True}), "no level"),
        is_unknown(_settings(orders={"loggingLevel": "INFO"}), "only some methods have settings"),
        is_unknown({"methodSettings": denied(GET)}),
    ),
)
def apigateway_stage_logs_executions(stage: Resource) -> Outcome:
    """Execution logs show what the authorizer and the back end answered to each request.

    Without them a failed or forged call leaves a status code, and nobody can say why it was let through.
    """
    settings = stage.config["methodSettings"]
    if not settings:
        return failed("No method logs executions.", "methodSettings")
    for method, each in settings.items():
        if each.get("loggingLevel") not in LOG_LEVELS:
            return failed(f"{_scope(method)} do not log executions.", f"methodSettings.{method}.loggingLevel")
    if EVERY_METHOD not in settings:
        named = ", ".join(sorted(settings))
        return unknown(f"Only {named} have settings; whether there are other methods is not known.", "methodSettings")
    return passed("Every method logs executions.", "methodSettings")


def _scope(method: str) -> str:
    return "Methods without settings of their own" if method == EVERY_METHOD else f"The settings of {method}"


@check(
    resource_type=STAGE,
    title="REST API stage logs accesses",
    problem="REST API stage does not log accesses",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "cis_aws_7:4.10"),
    remediation=Remediation(
        console=_EDIT + "Logs and tracing → Edit → Custom access logging, with a log group's ARN.",
        cli=_UPDATE + "path=/accessLogSettings/destinationArn,value=<log group>",
        terraform="access_log_settings {\n  destination_arn = aws_cloudwatch_log_group.api.arn\n"
        '  format          = "$context.requestId $context.identity.sourceIp $context.status"\n}',
    ),
    examples=(
        passes({"accessLogSettings": {"destinationArn": "arn:aws:logs:eu-central-1:111122223333:log-group:shop"}}),
        fails({"accessLogSettings": None}),
        fails({"accessLogSettings": {"format": "$context.requestId"}}, "no destination"),
        is_unknown({"accessLogSettings": denied(GET)}),
    ),
)
def apigateway_stage_logs_accesses(stage: Resource) -> Outcome:
    """Access logs say who called what, from where and with which result.

    After an incident they are the first thing asked for, and they cannot be made up afterwards.
    """
    settings = stage.config["accessLogSettings"]
    destination = settings.get("destinationArn") if settings else None
    if destination:
        return passed(f"Access logs go to {destination}.", "accessLogSettings.destinationArn")
    return failed("No access logs are kept.", "accessLogSettings")


@check(
    resource_type=STAGE,
    title="REST API stage presents a client certificate to its back ends",
    problem="REST API stage presents no client certificate to its back ends",
    severity=Severity.LOW,
    controls=("practices:encryption", "aws_fsbp:APIGateway.2"),
    aliases=("securityhub:APIGateway.2", "prowler:apigateway_restapi_client_certificate_enabled"),
    remediation=Remediation(
        console="API Gateway → Client certificates → Generate; then " + _EDIT + "Stage details → Edit → Client "
        "certificate, and have the back ends accept that certificate alone.",
        cli=_UPDATE + "path=/clientCertificateId,value=<certificate>",
        terraform="client_certificate_id = aws_api_gateway_client_certificate.api.id",
    ),
    examples=(
        passes({"clientCertificateId": "cert01"}),
        fails({"clientCertificateId": None}),
        is_unknown({"clientCertificateId": denied(GET)}),
    ),
)
def apigateway_stage_client_certificate(stage: Resource) -> Outcome:
    """Without a certificate, back ends on public addresses cannot distinguish API Gateway's requests from a stranger's.

    Whoever finds the back end's address goes past every authorizer and limit of the API.
    """
    certificate = stage.config["clientCertificateId"]
    if certificate:
        return passed(f"It presents the certificate {certificate}.", "clientCertificateId")
    return failed("It presents no certificate.", "clientCertificateId")


@check(
    resource_type=STAGE,
    title="REST API stage is traced by X-Ray",
    problem="REST API stage is not traced by X-Ray",
    severity=Severity.LOW,
    controls=("practices:activity", "aws_fsbp:APIGateway.3"),
    aliases=("securityhub:APIGateway.3", "prowler:apigateway_restapi_tracing_enabled"),
    remediation=Remediation(
        console=_EDIT + "Logs and tracing → Edit → X-Ray tracing.",
        cli=_UPDATE + "path=/tracingEnabled,value=true",
        terraform="xray_tracing_enabled = true",
    ),
    examples=(
        passes({"tracingEnabled": True}),
        fails({"tracingEnabled": False}),
        is_unknown({"tracingEnabled": denied(GET)}),
    ),
)
def apigateway_stage_traced(stage: Resource) -> Outcome:
    """Traces show which service behind the API answered, and how long each took.

    They show whether one caller or ordinary load slows a back end down.
    """
    if stage.config["tracingEnabled"]:
        return passed("X-Ray traces its requests.", "tracingEnabled")
    return failed("X-Ray does not trace its requests.", "tracingEnabled")


@check(
    resource_type=STAGE,
    title="REST API stage has a web ACL in front",
    problem="REST API stage has no web ACL in front",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "aws_fsbp:APIGateway.4"),
    aliases=("securityhub:APIGateway.4", "prowler:apigateway_restapi_waf_acl_attached"),
    remediation=Remediation(
        console=_EDIT + "Stage details → Edit → Web application firewall.",
        cli="aws wafv2 associate-web-acl --region {region} --web-acl-arn <acl> --resource-arn {arn}",
        terraform='resource "aws_wafv2_web_acl_association" "api" {\n'
        "  resource_arn = aws_api_gateway_stage.api.arn\n  web_acl_arn  = aws_wafv2_web_acl.front.arn\n}",
    ),
    examples=(
        passes({"webAclArn": "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/front/a1"}),
        fails({"webAclArn": None}),
        is_unknown({"webAclArn": denied(GET)}),
    ),
)
def apigateway_stage_web_acl_in_front(stage: Resource) -> Outcome:
    """A web ACL turns away known attacks, floods and bots before they reach the code behind the API.

    Without one, every function behind the API has to withstand them by itself.
    """
    acl = stage.config["webAclArn"]
    if acl:
        return passed("A web ACL inspects each request.", "webAclArn")
    return failed("No web ACL inspects its requests.", "webAclArn")


@check(
    resource_type=STAGE,
    title="REST API stage encrypts its cache",
    problem="REST API stage caches answers unencrypted",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:APIGateway.5"),
    aliases=("securityhub:APIGateway.5", "prowler:apigateway_restapi_cache_encrypted"),
    remediation=Remediation(
        console=_EDIT + "Stage details → Edit → Cache settings → Encrypt cache data.",
        cli=_UPDATE + "path=/*/*/caching/dataEncrypted,value=true",
        terraform="settings { cache_data_encrypted = true }",
    ),
    examples=(
        passes(_settings(every={"cachingEnabled": True, "cacheDataEncrypted": True})),
        passes(
            _settings(every={"cachingEnabled": True, "cacheDataEncrypted": True}, orders={"cachingEnabled": False}),
            "one method is not cached",
        ),
        fails(_settings(every={"cachingEnabled": True, "cacheDataEncrypted": False})),
        is_unknown({"cacheClusterEnabled": True, "methodSettings": denied(GET)}),
        is_unknown({"cacheClusterEnabled": denied(GET), "methodSettings": {}}),
        does_not_apply({"cacheClusterEnabled": False, "methodSettings": {}}, "no cache"),
        does_not_apply(_settings(every={"cachingEnabled": False}), "a cache that no method uses"),
    ),
)
def apigateway_stage_cache_encrypted(stage: Resource) -> Outcome:
    """Cached answers are copies of what customers were sent, and outlive the request by up to an hour.

    Encryption costs nothing here; it only has to be turned on.
    """
    if not stage.config["cacheClusterEnabled"]:
        return not_applicable("It has no cache.", "cacheClusterEnabled")
    cached = [(key, each) for key, each in stage.config["methodSettings"].items() if each.get("cachingEnabled")]
    if not cached:
        return not_applicable("No method is cached.", "methodSettings")
    for key, each in cached:
        if not each["cacheDataEncrypted"]:
            path = f"methodSettings.{key}.cacheDataEncrypted"
            return failed(f"Answers cached by the settings of {key} are not encrypted.", path)
    return passed("All cached answers are encrypted.", "methodSettings")
