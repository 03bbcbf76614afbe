"""The engine as a wheel, installed with boto3 alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.local.lint import uv

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PACKAGES = {"boto3", "botocore", "jmespath", "plumbline", "python-dateutil", "s3transfer", "six", "urllib3"}
ROOMS = {"__init__.py", "activity", "checks", "collectors", "core", "frameworks", "kubernetes", "permissions", "sweep"}

THREE_LINES = """
import boto3, sys
from posture.sweep import sweep
result = sweep(boto3.Session(), regions=["eu-central-1"], endpoint_url=sys.argv[1])
print(result.account_id, len(result.resources) > 0, len(result.judgements) > 0)
"""

IMPORT_ALL = """
import importlib, pkgutil, posture
for module in pkgutil.walk_packages(posture.__path__, "posture."):
    if not module.name.endswith("__main__") and not module.name.startswith("posture.kubernetes."):
        importlib.import_module(module.name)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # By the backend itself: its own isolated environment would need the package index.
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.glob("plumbline-*-py3-none-any.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The programs of an environment with the wheel and its locked dependencies."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    env = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(folder), "UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1"}
    env.setdefault("UV_CACHE_DIR", str(ROOT / ".tools" / "cache"))
    env.pop("VIRTUAL_ENV", None)

    def run(*arguments: str) -> None:
        subprocess.run([uv(ROOT), *arguments], cwd=ROOT, env=env, check=True, capture_output=True, text=True)

    # From uv's cache, where ./dev has put the same files; without it from the package index.
    run("sync", "--frozen", "--no-default-groups", "--no-install-project", "--python", sys.executable)
    run("pip", "install", "--no-deps", "--no-index", "--python", str(folder), str(wheel))
    run("pip", "check", "--python", str(folder))
    yield folder / "bin"
    shutil.rmtree(folder)


def call(program: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the environment with none of this one's variables."""
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    env = {"PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true", **nowhere, **variables}
    return subprocess.run(
        [program, *arguments], cwd=program.parent, env=env, capture_output=True, text=True, timeout=180, check=False
    )


CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s"}


def test_it_holds_the_engine_and_nothing_of_the_site(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        names = [name.split("/") for name in content.namelist()]
    assert {name[1] for name in names if name[0] == "posture"} == ROOMS
    assert {name[0] for name in names if not name[0].endswith(".dist-info")} == {"posture"}
    assert ["posture", "permissions", "levels.toml"] in names
    assert any(name[-1] == "LICENSE" for name in names)


def test_it_needs_boto3_alone(installed: Path) -> None:
    code = "import importlib.metadata as m; print(*sorted(d.name for d in m.distributions()))"
    assert set(call(installed / "python", "-c", code).stdout.split()) == PACKAGES
    done = call(installed / "python", "-W", "error", "-c", IMPORT_ALL)
    assert done.returncode == 0, done.stderr


def test_its_command_sweeps(installed: Path, moto_server: str) -> None:
    options = ["--regions", "eu-central-1", "--types", "AWS::EC2::VPC,AWS::S3::Bucket", "--jsonl"]
    done = call(installed / "plumbline", "sweep", "--endpoint-url", moto_server, *options, **CREDENTIALS)

    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {"resource", "outcome", "sweep"} <= {line["kind"] for line in lines}
    assert not [line for line in lines if line["kind"] == "gap"]
    assert any(line.get("type") == "AWS::EC2::VPC" for line in lines)


def test_three_lines_of_python_sweep(installed: Path, moto_server: str) -> None:
    done = call(installed / "python", "-c", THREE_LINES, moto_server, **CREDENTIALS)

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["123456789012", "True", "True"]


def test_it_explains_itself(installed: Path) -> None:
    done = call(installed / "plumbline", "--help")
    assert (done.returncode, "sweep one AWS account" in done.stdout) == (0, True)
    done = call(installed / "plumbline", "sweep", "--help")
    assert (done.returncode, "--role-arn" in done.stdout) == (0, True)
    assert call(installed / "plumbline", "--version").stdout.startswith("plumbline 0.")


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        ([], 1, "Give the process AWS credentials"),
        (["--profile", "nobody"], 2, "The config profile (nobody) could not be found"),
        (["--role-arn", "PlumblineReadOnly"], 2, "write --role-arn as arn:aws:iam::123456789012:role/"),
        (["--types", "AWS::S3::Bukket"], 2, "No collector knows AWS::S3::Bukket"),
    ],
    ids=["no credentials", "no such profile", "no role", "no such type"],
)
def test_what_is_missing_is_said_in_a_sentence(installed: Path, options: list[str], code: int, sentence: str) -> None:
    done = call(installed / "plumbline", "sweep", *options)

    assert (done.returncode, done.stdout) == (code, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
