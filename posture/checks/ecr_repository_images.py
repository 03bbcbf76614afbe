"""Judge the newest image of an ECR repository: is it scanned, and what was found."""

from __future__ import annotations

from typing import Any

from posture.checks.ecr_repository import REPOSITORY
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.resource import Resource

IMAGES = "ecr:DescribeImages"
SCANNED = {"COMPLETE", "ACTIVE"}
PENDING = {"IN_PROGRESS", "PENDING"}
_INDEX = "application/vnd.oci.image.index.v1+json"
_INDEXES = {_INDEX, "application/vnd.docker.distribution.manifest.list.v2+json"}
"""Media types of lists of images for several processors: AWS scans the images, not the list."""


def _image(status: str | None, counts: dict[str, int] | None = None, **rest: Any) -> dict[str, Any]:
    digest = f"sha256:{'1' * 64}"
    return {
        "imageDigest": digest,
        "imageTags": [],
        "imagePushedAt": "2026-05-20T08:00:00+00:00",
        "scanStatus": status,
        "scanCompletedAt": None if counts is None else "2026-05-30T03:00:00+00:00",
        "findingSeverityCounts": counts,
        **rest,
    }


def _newest(*images: dict[str, Any]) -> dict[str, Any]:
    return {"NewestImages": list(images)}


_CLEAN = _image("COMPLETE", {})
_CRITICAL = _image("ACTIVE", {"CRITICAL": 2, "HIGH": 3})
_UNSCANNED = _image(None)
_LIST = _image(None, imageManifestMediaType=_INDEX)
_UNSUPPORTED = _image("UNSUPPORTED_IMAGE")
_NOTHING = (
    does_not_apply({}, "no images", observed=_newest()),
    does_not_apply({}, "nothing that AWS scans", observed=_newest(_LIST, _UNSUPPORTED)),
    is_unknown({}, observed={"NewestImages": denied(IMAGES)}),
    is_unknown({}, "a version from before images were looked at"),
)


@check(
    resource_type=REPOSITORY,
    title="Container repository's newest image has no critical vulnerability",
    problem="Container repository's newest image has critical vulnerabilities",
    severity=Severity.HIGH,
    controls=("practices:containers",),
    reads_observed=True,
    remediation=Remediation(
        console="ECR → Repositories → {name} → the image → Vulnerabilities: build it again from a patched base image, "
        "with the versions that fix what is listed, and deploy that.",
        cli="aws ecr describe-image-scan-findings --region {region} --repository-name {name} --image-id "
        "imageDigest=<digest>",
    ),
    examples=(
        passes({}, observed=_newest(_CLEAN)),
        passes({}, "older images do not count", observed=_newest(_image("ACTIVE", {"HIGH": 1}), _CRITICAL)),
        fails({}, observed=_newest(_CRITICAL, _CLEAN)),
        fails({}, "the newest one that AWS scans", observed=_newest(_LIST, _UNSUPPORTED, _CRITICAL)),
        is_unknown({}, "the newest image has no result", observed=_newest(_UNSCANNED, _CLEAN)),
        *_NOTHING,
    ),
)
def ecr_repository_newest_image_not_critical(repository: Resource) -> Outcome:
    """What was pushed last is most likely what runs, or runs next; a critical hole in it has a known way in.

    An image does not patch itself: it stays as it is until somebody builds a new one.
    """
    found = _newest_scannable(repository)
    if found is None:
        return not_applicable("The repository has no image that AWS scans.", "observed.NewestImages")
    place, image = found
    counts = image["findingSeverityCounts"]
    if counts is None:
        return unknown(f"The image {_label(image)} has no scan result.", f"{place}.findingSeverityCounts")
    critical, high = counts.get("CRITICAL", 0), counts.get("HIGH", 0)
    why = f"The scan of {_label(image)} counted {critical} critical and {high} high."
    return (failed if critical else passed)(why, f"{place}.findingSeverityCounts")


@check(
    resource_type=REPOSITORY,
    title="Container repository's newest image was scanned",
    problem="Container repository's newest image was not scanned",
    severity=Severity.MEDIUM,
    controls=("practices:containers",),
    reads_observed=True,
    remediation=Remediation(
        console="ECR → Repositories → {name} → the image → Scan; and ECR → Private registry → Features & Settings → "
        "Scanning, so that the next one is scanned when it is pushed.",
        cli="aws ecr start-image-scan --region {region} --repository-name {name} --image-id imageDigest=<digest>",
    ),
    examples=(
        passes({}, observed=_newest(_CLEAN)),
        passes({}, "its findings do not count here", observed=_newest(_CRITICAL)),
        passes({}, "the newest one that AWS scans", observed=_newest(_LIST, _CLEAN)),
        fails({}, observed=_newest(_UNSCANNED, _CLEAN)),
        fails({}, "the scan failed", observed=_newest(_image("FAILED"))),
        fails({}, "Inspector has stopped looking at it", observed=_newest(_image("SCAN_ELIGIBILITY_EXPIRED", {}))),
        is_unknown({}, "the scan is under way", observed=_newest(_image("IN_PROGRESS"))),
        *_NOTHING,
    ),
)
def ecr_repository_newest_image_scanned(repository: Resource) -> Outcome:
    """Scanning may be turned on after the image was pushed, or fail without a word: then nobody knows what is in it.

    The settings look right all the while, and a list without findings looks like a clean image.
    """
    found = _newest_scannable(repository)
    if found is None:
        return not_applicable("The repository has no image that AWS scans.", "observed.NewestImages")
    place, image = found
    status = image["scanStatus"]
    path = f"{place}.scanStatus"
    if status is None:
        return failed(f"The image {_label(image)} was never scanned.", path)
    judge = passed if status in SCANNED else unknown if status in PENDING else failed
    return judge(f"The scan of {_label(image)} is {status}.", path)


def _newest_scannable(repository: Resource) -> tuple[str, Any] | None:
    """Return the path and the fields of the newest image that AWS can scan."""
    for index, image in enumerate(repository.observed["NewestImages"] or ()):
        if image.get("imageManifestMediaType") not in _INDEXES and image["scanStatus"] != "UNSUPPORTED_IMAGE":
            return f"observed.NewestImages[{index}]", image
    return None


def _label(image: Any) -> str:
    tags = image["imageTags"]
    return str(tags[0] if tags else image["imageDigest"][:19])
