"""Security events are logged with who, from where and what, and without secrets."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Organization, Role, User
from accounts.throttling import PASSWORD
from posture.observability import logs, security
from tests.test_docs import ROOT
from tests.web.world import World

PASSPHRASE = "correct horse battery"
ADDRESS = "192.0.2.10"


@pytest.fixture
def events(caplog: pytest.LogCaptureFixture) -> Any:
    """Return the events so far, with those fields that tests look at."""
    caplog.set_level(logging.INFO, logger=security.LOGGER)

    def found() -> list[tuple[Any, ...]]:
        names = ("event", "user", "address", "target", "before", "after", "limit")
        lines = [one for one in caplog.records if one.name == security.LOGGER]
        caplog_text = caplog.text
        assert PASSPHRASE not in caplog_text
        values = [tuple(getattr(line, name) for name in names if hasattr(line, name)) for line in lines]
        caplog.clear()
        return values

    return found


@pytest.fixture
def admin(world: World, events: Any) -> Client:
    client = Client(REMOTE_ADDR=ADDRESS)
    client.force_login(world.admin)
    events()
    return client


def test_logins(world: World, events: Any) -> None:
    world.owner.set_password(PASSPHRASE)
    world.owner.save()
    client = Client(REMOTE_ADDR=ADDRESS)
    for password in ("wrong", PASSPHRASE):
        client.post(reverse("accounts:login"), {"username": "olga", "password": password})
    client.post(reverse("accounts:logout"))
    assert events() == [("login_failed", "olga", ADDRESS), ("login", "olga", ADDRESS), ("logout", "olga", ADDRESS)]
    for _ in range(9):
        client.post(reverse("accounts:login"), {"username": "eva", "password": "wrong"})
    assert ("login_locked", "eva", ADDRESS, "name and address") in events()


def test_passwords(world: World, events: Any) -> None:
    world.owner.set_password(PASSPHRASE)
    world.owner.save()
    client = Client(REMOTE_ADDR=ADDRESS)
    client.force_login(world.owner)
    events()
    new = "battery staple 9 more"
    data = {"old_password": PASSPHRASE, "new_password1": new, "new_password2": new}
    for old in ("wrong", PASSPHRASE):
        client.post(reverse("accounts:profile"), {**data, "old_password": old})
    assert events() == [("password_failed", "olga", ADDRESS), ("password_changed", "olga", ADDRESS)]
    for _ in range(PASSWORD.most):
        PASSWORD.add(str(world.owner.pk))
    client.post(reverse("accounts:profile"), data)
    assert events() == [("password_locked", "olga", ADDRESS)]


def test_people(world: World, admin: Client, events: Any) -> None:
    form: dict[str, Any] = {"username": "nina", "email": "", "role": "owner", "password": PASSPHRASE}
    admin.post(reverse("onboarding:person_new"), {**form, "accounts": [world.ours.pk]})
    mine = world.ours.account_id
    assert events() == [
        ("person_added", "ada", ADDRESS, "nina", "owner"),
        ("owner_changed", "ada", ADDRESS, "nina", "[]", f"['{mine}']"),
    ]
    nina = User.objects.get(username="nina")
    form |= {"role": "executive", "units": [world.sandbox.pk]}
    admin.post(reverse("onboarding:person", args=[nina.pk]), form)
    assert events() == [
        ("role_changed", "ada", ADDRESS, "nina", "owner", "executive"),
        ("owner_changed", "ada", ADDRESS, "nina", f"['{mine}']", "['ou-2']"),
        ("password_set", "ada", ADDRESS, "nina"),
    ]
    assert nina.role == Role.OWNER, "of before"
    for access in ("take", "take", "give"):
        admin.post(reverse("onboarding:access", args=[nina.pk]), {"access": access})
    assert events() == [
        ("access_changed", "ada", ADDRESS, "nina", "True", "False"),
        ("access_changed", "ada", ADDRESS, "nina", "False", "True"),
    ]


def test_organizations(world: World, admin: Client, events: Any) -> None:
    pk, name = [world.organization.pk], world.organization.name
    form = {"name": name, "role_origin": "template", "regions": "", "sweep_every_hours": "12"}
    admin.post(reverse("onboarding:settings", args=pk), form)
    assert events() == [("setting_changed", "ada", ADDRESS, f"{name}: sweep_every_hours", "24", "12")]
    for _ in range(2):
        admin.post(reverse("onboarding:pause", args=pk))
    assert [one[0] for one in events()] == ["organization_paused", "organization_resumed"]
    admin.post(reverse("onboarding:rotation_begin", args=pk))
    admin.post(reverse("onboarding:rotation_end", args=pk), {"end": "cancel"})
    admin.post(reverse("onboarding:rotation_begin", args=pk))
    admin.post(reverse("onboarding:rotation_end", args=pk), {"end": "complete", "confirm": name})
    found = events()
    assert [one[0] for one in found] == [
        "rotation_started", "rotation_cancelled", "rotation_started", "rotation_completed",
    ]  # fmt: skip
    assert Organization.objects.get(pk=pk[0]).external_id not in str(found)
    test = world.organization.connection_tests.create(requested_by=world.admin, succeeded=True)
    assert test.pk
    admin.post(reverse("onboarding:start", args=pk))
    assert events() == [("organization_connected", "ada", ADDRESS, name)]


def test_weights_and_exports(world: World, admin: Client, events: Any) -> None:
    account = world.ours.account_id
    admin.post(reverse("organization:weigh", args=[account]), {"weight": "2"})
    admin.get(reverse("organization:table"), {"export": "csv"}).close()
    assert events() == [
        ("setting_changed", "ada", ADDRESS, f"{account}: weight", "1.0", "2.0"),
        ("exported", "ada", ADDRESS, "/accounts/table/?export=csv"),
    ]


def test_a_typed_name_cannot_forge_a_line() -> None:
    record = logging.makeLogRecord({"name": security.LOGGER, "msg": "x", "levelname": "INFO"})
    record.event, record.user = "login", 'eve] [user=ada "x\n2026 INFO'
    line = logs.LineFormatter("{message}", style="{").format(record)
    assert line == 'x [event=login user="eve] [user=ada \\"x\\n2026 INFO"]'


def test_every_event_is_documented() -> None:
    text = (ROOT / "docs" / "observability.md").read_text()
    assert [name for name in security.EVENTS if f"| `{name}` |" not in text] == []
