"""What `./dev image` reads and asks for.

The trial itself needs root and takes minutes.
"""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import pytest

from devtools.local.image import __main__ as image
from devtools.local.image.build import bases_of
from devtools.local.image.compose import ComposeError, filled_in, seconds, services
from devtools.local.image.trial import FIGURES, PARTS, commands_under
from devtools.local.installation import ROOT

COMPOSE = ROOT / "docker" / "compose.yaml"
GIVEN = {"PLUMBLINE_SECRETS": "/run/secrets", "PLUMBLINE_ALLOWED_HOSTS": "127.0.0.1", "AWS_ACCESS_KEY_ID": "simulated"}


def test_services_are_those_of_the_compose_file() -> None:
    found = services(COMPOSE, GIVEN)
    assert set(found) == {"migrate", "web", "worker", "scheduler", "postgres", "valkey"}
    worker, web = found["worker"], found["web"]
    assert worker.command == ["python", "manage.py", "rqworker", "default", "sweeps", "--with-scheduler"]
    assert worker.environment["AWS_ACCESS_KEY_ID"] == "simulated"
    assert worker.environment["PLUMBLINE_HTTPS"] == "yes"
    assert (worker.grace, worker.replicas) == (120, 2)
    assert (web.command, web.grace, web.replicas) == (None, 10, 1)
    assert "AWS_ACCESS_KEY_ID" not in web.environment


def test_what_the_file_asks_for_is_asked_for() -> None:
    with pytest.raises(ComposeError, match=r"^Set PLUMBLINE_\w+ to"):
        services(COMPOSE, {})


def test_dollars_and_durations() -> None:
    assert filled_in("$$(cat x) ${A:-b} ${C}", {"C": "c"}) == "$(cat x) b c"
    assert [seconds(one) for one in ("2m", "1m30s", "10s", "1h")] == [120, 90, 10, 3600]


def test_bases_are_found_by_argument_and_by_name() -> None:
    assert set(bases_of((ROOT / "docker" / "Dockerfile").read_text()).values()) == {"NODE_IMAGE", "PYTHON_IMAGE"}
    older = "FROM node:24-slim AS packages\nFROM python:3.13-slim AS build\nFROM build AS last\n"
    assert bases_of(older) == {"docker.io/library/node:24-slim": "", "docker.io/library/python:3.13-slim": ""}


def test_another_system_or_user_is_refused_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(image.NeedsError, match=r"^\./dev image must be run by root on Debian"):
        image.check_needs(tmp_path)


def test_missing_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"ID": "debian"})
    monkeypatch.setattr(shutil, "which", lambda program: None if program in {"buildah", "mmdebstrap"} else program)
    with pytest.raises(image.NeedsError, match=r"apt-get install --no-install-recommends buildah mmdebstrap$"):
        image.check_needs(tmp_path)


@pytest.mark.parametrize(("heading", "words"), [("## Backup", "pg_dump"), ("### Restore", "pg_restore")])
def test_the_guides_commands_are_found(heading: str, words: str) -> None:
    assert words in commands_under((ROOT / "docs" / "deploy.md").read_text(), heading)


@pytest.mark.django_db
def test_its_figures_can_be_asked_of_this_database() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(FIGURES)
        assert {count for _name, count in cursor.fetchall()} == {0}
        cursor.execute(PARTS)
        assert cursor.fetchall() == []
