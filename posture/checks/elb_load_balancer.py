"""Judges classic load balancers: their listeners and their settings."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.resource import Resource

CLASSIC = "AWS::ElasticLoadBalancing::LoadBalancer"
DESCRIBE = "elasticloadbalancing:DescribeLoadBalancers"
DESCRIBE_ATTRIBUTES = "elasticloadbalancing:DescribeLoadBalancerAttributes"
SECURE = {"HTTPS", "SSL"}
_MODE = "elb.http.desyncmitigationmode"
_EDIT = "EC2 → Load balancers → {name} → Attributes → Edit: "
_MODIFY = (
    "aws elb modify-load-balancer-attributes --region {region} --load-balancer-name {name} --load-balancer-attributes "
)
_ACM = "arn:aws:acm:eu-central-1:111122223333:certificate/1"
_IAM = "arn:aws:iam::111122223333:server-certificate/shop-2023"


def _listening(protocol: str, certificate: str | None = None) -> dict[str, Any]:
    listener = {"Protocol": protocol, "LoadBalancerPort": 443, "SSLCertificateId": certificate}
    return {"ListenerDescriptions": [{"Listener": listener}]}


@check(
    resource_type=CLASSIC,
    title="Classic load balancer takes its certificate from ACM",
    problem="Classic load balancer uses a certificate that nobody renews",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:ELB.2"),
    aliases=("securityhub:ELB.2", "prowler:elb_ssl_listeners_use_acm_certificate"),
    remediation=Remediation(
        console="EC2 → Load balancers → {name} → Listeners → Change certificate → from ACM.",
        cli="aws elb set-load-balancer-listener-ssl-certificate --region {region} --load-balancer-name {name} "
        "--load-balancer-port 443 --ssl-certificate-id <ACM ARN>",
    ),
    examples=(
        passes(_listening("HTTPS", _ACM)),
        fails(_listening("HTTPS", _IAM)),
        is_unknown({"ListenerDescriptions": denied(DESCRIBE)}),
        does_not_apply(_listening("TCP"), "no TLS here"),
    ),
)
def elb_load_balancer_certificate_from_acm(balancer: Resource) -> Outcome:
    """ACM renews its certificates by itself; those in IAM end on a day that somebody has to remember."""
    secure = [(path, each) for path, each in _listeners(balancer) if each["Protocol"] in SECURE]
    if not secure:
        return not_applicable("No listener ends TLS.", "ListenerDescriptions")
    for path, each in secure:
        if ":acm:" not in str(each["SSLCertificateId"]):
            return failed(f"Port {each['LoadBalancerPort']} has its certificate from IAM.", f"{path}.SSLCertificateId")
    return passed("Every certificate is of ACM.", "ListenerDescriptions")


@check(
    resource_type=CLASSIC,
    title="Classic load balancer listens by TLS alone",
    problem="Classic load balancer listens without TLS",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:ELB.3"),
    aliases=("securityhub:ELB.3", "prowler:elb_ssl_listeners"),
    remediation=Remediation(
        console="EC2 → Load balancers → {name} → Listeners → Manage: HTTPS or SSL in place of HTTP or TCP."
    ),
    examples=(
        passes(_listening("SSL", _ACM)),
        fails(_listening("HTTP")),
        is_unknown({"ListenerDescriptions": denied(DESCRIBE)}),
        does_not_apply({"ListenerDescriptions": []}, "no listener"),
    ),
)
def elb_load_balancer_listens_by_tls(balancer: Resource) -> Outcome:
    """Whoever is on the way reads and changes what goes without TLS; a classic load balancer cannot redirect."""
    listeners = _listeners(balancer)
    if not listeners:
        return not_applicable("It has no listener.", "ListenerDescriptions")
    for path, each in listeners:
        if each["Protocol"] not in SECURE:
            return failed(f"Port {each['LoadBalancerPort']} listens by {each['Protocol']}.", f"{path}.Protocol")
    return passed("Every listener ends TLS.", "ListenerDescriptions")


def _listeners(balancer: Resource) -> list[tuple[str, Any]]:
    described = balancer.config["ListenerDescriptions"]
    return [(f"ListenerDescriptions[{index}].Listener", each["Listener"]) for index, each in enumerate(described)]


@check(
    resource_type=CLASSIC,
    title="Classic load balancer logs its requests",
    problem="Classic load balancer does not log its requests",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:ELB.5", "cis_aws_7:4.10"),
    aliases=("securityhub:ELB.5", "prowler:elb_logging_enabled"),
    remediation=Remediation(
        console=_EDIT + "Access logs, with a bucket of the log archive.",
        cli=_MODIFY + "'AccessLog={{Enabled=true,S3BucketName=<bucket>}}'",
    ),
    examples=(
        passes({"Attributes": {"AccessLog": {"Enabled": True}}}),
        fails({"Attributes": {"AccessLog": {"Enabled": False}}}),
        is_unknown({"Attributes": denied(DESCRIBE_ATTRIBUTES)}),
    ),
)
def elb_load_balancer_logs(balancer: Resource) -> Outcome:
    """After an incident the first question is who asked for what; without logs nobody will ever know."""
    if balancer.config["Attributes"]["AccessLog"]["Enabled"]:
        return passed("Access logs go to a bucket.", "Attributes.AccessLog.Enabled")
    return failed("No access logs are kept.", "Attributes.AccessLog.Enabled")


@check(
    resource_type=CLASSIC,
    title="Classic load balancer drains connections",
    problem="Classic load balancer cuts connections off",
    severity=Severity.LOW,
    controls=("practices:legacy", "aws_fsbp:ELB.7"),
    aliases=("securityhub:ELB.7",),
    remediation=Remediation(
        console=_EDIT + "Connection draining.", cli=_MODIFY + "'ConnectionDraining={{Enabled=true,Timeout=300}}'"
    ),
    examples=(
        passes({"Attributes": {"ConnectionDraining": {"Enabled": True}}}),
        fails({"Attributes": {"ConnectionDraining": {"Enabled": False}}}),
        is_unknown({"Attributes": denied(DESCRIBE_ATTRIBUTES)}),
    ),
)
def elb_load_balancer_drains(balancer: Resource) -> Outcome:
    """Without it every change of an instance ends requests halfway, and changes are put off for that."""
    if balancer.config["Attributes"]["ConnectionDraining"]["Enabled"]:
        return passed("Connections are drained.", "Attributes.ConnectionDraining.Enabled")
    return failed("Connections are cut off.", "Attributes.ConnectionDraining.Enabled")


@check(
    resource_type=CLASSIC,
    title="Classic load balancer balances over its zones",
    problem="Classic load balancer does not balance over its zones",
    severity=Severity.LOW,
    controls=("practices:legacy", "aws_fsbp:ELB.9"),
    aliases=("securityhub:ELB.9", "prowler:elb_cross_zone_load_balancing_enabled"),
    remediation=Remediation(
        console=_EDIT + "Cross-zone load balancing.", cli=_MODIFY + "'CrossZoneLoadBalancing={{Enabled=true}}'"
    ),
    examples=(
        passes({"Attributes": {"CrossZoneLoadBalancing": {"Enabled": True}}}),
        fails({"Attributes": {"CrossZoneLoadBalancing": {"Enabled": False}}}),
        is_unknown({"Attributes": denied(DESCRIBE_ATTRIBUTES)}),
    ),
)
def elb_load_balancer_balances_over_zones(balancer: Resource) -> Outcome:
    """The last instance of a zone gets all of the zone's requests, and falls under them."""
    if balancer.config["Attributes"]["CrossZoneLoadBalancing"]["Enabled"]:
        return passed("Requests go to instances of all zones.", "Attributes.CrossZoneLoadBalancing.Enabled")
    return failed("Each zone keeps its own requests.", "Attributes.CrossZoneLoadBalancing.Enabled")


@check(
    resource_type=CLASSIC,
    title="Classic load balancer spans two zones",
    problem="Classic load balancer is in one zone alone",
    severity=Severity.LOW,
    controls=("practices:legacy", "aws_fsbp:ELB.10"),
    aliases=("securityhub:ELB.10", "prowler:elb_is_in_multiple_az"),
    remediation=Remediation(
        console="EC2 → Load balancers → {name} → Network mapping → Edit subnets: one in another zone.",
        cli="aws elb attach-load-balancer-to-subnets --region {region} --load-balancer-name {name} --subnets <subnet>",
    ),
    examples=(
        passes({"AvailabilityZones": ["eu-central-1a", "eu-central-1b"]}),
        fails({"AvailabilityZones": ["eu-central-1a"]}),
        is_unknown({"AvailabilityZones": denied(DESCRIBE)}),
    ),
)
def elb_load_balancer_spans_zones(balancer: Resource) -> Outcome:
    """When its one zone fails, what is behind it cannot be reached."""
    zones = sorted(balancer.config["AvailabilityZones"])
    judge = passed if len(zones) > 1 else failed
    return judge(f"It is in {' and '.join(zones) or 'no zone'}.", "AvailabilityZones")


@check(
    resource_type=CLASSIC,
    title="Classic load balancer mitigates request smuggling",
    problem="Classic load balancer lets smuggled requests pass",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "aws_fsbp:ELB.14"),
    aliases=("securityhub:ELB.14", "prowler:elb_desync_mitigation_mode"),
    remediation=Remediation(
        console=_EDIT + "Desync mitigation mode: Defensive or Strictest.",
        cli=_MODIFY + "'AdditionalAttributes=[{{Key=elb.http.desyncmitigationmode,Value=defensive}}]'",
    ),
    examples=(
        passes({"Attributes": {"AdditionalAttributes": [{"Key": _MODE, "Value": "defensive"}]}}),
        fails({"Attributes": {"AdditionalAttributes": [{"Key": _MODE, "Value": "monitor"}]}}),
        is_unknown({"Attributes": denied(DESCRIBE_ATTRIBUTES)}),
        is_unknown({"Attributes": {"AdditionalAttributes": []}}, "the answer leaves it out"),
    ),
)
def elb_load_balancer_desync_mitigated(balancer: Resource) -> Outcome:
    """A request that two servers read differently carries a second one inside, in somebody else's name."""
    attributes = balancer.config["Attributes"]["AdditionalAttributes"]
    for index, each in enumerate(attributes):
        if each["Key"] == _MODE:
            judge = passed if each["Value"] in {"defensive", "strictest"} else failed
            path = f"Attributes.AdditionalAttributes[{index}].Value"
            return judge(f"Desync mitigation is “{each['Value']}”.", path)
    return unknown("AWS does not say which mode it has.", "Attributes.AdditionalAttributes")
