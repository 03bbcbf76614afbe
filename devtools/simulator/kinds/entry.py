"""What the internet can call: load balancers, distributions and APIs, with guards."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from devtools.simulator.builder import Builder, made_up
from devtools.simulator.declared import GLOBAL, Name
from devtools.simulator.kinds import kind, removal, tags_of

LISTENER = re.compile(
    r"(?P<protocol>HTTPS?|TLS|TCP|SSL) (?P<port>\d+)(?: by (?P<policy>\S+))?(?: (?P<redirect>redirect))?"
)
MODERN = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
COMMON_RULES = "AWSManagedRulesCommonRuleSet"
NORTH_VIRGINIA = "us-east-1"
"""Where CloudFront's web ACLs and certificates are."""


@kind("certificate", 30)
def make_certificate(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a certificate for the domain that the name says.

    It `ends` so many days after the story's first week; AWS renews it unless it is `imported`.
    """
    arn = certificate_arn(name)
    until = builder.start + dt.timedelta(days=now["ends"])
    imported = now.get("imported", False)
    made = {
        "CertificateArn": arn,
        "DomainName": name.name,
        "SubjectAlternativeNames": [name.name],
        "Issuer": now.get("issuer", "Amazon"),
        "KeyAlgorithm": "RSA-2048",
        "NotBefore": (until - dt.timedelta(days=395)).isoformat(),
        "NotAfter": until.isoformat(),
        "CreatedAt": (until - dt.timedelta(days=395)).isoformat(),
        "Status": "ISSUED",
        "Type": "IMPORTED" if imported else "AMAZON_ISSUED",
        "RenewalEligibility": "INELIGIBLE" if imported else "ELIGIBLE",
        "Options": {"CertificateTransparencyLoggingPreference": "DISABLED" if imported else "ENABLED"},
        "Tags": tags_of(now),
    }
    builder.append(name.account, name.region, "acm", "certificates", made, by="CertificateArn")
    builder.remember(name, certificate=arn)


def certificate_arn(name: Name) -> str:
    """Return the ARN of a certificate, which follows from its name."""
    digits = made_up("", name.account, name.region, name.name, length=32)
    number = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    return f"arn:aws:acm:{name.region}:{name.account}:certificate/{number}"


def _use(builder: Builder, name: Name, region: str, domain: str, user: str) -> str:
    """Note that something uses a certificate, and return the certificate's ARN."""
    arn = str(builder.known("certificate", Name("", name.account, region, ""), domain)["certificate"])
    used = builder.on_shelf(name.account, region, "acm").get("used", {})
    builder.put(name.account, region, "acm", used={**used, arn: sorted({*used.get(arn, []), user})})
    return arn


@kind("web-acl", 30)
def make_web_acl(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a web ACL with AWS's common rules.

    In the region `global` it is CloudFront's; `count` only counts what matches.
    """
    if builder.recall(name):
        return
    region = NORTH_VIRGINIA if name.region == GLOBAL else name.region
    waf = builder.client("wafv2", region)
    visible = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": name.name}
    rule = {
        "Name": COMMON_RULES,
        "Priority": 0,
        "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": COMMON_RULES}},
        "OverrideAction": {"Count": {}} if now.get("count") else {"None": {}},
        "VisibilityConfig": {**visible, "MetricName": COMMON_RULES},
    }
    arn = waf.create_web_acl(
        Name=name.name,
        Scope="CLOUDFRONT" if name.region == GLOBAL else "REGIONAL",
        DefaultAction={"Allow": {}},
        Rules=[rule],
        VisibilityConfig=visible,
        **({"Tags": tags_of(now)} if tags_of(now) else {}),
    )["Summary"]["ARN"]
    if now.get("logs", True):
        group = f"arn:aws:logs:{region}:{name.account}:log-group:aws-waf-logs-{name.name}"
        waf.put_logging_configuration(LoggingConfiguration={"ResourceArn": arn, "LogDestinationConfigs": [group]})
    builder.remember(name, acl=arn)


@kind("load-balancer", 60)
def make_load_balancer(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a load balancer in `vpc` with `listeners`.

    `HTTPS 443 by ELBSecurityPolicy-2016-08` names a TLS policy, `HTTP 80 redirect` redirects to HTTPS. `type`,
    `internal`, `certificate` (a domain), `web_acl`, `logs` (a bucket) as their names say.
    """
    elb = builder.client("elbv2", name.region)
    if not builder.recall(name):
        _make_balancer(builder, elb, name, now)
    ids = builder.recall(name)
    if now["listeners"] != before.get("listeners"):
        for old in elb.describe_listeners(LoadBalancerArn=ids["balancer"])["Listeners"]:
            elb.delete_listener(ListenerArn=old["ListenerArn"])
        for text in now["listeners"]:
            elb.create_listener(LoadBalancerArn=ids["balancer"], **_listener(builder, name, now, ids, text))
    if now.get("web_acl") != before.get("web_acl") and "web_acl" in now:
        acl = builder.known("web-acl", name, now["web_acl"])["acl"]
        builder.client("wafv2", name.region).associate_web_acl(WebACLArn=acl, ResourceArn=ids["balancer"])
    if now.get("logs") != before.get("logs"):
        values = {"access_logs.s3.enabled": str("logs" in now).lower(), "access_logs.s3.bucket": now.get("logs", "")}
        attributes = [{"Key": key, "Value": value} for key, value in values.items()]
        elb.modify_load_balancer_attributes(LoadBalancerArn=ids["balancer"], Attributes=attributes)


def _make_balancer(builder: Builder, elb: Any, name: Name, now: dict[str, Any]) -> None:
    vpc = builder.known("vpc", name, now["vpc"])
    kind_of = now.get("type", "application")
    groups = [builder.known("security-group", name, group)["group"] for group in now.get("groups", [])]
    made = elb.create_load_balancer(
        Name=name.name,
        Type=kind_of,
        Scheme="internal" if now.get("internal") else "internet-facing",
        Subnets=vpc["subnets"]["private" if now.get("internal") else "public"][:3],
        **({"SecurityGroups": groups} if groups else {}),
        Tags=tags_of(now) or [{"Key": "environment", "Value": "production"}],
    )["LoadBalancers"][0]["LoadBalancerArn"]
    target = elb.create_target_group(
        Name=now.get("target", name.name),
        Protocol="HTTP" if kind_of == "application" else "TCP",
        Port=8080,
        VpcId=vpc["vpc"],
        TargetType="ip",
    )["TargetGroups"][0]["TargetGroupArn"]
    builder.remember(name, balancer=made, target=target)
    safe = {"deletion_protection.enabled": str(now.get("protected", True)).lower(), "access_logs.s3.enabled": "false"}
    if kind_of == "application":
        safe["routing.http.desync_mitigation_mode"] = "defensive"
        safe["routing.http.drop_invalid_header_fields.enabled"] = str(now.get("drops_headers", True)).lower()
    attributes = [{"Key": key, "Value": value} for key, value in safe.items()]
    elb.modify_load_balancer_attributes(LoadBalancerArn=made, Attributes=attributes)


def _listener(builder: Builder, name: Name, now: dict[str, Any], ids: dict[str, Any], text: str) -> dict[str, Any]:
    found = _parse(name, text)
    forward: dict[str, Any] = {"Type": "forward", "TargetGroupArn": ids["target"]}
    if found["redirect"]:
        to = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
        forward = {"Type": "redirect", "RedirectConfig": to}
    listener: dict[str, Any] = {
        "Protocol": found["protocol"],
        "Port": int(found["port"]),
        "DefaultActions": [forward],
    }
    if found["protocol"] in {"HTTPS", "TLS"}:
        arn = _use(builder, name, name.region, now["certificate"], ids["balancer"])
        listener |= {"SslPolicy": found["policy"] or MODERN, "Certificates": [{"CertificateArn": arn}]}
    return listener


def _parse(name: Name, text: str) -> re.Match[str]:
    found = LISTENER.fullmatch(text)
    if found is None:
        raise ValueError(f"{name}: {text!r} is no listener; write as 'HTTPS 443' or 'HTTP 80 redirect'.")
    return found


@kind("classic-load-balancer", 60)
def make_classic_load_balancer(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a classic load balancer in public subnets of `vpc`, with `listeners`."""
    if builder.recall(name):
        return
    elb = builder.client("elb", name.region)
    listeners = []
    for text in now["listeners"]:
        found = _parse(name, text)
        listener = {"Protocol": found["protocol"], "LoadBalancerPort": int(found["port"]), "InstancePort": 8080}
        if found["protocol"] in {"HTTPS", "SSL"}:
            label = f"arn:aws:elasticloadbalancing:{name.region}:{name.account}:loadbalancer/{name.name}"
            listener["SSLCertificateId"] = _use(builder, name, name.region, now["certificate"], label)
        listeners.append({**listener, "InstanceProtocol": "HTTP"})
    elb.create_load_balancer(
        LoadBalancerName=name.name,
        Listeners=listeners,
        Subnets=builder.known("vpc", name, now["vpc"])["subnets"]["public"],
        SecurityGroups=[builder.known("security-group", name, group)["group"] for group in now.get("groups", [])],
        Tags=tags_of(now) or [{"Key": "environment", "Value": "production"}],
    )
    builder.remember(name, balancer=name.name)


@removal("classic-load-balancer")
def remove_classic_load_balancer(builder: Builder, name: Name, before: dict[str, Any]) -> None:
    builder.client("elb", name.region).delete_load_balancer(LoadBalancerName=name.name)
    builder.forget(name)


@kind("distribution", 62)
def make_distribution(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a CloudFront distribution for the domain that the name says.

    `buckets` and `hosts` are behind it; `viewers` is CloudFront's protocol policy, `tls` the least version, `logs` a
    bucket, `web_acl` one of CloudFront's, `certificate` a domain in us-east-1, `access_control` reads buckets by it.
    """
    number = made_up("E", name.account, name.name, length=13).upper()
    arn = f"arn:aws:cloudfront::{name.account}:distribution/{number}"
    own = "certificate" in now
    certificate = _use(builder, name, NORTH_VIRGINIA, now["certificate"], arn) if own else ""
    origins = [_bucket_origin(each, now) for each in now.get("buckets", [])]
    origins += [_host_origin(each) for each in now.get("hosts", [])]
    made = {
        "Id": number,
        "ARN": arn,
        "DomainName": f"{made_up('d', number, length=13)}.cloudfront.net",
        "Aliases": [name.name] if own else [],
        "Enabled": now.get("enabled", True),
        "Origins": origins,
        "ViewerProtocolPolicy": now.get("viewers", "redirect-to-https"),
        "MinimumProtocolVersion": now.get("tls", "TLSv1.2_2021") if own else "TLSv1",
        "Certificate": certificate,
        "WebACLId": builder.known("web-acl", Name("", name.account, GLOBAL, ""), now["web_acl"])["acl"]
        if "web_acl" in now
        else "",
        "LogBucket": f"{now['logs']}.s3.amazonaws.com" if "logs" in now else "",
        "Root": now.get("root", "index.html"),
        "Since": builder.recall(name).get("since") or builder.stamp(),
        "Tags": tags_of(now),
    }
    builder.append(name.account, GLOBAL, "cloudfront", "distributions", made, by="Id")
    builder.remember(name, domain=made["DomainName"], since=made["Since"])


def _bucket_origin(bucket: str, now: dict[str, Any]) -> dict[str, Any]:
    label, _, region = bucket.partition("@")
    host = f"{label}.s3.{region or NORTH_VIRGINIA}.amazonaws.com"
    control = made_up("E", label, length=13).upper() if now.get("access_control", True) else ""
    return {"Host": host, "IsBucket": True, "AccessControl": control}


def _host_origin(text: str) -> dict[str, Any]:
    """Return an origin that is a host; `host http` is spoken to in plain HTTP."""
    host, _, plain = text.partition(" ")
    return {"Host": host, "IsBucket": False, "Policy": "http-only" if plain else "https-only"}


@kind("hosted-zone", 91)
def make_hosted_zone(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a public zone with `records` as `shop CNAME example.com`.

    A target `distribution:DOMAIN@ACCOUNT` is a distribution's own name.
    """
    route53 = builder.client("route53", GLOBAL)
    if not builder.recall(name):
        made = route53.create_hosted_zone(Name=name.name, CallerReference=name.name)["HostedZone"]["Id"]
        builder.remember(name, zone=made.rpartition("/")[2])
    zone = builder.recall(name)["zone"]
    wanted, there = now.get("records", []), before.get("records", [])
    changes = [_change(builder, name, "DELETE", text) for text in there if text not in wanted]
    changes += [_change(builder, name, "CREATE", text) for text in wanted if text not in there]
    if changes:
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def _change(builder: Builder, name: Name, action: str, text: str) -> dict[str, Any]:
    label, kind_of, target = text.split(" ", 2)
    if target.startswith("distribution:"):
        domain, _, account = target.removeprefix("distribution:").partition("@")
        of = Name("distribution", builder.declared.by_name[account].id, GLOBAL, domain)
        target = str(builder.recall(of)["domain"])
    record = {"Name": f"{label}.{name.name}.", "Type": kind_of, "TTL": 300, "ResourceRecords": [{"Value": target}]}
    return {"Action": action, "ResourceRecordSet": record}


@kind("http-api", 66)
def make_http_api(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make an HTTP API with `routes`, all with one `authorization`, such as AWS_IAM."""
    api = builder.client("apigatewayv2", name.region)
    if not builder.recall(name):
        tags = {tag["Key"]: tag["Value"] for tag in tags_of(now)}
        made = api.create_api(Name=name.name, ProtocolType="HTTP", Tags=tags)["ApiId"]
        routes = {key: api.create_route(ApiId=made, RouteKey=key, **_route(now))["RouteId"] for key in now["routes"]}
        group = f"arn:aws:logs:{name.region}:{name.account}:log-group:/api/{name.name}"
        settings = {"AccessLogSettings": {"DestinationArn": group, "Format": "$context.requestId"}}
        api.create_stage(ApiId=made, StageName="$default", AutoDeploy=True, **(settings if now.get("logs") else {}))
        builder.remember(name, api=made, routes=routes)
    elif _route(now) != _route(before):
        ids = builder.recall(name)
        for route in ids["routes"].values():
            api.update_route(ApiId=ids["api"], RouteId=route, **_route(now))


def _route(now: dict[str, Any]) -> dict[str, str]:
    return {"AuthorizationType": now.get("authorization", "NONE")}


@kind("rest-api", 66)
def make_rest_api(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a REST API with `methods` as `GET orders`, deployed as the stage `live`.

    `authorization`, `endpoint`, `web_acl` and `logs` as their names say.
    """
    if builder.recall(name):
        return
    api = builder.client("apigateway", name.region)
    types = {"types": [now.get("endpoint", "REGIONAL")]}
    tags = {tag["Key"]: tag["Value"] for tag in tags_of(now)}
    made = api.create_rest_api(name=name.name, endpointConfiguration=types, tags=tags)["id"]
    root = api.get_resources(restApiId=made)["items"][0]["id"]
    for text in now["methods"]:
        verb, path = text.split(" ")
        resource = api.create_resource(restApiId=made, parentId=root, pathPart=path)["id"]
        place = {"restApiId": made, "resourceId": resource, "httpMethod": verb}
        api.put_method(**place, authorizationType=now.get("authorization", "AWS_IAM"))
        api.put_integration(**place, type="MOCK")
    deployment = api.create_deployment(restApiId=made)["id"]
    api.create_stage(restApiId=made, stageName="live", deploymentId=deployment)
    stage = f"arn:aws:apigateway:{name.region}::/restapis/{made}/stages/live"
    if "web_acl" in now:
        acl = builder.known("web-acl", name, now["web_acl"])["acl"]
        builder.client("wafv2", name.region).associate_web_acl(WebACLArn=acl, ResourceArn=stage)
    if now.get("logs"):
        group = f"arn:aws:logs:{name.region}:{name.account}:log-group:/api/{name.name}"
        known = builder.on_shelf(name.account, name.region, "apigateway").get("logs", {})
        builder.put(name.account, name.region, "apigateway", logs={**known, made: group})
    builder.remember(name, api=made)
