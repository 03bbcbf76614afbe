"""Stages of HTTP and WebSocket APIs: what each logs, and its limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.apigatewayv2_api import GET, GONE, PAGE_SIZE, SERVICE, list_apis
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource

_OPTIONAL = ("AccessLogSettings", "DefaultRouteSettings", "RouteSettings")
"""What AWS leaves out where it is not set."""


@collector(
    resource_type="AWS::ApiGatewayV2::Stage",
    title="HTTP or WebSocket API stage",
    plural="HTTP and WebSocket API stages",
    service="apigatewayv2",
    family=Family.NETWORK,
    actions=(GET,),
    columns=(
        Column("ApiId", "API"),
        Column("ProtocolType", "Protocol"),
        Column("AccessLogSettings.DestinationArn", "Access logs to"),
        Column("DefaultRouteSettings.LoggingLevel", "Execution logs"),
        Column("AutoDeploy", "Deployed automatically"),
    ),
    relations=(
        Relation("ApiId", "AWS::ApiGatewayV2::Api", "arn:{partition}:apigateway:{region}::/apis/{id}"),
        Relation("AccessLogSettings.DestinationArn", "AWS::Logs::LogGroup"),
    ),
    ignored=("LastDeploymentStatusMessage", "LastUpdatedDate"),
    # Stage variables often hold what back ends ask for: keys, tokens, addresses.
    secret=("StageVariables.*",),
)
def stages(ask: Ask) -> Iterator[Resource]:
    """A stage is what callers reach: an API as deployed, with its own logs and limits."""
    apis = list_apis(ask)
    for api, found in zip(apis, ask.each(partial(_stages, ask), apis), strict=True):
        for raw in found:
            full = {**dict.fromkeys(_OPTIONAL), **raw, "ApiId": api["ApiId"], "ProtocolType": api.get("ProtocolType")}
            yield ask.resource(
                full,
                arn=ask.arn("apigateway", f"/apis/{api['ApiId']}/stages/{raw['StageName']}", account_id=""),
                name=f"{api.get('Name') or api['ApiId']}/{raw['StageName']}",
                tags=raw.get("Tags"),
            )


def _stages(ask: Ask, api: Mapping[str, Any]) -> list[Any]:
    return list(ask.pages(SERVICE, "get_stages", "Items", ApiId=api["ApiId"], MaxResults=PAGE_SIZE, absent=GONE))
