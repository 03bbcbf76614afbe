"""ECR's images with their scans, which moto does not make."""

from __future__ import annotations

import datetime as dt
from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.images import digest_of
from devtools.simulator.overlay.terms import AwsError

MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json"


@answers("ecr")
def describe_images(call: Call) -> dict[str, Any]:
    name = call.params["repositoryName"]
    kept = _images(call, name)
    return {"imageDetails": [_details(call, name, tag, one) for tag, one in kept.items()]}


@answers("ecr")
def describe_image_scan_findings(call: Call) -> dict[str, Any]:
    name, wanted = call.params["repositoryName"], call.params["imageId"]
    for tag, one in _images(call, name).items():
        if wanted.get("imageTag") == tag or wanted.get("imageDigest") == _digest(call, name, tag):
            return {"imageId": wanted, "imageScanFindings": {"enhancedFindings": _findings(one)}}
    raise AwsError("ImageNotFoundException", f"{wanted} is not in {name}.", 400)


@answers("ecr")
def describe_pull_through_cache_rules(call: Call) -> dict[str, Any]:
    return {"pullThroughCacheRules": []}


def _images(call: Call, name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = call.shelf().get("images", {}).get(name, {})
    return found


def _digest(call: Call, name: str, tag: str) -> str:
    return digest_of(f"{call.account}.dkr.ecr.{call.region}.amazonaws.com/{name}:{tag}")


def _details(call: Call, name: str, tag: str, one: dict[str, Any]) -> dict[str, Any]:
    details = {
        "registryId": call.account,
        "repositoryName": name,
        "imageDigest": _digest(call, name, tag),
        "imageTags": [tag],
        "imagePushedAt": dt.datetime.fromisoformat(one["pushed"]),
        "imageManifestMediaType": MEDIA_TYPE,
        "lastRecordedPullTime": dt.datetime.fromisoformat(one["pushed"]) + dt.timedelta(hours=1),
    }
    if not one.get("scanned", True):
        return details
    counts = {level: one[level.lower()] for level in ("CRITICAL", "HIGH", "MEDIUM") if one.get(level.lower())}
    scanned = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        **details,
        "imageScanStatus": {"status": "ACTIVE", "description": "Continuous scan is selected for image."},
        "imageScanFindingsSummary": {"imageScanCompletedAt": scanned, "findingSeverityCounts": counts},
    }


def _findings(one: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the critical findings, the first of which has a fix if any is declared."""
    found: list[dict[str, Any]] = []
    for number in range(one.get("critical", 0)):
        is_fixable = bool(one.get("fix")) and not number
        package, installed, fixed = one["fix"].split() if is_fixable else ("libxml2", "2.9.14", "NotAvailable")
        vulnerable = {"name": package, "version": installed, "fixedInVersion": fixed}
        details = {"vulnerabilityId": f"CVE-2026-{1000 + number}", "vulnerablePackages": [vulnerable]}
        found.append(
            {
                "severity": "CRITICAL",
                "status": "ACTIVE",
                "title": f"CVE-2026-{1000 + number} - {package}",
                "fixAvailable": "YES" if is_fixable else "NO",
                "packageVulnerabilityDetails": details,
            }
        )
    return found
