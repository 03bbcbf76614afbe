"""Judge load balancers: exposure, TLS, web ACLs, and logs."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
DESCRIBE_ATTRIBUTES = "elasticloadbalancing:DescribeLoadBalancerAttributes"
DESCRIBE_LISTENERS = "elasticloadbalancing:DescribeListeners"
_ATTRIBUTES_TAB = "EC2 → Load balancers → {name} → Attributes → Edit: "
_MODIFY = "aws elbv2 modify-load-balancer-attributes --region {region} --load-balancer-arn {arn} --attributes "
_REDIRECT = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}
_FORWARD = {"Type": "forward", "TargetGroupArn": "arn:aws:elasticloadbalancing:…:targetgroup/shop/1"}
_MODERN = "ELBSecurityPolicy-TLS13-1-2-2021-06"
OLD_TLS = ("-TLS-1-0-", "-TLS-1-1-", "TLS13-1-0", "TLS13-1-1", "ELBSecurityPolicy-2015-05", "ELBSecurityPolicy-2016-08",
           "ELBSecurityPolicy-FS-2018-06", "ELBSecurityPolicy-FS-1-1-2019-08")  # fmt: skip
"""Parts of names of policies that allow TLS 1.0 or 1.1 (Elastic Load Balancing guide, "Security policies")."""


def _application(**rest: Any) -> dict[str, Any]:
    return {"Type": "application", "Scheme": "internet-facing", **rest}


def _attributes(**values: str) -> dict[str, Any]:
    named = {key.replace("__", "."): value for key, value in values.items()}
    return _application(Attributes=named)


def _is_application(balancer: Resource) -> bool:
    return bool(balancer.config["Type"] == "application")


@check(
    resource_type=BALANCER,
    title="Application load balancer redirects HTTP to HTTPS",
    problem="Application load balancer takes plain HTTP",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:ELB.1"),
    aliases=("securityhub:ELB.1",),
    remediation=Remediation(
        console="EC2 → Load balancers → {name} → Listeners → HTTP → Edit default action → Redirect to HTTPS, port 443.",
        cli="aws elbv2 modify-listener --region {region} --listener-arn <arn> --default-actions "
        "'Type=redirect,RedirectConfig={{Protocol=HTTPS,Port=443,StatusCode=HTTP_301}}'",
    ),
    examples=(
        passes(_application(Listeners=[{"Port": 80, "Protocol": "HTTP", "DefaultActions": [_REDIRECT]}])),
        passes(_application(Listeners=[{"Port": 443, "Protocol": "HTTPS", "DefaultActions": [_FORWARD]}])),
        fails(_application(Listeners=[{"Port": 80, "Protocol": "HTTP", "DefaultActions": [_FORWARD]}])),
        is_unknown(_application(Listeners=denied(DESCRIBE_LISTENERS))),
        does_not_apply({"Type": "network", "Listeners": [{"Port": 25, "Protocol": "TCP"}]}, "a network load balancer"),
        does_not_apply(_application(Listeners=[]), "no listener"),
    ),
)
def elbv2_load_balancer_http_redirected(balancer: Resource) -> Outcome:
    """Whoever is on the way between a person and the site reads and changes what goes by plain HTTP.

    Browsers begin with it wherever a link says so; a redirect ends it after the first request.
    """
    if not _is_application(balancer):
        return not_applicable("Only application load balancers speak HTTP.", "Type")
    listeners = balancer.config["Listeners"]
    if not listeners:
        return not_applicable("It has no listener.", "Listeners")
    for index, each in enumerate(listeners):
        if each["Protocol"] == "HTTP" and not all(_redirects(action) for action in each["DefaultActions"]):
            return failed(f"Port {each['Port']} takes plain HTTP.", f"Listeners[{index}].DefaultActions")
    return passed("Every listener takes HTTPS or redirects to it.", "Listeners")


def _redirects(action: Any) -> bool:
    return bool(action["Type"] == "redirect" and action["RedirectConfig"].get("Protocol") == "HTTPS")


@check(
    resource_type=BALANCER,
    title="Load balancer accepts TLS 1.2 or newer alone",
    problem="Load balancer accepts TLS 1.0 or 1.1",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "practices:legacy", "aws_fsbp:ELB.17"),
    aliases=("prowler:elbv2_insecure_ssl_ciphers", "securityhub:ELB.17"),
    remediation=Remediation(
        console="EC2 → Load balancers → {name} → Listeners → the listener → Security → Edit: the recommended policy "
        f"{_MODERN}.",
        cli=f"aws elbv2 modify-listener --region {{region}} --listener-arn <arn> --ssl-policy {_MODERN}",
    ),
    examples=(
        passes(_application(Listeners=[{"Port": 443, "Protocol": "HTTPS", "SslPolicy": _MODERN}])),
        fails(_application(Listeners=[{"Port": 443, "Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-2016-08"}])),
        fails({"Type": "network", "Listeners": [
            {"Port": 993, "Protocol": "TLS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-0-2021-06"},
        ]}),
        is_unknown(_application(Listeners=denied(DESCRIBE_LISTENERS))),
        does_not_apply(_application(Listeners=[{"Port": 80, "Protocol": "HTTP"}]), "no TLS here"),
    ),
)  # fmt: skip
def elbv2_load_balancer_modern_tls(balancer: Resource) -> Outcome:
    """TLS 1.0 and 1.1 have been retired since 2021: what they protect can be read by whoever is on the way."""
    secure = [(index, each) for index, each in enumerate(balancer.config["Listeners"])
              if each["Protocol"] in {"HTTPS", "TLS"}]  # fmt: skip
    if not secure:
        return not_applicable("No listener ends TLS.", "Listeners")
    for index, each in secure:
        if any(part in each["SslPolicy"] for part in OLD_TLS):
            return failed(f"Port {each['Port']} uses {each['SslPolicy']}.", f"Listeners[{index}].SslPolicy")
    return passed("Every listener asks for TLS 1.2 or newer.", "Listeners")


@check(
    resource_type=BALANCER,
    title="Application load balancer drops invalid headers",
    problem="Application load balancer passes on invalid headers",
    severity=Severity.LOW,
    controls=("practices:vpc", "aws_fsbp:ELB.4"),
    aliases=("securityhub:ELB.4", "prowler:elbv2_alb_drop_invalid_header_fields_enabled"),
    remediation=Remediation(
        console=_ATTRIBUTES_TAB + "Drop invalid header fields.",
        cli=_MODIFY + "Key=routing.http.drop_invalid_header_fields.enabled,Value=true",
    ),
    examples=(
        passes(_attributes(routing__http__drop_invalid_header_fields__enabled="true")),
        fails(_attributes(routing__http__drop_invalid_header_fields__enabled="false")),
        is_unknown(_application(Attributes=denied(DESCRIBE_ATTRIBUTES))),
        does_not_apply({"Type": "network"}, "a network load balancer"),
    ),
)
def elbv2_load_balancer_invalid_headers_dropped(balancer: Resource) -> Outcome:
    """Two servers that read an odd header differently can be made to read two requests where one was sent."""
    if not _is_application(balancer):
        return not_applicable("Only application load balancers read headers.", "Type")
    key = "routing.http.drop_invalid_header_fields.enabled"
    return _is_true(balancer, key, "Invalid headers are dropped.", "Invalid headers are passed on.")


@check(
    resource_type=BALANCER,
    title="Load balancer logs its requests",
    problem="Load balancer does not log its requests",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:ELB.5", "cis_aws_7:4.10"),
    aliases=("securityhub:ELB.5", "prowler:elbv2_logging_enabled"),
    remediation=Remediation(
        console=_ATTRIBUTES_TAB + "Access logs, with a bucket of the log archive.",
        cli=_MODIFY + "Key=access_logs.s3.enabled,Value=true Key=access_logs.s3.bucket,Value=<bucket>",
    ),
    examples=(
        passes(_attributes(access_logs__s3__enabled="true")),
        fails(_attributes(access_logs__s3__enabled="false")),
        is_unknown(_application(Attributes=denied(DESCRIBE_ATTRIBUTES))),
        does_not_apply({"Type": "gateway"}, "a gateway load balancer"),
    ),
)
def elbv2_load_balancer_logs(balancer: Resource) -> Outcome:
    """After an incident the first question is who asked for what; without logs nobody will ever know."""
    if balancer.config["Type"] == "gateway":
        return not_applicable("A gateway load balancer has no access logs.", "Type")
    return _is_true(balancer, "access_logs.s3.enabled", "Access logs go to a bucket.", "No access logs are kept.")


@check(
    resource_type=BALANCER,
    title="Load balancer is protected from deletion",
    problem="Load balancer can be deleted by one call",
    severity=Severity.LOW,
    controls=("practices:accounts", "aws_fsbp:ELB.6"),
    aliases=("securityhub:ELB.6", "prowler:elbv2_deletion_protection"),
    remediation=Remediation(
        console=_ATTRIBUTES_TAB + "Deletion protection.", cli=_MODIFY + "Key=deletion_protection.enabled,Value=true"
    ),
    examples=(
        passes(_attributes(deletion_protection__enabled="true")),
        fails(_attributes(deletion_protection__enabled="false")),
        is_unknown(_application(Attributes=denied(DESCRIBE_ATTRIBUTES))),
    ),
)
def elbv2_load_balancer_deletion_protected(balancer: Resource) -> Outcome:
    """Its name in DNS goes with it, and comes back for nobody: everything that points there stays dark."""
    return _is_true(
        balancer, "deletion_protection.enabled", "Deletion protection is on.", "Deletion protection is off."
    )


@check(
    resource_type=BALANCER,
    title="Application load balancer mitigates request smuggling",
    problem="Application load balancer lets smuggled requests pass",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "aws_fsbp:ELB.12"),
    aliases=("securityhub:ELB.12", "prowler:elbv2_desync_mitigation_mode"),
    remediation=Remediation(
        console=_ATTRIBUTES_TAB + "Desync mitigation mode: Defensive or Strictest.",
        cli=_MODIFY + "Key=routing.http.desync_mitigation_mode,Value=defensive",
    ),
    examples=(
        passes(_attributes(routing__http__desync_mitigation_mode="defensive")),
        passes(_attributes(routing__http__desync_mitigation_mode="strictest")),
        fails(_attributes(routing__http__desync_mitigation_mode="monitor")),
        is_unknown(_application(Attributes=denied(DESCRIBE_ATTRIBUTES))),
        does_not_apply({"Type": "network"}, "a network load balancer"),
    ),
)
def elbv2_load_balancer_desync_mitigated(balancer: Resource) -> Outcome:
    """A request that two servers read differently carries a second one inside, in somebody else's name."""
    if not _is_application(balancer):
        return not_applicable("Only application load balancers read requests.", "Type")
    mode = balancer.config["Attributes"]["routing.http.desync_mitigation_mode"]
    judge = passed if mode in {"defensive", "strictest"} else failed
    return judge(f"Desync mitigation is “{mode}”.", "Attributes.routing.http.desync_mitigation_mode")


@check(
    resource_type=BALANCER,
    title="Load balancer spans two zones",
    problem="Load balancer is in one zone alone",
    severity=Severity.LOW,
    controls=("practices:accounts", "aws_fsbp:ELB.13"),
    aliases=("securityhub:ELB.13", "prowler:elbv2_is_in_multiple_az"),
    remediation=Remediation(
        console="EC2 → Load balancers → {name} → Network mapping → Edit subnets: one in another zone.",
        cli="aws elbv2 set-subnets --region {region} --load-balancer-arn {arn} --subnets <subnet> <subnet>",
    ),
    examples=(
        passes({"AvailabilityZones": [{"ZoneName": "eu-central-1a"}, {"ZoneName": "eu-central-1b"}]}),
        fails({"AvailabilityZones": [{"ZoneName": "eu-central-1a"}]}),
        is_unknown({"AvailabilityZones": denied("elasticloadbalancing:DescribeLoadBalancers")}),
    ),
)
def elbv2_load_balancer_spans_zones(balancer: Resource) -> Outcome:
    """When a zone fails, what is behind the load balancer in the others cannot be reached by a single one."""
    zones = sorted({each["ZoneName"] for each in balancer.config["AvailabilityZones"]})
    judge = passed if len(zones) > 1 else failed
    return judge(f"It is in {' and '.join(zones) or 'no zone'}.", "AvailabilityZones")


@check(
    resource_type=BALANCER,
    title="Application load balancer on the internet has a web ACL in front",
    problem="Application load balancer on the internet has no web ACL in front",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "aws_fsbp:ELB.16"),
    aliases=("securityhub:ELB.16", "prowler:elbv2_waf_acl_attached"),
    remediation=Remediation(
        console="WAF & Shield → Web ACLs → the ACL → Associated AWS resources → Add → {name}.",
        cli="aws wafv2 associate-web-acl --region {region} --web-acl-arn <acl> --resource-arn {arn}",
    ),
    examples=(
        passes(_application(WebAcl="arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/front/a1")),
        fails(_application(WebAcl=None)),
        is_unknown(_application(WebAcl=denied("wafv2:GetWebACLForResource"))),
        does_not_apply({"Type": "network", "Scheme": "internet-facing"}, "a network load balancer"),
        does_not_apply({"Type": "application", "Scheme": "internal"}, "inside the network"),
    ),
)
def elbv2_load_balancer_web_acl_in_front(balancer: Resource) -> Outcome:
    """Scanners find a new address within minutes. A web ACL turns away the known attacks, floods and bots."""
    if not _is_application(balancer) or balancer.config["Scheme"] != "internet-facing":
        return not_applicable("It takes no requests from the internet that a web ACL could look at.", "Type", "Scheme")
    if balancer.config["WebAcl"]:
        return passed("A web ACL looks at each request.", "WebAcl")
    return failed("No web ACL looks at its requests.", "WebAcl")


def _is_true(balancer: Resource, key: str, right: str, wrong: str) -> Outcome:
    """Judge by one of the attributes, which AWS answers as text."""
    path = f"Attributes.{key}"
    return passed(right, path) if balancer.config["Attributes"][key] == "true" else failed(wrong, path)
