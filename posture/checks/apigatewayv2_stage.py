"""Judges stages of HTTP and WebSocket APIs by what they log."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

STAGE = "AWS::ApiGatewayV2::Stage"
GET = "apigateway:GET"
LOG_LEVELS = frozenset({"ERROR", "INFO"})
_UPDATE = "aws apigatewayv2 update-stage --region {region} --api-id <api> --stage-name <stage> "


def _socket(level: str | None, **routes: str) -> dict[str, Any]:
    default = None if level is None else {"LoggingLevel": level}
    by_route = {f"${name}": {"LoggingLevel": each} for name, each in routes.items()}
    return {"ProtocolType": "WEBSOCKET", "DefaultRouteSettings": default, "RouteSettings": by_route}


@check(
    resource_type=STAGE,
    title="WebSocket API stage logs executions",
    problem="WebSocket API stage does not log executions",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:APIGateway.1"),
    aliases=("securityhub:APIGateway.1",),
    remediation=Remediation(
        console="API Gateway → APIs → the API → Stages → the stage → Logs and tracing → Edit → CloudWatch logs: Error "
        "and info logs.",
        cli=_UPDATE + "--default-route-settings LoggingLevel=ERROR",
        terraform='default_route_settings { logging_level = "ERROR" }',
    ),
    examples=(
        passes(_socket("ERROR")),
        passes(_socket("INFO", connect="ERROR")),
        fails(_socket("OFF")),
        fails(_socket(None), "never set"),
        fails(_socket("INFO", connect="OFF"), "one route is left out"),
        is_unknown({"ProtocolType": "WEBSOCKET", "DefaultRouteSettings": denied(GET), "RouteSettings": None}),
        does_not_apply({"ProtocolType": "HTTP", "DefaultRouteSettings": None, "RouteSettings": None}, "an HTTP API"),
    ),
)
def apigatewayv2_stage_logs_executions(stage: Resource) -> Outcome:
    """Execution logs show what the authorizer and the back end answered to each message.

    Without them a failed or forged message leaves nothing to look at.
    """
    if stage.config["ProtocolType"] != "WEBSOCKET":
        return not_applicable("HTTP APIs have no execution logs.", "ProtocolType")
    default = stage.config["DefaultRouteSettings"]
    if not default or default.get("LoggingLevel") not in LOG_LEVELS:
        return failed("Executions are not logged.", "DefaultRouteSettings.LoggingLevel")
    for route, each in (stage.config["RouteSettings"] or {}).items():
        # A route's own settings take the place of the default ones.
        if each.get("LoggingLevel") not in LOG_LEVELS:
            return failed(f"Executions of {route} are not logged.", f"RouteSettings.{route}.LoggingLevel")
    return passed("Every route logs executions.", "DefaultRouteSettings.LoggingLevel")


@check(
    resource_type=STAGE,
    title="HTTP or WebSocket API stage logs accesses",
    problem="HTTP or WebSocket API stage does not log accesses",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:APIGateway.9", "cis_aws_7:4.10"),
    aliases=("securityhub:APIGateway.9", "prowler:apigatewayv2_api_access_logging_enabled"),
    remediation=Remediation(
        console="API Gateway → APIs → the API → Monitor → Logging → the stage → Edit → Access logging, with a log "
        "group's ARN.",
        cli=_UPDATE + "--access-log-settings DestinationArn=<log group>,Format=<format>",
        terraform="access_log_settings {\n  destination_arn = aws_cloudwatch_log_group.api.arn\n"
        '  format          = "$context.requestId $context.identity.sourceIp $context.status"\n}',
    ),
    examples=(
        passes({"AccessLogSettings": {"DestinationArn": "arn:aws:logs:eu-central-1:111122223333:log-group:shop"}}),
        fails({"AccessLogSettings": None}),
        fails({"AccessLogSettings": {"Format": "$context.requestId"}}, "no destination"),
        is_unknown({"AccessLogSettings": denied(GET)}),
    ),
)
def apigatewayv2_stage_logs_accesses(stage: Resource) -> Outcome:
    """Access logs say who called what, from where and with which result.

    After an incident they are the first thing asked for, and they cannot be made up afterwards.
    """
    settings = stage.config["AccessLogSettings"]
    destination = settings.get("DestinationArn") if settings else None
    if destination:
        return passed(f"Access logs go to {destination}.", "AccessLogSettings.DestinationArn")
    return failed("No access logs are kept.", "AccessLogSettings")
