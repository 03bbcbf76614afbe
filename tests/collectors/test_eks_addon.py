"""How often EKS is asked which versions of an add-on it offers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from posture.collectors import all_collectors
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW
from posture.sweep.ask import AccountAsk, Location

OFFER = {"addonVersion": "v2", "compatibilities": [{"clusterVersion": "1.33", "defaultVersion": True}]}


def test_clusters_of_a_version_share_the_answer() -> None:
    asked = Counter[str]()

    def answer(service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        assert (service, region) == ("eks", "eu-central-1")
        asked[operation] += 1
        name = params.get("clusterName", "")
        arn = f"arn:aws:eks:eu-central-1:{EXAMPLE_ACCOUNT}:addon/{name}/vpc-cni/1"
        answers: dict[str, dict[str, Any]] = {
            "list_clusters": {"clusters": ["search", "shop"]},
            "list_addons": {"addons": ["vpc-cni"]},
            "describe_cluster": {"cluster": {"version": "1.33"}},
            "describe_addon": {"addon": {"addonName": "vpc-cni", "addonVersion": "v1", "addonArn": arn}},
            "describe_addon_versions": {"addons": [{"addonName": "vpc-cni", "addonVersions": [OFFER]}]},
        }
        return answers[operation]

    collector = all_collectors()["AWS::EKS::Addon"]
    location = Location(EXAMPLE_ACCOUNT, "eu-central-1", "aws", EXAMPLE_NOW, b"key")
    found = list(collector.gather(AccountAsk(collector, location, answer)))

    assert [one.observed["DefaultVersion"] for one in found] == ["v2", "v2"]
    assert asked["describe_addon_versions"] == 1
    assert asked["describe_cluster"] == 2, "once for each cluster"
