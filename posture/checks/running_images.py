"""Find the images that run in the account's own repositories. Declares no check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from posture.core.check import neighbour
from posture.core.outcome import Outcome, failed, not_applicable, passed, unknown
from posture.core.related import Related
from posture.core.resource import Resource

REPOSITORY = "AWS::ECR::Repository"
CLEAN, HOLED, UNSCANNED, MISSING = (f"sha256:{digit * 64}" for digit in "1234")
"""Digests for examples."""


@dataclass(frozen=True, slots=True)
class RunningImage:
    """An image that runs, and the path of its digest."""

    digest: str
    path: str


def judge_running_images(images: Sequence[RunningImage], related: Related) -> Outcome:
    """Fail where the scan of an image that runs found something critical."""
    results = [(image, _found(image.digest, related)) for image in images if image.digest]
    known = [(image, found) for image, found in results if found is not None]
    if not known:
        return not_applicable("No image that runs is in a repository of this account and region.")
    for image, found in known:
        critical = (found["findingSeverityCounts"] or {}).get("CRITICAL", 0)
        if critical:
            return failed(f"The scan of {_label(found)}, which runs, counted {critical} critical.", image.path)
    for image, found in known:
        if found["findingSeverityCounts"] is None:
            return unknown(f"The image {_label(found)}, which runs, has no scan result.", image.path)
    return passed("The scans of the images that run found nothing critical.", *(image.path for image, _ in known))


def _found(digest: str, related: Related) -> Any:
    """Return what a repository knows of an image; None where none has it."""
    for repository in related.here_by(REPOSITORY, _digests, digest):
        for image in _kept(repository):
            if image["imageDigest"] == digest:
                return image
    return None


def _kept(repository: Resource) -> Iterator[Any]:
    yield from repository.observed["NewestImages"] or ()
    yield from repository.observed.get("PulledImages") or ()


def _digests(repository: Resource) -> Iterator[str]:
    return (str(image["imageDigest"]) for image in _kept(repository))


def _label(image: Any) -> str:
    tags = image["imageTags"]
    return str(tags[0] if tags else image["imageDigest"][:19])


def repository_example() -> Resource:
    """Return a repository for examples, with an image of each kind."""
    counts: dict[str, Any] = {CLEAN: {"LOW": 2}, HOLED: {"CRITICAL": 1}, UNSCANNED: None}
    images = [
        {"imageDigest": digest, "imageTags": [], "findingSeverityCounts": counted} for digest, counted in counts.items()
    ]
    return neighbour(REPOSITORY, {}, observed={"NewestImages": images[:1], "PulledImages": images[1:]})
