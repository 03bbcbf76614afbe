"""Judges whether anything runs in regions that an organization does not use."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.check import Remediation, check, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.parameters import Kind, words
from posture.core.related import Related
from posture.core.resource import Resource
from posture.core.values import all_found

REGIONS = words(
    Kind.REGIONS,
    "allowed_regions",
    "Allowed regions",
    "Workloads and data may be in these regions alone. Without any, every region is allowed and none is judged.",
    empty="every region",
)
INSTANCE, BUCKET, FUNCTION = "AWS::EC2::Instance", "AWS::S3::Bucket", "AWS::Lambda::Function"
NOUNS = {
    INSTANCE: "instance",
    "AWS::EC2::Volume": "EBS volume",
    FUNCTION: "Lambda function",
    "AWS::ECS::Cluster": "ECS cluster",
    "AWS::EKS::Cluster": "EKS cluster",
    BUCKET: "bucket",
    "AWS::RDS::DBInstance": "database instance",
    "AWS::RDS::DBCluster": "database cluster",
    "AWS::DynamoDB::Table": "DynamoDB table",
    "AWS::EFS::FileSystem": "EFS file system",
}
"""What is looked for: workloads and stores that somebody made."""
_ALLOWED = {REGIONS.name: ("eu-west-1",)}


@check(
    resource_type="AWS::Account::Region",
    needs=tuple(NOUNS),
    title="Nothing runs outside the allowed regions",
    problem="Workloads or data are in a region that is not allowed",
    severity=Severity.MEDIUM,
    controls=("practices:accounts", "practices:data"),
    remediation=Remediation(
        console="Move what is needed to an allowed region and delete it here. A service control policy with the "
        "condition aws:RequestedRegion keeps it from coming back.",
        cli="aws resourcegroupstaggingapi get-resources --region {region}",
    ),
    examples=(
        passes({}, "nothing is in it", parameters=_ALLOWED),
        passes({}, "an allowed region", region="eu-west-1", parameters=_ALLOWED),
        fails({}, related=(neighbour(INSTANCE, {"InstanceId": "i-1"}),), parameters=_ALLOWED),
        fails(
            {},
            "functions may not be listed",
            related=(neighbour(BUCKET, {"Name": "logs"}),),
            gaps=(FUNCTION,),
            parameters=_ALLOWED,
        ),
        is_unknown({}, gaps=(INSTANCE,), parameters=_ALLOWED),
        does_not_apply({}, "no region is named", related=(neighbour(INSTANCE, {"InstanceId": "i-1"}),)),
    ),
)
def account_region_allowed(region: Resource, related: Related) -> Outcome:
    """What runs where nobody looks was put there by mistake, or by somebody who hopes that nobody looks.

    Stolen keys mine coins in the regions that a company never uses. Laws may also say where data may be.
    """
    if not REGIONS.value:
        return not_applicable("Every region is allowed.")
    if region.region in REGIONS.value:
        return passed(f"{region.region} is an allowed region.")
    found = list(_counted(related))
    if found:
        return failed(f"{region.region} is not allowed, and has {', '.join(found)}.")
    return passed(f"{region.region} is not allowed, and nothing runs there.")


def _counted(related: Related) -> Iterator[str]:
    """Yield what is in the region, as `3 buckets`.

    Raises where that is nothing and some of it is unknown.
    """

    def listed(kind: str) -> list[str]:
        number = len(related.here(kind))
        return [f"{number:,} {NOUNS[kind]}{'' if number == 1 else 's'}"] if number else []

    yield from all_found(*((lambda kind=kind: listed(kind)) for kind in NOUNS))
