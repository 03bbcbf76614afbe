"""Web ACLs of AWS WAF, regional and CloudFront: rules, logging, resources."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

SERVICE = "wafv2"
CLOUDFRONT_REGION = "us-east-1"
"""Where web ACLs of CloudFront are kept and asked for."""
_GONE = ("WAFNonexistentItemException",)
_PAGE_SIZE = 100
_MATCHES = ("SearchString", "RegexString")
_HARMLESS = frozenset({"UriPath", "Method"})
"""Parts of a request that hold no secret; what headers, cookies and bodies are compared with may be one."""
_HEADERS = ("CustomRequestHandling.InsertHeaders.Value", "CustomResponse.ResponseHeaders.Value")


@collector(
    resource_type="AWS::WAFv2::WebACL",
    title="Web ACL",
    plural="Web ACLs",
    service="wafv2",
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    arn_names=("wafv2:global", "wafv2:regional"),
    actions=(
        "wafv2:ListWebACLs",
        "wafv2:GetWebACL",
        "wafv2:GetRuleGroup",
        "wafv2:GetLoggingConfiguration",
        "wafv2:ListResourcesForWebACL",
        "wafv2:ListTagsForResource",
    ),
    columns=(
        Column("Scope", "Scope"),
        Column("Rules.Name", "Rules"),
        Column("LoggingConfiguration.LogDestinationConfigs", "Logs to"),
        Column("LoadBalancers", "Load balancers"),
        Column("Stages", "API stages"),
    ),
    relations=(
        Relation("LoadBalancers", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
        Relation("Stages", "AWS::ApiGateway::Stage"),
    ),
    ignored=("LockToken",),
    # A header that is added often is the password by which the back end knows its front.
    secret=tuple(f"{place}.*.{header}" for place in ("Rules.Action", "DefaultAction") for header in _HEADERS),
    unordered=("Rules", "RuleGroups", "LoadBalancers", "Stages", "TokenDomains"),
)
def web_acls(ask: Ask) -> Iterator[Resource]:
    """A web ACL inspects each request before a load balancer, an API or a distribution takes it.

    `RuleGroups` holds the account's own groups that its rules refer to; `LoadBalancers` and `Stages` what a regional
    one protects. Web ACLs of CloudFront are found in us-east-1; distributions name their own.
    """
    scopes = ("REGIONAL", "CLOUDFRONT") if ask.region == CLOUDFRONT_REGION else ("REGIONAL",)
    for scope in scopes:
        listed = list(ask.pages(SERVICE, "list_web_acls", "WebACLs", Scope=scope, Limit=_PAGE_SIZE))
        for raw, details in zip(listed, ask.each(partial(_details, ask, scope), listed), strict=True):
            acl, tags = details.pop("WebACL"), details.pop("Tags")
            full = {**raw, **_read(ask, acl), **details, "Scope": scope}
            yield ask.resource(full, arn=raw["ARN"], name=raw["Name"], tags=tags)


def _details(ask: Ask, scope: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    arn = raw["ARN"]
    get = partial(ask.field, SERVICE, absent=_GONE)
    find = partial(get, "list_resources_for_web_acl", "ResourceArns", WebACLArn=arn)
    questions: dict[str, Callable[[], Any]] = {}
    if scope == "REGIONAL":
        questions = {
            "LoadBalancers": lambda: find(ResourceType="APPLICATION_LOAD_BALANCER"),
            "Stages": lambda: find(ResourceType="API_GATEWAY"),
        }
    found = ask.together(
        {
            **questions,
            "WebACL": lambda: get("get_web_acl", "WebACL", Name=raw["Name"], Id=raw["Id"], Scope=scope),
            "LoggingConfiguration": lambda: get("get_logging_configuration", "LoggingConfiguration", ResourceArn=arn),
            "Tags": lambda: get("list_tags_for_resource", "TagInfoForResource.TagList", ResourceARN=arn),
        }
    )
    return {**found, "RuleGroups": _rule_groups(ask, found["WebACL"])}


def _read(ask: Ask, acl: Mapping[str, Any] | Unknown | None) -> dict[str, Any]:
    """Return what GetWebACL adds to the listing, without what may be a secret."""
    if isinstance(acl, Unknown):
        return dict.fromkeys(("Rules", "DefaultAction"), acl)
    return {**(acl or {}), "Rules": _hidden(ask, acl.get("Rules") or [])} if acl else {}


def _hidden(ask: Ask, value: Any) -> Any:
    """Return statements, however deep, with fingerprints for what requests must match."""
    if isinstance(value, list):
        return [_hidden(ask, each) for each in value]
    if not isinstance(value, dict):
        return value
    part = value.get("FieldToMatch")
    if isinstance(part, dict) and not _HARMLESS.intersection(part):
        return {key: ask.fingerprint(each) if key in _MATCHES else _hidden(ask, each) for key, each in value.items()}
    return {key: _text(key, each) if key in _MATCHES else _hidden(ask, each) for key, each in value.items()}


def _text(key: str, value: str) -> str:
    """Return what requests must match as it was written.

    AWS gives strings as bytes, which are in base64 here, and patterns as text.
    """
    return base64.b64decode(value).decode(errors="replace") if key == "SearchString" else value


def _rule_groups(ask: Ask, acl: Mapping[str, Any] | Unknown | None) -> list[dict[str, Any]] | Unknown:
    """Return the rule groups that the rules refer to, with what of them is counted."""
    if isinstance(acl, Unknown):
        return acl
    statements = [rule.get("Statement") or {} for rule in (acl or {}).get("Rules") or ()]
    arns = [each["RuleGroupReferenceStatement"]["ARN"] for each in statements if "RuleGroupReferenceStatement" in each]
    return ask.each(partial(_rule_group, ask), dict.fromkeys(arns))


def _rule_group(ask: Ask, arn: str) -> dict[str, Any]:
    group = ask.field(SERVICE, "get_rule_group", "RuleGroup", ARN=arn, absent=_GONE)
    if isinstance(group, Unknown):
        return {"ARN": arn, "VisibilityConfig": group, "Rules": group}
    if group is None:
        return {"ARN": arn}
    rules = [{key: rule.get(key) for key in ("Name", "VisibilityConfig")} for rule in group.get("Rules") or ()]
    return {"ARN": arn, "VisibilityConfig": group.get("VisibilityConfig"), "Rules": rules}
