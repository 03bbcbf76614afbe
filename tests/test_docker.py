"""The image and compose file are hardened, complete and have no default secret."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()
COMPOSE_TEXT = (ROOT / "docker" / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SITE = ("migrate", "web", "worker", "scheduler")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_no_more_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_the_stores_are_unreachable_from_outside_and_run_as_nobody_special(name: str) -> None:
    assert SERVICES[name]["networks"] == ["inside"]
    assert "ports" not in SERVICES[name]
    assert SERVICES[name]["user"] not in {"root", "0"}
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_no_secret_has_a_default() -> None:
    for secret in COMPOSE["secrets"].values():
        assert re.match(r"\$\{PLUMBLINE_SECRETS:\?Set PLUMBLINE_SECRETS to .*docs/deploy\.md\}/\w+$", secret["file"])
    assert "${PLUMBLINE_ALLOWED_HOSTS:?Set PLUMBLINE_ALLOWED_HOSTS to" in COMPOSE_TEXT
    for name in SITE:
        plain = [key for key in SERVICES[name]["environment"] if re.search("PASSWORD$|SECRET_KEY$", key)]
        assert plain == []


def test_only_workers_know_aws_credentials() -> None:
    knowing = [name for name in SITE if any(key.startswith("AWS_") for key in SERVICES[name]["environment"])]
    assert knowing == ["worker"]


def test_the_site_waits_for_its_migrations() -> None:
    for name in ("web", "worker", "scheduler"):
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_every_command_exists() -> None:
    for name in SITE:
        command = SERVICES[name].get("command")
        if command:
            assert command[:2] == ["python", "manage.py"]
            assert command[2] in get_commands()


def test_every_variable_of_the_environment_is_a_setting() -> None:
    documented = set(re.findall(r"^\| `(\w+)`", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    for name in SITE:
        for variable in SERVICES[name]["environment"]:
            assert variable.startswith("AWS_") or variable.removesuffix("_FILE") in documented


def test_every_variable_for_compose_is_in_the_guide() -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text()
    asked = set(re.findall(r"\$\{(PLUMBLINE_\w+):\?", COMPOSE_TEXT))
    assert asked == {"PLUMBLINE_SECRETS", "PLUMBLINE_ALLOWED_HOSTS"}
    for name in asked:
        assert f"{name}=" in guide
    for secret in COMPOSE["secrets"]:
        assert secret in guide


def test_what_the_image_copies_exists_and_is_sent() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        for source in shlex.split(line)[:-1]:
            assert (ROOT / source).exists(), source
            assert source in sent


def test_developers_tools_are_not_in_the_image() -> None:
    assert not re.search(r"^COPY .*\bdevtools(/\S*)? devtools$", DOCKERFILE, re.MULTILINE), "single files are enough"
    assert re.search(r"rm -rf .*\bdevtools\b", DOCKERFILE.split("\nFROM ")[-2]), "the stage that the image copies"
    assert "devtools" not in DOCKERFILE.split("\nFROM ")[-1]


def test_the_image_runs_as_nobody_special() -> None:
    stages = DOCKERFILE.split("\nFROM ")
    assert re.search(r"^USER 10001:10001$", stages[-1], re.MULTILINE)


def test_every_base_is_pinned_by_digest() -> None:
    defaults = dict(re.findall(r"^ARG (\w+)=(.*)$", DOCKERFILE, re.MULTILINE))
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 3
    for base in bases:
        image = defaults[base.strip("${}")]
        assert re.fullmatch(r"(python|node):[\w.-]+@sha256:[0-9a-f]{64}", image), image


def test_the_image_has_the_launchers_uv_and_takes_no_other_file_for_it() -> None:
    pinned = (ROOT / "tools" / "uv.txt").read_text()
    assert len(re.findall(r"^uv==", pinned, re.MULTILINE)) == 1
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", pinned)) >= 15, "a wheel for each platform"
    assert "COPY tools/uv.txt" in DOCKERFILE
    for line in re.findall(r"pip install.*", DOCKERFILE):
        assert "--require-hashes" in line
