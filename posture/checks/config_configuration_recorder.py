"""Judge whether AWS Config's recorder records everything, and delivers it."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.resource import Resource

RECORDER = "AWS::Config::ConfigurationRecorder"
ALL = {"allSupported": True, "includeGlobalResourceTypes": True}
TWO_TYPES = {"allSupported": False, "resourceTypes": ["AWS::EC2::Instance", "AWS::S3::Bucket"]}
LESS = {
    "allSupported": False,
    "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
    "exclusionByResourceTypes": {"resourceTypes": ["AWS::EC2::NetworkInterface"]},
}


@check(
    resource_type=RECORDER,
    title="Config records all resource types",
    problem="Config does not record all resource types",
    severity=Severity.LOW,
    controls=("practices:native", "cis_aws_7:4.3", "aws_fsbp:Config.1"),
    aliases=("securityhub:Config.1",),
    remediation=Remediation(
        console="AWS Config → Settings → Edit → Recording strategy → All resource types with customizable overrides; "
        "remove overrides that leave types out.",
        cli="aws configservice put-configuration-recorder --region {region} --configuration-recorder "
        "name={name},roleARN=<role-arn> --recording-group allSupported=true,includeGlobalResourceTypes=true",
        terraform='resource "aws_config_configuration_recorder" "this" {\n  role_arn = aws_iam_role.config.arn\n'
        "  recording_group {\n    all_supported = true\n  }\n}",
    ),
    examples=(
        passes({"recordingGroup": ALL}),
        fails({"recordingGroup": TWO_TYPES}, "A list of types"),
        fails({"recordingGroup": LESS}, "All but some"),
        is_unknown({"recordingGroup": denied("config:DescribeConfigurationRecorders")}),
    ),
)
def config_recorder_records_all_types(recorder: Resource) -> Outcome:
    """What Config does not record has no history, and Security Hub's checks of it say nothing.

    Types are left out to save money, often rightly; then it should be known which, and why.
    """
    group = recorder.config["recordingGroup"]
    if group.get("allSupported"):
        return passed(f"All supported types in {recorder.region} are recorded.", "recordingGroup.allSupported")
    left_out = group.at("exclusionByResourceTypes", "resourceTypes", default=[])
    if left_out:
        return failed(
            f"{len(left_out)} types are left out, {left_out[0]} among them.",
            "recordingGroup.exclusionByResourceTypes.resourceTypes",
        )
    types = group.items_of("resourceTypes")
    return failed(f"Only {len(types)} resource types are recorded.", "recordingGroup.resourceTypes")


@check(
    resource_type=RECORDER,
    title="Config delivers what it records",
    problem="Config does not deliver what it records",
    severity=Severity.MEDIUM,
    controls=("practices:native",),
    remediation=Remediation(
        console="AWS Config → Settings → Delivery method → Edit: choose a bucket whose policy lets "
        "config.amazonaws.com write. The recorder's role needs s3:PutObject there as well.",
        cli="aws configservice put-delivery-channel --region {region} --delivery-channel "
        "name=default,s3BucketName=<log-bucket>",
        terraform='resource "aws_config_delivery_channel" "this" {\n  s3_bucket_name = aws_s3_bucket.logs.id\n}',
    ),
    examples=(
        passes(
            {"recording": True, "DeliveryChannel": {"name": "default", "s3BucketName": "example-config-logs"}},
            observed={
                "lastStatus": "SUCCESS",
                "lastErrorCode": None,
                "DeliveryStatus": {"configHistoryDeliveryInfo": {"lastStatus": "SUCCESS"}},
            },
        ),
        fails(
            {"recording": True, "DeliveryChannel": {"name": "default", "s3BucketName": "example-config-logs"}},
            "The bucket refuses",
            observed={
                "lastStatus": "SUCCESS",
                "lastErrorCode": None,
                "DeliveryStatus": {
                    "configHistoryDeliveryInfo": {"lastStatus": "FAILURE", "lastErrorCode": "AccessDenied"}
                },
            },
        ),
        fails(
            {"recording": True, "DeliveryChannel": {"name": "default", "s3BucketName": "example-config-logs"}},
            "The role may not read",
            observed={"lastStatus": "FAILURE", "lastErrorCode": "AccessDenied", "DeliveryStatus": {}},
        ),
        fails({"recording": True, "DeliveryChannel": None}, "No channel"),
        does_not_apply({"recording": False, "DeliveryChannel": None}, "A stopped recorder"),
        is_unknown(
            {"recording": True, "DeliveryChannel": {"name": "default", "s3BucketName": "example-config-logs"}},
            "Nothing was delivered yet",
            observed={"lastStatus": "SUCCESS", "lastErrorCode": None, "DeliveryStatus": {}},
        ),
        is_unknown({"recording": True, "DeliveryChannel": denied("config:DescribeDeliveryChannels")}),
    ),
    reads_observed=True,
    version=2,
)
def config_recorder_delivering(recorder: Resource) -> Outcome:
    """A recorder that cannot write to its bucket keeps nothing that an auditor could read later.

    The console shows it as recording all the same; only its last delivery shows it.
    """
    if not recorder.config["recording"]:
        return not_applicable("The recorder is stopped, which is judged for the region.", "recording")
    channel = recorder.config["DeliveryChannel"]
    if not channel:
        return failed("There is no delivery channel, so nothing is kept.", "DeliveryChannel")
    if _failed(recorder.observed["lastStatus"]):
        return failed(f"The last recording failed with {recorder.observed['lastErrorCode']}.", "observed.lastStatus")
    for kind, way in (recorder.observed["DeliveryStatus"] or {}).items():
        if _failed(way.get("lastStatus")):
            return failed(
                f"The last delivery to {channel['s3BucketName']} failed with {way.get('lastErrorCode')}.",
                f"observed.DeliveryStatus.{kind}.lastStatus",
            )
    ways = (recorder.observed["DeliveryStatus"] or {}).values()
    if not any((way.get("lastStatus") or "").lower() == "success" for way in ways):
        return unknown(f"Nothing was delivered to {channel['s3BucketName']} yet.", "observed.DeliveryStatus")
    return passed(f"The last delivery to {channel['s3BucketName']} succeeded.", "observed.DeliveryStatus")


def _failed(status: str | None) -> bool:
    # The model says "Failure", the service "FAILURE".
    return (status or "").lower() == "failure"
