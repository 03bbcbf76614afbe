"""ECR repositories: mutable tags, scanning, pull policy, and lifecycle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
PULLED_IMAGES = 80
"""How many of the others are kept: those pulled last, since what runs was pulled once."""
FIXES_OF = 3
"""Of how many images with a critical vulnerability it is asked what fixes them, the newest and last pulled first."""
PACKAGES_MAX = 5
_PAGE_SIZE = 1000
_IMAGE = (
    "imageDigest",
    "imageTags",
    "imagePushedAt",
    "imageManifestMediaType",
    "artifactMediaType",
    "lastRecordedPullTime",
)
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
        "ecr:DescribeImageScanFindings",
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
    observed=("ImageCount", "NewestImages", "PulledImages"),
    unordered=("RegistryScanRules",),
)
def repositories(ask: Ask) -> Iterator[Resource]:
    """What runs in containers comes from here: who can push or move a tag decides what runs tomorrow.

    `RegistryScanType` and `RegistryScanRules` are the registry's own, which hold for all of its repositories.
    `NewestImages` are those pushed last, newest first, with what their scans counted; `PulledImages` those of the
    others that were pulled last, and `ImageCount` how many there are.
    """
    listed = [dict(raw) for raw in ask.pages("ecr", "describe_repositories", "repositories")]
    if not listed:
        return
    scanning = ask.field("ecr", "get_registry_scanning_configuration", "scanningConfiguration")
    registry = {"RegistryScanType": _of(scanning, "scanType"), "RegistryScanRules": _of(scanning, "rules")}
    for raw, details in zip(listed, ask.each(partial(_details, ask), listed), strict=True):
        tags, images = details.pop("tags"), details.pop("images")
        full = {**raw, **registry, **details, **images}
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
            "images": lambda: _images(ask, name),
            "tags": lambda: get("list_tags_for_resource", "tags", resourceArn=arn),
        }
    )


def _images(ask: Ask, name: str) -> dict[str, Any]:
    # AWS sorts images by nothing: the newest are known only once all are listed.
    images = ask.listing(
        "ecr", "describe_images", "imageDetails", repositoryName=name, maxResults=_PAGE_SIZE, absent=_ABSENT
    )
    if images is None or isinstance(images, Unknown):
        return {"ImageCount": images, "NewestImages": images, "PulledImages": images}
    # Signatures and lists of what an image is made of point to their image, and are none themselves.
    own = [raw for raw in images if not raw.get("subjectManifestDigest")]
    newest = nlargest(NEWEST_IMAGES, own, key=_pushed)
    known = {raw["imageDigest"] for raw in newest}
    others = (raw for raw in own if raw.get("lastRecordedPullTime") and raw["imageDigest"] not in known)
    pulled = nlargest(PULLED_IMAGES, others, key=_pulled)
    fixes = _fixes(ask, name, [*newest, *pulled])
    return {
        "ImageCount": len(own),
        "NewestImages": [_image(raw, fixes) for raw in newest],
        "PulledImages": [_image(raw, fixes) for raw in pulled],
    }


def _fixes(ask: Ask, name: str, images: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return by digest which critical vulnerabilities have a fix, of few images."""
    critical = [raw for raw in images if _counts(raw).get("CRITICAL")]
    chosen = [*critical[:1], *nlargest(FIXES_OF - 1, critical[1:], key=_pulled)]
    asked = [raw["imageDigest"] for raw in chosen]
    return dict(zip(asked, ask.each(partial(_fixes_of, ask, name), asked), strict=True))


def _fixes_of(ask: Ask, name: str, digest: str) -> dict[str, Any] | Unknown | None:
    """Return what fixes an image's critical vulnerabilities; None if not known."""
    answer = ask.field(
        "ecr",
        "describe_image_scan_findings",
        "imageScanFindings",
        repositoryName=name,
        imageId={"imageDigest": digest},
        maxResults=_PAGE_SIZE,
        absent=(*_ABSENT, "ImageNotFoundException", "ScanNotFoundException"),
    )
    if answer is None or isinstance(answer, Unknown):
        return answer
    found = answer.get("enhancedFindings")
    if found is None:
        return None  # basic scanning does not say what is fixed
    critical = [one for one in found if one.get("severity") == "CRITICAL" and one.get("status", "ACTIVE") == "ACTIVE"]
    fixable = [one for one in critical if one.get("fixAvailable") in {"YES", "PARTIAL"}]
    packages = sorted({package for one in fixable for package in _packages(one)})
    return {"critical": len(fixable), "packages": [list(each) for each in packages[:PACKAGES_MAX]]}


def _packages(finding: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the packages of a finding: name, installed version, and what fixes it."""
    for package in (finding.get("packageVulnerabilityDetails") or {}).get("vulnerablePackages") or ():
        if package.get("name") and package.get("fixedInVersion") not in {None, "", "NotAvailable"}:
            yield package["name"], package.get("version") or "", package["fixedInVersion"]


def _counts(raw: Mapping[str, Any]) -> Mapping[str, int]:
    return (raw.get("imageScanFindingsSummary") or {}).get("findingSeverityCounts") or {}


def _pushed(raw: Mapping[str, Any]) -> tuple[str, str]:
    return str(raw.get("imagePushedAt") or ""), str(raw.get("imageDigest") or "")


def _pulled(raw: Mapping[str, Any]) -> tuple[str, str]:
    return str(raw.get("lastRecordedPullTime") or ""), str(raw.get("imageDigest") or "")


def _image(raw: Mapping[str, Any], fixes: Mapping[str, Any]) -> dict[str, Any]:
    summary = raw.get("imageScanFindingsSummary") or {}
    return {
        **{key: raw[key] for key in _IMAGE if key in raw},
        "imageTags": sorted(raw.get("imageTags") or ()),
        "scanStatus": (raw.get("imageScanStatus") or {}).get("status"),
        "scanCompletedAt": summary.get("imageScanCompletedAt"),
        "findingSeverityCounts": summary.get("findingSeverityCounts"),
        "fixes": fixes.get(raw["imageDigest"]),
    }
