"""`manage.py demo`: logins, onboarding and the order of weeks.

What a sweep does is tested where sweeps are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import AccountEvent, Organization, Ownership
from devtools.simulator import playback
from devtools.simulator.apply import applied_until, end_of_story
from devtools.simulator.declared import Declared
from devtools.simulator.simulator import Simulator
from posture.history.models import Snapshot
from posture.orchestration.engine import engine
from tests.simulator import Simulators

pytestmark = [pytest.mark.simulator, pytest.mark.slow, pytest.mark.django_db]


Asking = Callable[[Simulator], None]


@pytest.fixture
def asking(settings: Any, monkeypatch: pytest.MonkeyPatch, declared_organization: Declared) -> Iterator[Asking]:
    """Let this process ask a simulator.

    Sweeps end at once, as nobody looks at their result.
    """
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", declared_organization.organization["access_key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "unchecked")
    monkeypatch.setattr(playback, "request_sweep", ended_sweep)

    def ask(simulator: Simulator) -> None:
        settings.AWS_ENDPOINT_URL = simulator.url
        engine.cache_clear()

    yield ask
    engine.cache_clear()


@pytest.fixture
def simulator(simulators: Simulators, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A simulator with the first week applied."""
    with simulators.seeded() as simulator:
        asking(simulator)
        # As if the command had applied it, which saves applying it again.
        now = end_of_story(simulator.control)
        monkeypatch.setattr("devtools.simulator.playback.timezone.now", lambda: now)
        yield simulator


def ended_sweep(organization: Organization, **asked: Any) -> Snapshot:
    return Snapshot.objects.create(
        organization=organization, state=Snapshot.State.COMPLETE, ended_at=timezone.now(), **asked
    )


def demo(**options: Any) -> str:
    out = StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue()


def swept_dates() -> list[datetime]:
    return list(Snapshot.objects.order_by("as_of").values_list("as_of", flat=True))


def test_the_first_week_gives_logins_owners_and_a_dated_snapshot(
    simulator: Simulator, declared_organization: Declared
) -> None:
    output = demo(once=True)
    organization = Organization.objects.get()
    assert (organization.is_simulated, organization.state) == (True, "connected")
    assert organization.accounts.count() == len([a for a in declared_organization.accounts if a.joins == 0])
    snapshot = Snapshot.objects.get()
    assert (timezone.now() - snapshot.as_of).days == declared_organization.last_week * 7
    assert (snapshot.title, snapshot.trigger) == ("The first sweep", "simulation")
    roles = dict(get_user_model().objects.values_list("username", "role"))
    assert sorted(roles.values()) == ["admin", "executive", "owner", "owner"]
    for login in roles:
        line = next(line for line in output.splitlines() if login in line)
        assert get_user_model().objects.get(username=login).check_password(line.split()[1])
    owned = {(o.user.first_name, str(o.account.name if o.account else o.unit)) for o in Ownership.objects.all()}
    assert owned == {("Owen", "webshop-prod"), ("Owen", "webshop-dev"), ("Owen", "loyalty-legacy"), ("Olga", "Clinics")}


def test_it_goes_on_where_it_stopped(simulator: Simulator, declared_organization: Declared) -> None:
    demo(weeks=2)
    first = swept_dates()
    assert [(b - a).days for a, b in pairwise(first)] == [7, 7]
    demo(weeks=3)
    assert swept_dates()[:3] == first
    assert len(swept_dates()) == 4
    assert applied_until(simulator.control, declared_organization) == 3
    output = demo(weeks=3)
    assert len(swept_dates()) == 4
    assert "Applied the story up to week 3." in output


def test_weeks_may_pass_without_a_sweep(simulator: Simulator, declared_organization: Declared) -> None:
    demo(sweep_weeks="0,8,13")
    dates = swept_dates()
    assert [(date - dates[0]).days for date in dates] == [0, 56, 91]
    assert AccountEvent.objects.filter(account__name="loyalty-legacy", kind="suspended").get().at == dates[1]
    joined = AccountEvent.objects.filter(account__name="telemedicine-prod", kind="joined").get()
    assert (joined.account.joined_at - dates[0]).days == 42
    assert applied_until(simulator.control, declared_organization) == declared_organization.last_week


def test_the_proving_ground_is_swept_in_place_of_the_story(
    simulators: Simulators, asking: Asking, small_organization: Declared
) -> None:
    with simulators.empty() as simulator:
        asking(simulator)
        demo(proving_ground=True)
        organization = Organization.objects.get()
        assert organization.name == "Proving Ground"
        names = set(organization.accounts.values_list("name", flat=True))
        assert names == {"proving-management", "recorded", "good", "bad", "odd", "empty"}
        assert Snapshot.objects.get().title == "Every check has its cases"


def test_the_schedule_takes_over_when_the_story_has_ended(
    simulators: Simulators, asking: Asking, monkeypatch: pytest.MonkeyPatch, small_organization: Declared
) -> None:
    monkeypatch.setattr(Declared, "read", lambda: small_organization)
    with simulators.empty() as simulator:
        asking(simulator)
        demo(once=True)
        organization = Organization.objects.get()
        assert organization.sweep_every_hours == 0, "the scheduler would sweep between the weeks"
        demo()
        organization.refresh_from_db()
        assert organization.sweep_every_hours == 1
        Organization.objects.update(sweep_every_hours=6)
        demo()
        organization.refresh_from_db()
        assert organization.sweep_every_hours == 6, "somebody's choice is kept"
        an_hour_passes_after_each_sweep(simulator, small_organization, organization)


def an_hour_passes_after_each_sweep(simulator: Simulator, declared: Declared, organization: Organization) -> None:
    output: list[str] = []
    player = playback.Playback(simulator.control, declared, output.append)
    s3 = simulator.client("s3", "204815160202")

    def names() -> set[str]:
        return {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}

    before = names()
    assert player.pass_hour(organization)
    assert not player.pass_hour(organization), "nobody has looked since"
    assert names() - before == {"af-for-an-hour"}
    snapshot = Snapshot.objects.create(organization=organization, as_of=timezone.now(), trigger="schedule")
    assert not player.pass_hour(organization), "a sweep is running"
    Snapshot.objects.filter(pk=snapshot.pk).update(state="complete", ended_at=timezone.now())
    assert player.pass_hour(organization)
    assert names() == before
    assert [line.split(" · ")[1] for line in output] == ["A bucket appears", "It is gone"]
    assert applied_until(simulator.control, declared) == declared.last_week


def test_a_lost_database_restarts_the_story(
    simulators: Simulators, asking: Asking, monkeypatch: pytest.MonkeyPatch, small_organization: Declared
) -> None:
    monkeypatch.setattr(Declared, "read", lambda: small_organization)
    with simulators.empty() as simulator:
        asking(simulator)
        demo(weeks=1)
        secrets = simulator.client("secretsmanager", "204815160202", "eu-central-1")
        first = {s["ARN"] for s in secrets.list_secrets()["SecretList"]}
        Organization.objects.all().delete()
        demo(once=True)
        again = {s["ARN"] for s in secrets.list_secrets()["SecretList"]}
        assert applied_until(simulator.control, small_organization) == 0
        assert again < first, "ids are the same in every run"


def test_a_changed_password_is_kept_and_not_shown(
    simulator_process: Simulator, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.AWS_ENDPOINT_URL = simulator_process.url
    monkeypatch.setattr(playback.Playback, "play", lambda *_: None)
    demo(once=True)
    ada = get_user_model().objects.get(first_name="Ada")
    ada.set_password("her own long password")
    ada.save()
    output = demo(once=True)
    ada.refresh_from_db()
    assert ada.check_password("her own long password")
    assert "(changed)" in next(line for line in output.splitlines() if ada.username in line)


def test_without_a_simulator_it_says_what_to_do(settings: Any) -> None:
    settings.AWS_ENDPOINT_URL = ""
    with pytest.raises(CommandError, match="AWS_ENDPOINT_URL is not set: start"):
        demo()
    settings.AWS_ENDPOINT_URL = "http://127.0.0.1:9"
    with pytest.raises(CommandError, match="No simulator answers"):
        demo()


@pytest.mark.parametrize(
    ("options", "words"),
    [({"weeks": 99}, "weeks 0 to 13"), ({"sweep_weeks": "one"}, "write weeks from 0"), ({"sweep_weeks": "44"}, "0 to")],
)
def test_wrong_options_get_a_sentence(settings: Any, options: dict[str, Any], words: str) -> None:
    settings.AWS_ENDPOINT_URL = "http://127.0.0.1:9"
    with pytest.raises(CommandError, match=words):
        demo(**options)
