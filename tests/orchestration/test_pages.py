"""The pages of sweeps: what is live, what was refused and why, what is blind.

Who may start and stop.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AwsAccount
from posture.core.gap import ANY, Gap, GapReason
from posture.history.models import AccountSweep, GapRecord, Snapshot
from posture.history.scope import Scope
from posture.pages.sweeps import causes
from posture.web.templatetags.words import moment
from tests.history.world import sweep
from tests.orchestration.matrix import running
from tests.web import story
from tests.web.markup import squeeze
from tests.web.world import World

pytestmark = pytest.mark.django_db

State = AccountSweep.State


def text_of(client: Client, name: str, query: dict[str, str] | None = None, **kwargs: Any) -> str:
    response = client.get(reverse(f"sweeps:{name}", kwargs=kwargs), query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_shows_each_sweep_with_its_figures(world: World, client: Client) -> None:
    last = story.record_story(world)[-1]
    Snapshot.objects.filter(pk=last.pk).update(title="A permission is lost")
    AccountSweep.objects.filter(snapshot=last, account=world.ours).update(
        calls={"ec2:A": 1200, "ec2:B": 34}, gap_count=1
    )
    AccountSweep.objects.filter(snapshot=last, account=world.theirs).update(state=State.REFUSED)
    client.force_login(world.executive)
    text = text_of(client, "list")
    assert "A permission is lost" in text
    assert "1,234" in text
    assert "1 refused" in text


def test_a_sweep_shows_that_it_kept_what_is_read_once_a_day(world: World, client: Client) -> None:
    last = story.record_story(world)[-1]
    client.force_login(world.executive)
    assert "once a day" not in text_of(client, "detail", pk=last.pk)

    AccountSweep.objects.filter(snapshot=last, account=world.ours).update(full_read_at=last.as_of - timedelta(hours=6))

    text = squeeze(text_of(client, "detail", pk=last.pk))
    assert f"1 account kept what is read once a day, as read since {moment(last.as_of - timedelta(hours=6))}" in text


def test_an_owner_sees_the_figures_of_the_own_accounts_alone(world: World, client: Client) -> None:
    last = story.record_story(world)[-1]
    AccountSweep.objects.filter(snapshot=last, account=world.theirs).update(
        state=State.REFUSED, reason="playground refused", calls={"ec2:A": 777}
    )
    client.force_login(world.owner)
    for text in (text_of(client, "list"), text_of(client, "detail", pk=last.pk)):
        assert "777" not in text
        assert "refused" not in text.lower()


def test_a_running_sweep_polls_and_shows_how_far_it_is(world: World, client: Client) -> None:
    key = running(world)
    start = timezone.now() - timedelta(minutes=5)
    Snapshot.objects.filter(**key).update(started_at=start)
    AccountSweep.objects.filter(snapshot=key["pk"], account=world.ours).update(
        state=State.DONE, calls={"ec2:A": 600}, started_at=start, ended_at=timezone.now()
    )
    AccountSweep.objects.filter(snapshot=key["pk"], account=world.theirs).update(state=State.RUNNING, started_at=start)
    client.force_login(world.executive)
    text = text_of(client, "detail", None, **key)
    assert reverse("sweeps:live", kwargs=key) in text
    assert "1 <small>of 2" in text
    assert "2 a second" in text
    assert "5 minutes" in text
    assert "playground" in text
    assert "Cancel the sweep" not in text


def test_a_sweep_that_ended_brings_the_whole_page_and_stops_polling(world: World, client: Client) -> None:
    key = running(world)
    Snapshot.objects.filter(**key).update(state="complete", ended_at=timezone.now())
    client.force_login(world.executive)
    response = client.get(reverse("sweeps:live", kwargs=key))
    assert response["HX-Refresh"] == "true"
    assert "hx-trigger" not in response.content.decode()


def test_sweep_now_writes_a_sweep_and_a_second_is_reported_for_the_first(world: World, client: Client) -> None:
    client.force_login(world.admin)
    first = client.post(reverse("sweeps:begin"))
    snapshot = Snapshot.objects.get()
    assert first["Location"] == reverse("sweeps:detail", kwargs={"pk": snapshot.pk})
    assert (snapshot.trigger, snapshot.requested_by) == ("person", world.admin)
    second = client.post(reverse("sweeps:begin"), follow=True)
    assert Snapshot.objects.count() == 1
    assert "is running since" in second.content.decode()


def test_nothing_to_sweep_is_said(world: World, client: Client) -> None:
    AwsAccount.objects.update(state=AwsAccount.State.SUSPENDED)
    client.force_login(world.admin)
    answer = client.post(reverse("sweeps:begin"), follow=True)
    assert "has no active account" in answer.content.decode()
    assert not Snapshot.objects.exists()


def test_in_a_simulation_a_sweep_follows_upon_the_story(world: World, client: Client) -> None:
    last = story.record_story(world)[-1]
    past = last.as_of - timedelta(days=200)
    Snapshot.objects.exclude(pk=last.pk).delete()
    Snapshot.objects.filter(pk=last.pk).update(as_of=past)
    world.organization.is_simulated, world.organization.sweep_every_hours = True, 0
    world.organization.save()
    client.force_login(world.admin)
    client.post(reverse("sweeps:begin"))
    assert Snapshot.objects.get(state="running").as_of == past + timedelta(minutes=1)


def test_after_the_story_a_sweep_is_of_now(world: World, client: Client) -> None:
    story.record_story(world)
    world.organization.is_simulated, world.organization.sweep_every_hours = True, 1
    world.organization.save()
    client.force_login(world.admin)
    client.post(reverse("sweeps:begin"))
    assert timezone.now() - Snapshot.objects.get(state="running").as_of < timedelta(minutes=1)


def test_cancelling_stops_what_waits_and_keeps_what_is_done(world: World, client: Client) -> None:
    key = running(world)
    AccountSweep.objects.filter(snapshot=key["pk"], account=world.ours).update(state=State.DONE)
    client.force_login(world.admin)
    assert "was cancelled" in client.post(reverse("sweeps:cancel", kwargs=key), follow=True).content.decode()
    assert Snapshot.objects.get(**key).state == "cancelled"
    parts = AccountSweep.objects.filter(snapshot=key["pk"])
    assert {part.account_id: part.state for part in parts} == {world.ours.pk: "done", world.theirs.pk: "cancelled"}
    assert "had ended already" in client.post(reverse("sweeps:cancel", kwargs=key), follow=True).content.decode()


def test_a_sweep_cancelled_before_any_account_does_not_say_that_all_was_read(world: World, client: Client) -> None:
    snapshot = Snapshot.objects.create(
        organization=world.organization, as_of=timezone.now(), trigger="manual", state="cancelled"
    )
    began = {"started_at": timezone.now() - timedelta(seconds=9), "ended_at": timezone.now()}
    AccountSweep.objects.create(snapshot=snapshot, account=world.ours, state=State.CANCELLED, **began)
    AccountSweep.objects.create(snapshot=snapshot, account=world.theirs, state=State.CANCELLED, **began)
    client.force_login(world.executive)
    text = text_of(client, "detail", pk=snapshot.pk)
    assert "Sweep cancelled after 0 of 2 accounts" in text
    assert "No account was read to its end" in text
    assert "every account was read" not in text
    assert "every listing" not in text


def test_a_running_sweep_counts_only_accounts_that_it_asks(world: World, client: Client) -> None:
    snapshot = Snapshot.objects.create(organization=world.organization, as_of=timezone.now(), trigger="manual")
    AccountSweep.objects.create(snapshot=snapshot, account=world.ours, state=State.QUEUED)
    AccountSweep.objects.create(snapshot=snapshot, account=world.theirs, state=State.SKIPPED)
    client.force_login(world.executive)
    text = text_of(client, "live", pk=snapshot.pk)
    assert "Sweep running: 0 of 1 account done" in text
    assert "0 <small>of 1</small>" in text
    assert "0 of 1 account done" in client.get("/progress/").content.decode()


def test_one_action_denied_in_many_regions_is_one_cause(world: World, client: Client) -> None:
    kind = "AWS::EC2::Volume"
    regions = ("eu-central-1", "us-east-1")
    denied = [
        Gap(
            "", region, kind, "ec2:DescribeVolumes", GapReason.ROLE_POLICY, "UnauthorizedOperation", "no", "Allow it.",
            "59dbff89-35bd-4eac-99ed-be587EXAMPLE<",
        )
        for region in regions
    ]  # fmt: skip
    for account in (world.ours, world.theirs):
        sweep(account, timezone.now(), (), denied, regions=regions, swept_types=(kind,))
    client.force_login(world.executive)
    text = text_of(client, "gaps")
    (cause,) = causes.causes(Scope.of(world.executive, world.organization))
    assert len(cause.parts) == 2
    assert cause.regions == list(regions)
    assert "for 1 cause" in text
    by_cause, each = text.split("All gaps")
    quoted = "59dbff89-35bd-4eac-99ed-be587EXAMPLE&lt;"
    assert by_cause.count(quoted) == 2
    assert each.count(quoted) == 4
    portrait = client.get(reverse("organization:account", args=[world.ours.account_id])).content.decode()
    assert portrait.count(quoted) == 2
    assert "The role&#x27;s own policy does not allow it" in text
    assert "EBS volume is encrypted" in text or any("volume" in check.title.lower() for check in cause.checks)
    assert "100 %" in text


def test_a_refused_role_hides_everything_and_blinds_every_check(world: World) -> None:
    refused = Gap("", ANY, ANY, "sts:AssumeRole", GapReason.ROLE_NOT_ASSUMED, "AccessDenied", "", "Check the trust.")
    sweep(world.ours, timezone.now(), (), (refused,))
    (cause,) = causes.causes(Scope.of(world.executive, world.organization))
    assert cause.hides_all
    assert len(cause.checks) > 40


def test_a_service_that_is_off_is_no_blind_spot(world: World, client: Client) -> None:
    off = Gap("", "eu-central-1", "AWS::Macie::Session", "macie2:GetMacieSession", GapReason.SERVICE_NOT_ENABLED, "X")
    sweep(world.ours, timezone.now(), (), (off,), regions=("eu-central-1",), swept_types=("AWS::Macie::Session",))
    client.force_login(world.executive)
    text = text_of(client, "gaps")
    assert "No gaps" in text
    assert "The service is not enabled" in text


def test_what_nobody_has_looked_at_is_not_called_seen(world: World, client: Client) -> None:
    client.force_login(world.executive)
    text = text_of(client, "gaps")
    assert "No sweep yet" in text
    assert "has answered" not in text
    assert "No gaps" not in text_of(client, "list")


def test_accounts_that_no_sweep_asks_are_named(world: World, client: Client) -> None:
    story.record_story(world)
    AwsAccount.objects.filter(pk=world.theirs.pk).update(state=AwsAccount.State.SUSPENDED)
    client.force_login(world.executive)
    text = text_of(client, "gaps")
    assert "Not swept at all" in text
    assert text.index("Suspended") < text.index("playground")


def test_every_reason_has_its_words() -> None:
    assert set(causes.WORDS) == set(GapReason)


def test_an_owner_sees_no_gap_of_another(world: World, client: Client) -> None:
    refused = Gap("", ANY, ANY, "sts:AssumeRole", GapReason.ROLE_NOT_ASSUMED, "AccessDenied", "", "Check the trust.")
    sweep(world.theirs, timezone.now(), (), (refused,))
    client.force_login(world.owner)
    assert "sts:AssumeRole" not in text_of(client, "gaps")


def test_a_sweep_of_an_organization_that_is_not_visible_is_not_found(world: World, client: Client) -> None:
    from accounts.models import Organization

    other = Organization.objects.create(name="Elsewhere", root_account_id="999999999999")
    hidden = Snapshot.objects.create(organization=other, as_of=timezone.now(), trigger="person")
    client.force_login(world.owner)
    for name in ("detail", "live"):
        assert client.get(reverse(f"sweeps:{name}", kwargs={"pk": hidden.pk})).status_code == 404


@pytest.mark.parametrize("name", ["list", "gaps", "detail"])
def test_many_accounts_take_at_most_26_queries(
    name: str, world: World, client: Client, django_assert_max_num_queries: Any
) -> None:
    last = story.record_story(world)[-1]
    world.add_accounts(40)
    for account in AwsAccount.objects.filter(name__startswith="a-"):
        AccountSweep.objects.create(snapshot=last, account=account, state=State.REFUSED, reason="no")
        GapRecord.objects.create(
            account=account, region=ANY, resource_type=ANY, action="sts:AssumeRole", reason="denied",
            blinds=True, opened_at=timezone.now(),
        )  # fmt: skip
    client.force_login(world.executive)
    with django_assert_max_num_queries(26):
        client.get(reverse(f"sweeps:{name}", kwargs={"pk": last.pk} if name == "detail" else {}))


def test_a_sweep_with_gaps_does_not_say_that_all_was_read(world: World, client: Client) -> None:
    first, *_, last = story.record_story(world)
    AccountSweep.objects.filter(snapshot=last, account=world.ours).update(state=State.DONE, gap_count=1)
    client.force_login(world.executive)
    assert "every account was read in full" in text_of(client, "detail", pk=first.pk)
    text = text_of(client, "detail", pk=last.pk)
    assert "1 account that was read has gaps" in text
    assert "every account" not in text
