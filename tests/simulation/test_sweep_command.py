"""`manage.py sweep --demo` and the library, on the simulated Organization."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from devtools.simulator.declared import Declared
from devtools.simulator.simulator import Simulator

pytestmark = pytest.mark.simulator

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def simulated(simulated_organization: Simulator, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """The environment that ./dev gives to commands while the site runs."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "simulated")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "simulated")
    settings.AWS_ENDPOINT_URL = simulated_organization.url
    return simulated_organization


def test_an_account_is_swept_by_its_name(
    simulated: Simulator, declared_organization: Declared, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("sweep", "--demo", "log-archive", "--types", "AWS::S3::Bucket,AWS::KMS::Key")
    said = capsys.readouterr().out
    assert f"Account {declared_organization.by_name['log-archive'].id}, 3 regions" in said
    assert re.search(r"[1-9]\d* AWS::S3::Bucket", said)
    assert "Not seen" not in said


def test_an_unknown_account_is_refused_with_the_names_there_are(simulated: Simulator) -> None:
    with pytest.raises(CommandError, match=r"no account 'nowhere': .*webshop-prod"):
        call_command("sweep", "--demo", "nowhere")


def test_without_a_simulator_it_says_what_to_start(settings: Any) -> None:
    settings.AWS_ENDPOINT_URL = ""
    with pytest.raises(CommandError, match=r"start it with \./dev up"):
        call_command("sweep", "--demo")


def test_the_guides_example_of_the_library_runs(simulated: Simulator) -> None:
    guide = (ROOT / "docs" / "demo.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    assert "export AWS_ENDPOINT_URL=$(cat .run/demo/endpoint)" in guide
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=ROOT,
        env={**os.environ, "AWS_ENDPOINT_URL": simulated.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"\d{2,} resources, 0 gaps\n", done.stdout)
