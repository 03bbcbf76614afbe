"""ECR repositories: mutable tags, scanning, pull policy, and lifecycle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource

_GET_POLICY = "ecr:GetRepositoryPolicy"
_ABSENT = ("RepositoryPolicyNotFoundException", "LifecyclePolicyNotFoundException", "RepositoryNotFoundException")


@collector(
    resource_type="AWS::ECR::Repository",
    title="Container repository",
    plural="Container repositories",
    service="ecr",
    family=Family.STORAGE,
    actions=(
        "ecr:DescribeRepositories",
        _GET_POLICY,
        "ecr:GetLifecyclePolicy",
        "ecr:ListTagsForResource",
        "ecr:GetRegistryScanningConfiguration",
    ),
    columns=(
        Column("imageTagMutability", "Tags"),
        Column("imageScanningConfiguration.scanOnPush", "Scanned on push"),
        Column("RegistryScanType", "Scanning"),
        Column("encryptionConfiguration.encryptionType", "Encryption"),
        Column("createdAt", "Created"),
    ),
    relations=(Relation("encryptionConfiguration.kmsKey", "AWS::KMS::Key"),),
    unordered=("RegistryScanRules",),
)
def repositories(ask: Ask) -> Iterator[Resource]:
    """What runs in containers comes from here: who can push or move a tag decides what runs tomorrow.

    `RegistryScanType` and `RegistryScanRules` are the registry's own, which hold for all of its repositories.
    """
    listed = [dict(raw) for raw in ask.pages("ecr", "describe_repositories", "repositories")]
    if not listed:
        return
    scanning = ask.field("ecr", "get_registry_scanning_configuration", "scanningConfiguration")
    registry = {"RegistryScanType": _of(scanning, "scanType"), "RegistryScanRules": _of(scanning, "rules")}
    for raw, details in zip(listed, ask.each(partial(_details, ask), listed), strict=True):
        tags = details.pop("tags")
        full = {**raw, **registry, **details}
        yield ask.resource(full, arn=raw["repositoryArn"], name=raw["repositoryName"], tags=tags)


def _of(answer: Any, key: str) -> Any:
    return answer.get(key) if isinstance(answer, Mapping) else answer


def _details(ask: Ask, raw: Mapping[str, Any]) -> dict[str, Any]:
    get = partial(ask.field, "ecr", absent=_ABSENT)
    name, arn = raw["repositoryName"], raw["repositoryArn"]
    return ask.together(
        {
            "Policy": lambda: document(get("get_repository_policy", "policyText", repositoryName=name), _GET_POLICY),
            "LifecyclePolicy": lambda: get("get_lifecycle_policy", "lifecyclePolicyText", repositoryName=name),
            "tags": lambda: get("list_tags_for_resource", "tags", resourceArn=arn),
        }
    )
