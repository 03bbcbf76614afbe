"""Judges whether Config records in some region what belongs to all of them."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.related import Related
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Fields

RECORDER = "AWS::Config::ConfigurationRecorder"
IAM_TYPES = frozenset({"AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::Policy"})
"""What Config calls global resource types."""
WITHOUT_IAM_TYPES = frozenset(
    {
        "ap-east-2",
        "ap-south-2",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-6",
        "ap-southeast-7",
        "ca-west-1",
        "eu-central-2",
        "eu-south-2",
        "il-central-1",
        "me-central-1",
        "mx-central-1",
    }
)
"""Regions that Config supports since February 2022, where it cannot record them whatever its recorder says.

See "Global resources" of https://docs.aws.amazon.com/config/latest/developerguide/select-resources.html
"""

EVERYTHING = {"allSupported": True, "includeGlobalResourceTypes": True}
REGIONAL = {"allSupported": True, "includeGlobalResourceTypes": False}


def _recorder(group: object, region: str = "eu-central-1", *, recording: object = True) -> Resource:
    return neighbour(RECORDER, {"recording": recording, "recordingGroup": group}, region=region, name=region)


def _listing(*types: str) -> dict[str, object]:
    return {"allSupported": False, "includeGlobalResourceTypes": False, "resourceTypes": list(types)}


def _leaving_out(*types: str) -> dict[str, object]:
    return {
        "allSupported": False,
        "includeGlobalResourceTypes": False,
        "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
        "exclusionByResourceTypes": {"resourceTypes": list(types)},
    }


UNSEEN = denied("config:DescribeConfigurationRecorders")


@check(
    resource_type="AWS::Account::Account",
    needs=(RECORDER,),
    title="Config records IAM resources in a region",
    problem="Config records IAM resources in no region",
    severity=Severity.MEDIUM,
    controls=("practices:native", "practices:iam", "cis_aws_7:4.3", "aws_fsbp:Config.1"),
    aliases=("securityhub:Config.1",),
    remediation=Remediation(
        console="AWS Config in one region, your home region → Settings → Edit → Recording strategy: include the global "
        "IAM resource types. One region suffices; every further one records, and bills, the same changes again.",
        cli="aws configservice put-configuration-recorder --region YOUR-HOME-REGION --configuration-recorder "
        "name=default,roleARN=<role-arn> --recording-group allSupported=true,includeGlobalResourceTypes=true",
        terraform='resource "aws_config_configuration_recorder" "this" {\n  role_arn = aws_iam_role.config.arn\n'
        "  recording_group {\n    all_supported                 = true\n"
        "    include_global_resource_types = true\n  }\n}",
    ),
    examples=(
        passes({}, related=(_recorder(EVERYTHING), _recorder(REGIONAL, "eu-west-1")), region=GLOBAL),
        passes({}, "A list that names them", related=(_recorder(_listing(*sorted(IAM_TYPES))),), region=GLOBAL),
        passes({}, "All but others", related=(_recorder(_leaving_out("AWS::EC2::Volume")),), region=GLOBAL),
        passes(
            {},
            "One region is known, another refused",
            related=(_recorder(UNSEEN, "eu-west-1"), _recorder(EVERYTHING)),
            region=GLOBAL,
        ),
        fails({}, "No recorder", region=GLOBAL),
        fails({}, "No region has them", related=(_recorder(REGIONAL), _recorder(REGIONAL, "eu-west-1")), region=GLOBAL),
        fails({}, "A stopped recorder", related=(_recorder(EVERYTHING, recording=False),), region=GLOBAL),
        fails({}, "A list that lacks one", related=(_recorder(_listing("AWS::IAM::User")),), region=GLOBAL),
        fails({}, "All but one of them", related=(_recorder(_leaving_out("AWS::IAM::Role")),), region=GLOBAL),
        fails({}, "A region that cannot", related=(_recorder(EVERYTHING, "il-central-1"),), region=GLOBAL),
        is_unknown({}, related=(_recorder(REGIONAL),), gaps=(RECORDER,), region=GLOBAL),
    ),
)
def config_account_iam_types_recorded(account: Resource, related: Related) -> Outcome:
    """Users, groups, roles and policies belong to no region, and a recorder leaves them out unless it is asked.

    Then nobody can see afterwards who gave a role its rights and when, which is the first question after a break-in,
    and Security Hub's checks of IAM have nothing to look at. A recorder in one region is enough.
    """
    region = related.first_known(RECORDER, _where_recorded)
    if region:
        return passed(f"Config records users, groups, roles and policies of account {account.account_id} in {region}.")
    return failed("No running Config recorder in any region includes users, groups, roles and policies.")


def _where_recorded(recorder: Resource) -> str | None:
    """Return the region of a recorder that runs and records all of IAM's types."""
    if recorder.region in WITHOUT_IAM_TYPES or not recorder.config["recording"]:
        return None
    return recorder.region if _includes_iam_types(recorder.config["recordingGroup"]) else None


def _includes_iam_types(group: Fields) -> bool:
    if group["allSupported"]:
        return bool(group["includeGlobalResourceTypes"])
    if group.at("recordingStrategy", "useOnly") == "EXCLUSION_BY_RESOURCE_TYPES":
        return IAM_TYPES.isdisjoint(group["exclusionByResourceTypes"]["resourceTypes"])
    return set(group["resourceTypes"]) >= IAM_TYPES
