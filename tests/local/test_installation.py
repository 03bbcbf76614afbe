"""Where things are kept, and what the site's processes may know."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from devtools.local.installation import AlreadyRunningError, Installation, Kind, last_kind, running
from devtools.local.up import Launcher


@pytest.fixture
def demo(tmp_path: Path) -> Installation:
    return Installation(Kind.DEMO, tmp_path)


def test_a_secret_is_made_once_and_kept_for_its_owner(demo: Installation) -> None:
    path = demo.secret("secret_key")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text()) >= 50
    assert demo.secret("secret_key").read_text() == path.read_text()


def test_a_start_forgets_what_an_earlier_demo_said(tmp_path: Path) -> None:
    """`./dev up --aws` must not print the demo's logins as its own."""
    installation = Installation(Kind.AWS, tmp_path)
    launcher = Launcher(installation, 8000, 1)
    launcher.output.parent.mkdir(parents=True)
    launcher.output.write_text("Log in as somebody of the demo\n")
    launcher._clean_up()
    assert not launcher.output.exists()


def test_the_demo_knows_no_credentials_of_its_user(demo: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    env = demo.environment()
    assert "AWS_PROFILE" not in env
    assert "AWS_SESSION_TOKEN" not in env
    assert env["AWS_ACCESS_KEY_ID"] == "simulated"


def test_a_real_organization_is_reached_with_the_users_own_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "audit")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:1234")
    env = Installation(Kind.AWS, tmp_path).environment()
    assert env["AWS_PROFILE"] == "audit"
    assert env["AWS_ENDPOINT_URL"] == "http://localhost:1234"


def test_the_simulator_is_found_while_the_site_runs(demo: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://real.example.com")
    demo.folder.mkdir(parents=True)
    demo.endpoint.write_text("http://127.0.0.1:5000")
    assert "AWS_ENDPOINT_URL" not in demo.environment()
    with demo.claimed("The site at http://localhost:8000"):
        assert demo.environment()["AWS_ENDPOINT_URL"] == "http://127.0.0.1:5000"


def test_given_services_are_used(demo: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://me@db/plumbline")
    monkeypatch.setenv("REDIS_URL", "redis://queue/3")
    assert not demo.has_own_database
    assert not demo.has_own_queue
    env = demo.environment()
    assert env["DATABASE_URL"] == "postgres://me@db/plumbline"
    assert env["REDIS_URL"] == "redis://queue/3"


def test_the_two_kinds_share_no_data(tmp_path: Path) -> None:
    assert Installation(Kind.DEMO, tmp_path).postgres.url != Installation(Kind.AWS, tmp_path).postgres.url


def test_one_launcher_at_a_time(demo: Installation) -> None:
    assert running(demo.root) is None
    with demo.claimed("The site at http://localhost:8000"):
        assert running(demo.root) is not None
        with (
            pytest.raises(AlreadyRunningError, match=r"^The site at http://localhost:8000 is running .* ./dev down"),
            Installation(Kind.AWS, demo.root).claimed("another"),
        ):
            pass
    assert running(demo.root) is None


def test_the_first_kind_is_the_demo(tmp_path: Path) -> None:
    assert last_kind(tmp_path) is Kind.DEMO
