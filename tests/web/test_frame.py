"""The frame: what each person sees of it, alerts, and logging in."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization, User
from posture.history.models import AccountSweep, Snapshot
from posture.orchestration import heartbeat
from posture.web import alerts
from posture.web.navigation import AREAS
from tests.web.world import World

HOME = "/"


@pytest.fixture
def has_worker() -> None:
    """A worker and the scheduler are alive, as far as the frame knows."""
    cache.set(alerts.WORKERS_KEY, 1, 60)
    cache.set(heartbeat.KEY, timezone.now(), 60)


def page(client: Client, user: User, url: str = HOME) -> str:
    """Return a page as a user sees it."""
    client.force_login(user)
    return " ".join(client.get(url).content.decode().split())


def swept(world: World, *, hours_ago: float = 1, state: str = AccountSweep.State.DONE) -> Snapshot:
    """Record a complete snapshot in which one account ended in `state`."""
    at = timezone.now() - timedelta(hours=hours_ago)
    snapshot = Snapshot.objects.create(
        organization=world.organization, as_of=at, ended_at=at, state=Snapshot.State.COMPLETE, trigger="schedule"
    )
    AccountSweep.objects.create(snapshot=snapshot, account=world.ours, state=state)
    return snapshot


def test_settings_are_for_admins(world: World, client: Client) -> None:
    settings_link = f'href="{reverse("onboarding:organizations")}"'
    assert settings_link in page(client, world.admin)
    assert settings_link not in page(client, world.executive)


def test_every_area_has_a_url() -> None:
    assert all(reverse(area.page) for area in AREAS)


def test_the_rail_carries_the_scope(world: World, client: Client) -> None:
    html = page(client, world.owner, f"{HOME}?account={world.ours.account_id}&as_of=2026-03-01")
    assert f"?account={world.ours.account_id}&amp;as_of=2026-03-01" in html
    assert "1 Mar 2026" in html


def test_nothing_is_said_while_all_is_well(world: World, client: Client, has_worker: None) -> None:
    swept(world)
    assert "pl-alerts" not in page(client, world.executive)


def test_a_late_sweep_is_said(world: World, client: Client, has_worker: None) -> None:
    swept(world, hours_ago=40)
    html = page(client, world.executive)
    assert "The last sweep ended 1 day ago, on " in html
    assert "and one is due every 24 hours" in html


def test_simulated_time_is_never_late(world: World, client: Client, has_worker: None) -> None:
    swept(world, hours_ago=400)
    Organization.objects.update(is_simulated=True, sweep_every_hours=0)
    html = page(client, world.executive)
    assert "pl-alerts" not in html
    assert "This is a simulation" in html


def test_an_account_that_refuses_is_named_to_those_who_see_it(world: World, client: Client, has_worker: None) -> None:
    swept(world, state=AccountSweep.State.REFUSED)
    assert "1 account could not be read (payments)" in page(client, world.owner)
    assert "payments" not in page(client, world.stranger)


def test_a_stopped_scheduler_is_said(world: World, client: Client, has_worker: None) -> None:
    cache.set(heartbeat.KEY, datetime(2026, 10, 27, 14, 5, tzinfo=UTC), 60)
    html = page(client, world.executive)
    assert "The scheduler has stopped; it looked last on 27 Oct 2026, 14:05 UTC" in html
    assert "manage.py" not in html, "only those who can see how"
    assert "Start it with manage.py schedule." in page(client, world.admin)
    cache.delete(heartbeat.KEY)
    assert "The scheduler is not running" in page(client, world.executive)
    Organization.objects.update(sweep_every_hours=0)
    assert "The scheduler" not in page(client, world.executive)


def test_a_missing_worker_is_said(world: World, client: Client) -> None:
    assert "No worker is running: sweeps wait" in page(client, world.executive)
    cache.set(alerts.WORKER_SEEN_KEY, datetime(2026, 10, 27, 14, 5, tzinfo=UTC), 60)
    assert "No worker is running since 27 Oct 2026, 14:05 UTC" in page(client, world.executive)
    assert "Start it with manage.py rqworker default sweeps." in page(client, world.admin)


def running(world: World, minutes_ago: float) -> Snapshot:
    """Begin a sweep whose one account was last heard of so long ago; another waits."""
    at = timezone.now() - timedelta(minutes=minutes_ago)
    snapshot = Snapshot.objects.create(
        organization=world.organization, as_of=at, started_at=at - timedelta(hours=1), trigger="schedule"
    )
    AccountSweep.objects.create(snapshot=snapshot, account=world.ours, state="running", heartbeat_at=at)
    AccountSweep.objects.create(snapshot=snapshot, account=world.theirs, state="queued")
    return snapshot


def test_a_sweep_that_has_stalled_is_said_and_where_to_call_it_off(
    world: World, client: Client, has_worker: None
) -> None:
    swept(world)
    snapshot = running(world, minutes_ago=12)
    html = page(client, world.admin)
    assert "has stalled: nothing moved for 12 minutes, and 2 accounts wait." in html
    assert reverse("sweeps:detail", args=[snapshot.pk]) in html
    assert "and 1 account waits." in page(client, world.owner), "of others' accounts nothing is shown"


def test_a_sweep_that_gets_on_is_no_trouble_and_neither_late(world: World, client: Client, has_worker: None) -> None:
    swept(world, hours_ago=90)
    running(world, minutes_ago=1)
    assert "pl-alerts" not in page(client, world.admin)


def test_a_first_sweep_that_never_came_is_said(world: World, client: Client, has_worker: None) -> None:
    assert "pl-alerts" not in page(client, world.admin)
    Organization.objects.update(created_at=timezone.now() - timedelta(days=3))
    assert "No sweep has been completed in the 3 days since it was connected" in page(client, world.admin)


def test_a_queue_that_does_not_answer_is_said(world: World, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from redis.exceptions import ConnectionError as NoConnection

    def refuse(key: str) -> None:
        raise NoConnection

    monkeypatch.setattr(cache, "get", refuse)
    assert "The queue does not answer" in page(client, world.executive)


def test_a_running_sweep_shows_how_far_it_is(world: World, client: Client) -> None:
    swept(world)
    snapshot = Snapshot.objects.create(
        organization=world.organization, as_of=timezone.now(), trigger="simulation", title="A port opens to the world"
    )
    for account, state in ((world.ours, "done"), (world.theirs, "running")):
        AccountSweep.objects.create(snapshot=snapshot, account=account, state=state)
    html = page(client, world.executive, "/progress/?seen=before")
    assert "A port opens to the world" in html
    assert "1 of 2 accounts done" in html
    assert "A port opens to the world" not in page(client, world.owner, "/progress/?seen=before")
    assert 'hx-trigger="every 3s"' in html
    assert "Show what has come in" in html


def test_a_page_that_is_up_to_date_says_nothing(world: World, client: Client) -> None:
    at = swept(world).as_of.isoformat()
    client.force_login(world.executive)
    assert "<p>" not in client.get("/progress/", {"seen": at}).content.decode()
    assert "A newer sweep is in" in client.get("/progress/", {"seen": "none"}).content.decode()


def test_the_picker_offers_what_the_person_sees(world: World, client: Client) -> None:
    html = page(client, world.owner, "/scope/?next=/findings/")
    assert "payments" in html
    assert "playground" not in html
    assert "Sandbox" not in html
    assert f'href="/findings/?account={world.ours.account_id}"' in html


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "javascript:alert(1)"])
def test_the_picker_leads_nowhere_else(world: World, client: Client, target: str) -> None:
    client.force_login(world.owner)
    html = client.get("/scope/", {"next": target}).content.decode()
    assert not re.search(r'href="((https?:)?//|javascript:)', html)


def test_no_organization_yet(client: Client, db: None) -> None:
    admin = User.objects.create(username="ada", role="admin")
    executive = User.objects.create(username="eva", role="executive")
    owner = User.objects.create(username="olga", role="owner")
    assert reverse("onboarding:new") in page(client, admin)
    assert "ask ada" in page(client, executive)
    assert "No account is yours yet" in page(client, owner)


def test_what_is_not_there_keeps_the_frame(world: World, client: Client) -> None:
    client.force_login(world.owner)
    response = client.get(f"{HOME}?account={world.theirs.account_id}")
    assert response.status_code == 404
    assert "not yours to see" in response.content.decode()
    assert "playground" not in response.content.decode()


def test_the_content_security_policy_is_strict(world: World, client: Client) -> None:
    policy = client.get(reverse("accounts:login"))["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_no_template_writes_a_style_or_a_script_into_the_page() -> None:
    for path in (settings.BASE_DIR / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r'\sstyle="|<style|\son\w+="|href="javascript:', text), path
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text), path


def test_log_in_and_out(db: None, client: Client) -> None:
    User.objects.create_user("eva", password="correct horse", role="executive")
    response = client.post(reverse("accounts:login"), {"username": "eva", "password": "wrong"})
    assert "do not belong together" in response.content.decode()
    assert 'value="eva"' in response.content.decode()
    response = client.post(reverse("accounts:login"), {"username": "eva", "password": "correct horse"}, follow=True)
    assert response.redirect_chain[-1][0] == HOME
    response = client.post(reverse("accounts:logout"))
    assert response.headers["Location"] == reverse("accounts:login")


def test_guessing_is_locked_out(db: None, client: Client) -> None:
    User.objects.create_user("eva", password="correct horse")
    wrong, right = ({"username": "eva", "password": password} for password in ("wrong", "correct horse"))
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert client.post(reverse("accounts:login"), wrong).status_code == 200
    response = client.post(reverse("accounts:login"), wrong)
    assert response.status_code == 429
    assert "Too many attempts" in response.content.decode()
    assert client.post(reverse("accounts:login"), right).status_code == 429


def test_a_login_leads_only_within_the_site(db: None, client: Client) -> None:
    User.objects.create_user("eva", password="correct horse", role="executive")
    data = {"username": "eva", "password": "correct horse", "next": "https://evil.example/"}
    assert client.post(reverse("accounts:login"), data).headers["Location"] == reverse("accounts:home")


def test_the_password_can_be_changed(db: None, client: Client) -> None:
    user = User.objects.create_user("eva", password="correct horse")
    client.force_login(user)
    new = "battery staple 9"
    data = {"old_password": "correct horse", "new_password1": new, "new_password2": new}
    html = client.post(reverse("accounts:profile"), data, follow=True).content.decode()
    assert "The password is changed" in html
    user.refresh_from_db()
    assert user.check_password(new)


def test_a_wrong_old_password_changes_nothing(db: None, client: Client) -> None:
    user = User.objects.create_user("eva", password="correct horse")
    client.force_login(user)
    data = {"old_password": "x", "new_password1": "battery staple 9", "new_password2": "battery staple 9"}
    html = client.post(reverse("accounts:profile"), data).content.decode()
    assert "pl-wrong" in html
    user.refresh_from_db()
    assert user.check_password("correct horse")


def test_many_accounts_are_found_by_typing(world: World, client: Client) -> None:
    world.add_accounts(60)
    assert "There are more" in page(client, world.executive, "/scope/")
    assert "a-057" in page(client, world.executive, "/scope/?find=a-057")


@pytest.mark.parametrize(
    "name", ["findings:list", "coverage:matrix", "network:vpcs", "drift:fixing", "practices:list", "inventory:table"]
)
def test_before_the_first_sweep_nothing_is_said_to_be_well_or_absent(name: str, world: World, client: Client) -> None:
    url = f"{reverse(name)}?type=AWS::S3::Bucket"
    good = ("Nothing is wrong", "No VPC in this scope", "nothing is open", "Nothing of this type", "nothing to judge")
    for person in (world.executive, world.owner):
        html = page(client, person, url)
        assert "Nothing has been swept yet: nothing is known here" in html or "Not looked at yet" in html
        assert not any(words in html for words in good)
        assert "Connect an" not in html
    swept(world)
    assert "nothing is known here" not in page(client, world.executive, url).replace("No data yet", "")
    before = page(client, world.executive, f"{url}&as_of=2026-01-01")
    assert "No sweep had been completed by 1 Jan 2026" in before or "Not looked at yet" in before
