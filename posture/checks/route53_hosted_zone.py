"""Judges hosted zones: names that lead to nothing, query logs, and signed answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from posture.checks.other_accounts import account_with, elsewhere, is_seen_everywhere
from posture.core import aws_hosts
from posture.core.check import (
    Remediation,
    check,
    denied,
    does_not_apply,
    fails,
    is_unknown,
    neighbour,
    passes,
)
from posture.core.outcome import Outcome, Severity, Status, failed, not_applicable, passed, unknown
from posture.core.related import Related
from posture.core.resource import Resource
from posture.core.values import all_found, any_of

ZONE = "AWS::Route53::HostedZone"
BUCKET, ADDRESS, INTERFACE = "AWS::S3::Bucket", "AWS::EC2::EIP", "AWS::EC2::NetworkInterface"
BALANCER, CLASSIC = "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancing::LoadBalancer"
DISTRIBUTION = "AWS::CloudFront::Distribution"
LIST_RECORDS = "route53:ListResourceRecordSets"
MAX_NAMED = 5
"""How many records an outcome names."""
_EDIT = "Route 53 → Hosted zones → {name} → the record → "
_DELETE = "aws route53 change-resource-record-sets --hosted-zone-id {id} --change-batch file://delete-record.json"


@dataclass(frozen=True, slots=True)
class RecordTarget:
    """Where a record leads.

    `host` is in lower case, without the final dot and what chooses the address family.
    """

    path: str
    name: str
    host: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A target that the account does not have."""

    target: RecordTarget
    is_certain: bool
    """Whether no other account has it either."""


def _zone(*records: dict[str, Any], private: bool = False) -> dict[str, Any]:
    return {"Config": {"PrivateZone": private}, "Records": list(records)}


def _cname(host: str, name: str = "www.example.com.") -> dict[str, Any]:
    return {"Name": name, "Type": "CNAME", "ResourceRecords": [{"Value": host}]}


def _alias(host: str, name: str = "www.example.com.") -> dict[str, Any]:
    return {"Name": name, "Type": "A", "AliasTarget": {"DNSName": host, "EvaluateTargetHealth": False}}


_WEBSITE = _alias("s3-website.eu-central-1.amazonaws.com.")
_INSTANCE = _cname("ec2-203-0-113-25.eu-central-1.compute.amazonaws.com")
_SHOP = "shop-1.eu-central-1.elb.amazonaws.com"
_BALANCED = _alias(f"dualstack.{_SHOP}.")
_MAIL = "mail-1a2b.elb.eu-central-1.amazonaws.com"
_CACHED = _alias("d111111abcdef8.cloudfront.net.")
_NO_BUCKET = elsewhere(BUCKET, "www.example.com", None)
_NO_BALANCER = elsewhere(BALANCER, _SHOP, None)


@check(
    resource_type=ZONE,
    title="Public records point at buckets and addresses of the organization",
    problem="Public record points at a bucket or address that strangers can take",
    severity=Severity.HIGH,
    controls=("practices:vpc", "practices:data"),
    needs=(BUCKET, ADDRESS, INTERFACE),
    reads_observed=True,
    version=2,
    remediation=Remediation(
        console=_EDIT + "Delete, or make the bucket before a stranger does. Accept the finding where the bucket or "
        "address belongs to an account that is not in the organization.",
        cli=_DELETE,
    ),
    examples=(
        passes(_zone(_WEBSITE), related=[neighbour(BUCKET, {}, name="www.example.com")]),
        passes(_zone(_INSTANCE), "an Elastic IP address", related=[neighbour(ADDRESS, {"PublicIp": "203.0.113.25"})]),
        passes(
            _zone(_INSTANCE),
            "an instance's address, whatever else is unknown",
            gaps=[ADDRESS],
            related=[neighbour(INTERFACE, {}, observed={"Association": {"PublicIp": "203.0.113.25"}})],
        ),
        passes(
            _zone(_WEBSITE),
            "another account's bucket",
            observed=elsewhere(BUCKET, "www.example.com", "444455556666"),
            gaps=[BUCKET],
        ),
        passes(_zone(_INSTANCE), "another account's", observed=elsewhere(ADDRESS, "203.0.113.25", "444455556666")),
        fails(
            _zone(_WEBSITE),
            "no such bucket",
            observed=_NO_BUCKET,
            related=[neighbour(BUCKET, {}, name="other")],
        ),
        fails(_zone(_cname("www.example.com.s3-website-us-east-1.amazonaws.com")), "by CNAME", observed=_NO_BUCKET),
        fails(
            _zone(_INSTANCE),
            "a released address",
            observed=elsewhere(ADDRESS, "203.0.113.25", None),
            related=[neighbour(ADDRESS, {"PublicIp": "203.0.113.99"})],
        ),
        fails(_zone(_INSTANCE, _WEBSITE), "the one is sure, the other unknown", observed=_NO_BUCKET, gaps=[INTERFACE]),
        is_unknown(_zone(_WEBSITE), "nothing is known of other accounts"),
        is_unknown(
            _zone(_INSTANCE),
            "another account was not seen",
            observed=elsewhere(ADDRESS, "203.0.113.25", None, complete=False),
        ),
        is_unknown(_zone(_WEBSITE), observed=_NO_BUCKET, gaps=[BUCKET]),
        is_unknown({"Config": {"PrivateZone": False}, "Records": denied(LIST_RECORDS)}),
        does_not_apply(_zone(_cname("shop.example.net")), "no such record"),
        does_not_apply(_zone(_alias("s3-website.eu-central-1.amazonaws.com.", "\\052.example.com.")), "a wildcard"),
        does_not_apply(_zone(_WEBSITE, private=True), "a private zone"),
        does_not_apply({"Config": {"PrivateZone": False}, "Records": None}, "a service keeps its records"),
    ),
)
def route53_hosted_zone_targets_not_claimable(zone: Resource, related: Related) -> Outcome:
    """Whoever makes the missing bucket, or is given the released address, serves what they like under your name.

    They can get a certificate for it and read cookies of the whole domain. Plain addresses in records are not judged,
    since nothing says whose they are.
    """
    targets = [each for each in _targets(zone) if _bucket(each) or _address(each)]
    if not targets:
        return not_applicable("No public record points at a bucket or an instance by AWS's name.", "Records")
    missing = all_found(*(partial(_claimable, zone, each, related) for each in targets))
    return _judge(missing) or passed("The organization has the bucket or address behind each record.", "Records")


def _claimable(zone: Resource, target: RecordTarget, related: Related) -> list[Missing]:
    """Return the target where no account is known to have its bucket or address."""
    bucket, address = _bucket(target), str(_address(target))
    if bucket:

        def has_bucket() -> bool:
            return bool(related.first_known(BUCKET, lambda each: True if each.name == bucket else None))

        return _missing(zone, target, BUCKET, bucket, has_bucket)

    def has_address() -> bool:
        return any_of(
            lambda: related.first_known(ADDRESS, lambda each: True if each.config["PublicIp"] == address else None),
            lambda: related.first_known(INTERFACE, lambda each: True if address in set(_public(each)) else None),
        )

    return _missing(zone, target, ADDRESS, address, has_address)


def _missing(zone: Resource, target: RecordTarget, kind: str, name: str, is_here: Callable[[], bool]) -> list[Missing]:
    """Return a target that neither this account nor a known other one has."""
    if account_with(zone, kind, name) or is_here():
        return []
    return [Missing(target, is_seen_everywhere(zone, kind, name))]


def _bucket(target: RecordTarget) -> str | None:
    return aws_hosts.bucket_of_record(target.name, target.host)


def _address(target: RecordTarget) -> str | None:
    return aws_hosts.address_of(target.host)


def _public(interface: Resource) -> Iterator[str]:
    seen = interface.observed
    for each in (seen, *seen.items_of("PrivateIpAddresses")):
        address = each.at("Association", "PublicIp") if each else None
        if address:
            yield address


@check(
    resource_type=ZONE,
    title="Public records point at load balancers and distributions of the organization",
    problem="Public record points at a load balancer that no account has",
    severity=Severity.MEDIUM,
    controls=("practices:vpc",),
    needs=(BALANCER, CLASSIC, DISTRIBUTION),
    reads_observed=True,
    version=2,
    remediation=Remediation(
        console=_EDIT + "Delete, or point it at what took its place. Accept the finding where the load balancer "
        "belongs to an account that is not in the organization.",
        cli=_DELETE,
    ),
    examples=(
        passes(_zone(_BALANCED), related=[neighbour(BALANCER, {"DNSName": "Shop-1.eu-central-1.elb.amazonaws.com"})]),
        passes(_zone(_alias(_MAIL + ".")), "a network one", related=[neighbour(BALANCER, {"DNSName": _MAIL})]),
        passes(_zone(_cname(_SHOP)), "a classic one", related=[neighbour(CLASSIC, {"DNSName": _SHOP})]),
        passes(_zone(_CACHED), related=[neighbour(DISTRIBUTION, {"DomainName": "d111111abcdef8.cloudfront.net"})]),
        passes(_zone(_BALANCED), "another account's", observed=elsewhere(BALANCER, _SHOP, "444455556666")),
        passes(
            _zone(_CACHED),
            "another account's distribution",
            observed=elsewhere(DISTRIBUTION, "d111111abcdef8.cloudfront.net", "444455556666"),
            gaps=[DISTRIBUTION],
        ),
        fails(_zone(_BALANCED), observed=_NO_BALANCER, related=[neighbour(BALANCER, {"DNSName": _MAIL})]),
        fails(_zone(_CACHED, _BALANCED), "the distribution may be AWS's own", observed=_NO_BALANCER),
        is_unknown(_zone(_CACHED), "API Gateway and Cognito keep distributions of their own"),
        is_unknown(_zone(_BALANCED), "nothing is known of other accounts"),
        is_unknown(
            _zone(_BALANCED),
            "another account was not seen",
            observed=elsewhere(BALANCER, _SHOP, None, complete=False),
        ),
        is_unknown(_zone(_BALANCED), observed=_NO_BALANCER, gaps=[BALANCER]),
        is_unknown(_zone(_CACHED), gaps=[DISTRIBUTION]),
        is_unknown({"Config": {"PrivateZone": False}, "Records": denied(LIST_RECORDS)}),
        does_not_apply(_zone(_cname("shop.example.net")), "no such record"),
        does_not_apply(_zone(_BALANCED, private=True), "a private zone"),
    ),
)
def route53_hosted_zone_targets_exist(zone: Resource, related: Related) -> Outcome:
    """A record that outlived its load balancer fails for whoever follows it, and nobody watches that name any more.

    Each is a name of yours that works again for whoever gets the target's name.
    """
    targets = list(_targets(zone))
    balanced = [each for each in targets if aws_hosts.is_load_balancer(each.host)]
    cached = [each for each in targets if aws_hosts.is_distribution(each.host)]
    if not balanced and not cached:
        return not_applicable("No public record points at a load balancer or distribution.", "Records")
    missing = _judge(all_found(*(partial(_unbalanced, zone, each, related) for each in balanced)))
    if missing and missing.status is Status.FAIL:
        return missing
    unclear = [each for each in cached if not _has_distribution(zone, each, related)]
    if unclear:
        reason = f"{unclear[0].host} may be of API Gateway or Cognito: no account of yours is known to have it."
        return unknown(reason, *(each.path for each in unclear[:MAX_NAMED]))
    return missing or passed("The organization has what each record points at.", "Records")


def _unbalanced(zone: Resource, target: RecordTarget, related: Related) -> list[Missing]:
    def same(balancer: Resource) -> bool | None:
        return True if balancer.config["DNSName"].lower() == target.host else None

    def is_here() -> bool:
        return any_of(lambda: related.first_known(BALANCER, same), lambda: related.first_known(CLASSIC, same))

    return _missing(zone, target, BALANCER, target.host, is_here)


def _has_distribution(zone: Resource, target: RecordTarget, related: Related) -> bool:
    def same(distribution: Resource) -> bool | None:
        return True if distribution.config["DomainName"].lower() == target.host else None

    return bool(account_with(zone, DISTRIBUTION, target.host) or related.first_known(DISTRIBUTION, same))


def _judge(missing: Sequence[Missing]) -> Outcome | None:
    """Return the outcome of targets that the account lacks: certain ones fail."""
    if not missing:
        return None
    lost = [each.target for each in missing if each.is_certain]
    some = lost or [each.target for each in missing]
    named = ", ".join(f"{each.name} ({each.host})" for each in some[:MAX_NAMED])
    more = f" and {len(some) - MAX_NAMED} more" if len(some) > MAX_NAMED else ""
    paths = (each.path for each in some[:MAX_NAMED])
    if lost:
        return failed(f"No account of the organization has what is behind {named}{more}.", *paths)
    return unknown(f"The account lacks what is behind {named}{more}; whether another has it is not known.", *paths)


def _targets(zone: Resource) -> Iterator[RecordTarget]:
    """Yield the hosts that records of a public zone lead to, by alias or CNAME."""
    if zone.config["Config"]["PrivateZone"]:
        return
    for index, record in enumerate(zone.config["Records"] or ()):
        name = record["Name"].removesuffix(".").lower()
        if "AliasTarget" in record:
            yield RecordTarget(
                f"Records[{index}].AliasTarget.DNSName", name, aws_hosts.normal(record["AliasTarget"]["DNSName"])
            )
        elif record["Type"] == "CNAME":
            for place, each in enumerate(record["ResourceRecords"]):
                yield RecordTarget(
                    f"Records[{index}].ResourceRecords[{place}].Value", name, aws_hosts.normal(each["Value"])
                )


@check(
    resource_type=ZONE,
    title="Public hosted zone logs queries",
    problem="Public hosted zone does not log queries",
    severity=Severity.LOW,
    controls=("practices:activity", "aws_fsbp:Route53.2"),
    aliases=("securityhub:Route53.2", "prowler:route53_public_hosted_zones_cloudwatch_logging_enabled"),
    remediation=Remediation(
        console="Route 53 → Hosted zones → {name} → Configure query logging, with a log group in us-east-1.",
        cli="aws route53 create-query-logging-config --hosted-zone-id {id} --cloud-watch-logs-log-group-arn "
        "<log group>",
        terraform='resource "aws_route53_query_log" "zone" {\n'
        "  zone_id                  = aws_route53_zone.zone.zone_id\n"
        "  cloudwatch_log_group_arn = aws_cloudwatch_log_group.dns.arn\n}",
    ),
    examples=(
        passes({**_zone(), "QueryLogGroup": "arn:aws:logs:us-east-1:111122223333:log-group:/aws/route53/example.com"}),
        fails({**_zone(), "QueryLogGroup": None}),
        is_unknown({**_zone(), "QueryLogGroup": denied("route53:ListQueryLoggingConfigs")}),
        does_not_apply(_zone(private=True), "a private zone"),
    ),
)
def route53_hosted_zone_logs_queries(zone: Resource) -> Outcome:
    """Query logs show who looks for names that do not exist, which is how attackers map what you run.

    They also show that a name is no longer asked for, and can be deleted before somebody takes it over.
    """
    if zone.config["Config"]["PrivateZone"]:
        return not_applicable("It is private; the Resolver logs its queries, by VPC.", "Config.PrivateZone")
    group = zone.config["QueryLogGroup"]
    return (
        passed(f"Queries go to {group}.", "QueryLogGroup") if group else failed("No query is logged.", "QueryLogGroup")
    )


@check(
    resource_type=ZONE,
    title="Public hosted zone is signed with DNSSEC",
    problem="Public hosted zone is not signed with DNSSEC",
    severity=Severity.LOW,
    controls=("practices:vpc",),
    remediation=Remediation(
        console="Route 53 → Hosted zones → {name} → DNSSEC signing → Enable; then give the DS record to the registrar.",
        cli="aws route53 enable-hosted-zone-dnssec --hosted-zone-id {id}",
        terraform='resource "aws_route53_hosted_zone_dnssec" "zone" {\n'
        "  hosted_zone_id = aws_route53_key_signing_key.zone.hosted_zone_id\n}",
    ),
    examples=(
        passes({**_zone(), "DNSSEC": {"Status": {"ServeSignature": "SIGNING"}}}),
        fails({**_zone(), "DNSSEC": {"Status": {"ServeSignature": "NOT_SIGNING"}}}),
        fails({**_zone(), "DNSSEC": {"Status": {"ServeSignature": "ACTION_NEEDED"}}}, "a key that Route 53 cannot use"),
        is_unknown({**_zone(), "DNSSEC": denied("route53:GetDNSSEC")}),
        does_not_apply(_zone(private=True), "a private zone"),
    ),
)
def route53_hosted_zone_signed(zone: Resource) -> Outcome:
    """Without signatures a resolver cannot distinguish a forged answer from yours, and sends people where it says.

    Watch the key's alarms once it is on: a key that fails makes the whole zone fail.
    """
    if zone.config["Config"]["PrivateZone"]:
        return not_applicable("It is private; only public zones can be signed.", "Config.PrivateZone")
    path = "DNSSEC.Status.ServeSignature"
    status = zone.config["DNSSEC"]["Status"]["ServeSignature"]
    return passed("Its answers are signed.", path) if status == "SIGNING" else failed(f"Signing is {status}.", path)
