"""What collectors of functions, containers and stacks hide, and their identities."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from posture.collectors.cloudformation_stack import stacks
from posture.collectors.ecs_cluster import ecs_clusters
from posture.collectors.ecs_service import ecs_services
from posture.collectors.ecs_task_definition import task_definitions
from posture.collectors.lambda_function import functions
from posture.core.arn import Arn
from posture.core.collector import Collector
from posture.core.resource import Resource
from posture.core.values import Unknown, plain
from tests.collectors.test_collectors import ANSWERS
from tests.collectors.test_data_stores import gathered


def kept(found: dict[str, Resource]) -> str:
    return json.dumps([plain([r.name, r.raw_config, r.raw_observed, r.raw_tags]) for r in found.values()])


@pytest.mark.parametrize("collector", [functions, task_definitions, stacks])
def test_no_secret_in_an_answer_is_kept(collector: Collector) -> None:
    file = ANSWERS / f"{collector.module.rsplit('.', 1)[1]}.json"
    canaries = set(re.findall(r"CANARY-[A-Z-]+[A-Z]", file.read_text()))

    assert len(canaries) >= 3
    assert [canary for canary in canaries if canary in kept(gathered(collector))] == []


@pytest.mark.parametrize(
    ("collector", "canary", "name"),
    [
        (functions, "CANARY-FUNCTION-KEY", "checkout"),
        (task_definitions, "CANARY-CONTAINER-KEY", "web"),
        (task_definitions, "CANARY-RECEIVER-KEY", "web"),
        (stacks, "CANARY-STACK-PARAMETER", "shop"),
        (stacks, "CANARY-STACK-OUTPUT", "shop"),
    ],
)
def test_another_secret_is_a_change_and_the_same_one_is_none(collector: Collector, canary: str, name: str) -> None:
    def changed(answers: dict[str, Any]) -> None:
        answers |= json.loads(json.dumps(answers).replace(canary, "another"))

    before = gathered(collector)

    assert gathered(collector)[name].hash == before[name].hash
    assert gathered(collector, changed)[name].hash != before[name].hash


def test_names_of_variables_are_kept_and_so_is_where_logs_go() -> None:
    function, task = gathered(functions)["checkout"], gathered(task_definitions)["web"]
    web, router = task.config["taskDefinition"]["containerDefinitions"]

    assert set(function.config["Environment"]["Variables"]) == {"STAGE", "PARTNER_API_KEY"}
    assert {one["name"] for one in web["environment"]} == {"STAGE", "API_KEY"}
    assert web["logConfiguration"]["options"]["awslogs-group"] == "/ecs/web"
    assert router["logConfiguration"]["options"]["apikey"].startswith("hmac-sha256:")


def test_a_parameter_that_cloudformation_hides_itself_is_distinguished() -> None:
    parameters = gathered(stacks)["shop"].config["Parameters"]

    assert [one["ParameterKey"] for one in parameters if one["NoEcho"]] == ["DbPassword"]


def test_a_family_is_one_resource_through_its_revisions() -> None:
    def deployed(answers: dict[str, Any]) -> None:
        answers |= json.loads(json.dumps(answers).replace("web:41", "web:42"))

    before, after = gathered(task_definitions), gathered(task_definitions, deployed)

    assert set(before) == {"web", "web:40", "nightly", "importer"}, "newest, still running, scheduled, of a service"
    assert after["web"].arn == before["web"].arn
    assert (before["web"].config["revision"], after["web"].config["revision"]) == (41, 42)


def test_a_task_definition_that_cannot_be_described_is_kept() -> None:
    refused = gathered(task_definitions)["nightly"]

    assert isinstance(refused.raw_config["taskDefinition"], Unknown)
    assert isinstance(refused.raw_tags, Unknown)


def test_old_arns_of_services_are_distinguished_by_their_cluster() -> None:
    assert Arn.parse(gathered(ecs_services)["importer"].arn).resource == "service/batch/importer"


def test_more_tasks_and_events_are_no_change() -> None:
    def busier(answers: dict[str, Any]) -> None:
        for choice in answers["ecs:describe_services"]:
            for service in choice["answer"]["services"]:
                service |= {"desiredCount": 9, "runningCount": 8, "events": [], "deployments": []}

    def fuller(answers: dict[str, Any]) -> None:
        answers["ecs:describe_clusters"]["clusters"][0] |= {"runningTasksCount": 99, "pendingTasksCount": 3}

    calm, crowded = gathered(ecs_services), gathered(ecs_services, busier)
    assert {name: one.hash for name, one in crowded.items()} == {name: one.hash for name, one in calm.items()}
    assert gathered(ecs_clusters, fuller)["shop"].hash == gathered(ecs_clusters)["shop"].hash
    assert gathered(ecs_clusters, fuller)["shop"].observed["runningTasksCount"] == 99


def test_a_comparison_and_a_status_are_observed_and_no_change() -> None:
    def compared(answers: dict[str, Any]) -> None:
        stack = answers["cloudformation:describe_stacks"]["Stacks"][0]
        drift = {"StackDriftStatus": "IN_SYNC", "LastCheckTimestamp": "2026-06-01T00:00:00Z"}
        stack |= {"DriftInformation": drift, "StackStatus": "UPDATE_COMPLETE"}

    before, after = gathered(stacks)["shop"], gathered(stacks, compared)["shop"]

    assert after.hash == before.hash
    assert after.observed["DriftInformation"]["StackDriftStatus"] == "IN_SYNC"


def test_tags_that_may_not_be_asked_for_are_unknown_and_those_never_set_are_none() -> None:
    def refused(answers: dict[str, Any]) -> None:
        answers["resourcegroupstaggingapi:get_resources"] = [{"error": "AccessDeniedException"}]

    assert gathered(functions)["checkout"].tags == {"owner": "shop"}
    assert gathered(functions)["thumbnails"].tags == {}
    assert isinstance(gathered(functions, refused)["thumbnails"].raw_tags, Unknown)
