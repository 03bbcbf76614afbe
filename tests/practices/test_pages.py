"""The pages of practices, responsibilities and frameworks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.test import Client

from posture.checks import all_checks
from posture.core.check import denied
from posture.core.gap import Gap, GapReason
from posture.frameworks import all_frameworks
from posture.history.models import Snapshot
from posture.history.upkeep.finish import finish_snapshot
from posture.web.practice_pictures import CheckTotals
from posture.web.practice_visibility import describe_unseen, unseen_types
from tests.findings.samples import AT, record, record_examples, volume
from tests.web.world import World, build

if TYPE_CHECKING:
    from playwright.sync_api import Page

SCREENS, SCREEN = 12, 844
"""Screens of a phone that a page may take at most."""
EKS, VOLUMES, DATABASES = "eks_cluster_secrets_encrypted", "ec2_volume_encrypted", "rds_instance_encrypted"
PAGES = (
    "/practices/",
    "/practices/encryption/",
    "/practices/kubernetes/",
    "/practices/responsibility/services/",
    "/practices/framework/cis_aws_7/",
    "/practices/framework/aws_fsbp/",
)


@pytest.fixture
def admin(world: World, client: Client) -> Client:
    client.force_login(world.admin)
    return client


@pytest.fixture
def swept(world: World) -> World:
    """The owner's account has a good, a bad and an unreadable volume."""
    unreadable = volume("vol-3", encrypted=denied("ec2:DescribeVolumes"))
    record(world.ours, [volume("vol-1"), volume("vol-2", encrypted=True), unreadable])
    for one in Snapshot.objects.all():
        finish_snapshot(one)
    return world


def test_a_practice_in_use_has_a_band_and_the_others_none(swept: World, admin: Client) -> None:
    found = {one.control.id: one for one in admin.get("/practices/").context["practices"]}
    assert found["encryption"].in_use
    assert found["encryption"].result.band.low < found["encryption"].result.band.high
    assert not found["iam"].in_use
    assert "nothing to judge" in admin.get("/practices/").content.decode()


@pytest.mark.parametrize("reason", [GapReason.DENIED, GapReason.ROLE_OUT_OF_DATE])
def test_a_practice_of_unread_types_shows_what_is_missing_instead_of_a_score(
    reason: GapReason, world: World, admin: Client
) -> None:
    _record_refused(world, "AWS::EKS::Cluster", "eks:ListClusters", reason)
    practices = {one.control.id: one for one in admin.get("/practices/").context["practices"]}
    assert not practices["containers"].is_scored
    assert practices["containers"].unseen == ("EKS clusters",)
    page = admin.get("/practices/").content.decode()
    assert "Not read: EKS clusters" in page
    detail = admin.get("/practices/containers/")
    assert "Nothing is known of EKS clusters." in " ".join(detail.content.decode().split())
    assert "too little was read" in detail.content.decode()
    assert detail.context.get("course") is None
    [tile] = [one for one in admin.get("/").context["overview"].tiles if one.practice_id == "containers"]
    assert (tile.band, tile.change, tile.fact) == (None, None, "Not read: EKS clusters")


def test_a_practice_of_which_most_was_read_keeps_its_score(swept: World, admin: Client) -> None:
    practice = {one.control.id: one for one in admin.get("/practices/").context["practices"]}["encryption"]
    assert practice.is_scored
    assert practice.unseen == ()


@pytest.mark.parametrize(
    ("blind", "known", "refused", "expected"),
    [
        ([EKS], [], [], ("EKS clusters",)),
        ([EKS], [VOLUMES, DATABASES], [], ()),
        ([], [VOLUMES], [], ()),
        # A role that is older than the code: the score leaves out what it could not list.
        ([], [VOLUMES], ["AWS::RDS::DBInstance"], ()),
        ([], [VOLUMES], ["AWS::RDS::DBInstance", "AWS::EKS::Cluster"], ("Database instances", "EKS clusters")),
        ([], [], ["AWS::EKS::Cluster"], ("EKS clusters",)),
        ([], [], [], ()),
    ],
)
def test_types_are_missing_where_they_outweigh_the_rest(
    blind: list[str], known: list[str], refused: list[str], expected: tuple[str, ...]
) -> None:
    checks = [all_checks()[one] for one in (EKS, VOLUMES, DATABASES)]
    judged = [
        *(CheckTotals(all_checks()[one], 0, 0, 3) for one in blind),
        *(CheckTotals(all_checks()[one], 1, 0, 1) for one in known),
    ]
    assert unseen_types(judged, checks, refused) == expected


def test_a_sentence_names_two_types_and_counts_the_others() -> None:
    assert describe_unseen(["EKS clusters"]) == "Not read: EKS clusters"
    assert describe_unseen(["A", "B", "C", "D"]) == "Not read: A, B and 2 more types"


def _record_refused(world: World, resource_type: str, operation: str, reason: GapReason) -> None:
    refused = Gap("", "eu-central-1", resource_type, operation, reason, "AccessDenied", "no", "Allow it.")
    record(world.ours, [], gaps=[refused], swept_types=(resource_type,))
    for one in Snapshot.objects.all():
        finish_snapshot(one)


def test_a_practice_shows_its_checks_and_its_worst(swept: World, admin: Client) -> None:
    context = admin.get("/practices/encryption/").context
    [row] = [row for row in context["judging"] if row.check.id == "ec2_volume_encrypted"]
    assert (row.result.passed, row.result.failed, row.result.unknown) == (1, 1, 1)
    assert [one.resource_name for one in context["worst"]] == ["vol-1"]
    assert "s3_bucket_denies_plain_http" not in {row.check.id for row in context["judging"]}
    assert context["idle"]


def test_a_practice_names_where_it_fails_and_whose_that_is(swept: World, admin: Client) -> None:
    [place] = admin.get("/practices/encryption/").context["failing_accounts"]
    assert (place.account, place.owners, place.high, place.failed, place.unknown) == (swept.ours, ["olga"], 1, 1, 1)


def test_a_service_in_use_shows_the_results_of_our_part(swept: World, admin: Client) -> None:
    rows = {row.service.id: row for row in admin.get("/practices/responsibility/services/").context["rows"]}
    assert list(rows) == ["ebs"]
    assert rows["ebs"].count == 3
    assert "ec2_volume_encrypted" in {row.check.id for row in rows["ebs"].failing}
    assert rows["ebs"].sum.unknown >= 1


def test_shared_responsibility_scores_each_service_alike(swept: World, admin: Client) -> None:
    context = admin.get(f"/practices/responsibility/services/?account={swept.ours.account_id}").context
    scores = [row.score for row in context["rows"]]
    assert scores
    assert context["practice"].in_use
    band = context["practice"].result.band
    assert band.low == pytest.approx(sum(one.low for one in scores) / len(scores))
    assert band.high == pytest.approx(sum(one.high for one in scores) / len(scores))


def test_the_practice_of_shared_responsibility_leads_to_its_own_page(swept: World, admin: Client) -> None:
    response = admin.get(f"/practices/responsibility/?account={swept.ours.account_id}")
    assert response.status_code == 302
    assert response["Location"].startswith("/practices/responsibility/services/")
    assert swept.ours.account_id in response["Location"]
    tiles = {tile.practice.control.id: tile for tile in admin.get("/practices/").context["tiles"]}
    assert "a duty of yours unmet" in tiles["responsibility"].picture


def test_a_control_has_the_state_of_its_checks(swept: World, admin: Client) -> None:
    rows = {row.control.id: row for row in admin.get("/practices/framework/aws_fsbp/").context["rows"]}
    assert rows["EC2.3"].state == "fail"
    assert rows["S3.8"].state == "unused"
    only = admin.get("/practices/framework/aws_fsbp/?state=fail").context["rows"]
    assert "EC2.3" in {row.control.id for row in only}
    assert {row.state for row in only} == {"fail"}
    assert len(admin.get("/practices/framework/aws_fsbp/?state=nonsense").context["rows"]) == len(rows)


def test_a_framework_exports_every_control_whatever_is_folded(swept: World, admin: Client) -> None:
    framework = all_frameworks()["aws_fsbp"]
    rows = admin.get("/practices/framework/aws_fsbp/?export=csv").getvalue().decode().splitlines()
    assert len(rows) == 1 + len(framework.controls)
    assert rows[0].startswith("Control,Section,What it asks for")
    [volume] = [row for row in rows if row.startswith("EC2.3,")]
    assert "Fails,1,1,1" in volume
    [uncovered] = [row for row in rows if row.startswith("S3.11,")]
    assert "No check yet" in uncovered
    assert admin.get("/practices/framework/aws_fsbp/?export=xml").status_code == 400
    assert admin.get("/practices/framework/nothing/?export=csv").status_code == 404


def test_a_framework_folds_to_what_needs_attention(swept: World, admin: Client) -> None:
    context = admin.get("/practices/framework/aws_fsbp/").context
    opened = [one for one in context["sections"] if one.is_open]
    assert [one.name for one in opened] == ["EC2"]
    assert {line.row.state for line in opened[0].attention} <= {"fail", "unknown"}
    assert "EC2.3" in {line.row.control.id for line in opened[0].attention}
    shown = [line.row for one in (*context["sections"], *context["unjudged"]) for line in (*one.attention, *one.rest)]
    assert len(shown) == context["total"]
    chosen = admin.get("/practices/framework/aws_fsbp/?section=S3").context["sections"]
    assert [one.name for one in chosen if one.is_open] == ["S3"]


def test_practices_differ_in_their_pictures(swept: World, admin: Client) -> None:
    tiles = {tile.practice.control.id: tile for tile in admin.get("/practices/").context["tiles"]}
    assert "EBS volumes" in tiles["encryption"].picture
    assert "1 of 3" in tiles["encryption"].picture
    assert tiles["encryption"].fact == "EBS volume is not encrypted: 1"
    assert "url(#pl-hatch)" in tiles["encryption"].picture
    assert tiles["iam"].picture == ""
    assert next(iter(tiles.values())).practice.in_use


def test_a_practice_shows_what_each_check_would_win(swept: World, admin: Client) -> None:
    context = admin.get("/practices/encryption/").context
    effects = {row.check.id: effect for row, effect in context["attention"]}
    assert effects["ec2_volume_encrypted"] > 0
    assert context["by_account"].title == "It fails in payments alone"
    assert [row.check.id for row, _ in context["passing"]] == []


def test_an_owner_sees_what_they_own_alone(swept: World, client: Client) -> None:
    client.force_login(swept.stranger)
    assert not [one for one in client.get("/practices/").context["practices"] if one.in_use]
    assert client.get("/practices/responsibility/services/").context["rows"] == []


@pytest.mark.parametrize("path", ["/practices/no-such/", "/practices/framework/practices/", "/practices/framework/x/"])
def test_what_is_not_there_is_not_found(path: str, admin: Client) -> None:
    assert admin.get(path).status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_empty_pages_claim_nothing(path: str, admin: Client) -> None:
    page = admin.get(path).content.decode()
    assert "pl-status-pass" not in page
    assert "all pass" not in page


@pytest.mark.parametrize("path", PAGES)
def test_with_no_organization_at_all_pages_still_answer(path: str, world: World, admin: Client) -> None:
    world.organization.delete()
    assert admin.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_the_number_of_queries_does_not_grow(
    path: str, world: World, admin: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    record(world.ours, [volume(f"vol-{number}") for number in range(10)])
    admin.get(path)
    cache.clear()  # as the first reader after a sweep, both times
    with django_assert_max_num_queries(60) as few:
        admin.get(path)
    record(world.ours, [volume(f"vol-{number}") for number in range(40)], AT + timedelta(days=1))
    with django_assert_max_num_queries(len(few.captured_queries)):
        admin.get(path)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_are_accessible(
    theme: str, transactional_db: None, log_in: Callable[[Any], Page], live: str, axe: Callable[[Page], None]
) -> None:
    world = build()
    record_examples(world.ours)
    for one in Snapshot.objects.all():
        finish_snapshot(one)
    page = log_in(world.admin)
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    for path in PAGES:
        for width in (390, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(live + path)
            axe(page)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (path, width)
            if width == 390:
                tall = page.evaluate("document.documentElement.scrollHeight")
                assert tall <= SCREENS * SCREEN, (path, tall)
