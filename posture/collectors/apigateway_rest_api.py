"""REST APIs of API Gateway: endpoints, policy, and each method's authorization."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.policy import document, unreadable
from posture.core.resource import Resource
from posture.core.values import Unknown

SERVICE, GET = "apigateway", "apigateway:GET"
GONE = ("NotFoundException",)
PAGE_SIZE = 500
"""The most that API Gateway returns in one page."""


def list_apis(ask: Ask) -> list[dict[str, Any]]:
    """Return the REST APIs of a region; the collector of stages shares the call."""
    return [dict(raw) for raw in ask.pages(SERVICE, "get_rest_apis", "items", limit=PAGE_SIZE)]


@collector(
    resource_type="AWS::ApiGateway::RestApi",
    title="REST API",
    plural="REST APIs",
    service="apigateway",
    family=Family.NETWORK,
    arn_names=("apigateway:restapis",),
    actions=(GET,),
    columns=(
        Column("endpointConfiguration.types", "Endpoint"),
        Column("Methods.authorizationType", "Authorization"),
        Column("disableExecuteApiEndpoint", "Default endpoint disabled"),
        Column("createdDate", "Created"),
    ),
    relations=(
        Relation(
            "endpointConfiguration.vpcEndpointIds",
            "AWS::EC2::VPCEndpoint",
            "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/{id}",
        ),
    ),
    ignored=("apiStatus", "apiStatusMessage", "warnings"),
    unordered=("Methods", "binaryMediaTypes", "endpointConfiguration.vpcEndpointIds"),
)
def rest_apis(ask: Ask) -> Iterator[Resource]:
    """A REST API is an entry to functions and servers behind it; each method decides who may call it.

    `Methods` lists path, HTTP method and authorization. API keys are never read.
    """
    listed = list_apis(ask)
    for raw, methods in zip(listed, ask.each(partial(_methods, ask), listed), strict=True):
        arn = ask.arn(SERVICE, f"/restapis/{raw['id']}", account_id="")
        full = {**raw, "policy": _policy(raw.get("policy")), "Methods": methods}
        yield ask.resource(full, arn=arn, name=raw.get("name"), tags=raw.get("tags"))


def _methods(ask: Ask, raw: Mapping[str, Any]) -> list[dict[str, Any]] | Unknown:
    """Return what is asked of callers, by path and HTTP method.

    Integrations and templates are left out.
    """
    resources = ask.listing(
        SERVICE, "get_resources", "items", restApiId=raw["id"], embed=["methods"], limit=PAGE_SIZE, absent=GONE
    )
    if isinstance(resources, Unknown):
        return resources
    return [
        {
            "path": resource.get("path"),
            "httpMethod": verb,
            **{key: method.get(key) for key in ("authorizationType", "authorizerId", "apiKeyRequired")},
        }
        for resource in resources or ()
        for verb, method in (resource.get("resourceMethods") or {}).items()
    ]


def _policy(text: str | None) -> dict[str, Any] | Unknown | None:
    """Return the resource policy; API Gateway escapes its quotes as in a JSON string."""
    if not text:
        return None
    if not text.lstrip().startswith('{\\"'):
        return document(text, GET)
    try:
        return document(json.loads(f'"{text.strip()}"'), GET)
    except ValueError as error:
        return unreadable(GET, error)
