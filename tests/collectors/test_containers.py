"""What is asked of EKS and ECR, and which images are kept of a repository."""

from __future__ import annotations

import json
from typing import Any

from posture.collectors import all_collectors
from posture.collectors.ecr_repository import NEWEST_IMAGES
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW, EXAMPLE_REGION
from posture.core.resource import Resource
from posture.sweep.ask import AccountAsk, Location
from tests.collectors.recorded import Recorded
from tests.collectors.test_collectors import ANSWERS


def gather(resource_type: str, **changed: Any) -> tuple[list[Resource], Recorded]:
    collector = all_collectors()[resource_type]
    answers = json.loads((ANSWERS / f"{collector.module.rsplit('.', 1)[1]}.json").read_text())
    recorded = Recorded({**answers, **{name.replace("__", ":"): answer for name, answer in changed.items()}})
    location = Location(EXAMPLE_ACCOUNT, EXAMPLE_REGION, "aws", EXAMPLE_NOW, b"key of tests")
    return list(collector.gather(AccountAsk(collector, location, recorded))), recorded


def image(number: int, **rest: Any) -> dict[str, Any]:
    pushed = f"2026-05-{number:02}T08:00:00Z"
    return {"repositoryName": "shop/web", "imageDigest": f"sha256:{number:064}", "imagePushedAt": pushed, **rest}


def test_the_newest_images_are_kept_newest_first_and_signatures_are_none() -> None:
    images = [image(number) for number in (*range(11, 26), *range(1, 11))]
    signature = image(28, subjectManifestDigest=f"sha256:{25:064}")

    repositories, _ = gather("AWS::ECR::Repository", ecr__describe_images={"imageDetails": [*images, signature]})

    kept = [each["imageDigest"] for each in repositories[0].raw_observed["NewestImages"]]
    assert kept == [f"sha256:{number:064}" for number in range(25, 25 - NEWEST_IMAGES, -1)]


def test_new_scan_results_are_no_change_of_the_repository() -> None:
    before, _ = gather("AWS::ECR::Repository")
    after, _ = gather("AWS::ECR::Repository", ecr__describe_images={"imageDetails": [image(1)]})

    assert before[0].raw_config == after[0].raw_config
    assert before[0].raw_observed != after[0].raw_observed


def test_an_empty_region_is_asked_for_clusters_and_repositories_alone() -> None:
    for kind in ("AccessEntry", "Addon", "FargateProfile", "PodIdentityAssociation"):
        found, recorded = gather(f"AWS::EKS::{kind}", eks__list_clusters={"clusters": []})
        assert not found
        assert recorded.called == {("eks", "list_clusters")}
    for kind in ("Registry", "PullThroughCacheRule", "Repository"):
        found, recorded = gather(f"AWS::ECR::{kind}", ecr__describe_repositories={"repositories": []})
        assert not found
        assert recorded.called == {("ecr", "describe_repositories")}


def test_entries_of_nodes_are_not_asked_for_access_policies() -> None:
    entries = {"accessEntries": ["arn:aws:iam::111122223333:role/nodes"]}

    found, recorded = gather(
        "AWS::EKS::AccessEntry", eks__list_clusters={"clusters": ["shop"]}, eks__list_access_entries=entries
    )

    assert [each.raw_config["AccessPolicies"] for each in found] == [[]]
    assert ("eks", "list_associated_access_policies") not in recorded.called


def test_the_settings_of_an_addon_do_not_leave_the_collector() -> None:
    found, _ = gather("AWS::EKS::Addon")

    kept = [each.raw_config["configurationValues"] for each in found if "configurationValues" in each.raw_config]
    assert kept
    assert all(value.startswith("hmac-sha256:") for value in kept)


def test_images_that_were_pulled_are_kept_beyond_the_newest() -> None:
    newest = [image(number) for number in range(5, 5 + NEWEST_IMAGES)]
    old = image(1, lastRecordedPullTime="2026-05-30T08:00:00Z")

    repositories, _ = gather("AWS::ECR::Repository", ecr__describe_images={"imageDetails": [*newest, old, image(2)]})

    observed = repositories[0].raw_observed
    assert [each["imageDigest"] for each in observed["PulledImages"]] == [old["imageDigest"]]
    assert observed["ImageCount"] == NEWEST_IMAGES + 2


def test_fixes_of_critical_vulnerabilities_come_from_inspector_alone() -> None:
    enhanced, recorded = gather("AWS::ECR::Repository")
    basic, _ = gather("AWS::ECR::Repository", ecr__describe_image_scan_findings={"imageScanFindings": {"findings": []}})
    clean, asked = gather("AWS::ECR::Repository", ecr__describe_images={"imageDetails": [image(1)]})

    def fixes(found: list[Resource]) -> list[Any]:
        return [each["fixes"] for each in found[0].raw_observed["NewestImages"]]

    assert {"critical": 1, "packages": [["openssl", "3.0.11", "3.0.15"]]} in fixes(enhanced)
    assert not any(fixes(basic))
    assert fixes(clean) == [None]
    assert ("ecr", "describe_image_scan_findings") in recorded.called - asked.called


def test_a_service_has_the_images_of_its_own_tasks() -> None:
    found, _ = gather("AWS::ECS::Service")

    images = {each.name: each.raw_observed["RunningImages"] for each in found}
    web = {"image": "acme/web:41", "imageDigest": f"sha256:{'a' * 64}", "launchType": "FARGATE", "tasks": 1}
    assert images["web"] == [web]
    assert [each["image"] for each in images["importer"]] == ["acme/importer:7"]


def test_tasks_that_no_service_started_are_with_their_definition() -> None:
    found, _ = gather("AWS::ECS::TaskDefinition")

    images = {each.name: [one["image"] for one in each.raw_observed["RunningImages"]] for each in found}
    assert images["nightly"] == ["acme/nightly:3"]
    assert not images["web"]
