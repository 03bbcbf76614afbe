"""AppSync APIs, with their caches. Keys of APIs are not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::AppSync::GraphQLApi",
    title="AppSync API",
    plural="AppSync APIs",
    service="appsync",
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    arn_names=("appsync:apis",),
    actions=("appsync:ListGraphqlApis", "appsync:GetApiCache"),
    columns=(
        Column("authenticationType", "Authentication"),
        Column("visibility", "Visibility"),
        Column("logConfig.fieldLogLevel", "Logs"),
        Column("wafWebAclArn", "Web ACL"),
    ),
    relations=(Relation("wafWebAclArn", "AWS::WAFv2::WebACL"),),
    observed=("Cache.status",),
    unordered=("additionalAuthenticationProviders",),
)
def graphql_apis(ask: Ask) -> Iterator[Resource]:
    """An API answers queries of applications from many data sources: who may ask, and what is logged of it."""
    listed = ask.pages("appsync", "list_graphql_apis", "graphqlApis", maxResults=25)
    yield from ask.each(partial(_api, ask), listed)


def _api(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    cache = ask.field("appsync", "get_api_cache", "apiCache", absent=("NotFoundException",), apiId=raw["apiId"])
    read = {"logConfig": None, "wafWebAclArn": None, **raw, "Cache": cache}
    return ask.resource(read, arn=raw["arn"], name=raw["name"], tags=raw.get("tags"))
