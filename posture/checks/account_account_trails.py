"""Judges whether the account as a whole is recorded: by a trail of its own, or by its Organization's."""

from __future__ import annotations

from posture.checks.cloudtrail_events import records_management_events, records_s3_objects
from posture.core.arn import Arn
from posture.core.check import (
    EXAMPLE_ACCOUNT,
    Example,
    Remediation,
    beside,
    cannot_tell,
    check,
    denied,
    does_not_apply,
    fails,
    passes,
)
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.related import Related
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Fields

TRAIL = "AWS::CloudTrail::Trail"
OWN = f"arn:aws:cloudtrail:eu-central-1:{EXAMPLE_ACCOUNT}:trail/account-trail"
THEIRS = "arn:aws:cloudtrail:eu-central-1:999988887777:trail/organization-trail"


def _shown(arn: str, *, logging: object = True) -> dict[str, object]:
    return {"TrailARN": arn, "HomeRegion": "eu-central-1", "IsOrganizationTrail": arn == THEIRS, "IsLogging": logging}


def _selector(read_write: str = "All", **rest: object) -> dict[str, object]:
    return {"EventSelectors": [{"ReadWriteType": read_write, "IncludeManagementEvents": True, **rest}]}


def _trail(config: dict[str, object]) -> Resource:
    return beside(TRAIL, {"TrailARN": OWN, **config})


@check(
    resource_type="AWS::Account::Account",
    needs=(TRAIL,),
    title="A trail records the account in all regions",
    problem="No trail records the account in all regions",
    severity=Severity.HIGH,
    controls=("practices:activity", "practices:native", "cis_aws_7:4.1", "aws_fsbp:CloudTrail.1"),
    aliases=("prowler:cloudtrail_multi_region_enabled_logging_management_events", "securityhub:CloudTrail.1"),
    remediation=Remediation(
        console="In the management account or CloudTrail's delegated administrator: CloudTrail → Create trail → Enable "
        "for all accounts in my organization; management events, read and write. It covers this account too.",
        cli="aws cloudtrail create-trail --name organization-trail --s3-bucket-name <log-bucket> "
        "--is-multi-region-trail --is-organization-trail --enable-log-file-validation",
        terraform='resource "aws_cloudtrail" "organization" {\n  name                  = "organization-trail"\n'
        "  s3_bucket_name        = aws_s3_bucket.logs.id\n  is_multi_region_trail = true\n"
        "  is_organization_trail = true\n}",
    ),
    examples=(
        passes({"MultiRegionTrails": [_shown(OWN)]}, related=(_trail(_selector()),), region=GLOBAL),
        passes({"MultiRegionTrails": [_shown(THEIRS)]}, "The Organization's trail", region=GLOBAL),
        fails({"MultiRegionTrails": []}, region=GLOBAL),
        fails(
            {"MultiRegionTrails": [_shown(OWN, logging=False)]},
            "Stopped",
            related=(_trail(_selector()),),
            region=GLOBAL,
        ),
        fails(
            {"MultiRegionTrails": [_shown(OWN)]},
            "Writes alone",
            related=(_trail(_selector("WriteOnly")),),
            region=GLOBAL,
        ),
        cannot_tell({"MultiRegionTrails": [_shown(OWN)]}, "Its home region was not swept", region=GLOBAL),
        cannot_tell({"MultiRegionTrails": [_shown(OWN, logging=denied("cloudtrail:GetTrailStatus"))]}, region=GLOBAL),
        cannot_tell({"MultiRegionTrails": denied("cloudtrail:DescribeTrails")}, region=GLOBAL),
        cannot_tell({"MultiRegionTrails": [_shown(OWN)]}, gaps=(TRAIL,), region=GLOBAL),
    ),
)
def cloudtrail_account_recorded_in_all_regions(account: Resource, related: Related) -> Outcome:
    """Without a trail, what happened in the account can be looked up for 90 days and one region at a time.

    An intruder who knows this works in a region that you do not use. A trail over all regions, with
    reading and writing management events, is the ground on which every later investigation stands.
    """
    trails = account.config["MultiRegionTrails"]
    if not trails:
        return failed("No trail records this account in all regions.", "MultiRegionTrails")
    outcomes = [_recorded(account, trail, index, related) for index, trail in enumerate(trails)]
    # One good trail is enough; one that cannot be seen may be the good one.
    order = ("pass", "unknown", "fail")
    return min(outcomes, key=lambda outcome: order.index(outcome.status))


def _recorded(account: Resource, trail: Fields, index: int, related: Related) -> Outcome:
    arn, place = Arn.parse(trail["TrailARN"]), f"MultiRegionTrails[{index}]"
    if not trail.known("IsLogging"):
        return unknown(f"Whether trail {arn.name} logs could not be read.", f"{place}.IsLogging")
    if trail.get("IsLogging") is False:
        return failed(f"Trail {arn.name} is stopped.", f"{place}.IsLogging")
    if arn.account_id != account.account_id:
        return passed(
            f"The Organization's trail {arn.name} of account {arn.account_id} records it; what it records is judged "
            f"there.",
            f"{place}.TrailARN",
        )
    found = [own for own in related.everywhere(TRAIL) if own.config.get("TrailARN") == trail["TrailARN"]]
    if not found:
        return unknown(f"What trail {arn.name} records is seen only in {arn.region}, which is not swept.", place)
    if records_management_events(found[0]):
        return passed(f"Trail {arn.name} records all management events in all regions.", f"{place}.TrailARN")
    return failed(f"Trail {arn.name} does not record all management events.", f"{place}.TrailARN")


def _s3_examples(enough: str, other: str) -> tuple[Example, ...]:
    all_buckets = {"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}
    one_bucket = {"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::one-bucket/"]}]}
    advanced = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
    ]
    shown = {"MultiRegionTrails": [_shown(OWN)]}

    return (
        passes(shown, related=(_trail(_selector(enough, **all_buckets)),), region=GLOBAL),
        passes(
            shown, "Advanced selectors", related=(_trail({"AdvancedEventSelectors": [{"FieldSelectors": advanced}]}),)
        ),
        fails(shown, "The other half alone", related=(_trail(_selector(other, **all_buckets)),), region=GLOBAL),
        fails(shown, "One bucket alone", related=(_trail(_selector(enough, **one_bucket)),), region=GLOBAL),
        fails({"MultiRegionTrails": []}, "No trail at all", region=GLOBAL),
        does_not_apply({"MultiRegionTrails": [_shown(THEIRS)]}, "The Organization's trail", region=GLOBAL),
        cannot_tell(shown, "Its home region was not swept", region=GLOBAL),
        cannot_tell(shown, gaps=(TRAIL,), region=GLOBAL),
        cannot_tell({"MultiRegionTrails": denied("cloudtrail:DescribeTrails")}, region=GLOBAL),
    )


def _s3_events(account: Resource, related: Related, *, writes: bool) -> Outcome:
    trails = account.config["MultiRegionTrails"]
    what = "writes to" if writes else "reads of"
    found = related.everywhere(TRAIL)
    recording = [
        trail
        for trail in found
        if trail.config.get("IsLogging") is not False and records_s3_objects(trail, writes=writes)
    ]
    if recording:
        return passed(f"Trail {recording[0].name} records {what} the objects of all buckets.", "MultiRegionTrails")
    arns = {trail["TrailARN"] for trail in trails}
    owners = {Arn.parse(arn).account_id for arn in arns} - {account.account_id}
    unseen = {arn for arn in arns if Arn.parse(arn).account_id == account.account_id} - {
        trail.config.get("TrailARN") for trail in found
    }
    if unseen:
        arn = Arn.parse(min(unseen))
        return unknown(f"What trail {arn.name} records is seen only in {arn.region}, which is not swept.")
    if owners:
        return not_applicable(
            f"The Organization's trail records this account; what it records is judged in account {min(owners)}.",
            "MultiRegionTrails",
        )
    return failed(f"No trail records {what} the objects of all buckets.", "MultiRegionTrails")


_S3_REMEDIATION = Remediation(
    console="CloudTrail → Trails → the trail → Data events → Edit → S3, log all events. Mind the cost: busy buckets "
    "write many events. GuardDuty's S3 Protection detects without it; a trail is for proof afterwards.",
    cli="aws cloudtrail put-event-selectors --trail-name <trail> --advanced-event-selectors "
    '\'[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},'
    '{"Field":"resources.type","Equals":["AWS::S3::Object"]}]}]\'',
)


@check(
    resource_type="AWS::Account::Account",
    needs=(TRAIL,),
    title="Writes to S3 objects are recorded",
    problem="Writes to S3 objects are not recorded",
    severity=Severity.LOW,
    controls=("practices:activity", "practices:data", "cis_aws_7:4.8"),
    aliases=("prowler:cloudtrail_s3_dataevents_write_enabled",),
    remediation=_S3_REMEDIATION,
    examples=_s3_examples("WriteOnly", "ReadOnly"),
)
def cloudtrail_account_s3_writes_recorded(account: Resource, related: Related) -> Outcome:
    """Management events show who changed a bucket, never who changed or deleted what lies in it.

    After ransomware or a wrong script, the object events are the only list of what was touched.
    """
    return _s3_events(account, related, writes=True)


@check(
    resource_type="AWS::Account::Account",
    needs=(TRAIL,),
    title="Reads of S3 objects are recorded",
    problem="Reads of S3 objects are not recorded",
    severity=Severity.LOW,
    controls=("practices:activity", "practices:data", "cis_aws_7:4.9"),
    aliases=("prowler:cloudtrail_s3_dataevents_read_enabled",),
    remediation=_S3_REMEDIATION,
    examples=_s3_examples("ReadOnly", "WriteOnly"),
)
def cloudtrail_account_s3_reads_recorded(account: Resource, related: Related) -> Outcome:
    """When data leaked, the question that regulators ask is which records were read.

    Only object read events answer it; without them every record in the bucket must be assumed lost.
    """
    return _s3_events(account, related, writes=False)
