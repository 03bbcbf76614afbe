"""Judge container registries: scanning of all repositories, and who gets images."""

from __future__ import annotations

from typing import Any

from posture.checks.sharing import judge_shared_accounts, sharing_examples
from posture.checks.stores import judge_policy_not_public, policy_examples
from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

REGISTRY = "AWS::ECR::Registry"
SCANNING = "ecr:GetRegistryScanningConfiguration"
AUTOMATIC = {"SCAN_ON_PUSH", "CONTINUOUS_SCAN"}
_SETTINGS = "ECR → Private registry → Features & Settings → "
_SCAN_ALL = (
    "aws ecr put-registry-scanning-configuration --region {region} --scan-type ENHANCED --rules "
    '\'[{{"scanFrequency":"CONTINUOUS_SCAN","repositoryFilters":[{{"filter":"*","filterType":"WILDCARD"}}]}}]\''
)


def _rules(frequency: str, *names: str) -> dict[str, Any]:
    filters = [{"filter": name, "filterType": "WILDCARD"} for name in names]
    return {"ScanRules": [{"scanFrequency": frequency, "repositoryFilters": filters}]}


@check(
    resource_type=REGISTRY,
    title="Container registry scans every repository by itself",
    problem="Container registry does not scan every repository by itself",
    severity=Severity.MEDIUM,
    controls=("practices:containers",),
    aliases=("prowler:ecr_registry_scan_images_on_push_enabled",),
    remediation=Remediation(
        console=f"{_SETTINGS}Scanning → Edit: scan on push or continuously, with one filter, *.",
        cli=_SCAN_ALL,
    ),
    examples=(
        passes(_rules("SCAN_ON_PUSH", "*")),
        passes(_rules("CONTINUOUS_SCAN", "shop/*", "*")),
        fails({"ScanRules": []}),
        fails(_rules("SCAN_ON_PUSH", "shop/*"), "repositories of one name alone"),
        fails(_rules("MANUAL", "*"), "by hand alone"),
        is_unknown({"ScanRules": denied(SCANNING)}),
    ),
)
def ecr_registry_scans_every_repository(registry: Resource) -> Outcome:
    """A rule of the registry covers the repository that somebody makes tomorrow; a repository's own setting does not.

    AWS also calls the setting of single repositories outdated.
    """
    for index, rule in enumerate(registry.config["ScanRules"] or ()):
        if rule["scanFrequency"] in AUTOMATIC and any(each["filter"] == "*" for each in rule["repositoryFilters"]):
            return passed(f"A rule scans every repository ({rule['scanFrequency']}).", f"ScanRules[{index}]")
    return failed("No rule scans every repository without being asked.", "ScanRules")


@check(
    resource_type=REGISTRY,
    title="Container registry is scanned by Inspector",
    problem="Container registry has basic scanning alone",
    severity=Severity.LOW,
    controls=("practices:containers", "practices:native"),
    aliases=("prowler:ecr_registry_enhanced_scanning_enabled",),
    remediation=Remediation(
        console=f"{_SETTINGS}Scanning → Edit: Enhanced scanning. Inspector charges for each image.",
        cli=_SCAN_ALL,
    ),
    examples=(
        passes({"ScanType": "ENHANCED"}),
        fails({"ScanType": "BASIC"}),
        is_unknown({"ScanType": denied(SCANNING)}),
    ),
)
def ecr_registry_enhanced_scanning(registry: Resource) -> Outcome:
    """Basic scanning looks at the packages of the operating system once; most holes are in libraries of the program.

    Enhanced scanning reads both, and judges old images again when a new vulnerability becomes known.
    """
    kind = registry.config["ScanType"]
    return (passed if kind == "ENHANCED" else failed)(f"The registry's scanning is {kind}.", "ScanType")


@check(
    resource_type=REGISTRY,
    title="Container registry's policy lets in nobody unknown",
    problem="Container registry's policy allows public access",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:containers", "practices:iam", "cis_aws_7:2.21"),
    remediation=Remediation(
        console=f"{_SETTINGS}Permissions: name the accounts that replicate images here.",
        cli="aws ecr put-registry-policy --region {region} --policy-text file://policy.json",
    ),
    examples=policy_examples("Policy", "ecr:GetRegistryPolicy"),
    version=2,
)
def ecr_registry_policy_not_public(registry: Resource) -> Outcome:
    """Whoever may replicate into the registry makes repositories in it, and images that look like your own.

    The policy covers all repositories, those with a policy of their own included.
    """
    return judge_policy_not_public(registry, "Policy")


@check(
    resource_type=REGISTRY,
    title="Container registry replicates images within the organization",
    problem="Container registry replicates images to an account outside the organization",
    severity=Severity.HIGH,
    controls=("practices:containers", "practices:data", "practices:accounts"),
    remediation=Remediation(
        console=f"{_SETTINGS}Replication → the rule → Edit: remove the other account's registry.",
        cli="aws ecr put-replication-configuration --region {region} --replication-configuration file://rules.json",
    ),
    examples=sharing_examples(
        {"ReplicationRules": [{"destinations": [{"region": "eu-west-1", "registryId": "111122223333"}]}]},
        {"ReplicationRules": [{"destinations": [{"region": "eu-west-1", "registryId": "444455556666"}]}]},
        "ecr:DescribeRegistry",
    ),
)
def ecr_registry_replicates_inside_organization(registry: Resource) -> Outcome:
    """Each image that is pushed from now on is copied to an account that nobody here can look into.

    Deleting the image in your registry does not delete the copy.
    """
    rules = registry.config["ReplicationRules"] or ()
    accounts = [each["registryId"] for rule in rules for each in rule["destinations"]]
    return judge_shared_accounts(registry, accounts, "ReplicationRules")
