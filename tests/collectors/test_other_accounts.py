"""Targets of records and origins are looked up in other accounts, all at once."""

from __future__ import annotations

import json
from typing import Any

from posture.collectors.cloudfront_distribution import distributions
from posture.collectors.route53_hosted_zone import hosted_zones
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW
from posture.core.collector import Collector
from posture.core.elsewhere import Elsewhere
from posture.core.resource import Resource
from posture.sweep.ask import AccountAsk, Location
from tests.collectors.recorded import Recorded
from tests.collectors.test_collectors import ANSWERS

OTHER = "444455556666"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"


class Inventory:
    """What another account has, and what was asked of it."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.asked: list[tuple[str, frozenset[str], str]] = []

    def look_up(self, resource_type: str, names: frozenset[str], region: str) -> Elsewhere:
        self.asked.append((resource_type, names, region))
        return Elsewhere({name: OTHER for name in names if name in self.names}, is_complete=True)


def gathered(collector: Collector, answers: Any, inventory: Inventory | None) -> list[Resource]:
    location = Location(
        EXAMPLE_ACCOUNT,
        "us-east-1",
        "aws",
        EXAMPLE_NOW,
        b"key of tests",
        None,
        inventory.look_up if inventory else None,
    )
    return list(collector.gather(AccountAsk(collector, location, Recorded(answers))))


def zones_with(*records: dict[str, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = json.loads((ANSWERS / "route53_hosted_zone.json").read_text())
    zone = {"Id": "/hostedzone/Z1", "Name": "example.com.", "Config": {"PrivateZone": False}}
    return {
        **answers,
        "route53:list_hosted_zones": {"HostedZones": [zone]},
        "route53:list_resource_record_sets": {"ResourceRecordSets": list(records)},
        "route53:get_dnssec": {"Status": {"ServeSignature": "NOT_SIGNING"}, "KeySigningKeys": []},
        "route53:list_tags_for_resources": {"ResourceTagSets": []},
    }


def alias(name: str, host: str) -> dict[str, Any]:
    target = {"HostedZoneId": "Z2", "DNSName": host, "EvaluateTargetHealth": False}
    return {"Name": name, "Type": "A", "AliasTarget": target}


def test_targets_of_public_records_are_looked_up_where_they_would_be() -> None:
    inventory = Inventory("www.example.com", "shop-1.eu-central-1.elb.amazonaws.com")
    answers = zones_with(
        alias("www.example.com.", "s3-website.eu-central-1.amazonaws.com."),
        alias("shop.example.com.", "dualstack.Shop-1.eu-central-1.elb.amazonaws.com."),
        {
            "Name": "old.example.com.",
            "Type": "CNAME",
            "TTL": 300,
            "ResourceRecords": [{"Value": "ec2-203-0-113-25.compute-1.amazonaws.com"}],
        },
        alias("cdn.example.com.", "d111111abcdef8.cloudfront.net."),
        {"Name": "example.com.", "Type": "MX", "TTL": 300, "ResourceRecords": [{"Value": "10 mail.example.net"}]},
    )

    (zone,) = gathered(hosted_zones, answers, inventory)

    assert sorted(inventory.asked) == [
        ("AWS::CloudFront::Distribution", frozenset({"d111111abcdef8.cloudfront.net"}), ""),
        ("AWS::EC2::EIP", frozenset({"203.0.113.25"}), "us-east-1"),
        (BALANCER, frozenset({"shop-1.eu-central-1.elb.amazonaws.com"}), "eu-central-1"),
        ("AWS::S3::Bucket", frozenset({"www.example.com"}), ""),
    ]
    assert {row["Name"]: row["AccountId"] for row in zone.raw_observed["OtherAccounts"]} == {
        "d111111abcdef8.cloudfront.net": None,
        "203.0.113.25": None,
        "shop-1.eu-central-1.elb.amazonaws.com": OTHER,
        "www.example.com": OTHER,
    }
    assert "OtherAccounts" not in zone.raw_config, "another account's change is no drift here"


def test_where_other_accounts_are_not_known_nothing_is_said_of_them() -> None:
    answers = zones_with(alias("www.example.com.", "s3-website.eu-central-1.amazonaws.com."))

    (zone,) = gathered(hosted_zones, answers, None)

    assert not zone.raw_observed["OtherAccounts"]


def test_buckets_of_all_distributions_are_asked_for_at_once() -> None:
    answers = json.loads((ANSWERS / "cloudfront_distribution.json").read_text())
    inventory = Inventory()

    found = gathered(distributions, answers, inventory)

    ((kind, names, region),) = inventory.asked
    assert (kind, region) == ("AWS::S3::Bucket", "")
    named = {row["Name"] for one in found for row in one.raw_observed["OtherAccounts"]}
    assert names == named
    assert names
