"""HTTP and WebSocket APIs of API Gateway with their routes and authorizers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource

SERVICE, GET = "apigatewayv2", "apigateway:GET"
GONE = ("NotFoundException",)
PAGE_SIZE = "500"
"""The most that API Gateway returns in one page; a string in this API."""


def list_apis(ask: Ask) -> list[dict[str, Any]]:
    """Return a region's HTTP and WebSocket APIs, also for the collector of stages."""
    return [dict(raw) for raw in ask.pages(SERVICE, "get_apis", "Items", MaxResults=PAGE_SIZE)]


@collector(
    resource_type="AWS::ApiGatewayV2::Api",
    title="HTTP or WebSocket API",
    plural="HTTP and WebSocket APIs",
    service="apigatewayv2",
    family=Family.NETWORK,
    arn_names=("apigateway:apis",),
    actions=(GET,),
    columns=(
        Column("ProtocolType", "Protocol"),
        Column("ApiEndpoint", "Endpoint"),
        Column("Routes.AuthorizationType", "Authorization"),
        Column("Authorizers.AuthorizerType", "Authorizers"),
        Column("DisableExecuteApiEndpoint", "Default endpoint disabled"),
    ),
    relations=(Relation("Authorizers.AuthorizerCredentialsArn", "AWS::IAM::Role"),),
    ignored=("Warnings", "ImportInfo"),
    unordered=(
        "Routes",
        "Routes.AuthorizationScopes",
        "Authorizers",
        "CorsConfiguration.AllowHeaders",
        "CorsConfiguration.AllowMethods",
        "CorsConfiguration.AllowOrigins",
        "CorsConfiguration.ExposeHeaders",
    ),
)
def apis(ask: Ask) -> Iterator[Resource]:
    """An HTTP or WebSocket API is an entry to functions and servers; each of its routes decides who may call it."""
    listed = list_apis(ask)
    for raw, details in zip(listed, ask.each(partial(_details, ask), listed), strict=True):
        arn = ask.arn("apigateway", f"/apis/{raw['ApiId']}", account_id="")
        yield ask.resource({**raw, **details}, arn=arn, name=raw.get("Name"), tags=raw.get("Tags"))


def _details(ask: Ask, raw: Mapping[str, Any]) -> dict[str, Any]:
    items = partial(ask.listing, SERVICE, key="Items", ApiId=raw["ApiId"], MaxResults=PAGE_SIZE, absent=GONE)
    return ask.together(
        {
            "Routes": lambda: _present(items(operation="get_routes")),
            "Authorizers": lambda: _present(items(operation="get_authorizers")),
        }
    )


def _present(found: Any) -> Any:
    """Return an empty list where the API went away meanwhile."""
    return [] if found is None else found
