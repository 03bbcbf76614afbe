"""From image to workload: states, ways, reach, and what is not known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from posture.core.gap import GapReason
from posture.core.resource import Resource
from posture.core.values import Unknown
from posture.history.scope import Scope
from posture.pages.containers import ways
from posture.pages.containers.queries import Estate, load_estate
from posture.pages.containers.usage import Image, ImageState
from posture.pages.containers.ways import WayOfRunning
from tests.containers import resources as make
from tests.web.world import World

pytestmark = pytest.mark.django_db


def estate(world: World, *resources: Resource, **more: object) -> Estate:
    """Record resources of the owner's account; return the estate."""
    make.record(world.ours, *resources, **more)  # type: ignore[arg-type]  # gaps
    return load_estate(Scope.of(world.admin))


def one(world: World, *resources: Resource) -> Image:
    """Return the only image of an estate."""
    (found,) = estate(world, *resources).images
    return found


def test_a_fixable_critical_that_the_internet_reaches_comes_first(world: World) -> None:
    quiet = make.service("jobs", make.OLD, of="shop-web:1.0", public=False)
    found = estate(world, make.function(), quiet, make.service(), make.repository(), *make.balancer())

    assert [image.state for image in found.images] == [ImageState.FIXABLE, ImageState.STALE, ImageState.CLEAN]
    first = found.images[0]
    assert first.is_public
    assert first.units == 3
    assert first.stored is not None
    assert (first.stored.critical, first.stored.fixable) == (2, 1)
    assert not found.images[1].is_public


def test_basic_scanning_does_not_say_what_has_a_fix(world: World) -> None:
    stored = make.image(make.HOLED, "2.14", {"CRITICAL": 1}, scanStatus="COMPLETE")
    image = one(world, make.service(), make.repository(stored))
    assert image.state is ImageState.CRITICAL
    assert "what fixes them is not known" in image.reason


def test_refused_fixes_are_not_none(world: World) -> None:
    refused = Unknown("ecr:DescribeImageScanFindings", "AccessDenied", GapReason.DENIED)
    stored = make.image(make.HOLED, "2.14", {"CRITICAL": 1}, fixes=refused)
    image = one(world, make.service(), make.repository(stored))
    assert image.state is ImageState.CRITICAL
    assert image.stored is not None
    assert image.stored.fixable is None


def test_an_image_that_was_never_scanned_is_not_clean(world: World) -> None:
    assert one(world, make.service(digest=make.UNSCANNED), make.repository()).state is ImageState.NEVER


def test_a_scan_under_way_is_not_seen(world: World) -> None:
    stored = make.image(make.HOLED, "1", None, scanStatus="IN_PROGRESS")
    assert one(world, make.service(), make.repository(stored)).state is ImageState.UNSEEN


def test_what_runs_and_its_repository_lacks_is_gone(world: World) -> None:
    image = one(world, make.service(digest=make.LOST), make.repository())
    assert image.state is ImageState.GONE
    assert "cannot be started again" in image.reason


def test_it_is_not_gone_where_not_all_images_are_kept(world: World) -> None:
    image = one(world, make.service(digest=make.LOST), make.repository(count=500))
    assert image.state is ImageState.UNSEEN


def test_a_repository_that_is_deleted_makes_its_images_gone(world: World) -> None:
    assert one(world, make.service(of="other:1")).state is ImageState.GONE


def test_a_repository_that_could_not_be_listed_does_not(world: World) -> None:
    (image,) = estate(world, make.service(of="other:1"), gaps=[make.gap(ways.REPOSITORY)]).images
    assert image.state is ImageState.UNSEEN


def test_an_image_of_an_account_outside_is_not_seen_and_crosses_accounts(world: World) -> None:
    image = one(world, make.service(of=make.uri("base:1", "999999999999")))
    assert image.state is ImageState.UNSEEN
    assert image.pulls_across_accounts


def test_an_image_of_another_account_of_ours_is_found_there(world: World) -> None:
    make.record(world.theirs, make.repository(account_id=make.THEIRS))
    image = one(world, make.service(of=make.uri("shop-web:2.14", make.THEIRS)))
    assert image.state is ImageState.FIXABLE
    assert image.pulls_across_accounts


def test_an_owner_is_not_shown_what_a_foreign_repository_says(world: World) -> None:
    make.record(world.theirs, make.repository(account_id=make.THEIRS))
    make.record(world.ours, make.service(of=make.uri("shop-web:2.14", make.THEIRS)))
    (image,) = load_estate(Scope.of(world.owner)).images
    assert image.state is ImageState.UNSEEN
    assert image.repository is None


def test_a_public_image_is_scanned_by_nobody(world: World) -> None:
    image = one(world, make.service(of="public.ecr.aws/nginx/nginx:1.27"))
    assert image.state is ImageState.UNSEEN
    assert image.is_from_public_registry
    assert image.is_by_mutable_tag


def test_functions_are_joined_by_their_digest(world: World) -> None:
    image = one(world, make.function(digest=make.HOLED, auth="NONE"), make.repository())
    assert image.state is ImageState.FIXABLE
    assert image.name == "shop-web:2.14"
    assert image.is_public


def test_app_runner_is_joined_by_its_tag(world: World) -> None:
    image = one(world, make.app_runner(), make.repository())
    assert image.digest == make.UNSCANNED
    assert image.way is WayOfRunning.APP_RUNNER


def test_one_image_in_several_ways_counts_once(world: World) -> None:
    found = estate(world, make.service(digest=make.CLEAN), make.function(), make.pods(), *make.eks(), make.repository())
    (image,) = found.images
    assert image.ways == {WayOfRunning.ECS_FARGATE, WayOfRunning.LAMBDA, WayOfRunning.EKS_NODES}
    assert len(image.uses) == 3


def test_pods_of_a_fargate_profile_run_on_fargate(world: World) -> None:
    found = estate(world, make.pods(), make.pods("night", "jobs"), *make.eks(), make.repository())
    assert {each.name: each.way for each in found.workloads} == {
        "api": WayOfRunning.EKS_NODES,
        "night": WayOfRunning.EKS_FARGATE,
    }


SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
INTERNAL = "service.beta.kubernetes.io/aws-load-balancer-internal"
EXTERNAL = "service.beta.kubernetes.io/aws-load-balancer-type"


@pytest.mark.parametrize(
    ("front", "is_public"),
    [
        (make.front({SCHEME: "internet-facing"}), True),
        (make.front({}), True),
        (make.front({SCHEME: "internal"}), None),
        (make.front({INTERNAL: "true"}), None),
        (make.front({EXTERNAL: "external"}), None),
        (make.front({SCHEME: "internet-facing"}, selects="other"), None),
        (make.front({SCHEME: "internet-facing"}, namespace="other"), None),
    ],
)
def test_pods_behind_a_load_balancer_on_the_internet_are_reached(
    front: Resource, is_public: object, world: World
) -> None:
    found = estate(world, make.pods(), front, *make.eks(), make.repository())
    assert [each.is_public for each in found.workloads] == [is_public]


def test_hosts_are_recognised_by_their_start_up_scripts(world: World) -> None:
    found = estate(world, make.host("i-1", "Docker Compose"), make.host("i-2", "ECS agent"))
    (workload,) = found.workloads
    assert (workload.name, workload.way) == ("i-1", WayOfRunning.PLAIN_EC2)
    assert "Docker Compose" in workload.recognized_by


def test_a_service_without_tasks_runs_in_its_launch_type(world: World) -> None:
    raw = make.service()
    found = estate(world, replace(raw, raw_observed={"RunningImages": []}))
    assert [(each.way, each.units) for each in found.workloads] == [(WayOfRunning.ECS_FARGATE, 0)]


def test_odd_answers_are_no_images(world: World) -> None:
    raw = make.service()
    refused = Unknown("ecs:ListTasks", "AccessDenied", GapReason.DENIED)
    answers: tuple[Any, ...] = ("text", [1, None], [{}], refused)
    for running in answers:
        odd = replace(raw, raw_observed={"RunningImages": running})
        make.record(world.ours, odd)
        assert all(image.state is ImageState.UNSEEN for image in load_estate(Scope.of(world.admin)).images)
