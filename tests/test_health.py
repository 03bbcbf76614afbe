"""The probes answer orchestrators and give nothing away to strangers."""

from __future__ import annotations

import django_rq
import pytest
import redis
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from posture import health

STRANGE = {"host": "10.1.2.3:8000"}


@pytest.fixture(autouse=True)
def _never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrated", False)


def test_alive_under_any_name_and_without_a_database(client: Client) -> None:
    response = client.get("/healthz", headers=STRANGE)
    assert (response.status_code, response.content) == (200, b"ok")
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_ready(client: Client) -> None:
    response = client.get("/readyz", headers=STRANGE)
    assert response.status_code == 200
    assert response.json() == {"database": "ok", "queue": "ok", "migrations": "ok"}


@pytest.mark.django_db
def test_not_ready_before_the_migrations(client: Client) -> None:
    MigrationRecorder.Migration.objects.filter(app="accounts").delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["migrations"] == "unavailable"


@pytest.mark.django_db
def test_not_ready_without_the_queue(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = redis.Redis(unix_socket_path="/nonexistent/socket")
    monkeypatch.setattr(django_rq, "get_connection", lambda _name: nowhere)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"database": "ok", "queue": "unavailable", "migrations": "ok"}
    assert b"nonexistent" not in response.content


def test_a_probe_is_no_place_to_post_to(client: Client) -> None:
    assert client.post("/healthz", headers=STRANGE).status_code == 400
