"""Judge ECR repositories: scanning, mutable tags, pull access, and lifecycle."""

from __future__ import annotations

from typing import Any

from posture.checks.stores import judge_policy_not_public, policy_examples
from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource
from posture.core.values import any_of

REPOSITORY = "AWS::ECR::Repository"
REGISTRY = "ecr:GetRegistryScanningConfiguration"
_EVERY = [{"scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}]
_MANUAL = [{"scanFrequency": "MANUAL", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}]


def _scanned(on_push: bool, kind: str = "BASIC", rules: Any = ()) -> dict[str, Any]:  # noqa: FBT001 - AWS's own field
    config = {"scanOnPush": on_push}
    return {"imageScanningConfiguration": config, "RegistryScanType": kind, "RegistryScanRules": rules}


@check(
    resource_type=REPOSITORY,
    title="Container repository's images are scanned",
    problem="Container repository's images are not scanned",
    severity=Severity.HIGH,
    controls=("practices:containers", "aws_fsbp:ECR.1"),
    aliases=("securityhub:ECR.1", "prowler:ecr_repositories_scan_images_on_push_enabled"),
    remediation=Remediation(
        console="ECR → Private registry → Settings → Scanning → Edit: enhanced scanning, continuously, for all "
        "repositories.",
        cli="aws ecr put-registry-scanning-configuration --region {region} --scan-type ENHANCED --rules "
        '\'[{{"scanFrequency":"CONTINUOUS_SCAN","repositoryFilters":[{{"filter":"*","filterType":"WILDCARD"}}]}}]\'',
    ),
    examples=(
        passes(_scanned(True), name="shop/web"),
        passes(_scanned(False, "ENHANCED", _EVERY), "by the registry's rule", name="shop/web"),
        fails(_scanned(False), name="shop/web"),
        fails(_scanned(False, "BASIC", _MANUAL), "by hand alone", name="shop/web"),
        is_unknown(
            {**_scanned(False), "RegistryScanType": denied(REGISTRY), "RegistryScanRules": denied(REGISTRY)},
            "the registry's rules may cover it",
            name="shop/web",
        ),
    ),
)
def ecr_repository_images_scanned(repository: Resource) -> Outcome:
    """Most of an image is somebody else's software; without a scan nobody hears of the holes found in it later."""
    if any_of(lambda: repository.config.at("imageScanningConfiguration", "scanOnPush")):
        return passed("Images are scanned when they are pushed.", "imageScanningConfiguration.scanOnPush")
    for index, rule in enumerate(repository.config["RegistryScanRules"] or ()):
        if rule["scanFrequency"] != "MANUAL" and _covers(rule, str(repository.name)):
            return passed("A rule of the registry scans them.", f"RegistryScanRules[{index}]")
    return failed("Neither the repository nor a rule of the registry scans images.", "imageScanningConfiguration")


def _covers(rule: Any, name: str) -> bool:
    """Return True if a rule's filter, a name with stars, matches a repository's name."""
    return any(_matches(str(each["filter"]), name) for each in rule["repositoryFilters"])


def _matches(pattern: str, name: str) -> bool:
    first, *rest = pattern.split("*")
    if not rest:
        return first in name  # a filter without a star matches wherever it is in the name
    place = len(first)
    if not name.startswith(first):
        return False
    for part in rest[:-1]:
        found = name.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return name.endswith(rest[-1]) and len(name) - len(rest[-1]) >= place


@check(
    resource_type=REPOSITORY,
    title="Container repository's tags cannot be moved",
    problem="Container repository's tags can be moved",
    severity=Severity.MEDIUM,
    controls=("practices:containers", "aws_fsbp:ECR.2"),
    aliases=("securityhub:ECR.2", "prowler:ecr_repositories_tag_immutability"),
    remediation=Remediation(
        console="ECR → Repositories → {name} → Edit → Image tag immutability: immutable.",
        cli="aws ecr put-image-tag-mutability --region {region} --repository-name {name} "
        "--image-tag-mutability IMMUTABLE",
    ),
    examples=(
        passes({"imageTagMutability": "IMMUTABLE"}),
        passes({"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"}, "but for named tags"),
        fails({"imageTagMutability": "MUTABLE"}),
        is_unknown({"imageTagMutability": denied("ecr:DescribeRepositories")}),
    ),
)
def ecr_repository_tags_immutable(repository: Resource) -> Outcome:
    """What was tested and what runs under the same tag need not be the same, and whoever may push decides when."""
    setting = repository.config["imageTagMutability"]
    judge = passed if str(setting).startswith("IMMUTABLE") else failed
    return judge(f"The setting is {setting}.", "imageTagMutability")


@check(
    resource_type=REPOSITORY,
    title="Container repository cleans up by a lifecycle policy",
    problem="Container repository has no lifecycle policy",
    severity=Severity.LOW,
    controls=("practices:containers", "practices:legacy", "aws_fsbp:ECR.3"),
    aliases=("securityhub:ECR.3", "prowler:ecr_repositories_lifecycle_policy_enabled"),
    remediation=Remediation(
        console="ECR → Repositories → {name} → Lifecycle policy → Create rule.",
        cli="aws ecr put-lifecycle-policy --region {region} --repository-name {name} "
        "--lifecycle-policy-text file://policy.json",
    ),
    examples=(
        passes({"LifecyclePolicy": '{"rules": []}'}),
        fails({"LifecyclePolicy": None}),
        is_unknown({"LifecyclePolicy": denied("ecr:GetLifecyclePolicy")}),
    ),
)
def ecr_repository_lifecycle_policy(repository: Resource) -> Outcome:
    """Old images keep their old holes, and one of them is always a tag away from running again."""
    if repository.config["LifecyclePolicy"]:
        return passed("A lifecycle policy removes what is old.", "LifecyclePolicy")
    return failed("Nothing removes old images.", "LifecyclePolicy")


@check(
    resource_type=REPOSITORY,
    title="Container repository's policy lets in nobody unknown",
    problem="Container repository's policy allows public access",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:containers", "practices:iam", "practices:data", "cis_aws_7:2.21"),
    aliases=("prowler:ecr_repositories_not_publicly_accessible",),
    remediation=Remediation(
        console="ECR → Repositories → {name} → Permissions → Edit: name the accounts that pull and push.",
        cli="aws ecr set-repository-policy --region {region} --repository-name {name} --policy-text file://policy.json",
    ),
    examples=policy_examples("Policy", "ecr:GetRepositoryPolicy"),
    version=2,
)
def ecr_repository_policy_not_public(repository: Resource) -> Outcome:
    """Anyone could read your code out of its images, or push one that your next deployment starts."""
    return judge_policy_not_public(repository, "Policy")
