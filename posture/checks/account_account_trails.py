"""Judge whether the account is recorded, by its own trail or its Organization's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from posture.checks.cloudtrail_events import EVERYTHING, READS, WRITES, management_events, s3_object_events
from posture.core.arn import Arn
from posture.core.check import (
    EXAMPLE_ACCOUNT,
    Example,
    Remediation,
    best_of,
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
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Fields, first_known

BUCKET = "AWS::S3::Bucket"
TRAIL = "AWS::CloudTrail::Trail"
OWN = f"arn:aws:cloudtrail:eu-central-1:{EXAMPLE_ACCOUNT}:trail/account-trail"
SECOND = f"arn:aws:cloudtrail:eu-central-1:{EXAMPLE_ACCOUNT}:trail/second-trail"
THEIRS = "arn:aws:cloudtrail:eu-central-1:999988887777:trail/organization-trail"


def _shown(arn: str, *, logging: object = True) -> dict[str, object]:
    return {"TrailARN": arn, "HomeRegion": "eu-central-1", "IsOrganizationTrail": arn == THEIRS, "IsLogging": logging}


def _selector(read_write: str = "All", **rest: object) -> dict[str, object]:
    return {"EventSelectors": _selects(read_write, **rest)}


def _selects(read_write: str, **rest: object) -> list[dict[str, object]]:
    return [{"ReadWriteType": read_write, "IncludeManagementEvents": True, **rest}]


def _advanced(*fields: Mapping[str, object]) -> dict[str, object]:
    return {"AdvancedEventSelectors": [{"FieldSelectors": list(fields)}]}


def _trail(config: dict[str, object]) -> Resource:
    return neighbour(TRAIL, {"TrailARN": OWN, "IsLogging": True, "IsMultiRegionTrail": True, **config}, name="trail")


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
        passes(
            {"MultiRegionTrails": [_shown(OWN)]},
            "Reads by one selector, writes by another",
            related=(_trail({"EventSelectors": [*_selects("ReadOnly"), *_selects("WriteOnly")]}),),
            region=GLOBAL,
        ),
        passes(
            {"MultiRegionTrails": [_shown(OWN), _shown(SECOND)]},
            "Reads by one trail, writes by another",
            related=(_trail(_selector("ReadOnly")), _trail({"TrailARN": SECOND, **_selector("WriteOnly")})),
            region=GLOBAL,
        ),
        passes(
            {"MultiRegionTrails": [_shown(OWN)]},
            "Advanced selectors",
            related=(_trail(_advanced({"Field": "eventCategory", "Equals": ["Management"]})),),
            region=GLOBAL,
        ),
        fails(
            {"MultiRegionTrails": [_shown(OWN)]},
            "KMS is left out",
            related=(_trail(_selector(ExcludeManagementEventSources=["kms.amazonaws.com"])),),
            region=GLOBAL,
        ),
        fails(
            {"MultiRegionTrails": [_shown(OWN)]},
            "KMS is left out by an advanced selector",
            related=(
                _trail(
                    _advanced(
                        {"Field": "eventCategory", "Equals": ["Management"]},
                        {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]},
                    )
                ),
            ),
            region=GLOBAL,
        ),
        fails(
            {"MultiRegionTrails": [_shown(OWN), _shown(SECOND, logging=False)]},
            "The trail that would record writes is stopped",
            related=(_trail(_selector("ReadOnly")), _trail({"TrailARN": SECOND, **_selector("WriteOnly")})),
            region=GLOBAL,
        ),
        is_unknown({"MultiRegionTrails": [_shown(OWN)]}, "Its home region was not swept", region=GLOBAL),
        is_unknown({"MultiRegionTrails": [_shown(THEIRS, logging=None)]}, "Its state is not shown", region=GLOBAL),
        is_unknown({"MultiRegionTrails": [_shown(OWN, logging=denied("cloudtrail:GetTrailStatus"))]}, region=GLOBAL),
        is_unknown({"MultiRegionTrails": denied("cloudtrail:DescribeTrails")}, region=GLOBAL),
        is_unknown({"MultiRegionTrails": [_shown(OWN)]}, gaps=(TRAIL,), region=GLOBAL),
    ),
    version=2,
)
def cloudtrail_account_recorded_in_all_regions(account: Resource, related: Related) -> Outcome:
    """Without a trail, what happened in the account can be looked up for 90 days and one region at a time.

    An intruder who knows this works in a region that you do not use. A trail over all regions, with
    reading and writing management events, is what every later investigation needs.
    """
    trails = account.config["MultiRegionTrails"]
    if not trails:
        return failed("No trail records this account in all regions.", "MultiRegionTrails")
    best = best_of(*(partial(_recorded, account, trail, index, related) for index, trail in enumerate(trails)))
    if best.status is Status.FAIL:
        return _recorded_together(trails, related) or best
    return best


def _recorded_together(trails: Sequence[Fields], related: Related) -> Outcome | None:
    """Return a pass where trails share the work, one reads and another writes."""
    logging = {trail["TrailARN"] for trail in trails if trail["IsLogging"]}
    shares = [(one.name, management_events(one)) for one in related.everywhere(TRAIL) if _arn(one) in logging]
    if frozenset().union(*(share for _, share in shares)) != EVERYTHING:
        return None
    names = " and ".join(sorted(name for name, share in shares if share))
    return passed(f"Trails {names} together record all management events in all regions.", "MultiRegionTrails")


def _arn(trail: Resource) -> str:
    return str(trail.config["TrailARN"])


def _recorded(account: Resource, trail: Fields, index: int, related: Related) -> Outcome:
    arn, place = Arn.parse(trail["TrailARN"]), f"MultiRegionTrails[{index}]"
    logging = trail.get("IsLogging")
    if logging is False:
        return failed(f"Trail {arn.name} is stopped.", f"{place}.IsLogging")
    if logging is None:
        return unknown(f"AWS does not show this account whether trail {arn.name} logs.", place)
    if arn.account_id != account.account_id:
        return passed(
            f"The Organization's trail {arn.name} of account {arn.account_id} records it; what it records is judged "
            f"there.",
            f"{place}.TrailARN",
        )
    found = [own for own in related.everywhere(TRAIL) if _arn(own) == trail["TrailARN"]]
    if not found:
        return unknown(f"What trail {arn.name} records is seen only in {arn.region}, which is not swept.", place)
    if management_events(found[0]) == EVERYTHING:
        return passed(f"Trail {arn.name} records all management events in all regions.", f"{place}.TrailARN")
    return failed(f"Trail {arn.name} does not record all management events.", f"{place}.TrailARN")


def _s3_examples(enough: str, other: str) -> tuple[Example, ...]:
    all_buckets = {"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}
    one_bucket = {"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::one-bucket/"]}]}
    data = {"Field": "eventCategory", "Equals": ["Data"]}
    objects = {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}
    shown = {"MultiRegionTrails": [_shown(OWN)]}
    regional = _trail({**_selector(enough, **all_buckets), "IsMultiRegionTrail": False})
    here, away = neighbour(BUCKET, {}, name="here"), neighbour(BUCKET, {}, name="away", region="eu-west-1")

    return (
        passes(shown, related=(_trail(_selector(enough, **all_buckets)),), region=GLOBAL),
        passes(shown, "Advanced selectors", related=(_trail(_advanced(data, objects)),), region=GLOBAL),
        passes(
            shown,
            "Advanced selectors, of one half",
            related=(
                _trail(_advanced(data, objects, {"Field": "readOnly", "Equals": [str(enough == "ReadOnly").lower()]})),
            ),
            region=GLOBAL,
        ),
        passes(
            shown,
            "Advanced selectors, with every bucket's ARN",
            related=(_trail(_advanced(data, objects, {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::"]})),),
            region=GLOBAL,
        ),
        passes(
            {"MultiRegionTrails": []}, "A trail of the one region with buckets", related=(regional, here), region=GLOBAL
        ),
        fails(
            {"MultiRegionTrails": []},
            "A bucket in a region without a trail",
            related=(regional, here, away),
            region=GLOBAL,
        ),
        fails(
            shown,
            "Some buckets are left out",
            related=(
                _trail(_advanced(data, objects, {"Field": "resources.ARN", "NotStartsWith": ["arn:aws:s3:::logs/"]})),
            ),
            region=GLOBAL,
        ),
        fails(
            shown,
            "Stopped",
            related=(_trail({**_selector(enough, **all_buckets), "IsLogging": False}),),
            region=GLOBAL,
        ),
        fails(shown, "The other half alone", related=(_trail(_selector(other, **all_buckets)),), region=GLOBAL),
        fails(shown, "One bucket alone", related=(_trail(_selector(enough, **one_bucket)),), region=GLOBAL),
        fails({"MultiRegionTrails": []}, "No trail at all", region=GLOBAL),
        does_not_apply({"MultiRegionTrails": [_shown(THEIRS)]}, "The Organization's trail", region=GLOBAL),
        is_unknown(shown, "Its home region was not swept", region=GLOBAL),
        is_unknown(shown, gaps=(TRAIL,), region=GLOBAL),
        is_unknown({"MultiRegionTrails": denied("cloudtrail:DescribeTrails")}, region=GLOBAL),
    )


def _s3_events(account: Resource, related: Related, kind: str) -> Outcome:
    arns = [trail["TrailARN"] for trail in account.config["MultiRegionTrails"]]
    what = {WRITES: "writes to", READS: "reads of"}[kind]
    wide = first_known(*(partial(_wide, trail, kind) for trail in related.everywhere(TRAIL)))
    if wide:
        return passed(f"Trail {wide} records {what} the objects of all buckets.", "MultiRegionTrails")
    regional = {trail.region for trail in related.everywhere(TRAIL) if _records(trail, kind)}
    left_out = sorted({bucket.region for bucket in related.everywhere(BUCKET)} - regional) if regional else []
    if regional and not left_out:
        return passed(f"Trails record {what} all objects in each region that has buckets.", "MultiRegionTrails")
    whose = f"buckets in {', '.join(left_out)}" if left_out else "all buckets"
    lacking = failed(f"No trail records {what} the objects of {whose}.", "MultiRegionTrails")
    return _recorded_elsewhere(account, arns, related) or lacking


def _wide(trail: Resource, kind: str) -> str | None:
    """Return the name of a trail that records objects of the buckets of all regions."""
    return trail.name if trail.config["IsMultiRegionTrail"] and _records(trail, kind) else None


def _records(trail: Resource, kind: str) -> bool:
    return bool(trail.config["IsLogging"]) and kind in s3_object_events(trail)


def _recorded_elsewhere(account: Resource, arns: Sequence[str], related: Related) -> Outcome | None:
    """Return the outcome where AWS does not show the selectors of trails here."""
    seen = set(map(_arn, related.everywhere(TRAIL)))
    owners = {Arn.parse(arn).account_id for arn in arns} - {account.account_id}
    unseen = [arn for arn in map(Arn.parse, sorted(set(arns) - seen)) if arn.account_id == account.account_id]
    if unseen:
        return unknown(f"What trail {unseen[0].name} records is seen only in {unseen[0].region}, which is not swept.")
    if owners:
        return not_applicable(
            f"The Organization's trail records this account; what it records is judged in account {min(owners)}.",
            "MultiRegionTrails",
        )
    return None


_S3_REMEDIATION = Remediation(
    console="CloudTrail → Trails → the trail → Data events → Edit → S3, log all events. Mind the cost: busy buckets "
    "write many events. GuardDuty's S3 Protection detects without it; a trail is for proof afterwards.",
    cli="aws cloudtrail put-event-selectors --trail-name <trail> --advanced-event-selectors "
    '\'[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},'
    '{"Field":"resources.type","Equals":["AWS::S3::Object"]}]}]\'',
)


@check(
    resource_type="AWS::Account::Account",
    needs=(TRAIL, BUCKET),
    title="Writes to S3 objects are recorded",
    problem="Writes to S3 objects are not recorded",
    severity=Severity.LOW,
    controls=("practices:activity", "practices:data", "cis_aws_7:4.8"),
    aliases=("prowler:cloudtrail_s3_dataevents_write_enabled",),
    remediation=_S3_REMEDIATION,
    examples=_s3_examples("WriteOnly", "ReadOnly"),
    version=2,
)
def cloudtrail_account_s3_writes_recorded(account: Resource, related: Related) -> Outcome:
    """Management events show who changed a bucket, never who changed or deleted what is in it.

    After ransomware or a wrong script, the object events are the only list of what was touched.
    """
    return _s3_events(account, related, WRITES)


@check(
    resource_type="AWS::Account::Account",
    needs=(TRAIL, BUCKET),
    title="Reads of S3 objects are recorded",
    problem="Reads of S3 objects are not recorded",
    severity=Severity.LOW,
    controls=("practices:activity", "practices:data", "cis_aws_7:4.9"),
    aliases=("prowler:cloudtrail_s3_dataevents_read_enabled",),
    remediation=_S3_REMEDIATION,
    examples=_s3_examples("ReadOnly", "WriteOnly"),
    version=2,
)
def cloudtrail_account_s3_reads_recorded(account: Resource, related: Related) -> Outcome:
    """When data leaked, the question that regulators ask is which records were read.

    Only object read events answer it; without them every record in the bucket must be assumed lost.
    """
    return _s3_events(account, related, READS)
