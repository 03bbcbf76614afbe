"""Stages of REST APIs: logs, caches, encryption, and what is in front of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.apigateway_rest_api import GET, GONE, SERVICE, list_apis
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource

_OPTIONAL = ("accessLogSettings", "clientCertificateId", "webAclArn")
"""What AWS leaves out where it is not set."""


@collector(
    resource_type="AWS::ApiGateway::Stage",
    title="REST API stage",
    plural="REST API stages",
    service="apigateway",
    family=Family.NETWORK,
    actions=(GET,),
    columns=(
        Column("restApiId", "REST API"),
        Column("webAclArn", "Web ACL"),
        Column("accessLogSettings.destinationArn", "Access logs to"),
        Column("cacheClusterEnabled", "Cache"),
        Column("tracingEnabled", "Traced"),
    ),
    relations=(
        Relation("restApiId", "AWS::ApiGateway::RestApi", "arn:{partition}:apigateway:{region}::/restapis/{id}"),
        Relation("webAclArn", "AWS::WAFv2::WebACL"),
        Relation("accessLogSettings.destinationArn", "AWS::Logs::LogGroup"),
    ),
    ignored=("cacheClusterStatus", "lastUpdatedDate"),
    # Stage variables often hold what back ends ask for: keys, tokens, addresses.
    secret=("variables.*", "canarySettings.stageVariableOverrides.*"),
)
def stages(ask: Ask) -> Iterator[Resource]:
    """A stage is what callers reach: an API as deployed, with its own logs, cache, limits and web ACL."""
    apis = list_apis(ask)
    for api, found in zip(apis, ask.each(partial(_stages, ask), apis), strict=True):
        for raw in found:
            path = f"/restapis/{api['id']}/stages/{raw['stageName']}"
            yield ask.resource(
                {**dict.fromkeys(_OPTIONAL), **raw, "restApiId": api["id"]},
                arn=ask.arn(SERVICE, path, account_id=""),
                name=f"{api.get('name') or api['id']}/{raw['stageName']}",
                tags=raw.get("tags"),
            )


def _stages(ask: Ask, api: Mapping[str, Any]) -> list[Any]:
    return list(ask.pages(SERVICE, "get_stages", "item", restApiId=api["id"], absent=GONE))
