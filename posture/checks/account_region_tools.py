"""Judge which of AWS's security tools watch a region. Not their settings."""

from __future__ import annotations

from posture.core.check import Remediation, check, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.related import Related
from posture.core.resource import GLOBAL, Resource

DETECTOR = "AWS::GuardDuty::Detector"
HUB = "AWS::SecurityHub::Hub"
RECORDER = "AWS::Config::ConfigurationRecorder"
ANALYZER = "AWS::AccessAnalyzer::Analyzer"
INSPECTOR = "AWS::InspectorV2::AccountStatus"
MACIE = "AWS::Macie::Session"
ACCOUNT = "AWS::Account::Account"
MEMBER = {"AccountId": "111122223333", "Organization": {"Id": "o-example", "MasterAccountId": "999988887777"}}
ALONE = {"AccountId": "111122223333", "Organization": None}
EXTERNAL = frozenset({"ACCOUNT", "ORGANIZATION"})
"""Types of analyzers that look for outside access."""
SCANNED = {"ec2": "instances", "ecr": "images", "lambda": "functions"}


def _inspector(status: str, functions: str) -> Resource:
    states = {"ec2": {"status": status}, "ecr": {"status": status}, "lambda": {"status": functions}}
    return neighbour(INSPECTOR, {"resourceState": states})


@check(
    resource_type="AWS::Account::Region",
    needs=(DETECTOR,),
    title="GuardDuty is enabled in the region",
    problem="GuardDuty is not enabled in the region",
    severity=Severity.HIGH,
    controls=("practices:native", "aws_fsbp:GuardDuty.1"),
    aliases=("prowler:guardduty_is_enabled", "securityhub:GuardDuty.1"),
    remediation=Remediation(
        console="GuardDuty in the delegated administrator's account → Accounts → Auto-enable: for all accounts. "
        "For a single account: GuardDuty → Get started → Enable. Repeat in each region.",
        cli="aws guardduty create-detector --enable --region {region}",
        terraform='resource "aws_guardduty_detector" "this" {\n  enable = true\n}',
    ),
    examples=(
        passes({"RegionName": "eu-central-1"}, related=(neighbour(DETECTOR, {"Status": "ENABLED"}),)),
        fails({"RegionName": "eu-central-1"}, "No detector"),
        fails(
            {"RegionName": "eu-central-1"},
            "A suspended detector",
            related=(neighbour(DETECTOR, {"Status": "DISABLED"}),),
        ),
        fails(
            {},
            "A detector in another region",
            related=(neighbour(DETECTOR, {"Status": "ENABLED"}, region="eu-west-1"),),
        ),
        is_unknown({"RegionName": "eu-central-1"}, gaps=(DETECTOR,)),
        does_not_apply({"RegionName": "eu-central-1"}, "A region without it", not_offered=(DETECTOR,)),
    ),
)
def guardduty_detector_enabled(region: Resource, related: Related) -> Outcome:
    """GuardDuty reads CloudTrail, flow logs and DNS for signs of stolen credentials and taken-over machines.

    Attackers look for the regions that nobody watches, so it must be on in every enabled region, also
    in those where nothing is meant to run. Where it is quiet it costs next to nothing.
    """
    if not related.offered_here(DETECTOR):
        return not_applicable(f"AWS does not offer GuardDuty in {region.region}.")
    detectors = related.here(DETECTOR)
    if not detectors:
        return failed(f"There is no GuardDuty detector in {region.region}: nobody watches this region.")
    if any(detector.config["Status"] == "ENABLED" for detector in detectors):
        return passed(f"GuardDuty watches {region.region}.")
    return failed(f"The GuardDuty detector in {region.region} is suspended.")


@check(
    resource_type="AWS::Account::Region",
    needs=(HUB,),
    title="Security Hub is enabled in the region",
    problem="Security Hub is not enabled in the region",
    severity=Severity.MEDIUM,
    controls=("practices:native", "cis_aws_7:5.16"),
    aliases=("prowler:securityhub_enabled",),
    remediation=Remediation(
        console="Security Hub CSPM in the delegated administrator's account → Configuration → Central configuration → "
        "a policy with Security Hub on, for the whole Organization. For a single account: Security Hub → Go to "
        "Security Hub → Enable.",
        cli="aws securityhub enable-security-hub --enable-default-standards --region {region}",
        terraform='resource "aws_securityhub_account" "this" {}',
    ),
    examples=(
        passes({"RegionName": "eu-central-1"}, related=(neighbour(HUB, {"SubscribedAt": "2025-03-12T08:00:00.000Z"}),)),
        fails({"RegionName": "eu-central-1"}),
        is_unknown({"RegionName": "eu-central-1"}, gaps=(HUB,)),
        does_not_apply({"RegionName": "eu-central-1"}, "A region without it", not_offered=(HUB,)),
    ),
)
def securityhub_hub_enabled(region: Resource, related: Related) -> Outcome:
    """Security Hub is where AWS's own tools put what they found; without it each must be read by itself.

    It also runs several hundred checks of its own, which are a second opinion on those made here.
    """
    if not related.offered_here(HUB):
        return not_applicable(f"AWS does not offer Security Hub in {region.region}.")
    if related.here(HUB):
        return passed(f"Security Hub is enabled in {region.region}.")
    return failed(f"Security Hub is not enabled in {region.region}.")


@check(
    resource_type="AWS::Account::Region",
    needs=(RECORDER,),
    title="Config records in the region",
    problem="Config does not record in the region",
    severity=Severity.MEDIUM,
    controls=("practices:native", "cis_aws_7:4.3", "aws_fsbp:Config.1"),
    aliases=("prowler:config_recorder_all_regions_enabled", "securityhub:Config.1"),
    remediation=Remediation(
        console="AWS Config → Get started, or Settings → Start recording. For all accounts at once: Systems Manager → "
        "Quick Setup → Config Recording, or a StackSet.",
        cli="aws configservice start-configuration-recorder --configuration-recorder-name default --region {region}",
        terraform='resource "aws_config_configuration_recorder_status" "this" {\n'
        "  name       = aws_config_configuration_recorder.this.name\n  is_enabled = true\n}",
    ),
    examples=(
        passes({"RegionName": "eu-central-1"}, related=(neighbour(RECORDER, {"recording": True}),)),
        fails({"RegionName": "eu-central-1"}, "No recorder"),
        fails(
            {"RegionName": "eu-central-1"}, "A stopped recorder", related=(neighbour(RECORDER, {"recording": False}),)
        ),
        is_unknown({"RegionName": "eu-central-1"}, gaps=(RECORDER,)),
        does_not_apply({"RegionName": "eu-central-1"}, "A region without it", not_offered=(RECORDER,)),
    ),
)
def config_region_recorded(region: Resource, related: Related) -> Outcome:
    """Config is the memory of what the account's resources looked like, and the ground of Security Hub's checks.

    Where it is off, Security Hub shows a clean region because it sees nothing.
    """
    if not related.offered_here(RECORDER):
        return not_applicable(f"AWS does not offer Config in {region.region}.")
    recorders = related.here(RECORDER)
    if not recorders:
        return failed(f"There is no Config recorder in {region.region}.")
    if any(recorder.config["recording"] for recorder in recorders):
        return passed(f"Config records in {region.region}.")
    return failed(f"The Config recorder in {region.region} is stopped.")


@check(
    resource_type="AWS::Account::Region",
    needs=(ANALYZER, ACCOUNT),
    title="Access Analyzer looks for outside access in the region",
    problem="No Access Analyzer looks for outside access in the region",
    severity=Severity.MEDIUM,
    controls=("practices:native", "practices:iam", "cis_aws_7:2.18"),
    aliases=("prowler:accessanalyzer_enabled", "securityhub:IAM.28"),
    remediation=Remediation(
        console="IAM in the delegated administrator's account → Access analyzer → Create analyzer → External access, "
        "zone of trust: the organization. Repeat in each region.",
        cli="aws accessanalyzer create-analyzer --analyzer-name external --type ACCOUNT --region {region}",
        terraform='resource "aws_accessanalyzer_analyzer" "this" {\n  analyzer_name = "external"\n'
        '  type          = "ORGANIZATION"\n}',
    ),
    examples=(
        passes({"RegionName": "eu-central-1"}, related=(neighbour(ANALYZER, {"type": "ACCOUNT", "status": "ACTIVE"}),)),
        fails({"RegionName": "eu-central-1"}, "No analyzer", related=(neighbour(ACCOUNT, ALONE, region=GLOBAL),)),
        fails(
            {"RegionName": "eu-central-1"},
            "An analyzer of unused access only",
            related=(
                neighbour(ANALYZER, {"type": "ACCOUNT_UNUSED_ACCESS", "status": "ACTIVE"}),
                neighbour(ACCOUNT, ALONE, region=GLOBAL),
            ),
        ),
        is_unknown(
            {"RegionName": "eu-central-1"},
            "A member, whose Organization may have an analyzer",
            related=(neighbour(ACCOUNT, MEMBER, region=GLOBAL),),
        ),
        is_unknown({"RegionName": "eu-central-1"}, gaps=(ANALYZER,)),
        does_not_apply({"RegionName": "eu-central-1"}, "A region without it", not_offered=(ANALYZER,)),
    ),
)
def accessanalyzer_region_external_access_analyzed(region: Resource, related: Related) -> Outcome:
    """Access Analyzer proves, rather than guesses, which buckets, keys, roles and queues outsiders can reach.

    It works region by region and is free for outside access. An analyzer of the whole Organization
    covers its members, but AWS shows it only in the account that owns it.
    """
    if not related.offered_here(ANALYZER):
        return not_applicable(f"AWS does not offer Access Analyzer in {region.region}.")
    external = [analyzer for analyzer in related.here(ANALYZER) if analyzer.config["type"] in EXTERNAL]
    if any(analyzer.config["status"] == "ACTIVE" for analyzer in external):
        return passed(f"An analyzer looks for outside access in {region.region}.")
    if external:
        return failed(f"The analyzer in {region.region} is {external[0].config['status'].lower()}.")
    accounts = related.everywhere(ACCOUNT)
    if not accounts or accounts[0].config["Organization"]:
        return unknown(
            f"The account has no analyzer in {region.region}. One of its Organization may cover it, which AWS shows "
            f"only "
            "in the account that owns it."
        )
    return failed(f"No analyzer looks for outside access in {region.region}.")


@check(
    resource_type="AWS::Account::Region",
    needs=(INSPECTOR,),
    title="Inspector scans instances, images and functions in the region",
    problem="Inspector does not scan every workload type in the region",
    protects=("AWS::EC2::Instance", "AWS::ECR::Repository", "AWS::Lambda::Function"),
    severity=Severity.MEDIUM,
    controls=("practices:native",),
    remediation=Remediation(
        console="Inspector in the delegated administrator's account → Account management → Auto-enable for EC2, ECR "
        "and Lambda. For a single account: Inspector → Activate. Repeat in each region.",
        cli="aws inspector2 enable --resource-types EC2 ECR LAMBDA --region {region}",
        terraform='resource "aws_inspector2_enabler" "this" {\n'
        "  account_ids    = [data.aws_caller_identity.current.account_id]\n"
        '  resource_types = ["EC2", "ECR", "LAMBDA"]\n}',
    ),
    examples=(
        passes({"RegionName": "eu-central-1"}, related=(_inspector("ENABLED", "ENABLED"),)),
        fails({"RegionName": "eu-central-1"}, related=(_inspector("DISABLED", "DISABLED"),)),
        fails({"RegionName": "eu-central-1"}, "Lambda is left out", related=(_inspector("ENABLED", "DISABLED"),)),
        fails({"RegionName": "eu-central-1"}, "Not there at all"),
        is_unknown({"RegionName": "eu-central-1"}, gaps=(INSPECTOR,)),
        does_not_apply({"RegionName": "eu-central-1"}, "A region without it", not_offered=(INSPECTOR,)),
    ),
)
def inspector2_region_scanned(region: Resource, related: Related) -> Outcome:
    """Inspector compares what is installed on instances, in images and in functions with known vulnerabilities.

    It does so again whenever a new vulnerability is published, which no scan in a pipeline does.
    """
    if not related.offered_here(INSPECTOR):
        return not_applicable(f"AWS does not offer Inspector in {region.region}.")
    statuses = related.here(INSPECTOR)
    if not statuses:
        return failed(f"Inspector is not enabled in {region.region}.")
    states = statuses[0].config["resourceState"]
    off = [name for kind, name in SCANNED.items() if states.at(kind, "status") != "ENABLED"]
    if not off:
        return passed(f"Inspector scans instances, images and functions in {region.region}.")
    if len(off) == len(SCANNED):
        return failed(f"Inspector is not enabled in {region.region}.")
    return failed(f"Inspector does not scan {' and '.join(off)} in {region.region}.")


@check(
    resource_type="AWS::Account::Region",
    needs=(MACIE,),
    title="Macie is enabled in the region",
    problem="Macie is not enabled in the region",
    protects=("AWS::S3::Bucket",),
    severity=Severity.MEDIUM,
    controls=("practices:native", "practices:data", "cis_aws_7:3.1.3", "aws_fsbp:Macie.1"),
    aliases=("prowler:macie_is_enabled", "securityhub:Macie.1"),
    remediation=Remediation(
        console="Macie in the delegated administrator's account → Accounts → Auto-enable for all accounts. For a "
        "single account: Macie → Get started → Enable Macie. Repeat in each region with buckets.",
        cli="aws macie2 enable-macie --region {region}",
        terraform='resource "aws_macie2_account" "this" {\n  status = "ENABLED"\n}',
    ),
    examples=(
        passes({"RegionName": "eu-central-1"}, related=(neighbour(MACIE, {"status": "ENABLED"}),)),
        fails({"RegionName": "eu-central-1"}),
        fails({"RegionName": "eu-central-1"}, "Paused", related=(neighbour(MACIE, {"status": "PAUSED"}),)),
        is_unknown({"RegionName": "eu-central-1"}, gaps=(MACIE,)),
        does_not_apply({"RegionName": "eu-central-1"}, "A region without it", not_offered=(MACIE,)),
    ),
)
def macie_region_enabled(region: Resource, related: Related) -> Outcome:
    """Tags say where people believe that sensitive data is; Macie looks where it really is.

    It also watches every bucket's policy and encryption. With automated discovery it samples all buckets
    for a small price instead of reading everything.
    """
    if not related.offered_here(MACIE):
        return not_applicable(f"AWS does not offer Macie in {region.region}.")
    sessions = related.here(MACIE)
    if not sessions:
        return failed(f"Macie is not enabled in {region.region}.")
    if sessions[0].config["status"] == "ENABLED":
        return passed(f"Macie is enabled in {region.region}.")
    return failed(f"Macie is paused in {region.region}.")
