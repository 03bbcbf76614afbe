"""A synthetic organization for the history's benchmark.

100 types, 300 checks, resources of about 1 KB.

Everything follows from numbers: the same account, resource and revision give the same configuration
in every run. May not touch the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from itertools import accumulate
from random import Random
from typing import Any

from posture.core.check import Check, Remediation, check
from posture.core.clock import Clock
from posture.core.collector import Collector, Family, collector
from posture.core.outcome import Outcome, Severity, Status, failed, passed
from posture.core.population import Group, Population
from posture.core.resource import Resource
from posture.sweep.population_aggregation import fold

REGIONS = ("eu-central-1", "us-east-1", "eu-west-1", "us-west-2", "ap-southeast-2")
POPULATIONS, MEMBERS = 5, 20
"""In each account, where they are asked for: groups, and members of each, all of which are others every day."""
KINDS = 100
CHECKS_OF_A_KIND = 3
PRACTICES = 12
TIME_DEPENDENT = 20
"""One check in so many reads the clock."""
NEEDING = 10
"""One check in so many looks at its neighbours."""
FAILING = 0.21
"""Share of the outcomes that fail."""

SERVICES = ("EC2", "S3", "RDS", "IAM", "Lambda", "ECS", "KMS", "SNS", "SQS", "DynamoDB")
NOUNS = (
    "Instance", "Volume", "Subnet", "Policy", "Function", "Topic", "Queue", "Table", "Cluster", "Bucket",
)  # fmt: skip
TYPES = tuple(f"AWS::{service}::Bench{noun}" for service in SERVICES for noun in NOUNS)
FLAGS = ("Encrypted", "PubliclyAccessible", "DeletionProtection")
GOOD = (True, False, True)

_MIX = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def mix(*numbers: int) -> int:
    """Return 64 bits that look random and follow from the numbers."""
    found = 0
    for number in numbers:
        found = ((found ^ number) * _MIX + 0x7F4A7C15) & _MASK
        found ^= found >> 29
    return found


@dataclass(slots=True)
class Item:
    """One resource: which, in what revision, and which of its checks fail."""

    number: int
    kind: int
    revision: int = 0
    bad: list[bool] = field(default_factory=list)


def item(account: int, number: int) -> Item:
    """Return a resource as it first appears."""
    kind = kind_of(number)
    bad = [mix(account, number, slot, 1) % 10_000 < FAILING * 10_000 for slot in range(CHECKS_OF_A_KIND)]
    return Item(number, kind, 0, bad)


@cache
def _mixture() -> list[int]:
    weights = [1 / (kind + 3) for kind in range(KINDS)]
    return Random(7).choices(range(KINDS), cum_weights=list(accumulate(weights)), k=1000)  # noqa: S311 - a mixture


def kind_of(number: int) -> int:
    """Return which of the types a resource is of: some types are many, most are few."""
    return _mixture()[number % 1000]


def resource(account: int, account_id: str, one: Item) -> Resource:
    """Return a resource as the collectors would."""
    region = REGIONS[one.number % len(REGIONS)]
    kind, own = TYPES[one.kind], mix(account, one.number, 2)
    arn = (
        f"arn:aws:{SERVICES[one.kind // 10].lower()}:{region}:{account_id}:{NOUNS[one.kind % 10].lower()}/b-{own:016x}0"
    )
    tags = {
        "Name": f"{WORDS[own % 16]}-{WORDS[(own >> 8) % 16]}-{one.number:04}",
        "environment": WORDS[(own >> 16) % 4],
        "cost-centre": f"cc-{(own >> 20) % 97:03}",
        "data-classification": ("internal", "confidential", "public", "internal")[(own >> 28) % 4],
    }
    return Resource(
        kind, arn, account_id, region, tags["Name"], _config(account, account_id, one, own, region), {}, tags
    )


def population(account: int, account_id: str, one: Item, day: int) -> Resource:
    """Return a population as a sweep would on a day.

    Its members are others every day, and all alike.
    """
    made = [_member(resource(account, account_id, one), one, day, place) for place in range(MEMBERS)]
    (found,), _ = fold(made, (), [_collector(one.kind)])
    return found


def _member(whole: Resource, one: Item, day: int, place: int) -> Resource:
    own = f"b-{mix(one.number, day, place, 9):016x}1"
    config = {**whole.raw_config, "Id": own, "Endpoint": {"Address": f"{own}.example.amazonaws.com", "Port": 5432}}
    config["CreateTime"] = f"2025-01-01T{day % 24:02}:{place % 60:02}:11Z"
    tags = {"group": f"group-{one.number}", "data-classification": "internal", "Name": own}
    return replace(whole, arn=f"{whole.arn.rpartition('/')[0]}/{own}", name=own, raw_config=config, raw_tags=tags)


@cache
def _collector(kind: int) -> Collector:
    """Return what declares the populations of a type, as a collector does."""
    declared = collector(
        resource_type=TYPES[kind],
        title=TYPES[kind],
        plural=TYPES[kind],
        service="bench",
        family=Family.OTHER,
        actions=(),
        population=Population(
            lambda member, _: Group(f"asg/{member.tags['group']}", member.tags["group"]),
            apart=("Id", "Endpoint.Address", "CreateTime", "tags.Name"),
            since="CreateTime",
        ),
    )
    return declared(lambda _: iter(()))


WORDS = (
    "prod", "test", "stage", "dev", "web", "api", "batch", "ledger", "orders", "search", "mail", "report", "ingest",
    "cache", "queue", "billing",
)  # fmt: skip


def _config(account: int, account_id: str, one: Item, own: int, region: str) -> dict[str, Any]:
    vpc, subnet = mix(account, one.number % 7, 3), mix(account, one.number % 23, 4)
    group, key = mix(account, one.number % 31, 5), mix(account, one.number % 5, 6)
    turn = mix(account, one.number, one.revision, 8)
    return {
        "Id": f"b-{own:016x}0",
        "OwnerId": account_id,
        "VpcId": f"vpc-{vpc:016x}0",
        "SubnetIds": [f"subnet-{subnet:016x}0", f"subnet-{subnet ^ _MASK:016x}0"],
        "SecurityGroups": [
            {"GroupId": f"sg-{group:016x}0", "GroupName": f"{WORDS[group % 16]}-{WORDS[(group >> 4) % 16]}"},
            {"GroupId": f"sg-{group ^ _MASK:016x}0", "GroupName": "default"},
        ],
        "KmsKeyId": f"arn:aws:kms:{region}:{account_id}:key/{key:016x}-{key ^ _MASK:016x}",
        "Encrypted": one.bad[0] is False,
        "PubliclyAccessible": one.bad[1],
        "DeletionProtection": one.bad[2] is False,
        "Endpoint": {"Address": f"{WORDS[own % 16]}.{own >> 32:08x}.{region}.example.amazonaws.com", "Port": 5432},
        "CreateTime": f"2025-{1 + own % 12:02}-{1 + (own >> 5) % 28:02}T{own % 24:02}:{own % 60:02}:11Z",
        "BackupRetentionPeriod": turn % 36,
        "PreferredMaintenanceWindow": f"sun:{turn % 24:02}:{turn % 60:02}-sun:{(turn + 1) % 24:02}:30",
        "IpPermissions": [
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": f"10.{turn % 256}.0.0/16"}]},
            {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [{"CidrIp": f"10.{own % 256}.8.0/24"}]},
        ],
        "Monitoring": {"State": "enabled" if own % 3 else "disabled", "Interval": 60},
        "StorageType": ("gp3", "io2", "standard")[own % 3],
        "AllocatedStorage": 20 + own % 400,
        "Description": f"Revision {one.revision} of {WORDS[(own >> 12) % 16]}",
    }


def statuses(one: Item) -> list[Status]:
    """Return what the checks of a resource's type say of it, in their order."""
    return [Status.FAIL if bad else Status.PASS for bad in one.bad]


def checks() -> dict[str, Check]:
    """Return the 300 checks by id."""
    declared = [_check(kind, slot) for kind in range(KINDS) for slot in range(CHECKS_OF_A_KIND)]
    return {each.id: each for each in declared}


def check_id(kind: int, slot: int) -> str:
    """Return the id of a type's check."""
    return f"{SERVICES[kind // 10].lower()}_bench_{NOUNS[kind % 10].lower()}_{FLAGS[slot].lower()}"


def severity(kind: int, slot: int) -> Severity:
    """Return how severe a check is."""
    return Severity((1, 2, 3, 2, 1, 2, 3, 4)[(kind * CHECKS_OF_A_KIND + slot) % 8])


def practice(kind: int, slot: int) -> str:
    """Return the practice that a check serves."""
    return PRACTICE_IDS[(kind * CHECKS_OF_A_KIND + slot) % PRACTICES]


PRACTICE_IDS = (
    "responsibility", "iam", "vpc", "encryption", "data", "logging", "hybrid", "compliance", "updates", "backup",
    "network", "monitoring",
)  # fmt: skip


def _check(kind: int, slot: int) -> Check:
    number = kind * CHECKS_OF_A_KIND + slot
    flag, good = FLAGS[slot], GOOD[slot]

    def judge(one: Resource) -> Outcome:
        if one.config[flag] is good:
            return passed(f"{flag} is as it should be.", flag)
        return failed(f"{flag} is {one.config[flag]} on {one.name}.", flag)

    def judge_by_clock(one: Resource, clock: Clock) -> Outcome:
        year = datetime(int(one.config["CreateTime"][:4]), 1, 1, tzinfo=UTC)
        return judge(one) if clock.has_come(year) else passed("It is not created yet.")

    def judge_with_related(one: Resource, related: Any) -> Outcome:
        return judge(one) if related.here(one.type) else passed("It has no neighbour.")

    chosen = judge_by_clock if number % TIME_DEPENDENT == 0 else judge_with_related if number % NEEDING == 1 else judge
    chosen.__name__, chosen.__doc__ = check_id(kind, slot), "It is part of a benchmark."
    made = check(
        resource_type=TYPES[kind],
        title=f"{TYPES[kind]} has {flag} {good}",
        problem=f"{TYPES[kind]} has {flag} {not good}",
        severity=severity(kind, slot),
        controls=(f"practices:{practice(kind, slot)}",),
        examples=(),
        remediation=Remediation(console="It is part of a benchmark."),
        needs=(TYPES[kind],) if chosen is judge_with_related else (),
    )(chosen)
    return replace(made, module="")
