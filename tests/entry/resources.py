"""Doors of every kind, as collectors would return them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from accounts.models import AwsAccount
from posture.core.gap import Gap, GapReason
from posture.core.resource import Resource
from posture.core.values import Unknown
from posture.pages.entry import kinds
from tests.history.world import sweep

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
REGION = "eu-central-1"
GROUP = "AWS::EC2::SecurityGroup"
TYPES = (*kinds.KIND_OF, kinds.REST_STAGE, kinds.HTTP_STAGE, kinds.CERTIFICATE, GROUP)
GLOBAL_TYPES = (kinds.DISTRIBUTION, kinds.BUCKET)
CERTIFICATE_ARN = "arn:aws:acm:eu-central-1:222222222222:certificate/1"
GROUP_ARN = "arn:aws:ec2:eu-central-1:222222222222:security-group/sg-1"
DENIED = Unknown("lambda:ListFunctionUrlConfigs", "AccessDenied", GapReason.DENIED)


def a(
    kind: str, name: str, config: Mapping[str, Any], arn: str = "", tags: Mapping[str, str] | None = None
) -> Resource:
    """Make a resource of the owner's account."""
    arn = arn or f"arn:aws:{kind.split('::')[1].lower()}:{REGION}:222222222222:{name}"
    return Resource(kind, arn, "222222222222", REGION, name, config, {}, tags or {})


def balancer(name: str = "shop", *, waf: bool = True, tls: str = "ELBSecurityPolicy-TLS13-1-2-2021-06") -> Resource:
    """Make an application load balancer whose guards hold by default."""
    listener = {
        "Port": 443,
        "Protocol": "HTTPS",
        "SslPolicy": tls,
        "Certificates": [{"CertificateArn": CERTIFICATE_ARN}],
        "DefaultActions": [
            {"Type": "forward", "TargetGroupArn": "arn:aws:elasticloadbalancing:eu:2:targetgroup/shop-web/5"}
        ],
    }
    config = {
        "Type": "application",
        "Scheme": "internet-facing",
        "DNSName": f"{name}.elb.example",
        "Listeners": [listener],
        "Attributes": {"access_logs.s3.enabled": "true", "access_logs.s3.bucket": "logs"},
        "WebAcl": "arn:aws:wafv2:eu:2:acl/1" if waf else None,
    }
    return a(kinds.BALANCER, name, config)


def function(name: str, auth: str | Unknown | None = "NONE") -> Resource:
    """Make a function with a URL that asks for `auth`; None for no URL."""
    urls: Any = auth if isinstance(auth, Unknown) else [{"AuthType": auth}] if auth else []
    return a(kinds.FUNCTION, name, {"FunctionUrlConfigs": urls, "Policy": None, "Aliases": [], "Runtime": "python3.13"})


def instance(name: str = "jump", *, is_public: bool = True) -> Resource:
    """Make an instance, with or without a public address."""
    association = {"IpOwnerId": "amazon"} if is_public else None
    interface = {"Association": association, "PrivateIpAddresses": [], "Groups": [{"GroupId": "sg-1"}]}
    return a(kinds.INSTANCE, name, {"NetworkInterfaces": [interface], "InstanceType": "t3.small"})


def group(*, is_open: bool = True) -> Resource:
    """Make the instance's security group, with SSH open to the internet or not."""
    source = "0.0.0.0/0" if is_open else "198.51.100.0/24"
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": source}]}
    rule |= {"Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}
    return a(GROUP, "jump-host", {"GroupName": "jump-host", "IpPermissions": [rule], "VpcId": "vpc-1"}, GROUP_ARN)


def certificate(until: str, *, kind: str = "AMAZON_ISSUED") -> Resource:
    """Make a certificate that ends at a date."""
    config = {"Status": "ISSUED", "NotAfter": until, "Type": kind, "InUseBy": ["x"], "KeyAlgorithm": "EC_prime256v1"}
    return a(kinds.CERTIFICATE, "shop.example", {**config, "DomainName": "shop.example"}, CERTIFICATE_ARN)


def http_api(name: str = "refunds", *, authorization: str = "NONE") -> Resource:
    """Make an HTTP API with one route."""
    config = {
        "ApiId": name,
        "ProtocolType": "HTTP",
        "ApiEndpoint": f"https://{name}.execute-api.example",
        "Routes": [{"RouteKey": "GET /", "AuthorizationType": authorization}],
        "Authorizers": [],
        "DisableExecuteApiEndpoint": False,
    }
    return a(kinds.HTTP_API, name, config, f"arn:aws:apigateway:{REGION}::/apis/{name}")


def http_stage(api: str = "refunds", *, logs: bool = True) -> Resource:
    """Make the stage of an HTTP API."""
    settings = {"DestinationArn": "arn:aws:logs:eu:2:log-group:x", "Format": "$context.requestId"} if logs else None
    config = {"ApiId": api, "StageName": "$default", "ProtocolType": "HTTP", "AccessLogSettings": settings}
    return a(kinds.HTTP_STAGE, f"{api}/$default", config, f"arn:aws:apigateway:{REGION}::/apis/{api}/stages/$default")


def gap(kind: str, region: str = REGION) -> Gap:
    """Return the refusal of a type's listing."""
    return Gap("", region, kind, "elasticloadbalancing:DescribeLoadBalancers", GapReason.DENIED, "AccessDenied")


def record(account: AwsAccount, *resources: Resource, gaps: Iterable[Gap] = (), day: int = 0) -> None:
    """Record what an account answered."""
    at = AT.replace(day=AT.day + day)
    sweep(account, at, resources, list(gaps), regions=(REGION,), swept_types=TYPES, global_types=GLOBAL_TYPES)
