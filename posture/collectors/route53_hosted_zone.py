"""Hosted zones of Route 53: targets of names, query logs, and DNSSEC."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

from posture.collectors.other_accounts import OTHERS, NamedTarget, other_accounts, rows_of
from posture.core import aws_hosts
from posture.core.collector import Ask, Column, Family, ListingScope, Relation, collector
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Unknown

SERVICE = "route53"
_GONE = ("NoSuchHostedZone",)
_TAGS_AT_ONCE = 10
"""What ListTagsForResources takes in one call."""
_KEPT_TYPES = frozenset({"A", "AAAA", "CAA", "CNAME", "DS", "MX", "NS"})
"""Records that say where a name leads. Others come and go with each certificate, or hold tokens (TXT)."""


@collector(
    resource_type="AWS::Route53::HostedZone",
    title="Hosted zone",
    plural="Hosted zones",
    service="route53",
    family=Family.NETWORK,
    scope=ListingScope.GLOBAL,
    actions=(
        "route53:ListHostedZones",
        "route53:GetHostedZone",
        "route53:ListResourceRecordSets",
        "route53:ListQueryLoggingConfigs",
        "route53:GetDNSSEC",
        "route53:ListTagsForResources",
    ),
    columns=(
        Column("Config.PrivateZone", "Private"),
        Column("Config.Comment", "Comment"),
        Column("QueryLogGroup", "Queries logged to"),
        Column("DNSSEC.Status.ServeSignature", "Signing"),
        Column("LinkedService.ServicePrincipal", "Kept by"),
    ),
    relations=(
        Relation("VpcArns", "AWS::EC2::VPC"),
        Relation("QueryLogGroup", "AWS::Logs::LogGroup"),
        Relation("DNSSEC.KeySigningKeys.KmsArn", "AWS::KMS::Key"),
    ),
    ignored=(
        "ResourceRecordSetCount",
        "Features",
        "DNSSEC.Status.StatusMessage",
        "DNSSEC.KeySigningKeys.LastModifiedDate",
        "DNSSEC.KeySigningKeys.StatusMessage",
    ),
    observed=(OTHERS,),
    unordered=("Records", "Records.ResourceRecords", "VpcArns", "DNSSEC.KeySigningKeys"),
)
def hosted_zones(ask: Ask) -> Iterator[Resource]:
    """A zone says where the organization's names lead; whoever takes over what one points at, speaks in its name.

    `Records` leaves out types that lead nowhere, and is None where another AWS service keeps the zone. `VpcArns` is
    known of private zones alone, `QueryLogGroup` and `DNSSEC` of public ones. `OtherAccounts` says which targets of
    public records other accounts of the organization have.
    """
    zones = [
        {**raw, "Id": str(raw["Id"]).rsplit("/", 1)[-1]}
        for raw in ask.pages(SERVICE, "list_hosted_zones", "HostedZones")
    ]
    tags = _tags(ask, [zone["Id"] for zone in zones])
    log_groups = {} if all(_is_private(zone) for zone in zones) else _log_groups(ask)
    answers = ask.each(partial(_details, ask), zones)
    targets = [_targets(zone, details) for zone, details in zip(zones, answers, strict=True)]
    others = other_accounts(ask, chain.from_iterable(targets))
    for zone, details, named in zip(zones, answers, targets, strict=True):
        if not _is_private(zone):
            details[OTHERS] = rows_of(others, named)
            details["QueryLogGroup"] = log_groups if isinstance(log_groups, Unknown) else log_groups.get(zone["Id"])
        yield ask.resource(
            {**zone, **details},
            arn=ask.arn(SERVICE, f"hostedzone/{zone['Id']}", region="", account_id=""),
            name=str(zone["Name"]).removesuffix("."),
            region=GLOBAL,
            tags=tags if isinstance(tags, Unknown) else tags.get(zone["Id"]),
        )


def _is_private(zone: Mapping[str, Any]) -> bool:
    return bool((zone.get("Config") or {}).get("PrivateZone"))


def _targets(zone: Mapping[str, Any], details: Mapping[str, Any]) -> list[NamedTarget]:
    """Return what public records lead to that another account may have."""
    records = details["Records"]
    if _is_private(zone) or records is None or isinstance(records, Unknown):
        return []
    return [target for record in records for host in _hosts(record) if (target := _target(str(record["Name"]), host))]


def _hosts(record: Mapping[str, Any]) -> Iterator[str]:
    if "AliasTarget" in record:
        yield aws_hosts.normal(record["AliasTarget"]["DNSName"])
    elif record["Type"] == "CNAME":
        yield from (aws_hosts.normal(each["Value"]) for each in record.get("ResourceRecords") or ())


def _target(name: str, host: str) -> NamedTarget | None:
    bucket = aws_hosts.bucket_of_record(aws_hosts.normal(name), host)
    if bucket:
        return NamedTarget("AWS::S3::Bucket", bucket)
    address = aws_hosts.address_of(host)
    if address:
        return NamedTarget("AWS::EC2::EIP", address, aws_hosts.region_of(host))
    if aws_hosts.is_load_balancer(host):
        return NamedTarget("AWS::ElasticLoadBalancingV2::LoadBalancer", host, aws_hosts.region_of(host))
    return NamedTarget("AWS::CloudFront::Distribution", host) if aws_hosts.is_distribution(host) else None


def _details(ask: Ask, zone: Mapping[str, Any]) -> dict[str, Any]:
    questions: dict[str, Callable[[], Any]] = {"Records": lambda: _records(ask, zone)}
    if _is_private(zone):
        questions["VpcArns"] = lambda: _vpc_arns(ask, zone["Id"])
    else:
        questions["DNSSEC"] = lambda: _dnssec(ask, zone["Id"])
    return ask.together(questions)


def _records(ask: Ask, zone: Mapping[str, Any]) -> list[Any] | Unknown | None:
    if zone.get("LinkedService"):
        return None
    found = ask.listing(
        SERVICE, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone["Id"], absent=_GONE
    )
    if found is None or isinstance(found, Unknown):
        return found
    return [record for record in found if record.get("Type") in _KEPT_TYPES]


def _vpc_arns(ask: Ask, zone_id: str) -> list[str] | Unknown:
    vpcs = ask.field(SERVICE, "get_hosted_zone", "VPCs", Id=zone_id, absent=_GONE)
    if isinstance(vpcs, Unknown):
        return vpcs
    return [ask.arn("ec2", f"vpc/{vpc['VPCId']}", region=vpc["VPCRegion"]) for vpc in vpcs or ()]


def _dnssec(ask: Ask, zone_id: str) -> dict[str, Any] | Unknown | None:
    answer = ask.call(SERVICE, "get_dnssec", HostedZoneId=zone_id, absent=_GONE)
    if answer is None or isinstance(answer, Unknown):
        return answer
    return {key: answer.get(key) for key in ("Status", "KeySigningKeys")}


def _log_groups(ask: Ask) -> dict[str, str] | Unknown:
    """Return the log group to which queries go, by zone."""
    found = ask.listing(SERVICE, "list_query_logging_configs", "QueryLoggingConfigs")
    if isinstance(found, Unknown):
        return found
    return {each["HostedZoneId"]: each["CloudWatchLogsLogGroupArn"] for each in found or ()}


def _tags(ask: Ask, zone_ids: Sequence[str]) -> dict[str, Any] | Unknown:
    """Return the tags of each zone, by its id."""
    found: dict[str, Any] = {}
    for start in range(0, len(zone_ids), _TAGS_AT_ONCE):
        some = list(zone_ids[start : start + _TAGS_AT_ONCE])
        answer = ask.field(
            SERVICE, "list_tags_for_resources", "ResourceTagSets", ResourceType="hostedzone", ResourceIds=some
        )
        if isinstance(answer, Unknown):
            return answer
        found |= {each["ResourceId"]: each.get("Tags") for each in answer or ()}
    return found
