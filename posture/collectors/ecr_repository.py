"""ECR repositories: mutable tags, scanning, pull policy, and lifecycle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from heapq import nlargest
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource
from posture.core.values import Unknown

_GET_POLICY = "ecr:GetRepositoryPolicy"
NEWEST_IMAGES = 20
"""How many images are kept of a repository: those pushed last."""
_PAGE_SIZE = 1000
_IMAGE = ("imageDigest", "imageTags", "imagePushedAt", "imageManifestMediaType", "artifactMediaType")
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
        "ecr:DescribeImages",
    ),
    columns=(
        Column("imageTagMutability", "Tags"),
        Column("imageScanningConfiguration.scanOnPush", "Scanned on push"),
        Column("RegistryScanType", "Scanning"),
        Column("encryptionConfiguration.encryptionType", "Encryption"),
        Column("observed.NewestImages.imageTags", "Newest images"),
        Column("createdAt", "Created"),
    ),
    relations=(Relation("encryptionConfiguration.kmsKey", "AWS::KMS::Key"),),
    observed=("NewestImages",),
    unordered=("RegistryScanRules",),
)
def repositories(ask: Ask) -> Iterator[Resource]:
    """What runs in containers comes from here: who can push or move a tag decides what runs tomorrow.

    `RegistryScanType` and `RegistryScanRules` are the registry's own, which hold for all of its repositories.
    `NewestImages` are those pushed last, newest first, with what their scans counted.
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
            "NewestImages": lambda: _newest_images(ask, name),
            "tags": lambda: get("list_tags_for_resource", "tags", resourceArn=arn),
        }
    )


def _newest_images(ask: Ask, name: str) -> list[dict[str, Any]] | Unknown | None:
    # AWS sorts images by nothing: the newest are known only once all are listed.
    images = ask.listing(
        "ecr", "describe_images", "imageDetails", repositoryName=name, maxResults=_PAGE_SIZE, absent=_ABSENT
    )
    if images is None or isinstance(images, Unknown):
        return images
    # Signatures and lists of what an image is made of point to their image, and are none themselves.
    own = [raw for raw in images if not raw.get("subjectManifestDigest")]
    return [_image(raw) for raw in nlargest(NEWEST_IMAGES, own, key=_pushed)]


def _pushed(raw: Mapping[str, Any]) -> tuple[str, str]:
    return str(raw.get("imagePushedAt") or ""), str(raw.get("imageDigest") or "")


def _image(raw: Mapping[str, Any]) -> dict[str, Any]:
    summary = raw.get("imageScanFindingsSummary") or {}
    return {
        **{key: raw[key] for key in _IMAGE if key in raw},
        "imageTags": sorted(raw.get("imageTags") or ()),
        "scanStatus": (raw.get("imageScanStatus") or {}).get("status"),
        "scanCompletedAt": summary.get("imageScanCompletedAt"),
        "findingSeverityCounts": summary.get("findingSeverityCounts"),
    }
